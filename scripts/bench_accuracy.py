"""How far a task's way parts from the same model's at a tenth of the substep.

Free motion: episodes of random actions, until the end effector comes near the table. Contact: the
expert's actions, recorded once and given to both. What is compared is what the task is about, the
achieved goal: the end effector of Reach, else the object. Prints one JSON object.

usage: bench_accuracy.py ID ENGINE free|contact
"""

import json
import sys

import flyball
import gymnasium as gym
import numpy as np

EPISODES, STEPS, LOWEST = 12, 40, 0.03  # LOWEST: m, of the end effector in free motion


def make(env_id, engine, substeps):
    """So many rows that go on after success."""
    return gym.make_vec(
        f"flyball/{env_id}",
        num_envs=EPISODES,
        vectorization_mode="vector_entry_point",
        engine=engine,
        substeps=substeps,
        ends_on_success=False,
        dtype="float64",
    )


def main():
    """Steps both and reports the largest distance of each episode."""
    env_id, engine, kind = sys.argv[1:4]
    own = 5 if "Reach" in env_id else 10
    coarse, fine = make(env_id, engine, 0), make(env_id, engine, 10 * own)
    observation, _ = coarse.reset(seed=1)
    fine.reset(seed=1)
    expert = flyball.policy("scripted", coarse) if kind == "contact" else None
    rng = np.random.default_rng(1)
    largest, free = np.zeros(EPISODES), np.ones(EPISODES, bool)
    for _ in range(STEPS):
        size = coarse.action_space.shape
        action = expert(observation) if expert else rng.uniform(-1, 1, size).astype(np.float32)
        observation, *_ = coarse.step(action)
        other, *_ = fine.step(action)
        apart = np.linalg.norm(observation["achieved_goal"] - other["achieved_goal"], axis=1)
        if kind == "free":
            free &= observation["achieved_goal"][:, 2] > LOWEST
        largest = np.where(free, np.maximum(largest, apart), largest)
    print(json.dumps({"median_mm": 1e3 * np.median(largest), "largest_mm": 1e3 * largest.max()}))


if __name__ == "__main__":
    main()
