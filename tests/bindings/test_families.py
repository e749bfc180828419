"""What holds for particular families, seen through Python."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import ROOT, assert_same, make

FAMILIES = {flyball._core.registration(env_id)["family"]: env_id for env_id in flyball.list_envs()}


@pytest.mark.parametrize("env_id", FAMILIES.values(), ids=FAMILIES.keys())
def test_async_vector_env(env_id):
    # One id of each family in processes of its own, against the native rows.
    envs = gym.make_vec(f"flyball/{env_id}", num_envs=2, vectorization_mode="async")
    native = gym.make_vec(f"flyball/{env_id}", num_envs=2)
    envs.action_space.seed(1)
    try:
        assert_same(envs.reset(seed=5)[0], native.reset(seed=5)[0])
        for _ in range(3):
            actions = envs.action_space.sample()
            assert_same(envs.step(actions)[:4], native.step(actions)[:4])
    finally:
        envs.close()


def plant_matrices(name):
    """Matrices of a plant's file, as text says them."""
    lines = iter((ROOT / f"assets/linear/{name}.txt").read_text().splitlines())
    matrices = {}
    for line in lines:
        words = line.split()
        if words[:1] == ["matrix"] and words[-1] == "dense":
            values = [next(lines).split() for _ in range(int(words[2]))]
            matrices[words[1]] = np.array(values, np.float64)
    return matrices


def test_linearize_finds_the_plants_matrices():
    scipy_linalg = pytest.importorskip("scipy.linalg")
    continuous = plant_matrices("he1")
    n, m = continuous["B2"].shape
    block = np.zeros((n + m, n + m))
    block[:n] = np.hstack([continuous["A"], continuous["B2"]])
    discrete = scipy_linalg.expm(0.1 * block)  # inputs held over 0.1 s
    model = flyball.linearize(make("Linear-he1-v1"), np.zeros(4), np.zeros(2))
    # Central differences of a linear map: rounding over the step width.
    np.testing.assert_allclose(model.A, discrete[:n, :n], atol=1e-9)
    np.testing.assert_allclose(model.B, discrete[:n, n:], atol=1e-9)
    np.testing.assert_allclose(model.C, continuous["C"], atol=1e-9)


def test_snapshots_of_another_engine():
    env, other = (make("PandaReach-v1", engine=e).unwrapped for e in ("mujoco", "bullet"))
    env.reset(seed=1)
    other.reset(seed=1)
    with pytest.raises(flyball.DataError, match='"mujoco" in the snapshot and "bullet" here'):
        other.restore(env.snapshot())


def test_goals_of_reach():
    env = make("PandaReach-v1").unwrapped
    observation, _ = env.reset(seed=1, options={"goal": [0.1, 0.0, 0.2]})
    np.testing.assert_allclose(observation["desired_goal"], [0.1, 0.0, 0.2], atol=1e-7)
    for action in np.eye(3, dtype=np.float32):
        observation, reward, *_ = env.step(action)
        goals = observation["achieved_goal"], observation["desired_goal"]
        assert env.compute_reward(*goals, {}) == reward


@pytest.mark.skipif(
    "QuadHover-v1" not in flyball.list_envs(), reason="no quadcopters in this build"
)
def test_the_drones_own_reward(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs/examples")
    import drone_reward

    rewards = drone_reward.main()
    assert rewards[-1] > rewards[0]
    assert rewards[-1] > 0.9  # 1 at the goal, at rest
