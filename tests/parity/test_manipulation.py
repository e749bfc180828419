"""Reach under the panda_gym preset against recorded runs of panda-gym (tests/golden/ORIGIN.md)."""

from pathlib import Path

import flyball
import gymnasium as gym
import numpy as np
import pytest

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "manipulation.npz"))
RUNS = sorted({key.rsplit("/", 1)[0] for key in GOLDEN if not key.startswith("reset/")})

# Positions (m) and joints (rad) in free motion; the engines differ in how the
# servo's impulse is solved while a joint saturates.
TOLERANCE = {"bullet": (1e-6, 1e-6), "mujoco": (5e-3, 5e-3)}


def env_of(run: str, engine: str) -> gym.Env:
    """The environment of a recorded run, with float64 observations."""
    name = str(GOLDEN[f"{run}/env_id"]).replace("-v3", "-v1")
    return gym.make(f"flyball/{name}", preset="panda_gym", engine=engine, dtype="float64").unwrapped


@pytest.mark.parametrize("seed", range(10))
def test_reset_equals_the_peers(seed: int) -> None:
    env = env_of("reach/px", "mujoco")
    observation, _ = env.reset(seed=seed)
    for name, value in observation.items():
        # The arm's neutral pose comes through another engine's kinematics.
        np.testing.assert_allclose(value, GOLDEN[f"reset/Reach/{seed}/{name}"], atol=1e-7)


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize("run", RUNS)
def test_recorded_run(run: str, engine: str) -> None:
    env = env_of(run, engine)
    env.reset(seed=int(GOLDEN[f"{run}/seed"]))
    position_tolerance, joint_tolerance = TOLERANCE[engine]
    sparse = "Dense" not in str(GOLDEN[f"{run}/env_id"])
    lowest_contact_free = 0.02  # m: below, finger tips meet the table, which is not free motion
    for k, action in enumerate(GOLDEN[f"{run}/action"]):
        observation, reward, terminated, truncated, info = env.step(action.astype(np.float32))
        recorded = GOLDEN[f"{run}/achieved_goal"][k + 1]
        if recorded[2] < lowest_contact_free:
            break
        np.testing.assert_allclose(observation["achieved_goal"], recorded, atol=position_tolerance)
        if engine == "bullet":  # m/s: the peer's velocity of a link it has not refreshed
            np.testing.assert_allclose(
                observation["observation"][3:6],
                GOLDEN[f"{run}/observation"][k + 1][3:6],
                atol=1e-5,
            )
        np.testing.assert_allclose(
            env.state["joints"], GOLDEN[f"{run}/joints"][k + 1], atol=joint_tolerance
        )
        distance = np.linalg.norm(recorded - GOLDEN[f"{run}/desired_goal"][k + 1])
        if not sparse:
            assert reward == pytest.approx(-distance, abs=2 * position_tolerance)
        elif abs(distance - 0.05) > 2 * position_tolerance:
            assert reward == GOLDEN[f"{run}/reward"][k]
            assert terminated == info["is_success"] == bool(GOLDEN[f"{run}/is_success"][k])
        assert not truncated


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_default_stands_still_for_a_zero_action(engine: str) -> None:
    env = gym.make("flyball/PandaReach-v1", engine=engine, dtype="float64").unwrapped
    observation, _ = env.reset(seed=0)
    start = observation["achieved_goal"].copy()
    for _ in range(20):
        observation, *_ = env.step(np.zeros(3, np.float32))
    # The servo cancels gravity exactly; what is left is the solver's.
    np.testing.assert_allclose(observation["achieved_goal"], start, atol=1e-4)


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize("task", ["", "Joints"])
def test_expert_reaches(task: str, engine: str) -> None:
    envs = gym.make_vec(
        f"flyball/PandaReach{task}-v1",
        num_envs=50,
        vectorization_mode="vector_entry_point",
        engine=engine,
    )
    policy = flyball.policy("scripted", envs)
    observation, _ = envs.reset(seed=100)
    successes = np.zeros(50, bool)
    for _ in range(20):
        observation, _, terminated, _, _ = envs.step(policy(observation))
        successes |= terminated
    assert successes.mean() >= 0.97
