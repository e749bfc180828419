"""A quadcopter with a reward of one's own: be near the goal, slow, and easy on the rotors."""

from collections.abc import Mapping
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def gentle_hover(columns: Mapping[str, Array]) -> Array:
    """Return one reward a row; columns are asked for by the names that `flyball info` lists."""
    error: Array = np.linalg.norm(columns["position_error"], axis=-1)
    speed: Array = np.linalg.norm(columns["velocity"], axis=-1)
    effort: Array = np.abs(columns["action"]).max(axis=-1)
    return np.asarray(np.exp(-4.0 * error) - 0.05 * speed - 0.01 * effort)


def main() -> list[float]:
    envs = gym.make_vec("flyball/QuadHover-v1", num_envs=64, reward=gentle_hover)
    policy = flyball.policy("pid", envs)
    observations, _ = envs.reset(seed=0)
    rewards = []
    for _ in range(100):
        observations, reward, *_ = envs.step(policy(observations))
        rewards.append(float(reward.mean()))
    print(f"mean reward of the PID: {rewards[0]:.3f} at first, {rewards[-1]:.3f} after 100 steps")
    return rewards


if __name__ == "__main__":
    main()
