"""What holds for particular families, seen through Python."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import ROOT, assert_same, make, make_vec

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


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_joints_forced_outside_their_limits(engine):
    env = make("PandaReach-v1", engine=engine).unwrapped
    env.reset(seed=1)
    before = env.snapshot()
    home = env.state["joints"]
    for joint, angle, limits in (
        (1, 1.9, r"1.8326\d*\]"),
        (3, 0.1, r", 0(\.0*)?\]"),
        (7, -0.01, r"\[0[.,]"),
    ):
        forced = home.copy()
        forced[joint] = angle
        for name in ("joints", "qpos"):
            with pytest.raises(flyball.InputError, match=f"joint {joint} .*{angle}.*{limits}"):
                env.reset(options={name: forced})
    assert env.snapshot() == before


@pytest.mark.parametrize(
    ("env_id", "options", "field", "far"),
    [
        ("PandaReach-v1", {"engine": "mujoco"}, "qvel", 1e9),
        ("PandaReach-v1", {"engine": "bullet"}, "qvel", 1e9),
        ("PDE-burgers-v1", {}, "field", 1e200),
        ("Linear-he1-v1", {}, "x", 1e300),
    ],
)
def test_a_row_that_diverges_among_a_thousand(env_id, options, field, far):
    """It is cut and starts anew; the 999 others give the bits they give without it."""
    rows, lost = 1000, 503
    healthy, envs = (make_vec(env_id, rows, dtype="float64", **options) for _ in range(2))
    healthy.reset(seed=1)
    envs.reset(seed=1)
    size = next(f.size for f in flyball.spec(env_id, **options).reset if f.name == field)
    start = {field: np.zeros((rows, size))}
    start[field][lost] = far
    mask = np.arange(rows) == lost
    envs.reset(seed=1, options={**start, "reset_mask": mask})
    others = ~mask
    action = np.zeros((rows, *envs.single_action_space.shape), np.float32)
    for step in range(3):
        expected, given = healthy.step(action), envs.step(action)
        assert (envs.row_status[lost] != 0) == (step == 0)
        assert given[3][lost] == (step == 0)
        assert not envs.row_status[others].any()
        assert np.isfinite(given[1]).all()
        for kind in (0, 1, 2, 3):
            seen, wanted = (
                value.values() if isinstance(value, dict) else [value]
                for value in (given[kind], expected[kind])
            )
            for a, b in zip(seen, wanted, strict=True):
                assert np.isfinite(a).all()
                np.testing.assert_array_equal(a[others], b[others])


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
