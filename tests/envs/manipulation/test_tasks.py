"""The manipulation tasks as they should be (the default preset), on both engines."""

from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest

TASKS = ("Reach", "Push", "Slide", "PickAndPlace", "Stack", "Flip")
ENGINES = ("mujoco", "bullet")
THRESHOLDS = {"Stack": 0.1, "Flip": 0.2}


def make(env_id: str, **options: Any) -> gym.Env:
    return gym.make(f"flyball/Panda{env_id}-v1", disable_env_checker=True, **options).unwrapped


def make_vec(env_id: str, num_envs: int, **options: Any) -> Any:
    return gym.make_vec(
        f"flyball/Panda{env_id}-v1",
        num_envs=num_envs,
        vectorization_mode="vector_entry_point",
        **options,
    )


@pytest.mark.parametrize("task", TASKS)
def test_starts_are_never_solved(task: str) -> None:
    envs = make_vec(task, 100)
    threshold = THRESHOLDS.get(task, 0.05)
    for seed in (0, 1000):
        _, info = envs.reset(seed=seed)
        assert np.min(info["distance"]) >= 1.2 * threshold * (1 - 1e-6)
        assert not np.any(info["is_success"])
        if task == "Stack":  # cubes neither overlap nor hang in the air
            first, second = envs.state["object1"], envs.state["object2"]
            assert np.min(np.linalg.norm(first[:, :2] - second[:, :2], axis=1)) >= 0.08
            np.testing.assert_array_equal(second[:, 2], 0.02)


@pytest.mark.parametrize("task", ["Push", "Slide", "PickAndPlace", "Stack"])
def test_goals_are_the_peers(task: str) -> None:
    """The first draw is kept where moving the object is enough to make a start unsolved."""
    default, peer = make(task), make(task, preset="panda_gym")
    for seed in range(30):
        goals = [env.reset(seed=seed)[0]["desired_goal"] for env in (default, peer)]
        np.testing.assert_array_equal(*goals)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("task", TASKS)
def test_a_zero_action_moves_nothing(task: str, engine: str) -> None:
    env = make(task, engine=engine, dtype="float64")
    observation, _ = env.reset(seed=3)
    start, state = observation["observation"][:3].copy(), env.state
    for _ in range(20):
        observation, *_ = env.step(np.zeros(env.action_space.shape, np.float32))
    # m: what contacts and servos leave undone.
    np.testing.assert_allclose(observation["observation"][:3], start, atol=1e-4)
    for name in state:
        if name.startswith("object"):
            np.testing.assert_allclose(env.state[name][:3], state[name][:3], atol=3e-4)


@pytest.mark.parametrize("dense", ["", "Dense"])
@pytest.mark.parametrize("task", TASKS)
def test_functions_of_goals_are_what_step_said(task: str, dense: str) -> None:
    env = make(f"{task}{dense}")
    policy = flyball.policy("scripted", env)
    observation, _ = env.reset(seed=2)
    achieved, desired, rewards, ends = [], [], [], []
    for _ in range(40):
        observation, reward, terminated, truncated, info = env.step(policy(observation))
        achieved.append(observation["achieved_goal"])
        desired.append(observation["desired_goal"])
        rewards.append(reward)
        ends.append(terminated)
        assert terminated == info["is_success"]
        assert not truncated
    np.testing.assert_array_equal(env.compute_reward(achieved, desired, {}), rewards)
    np.testing.assert_array_equal(env.compute_terminated(achieved, desired, {}), ends)
    np.testing.assert_array_equal(env.compute_truncated(achieved, desired, {}), False)
    one = achieved[0], desired[0]
    assert env.compute_reward(*one, {}) == rewards[0]
    assert env.compute_terminated(*one, {}) is ends[0]
    assert env.compute_truncated(*one, {}) is False
    # Another shape of batch, and goals of other rows.
    square = np.reshape(achieved, (8, 5, -1)), np.reshape(desired[::-1], (8, 5, -1))
    assert env.compute_reward(*square, {}).shape == (8, 5)


def test_episodes_may_go_on_after_success() -> None:
    env = make("Reach", ends_on_success=False)
    observation, _ = env.reset(seed=1)
    policy = flyball.policy("scripted", env)
    for _ in range(15):
        observation, _, terminated, _, info = env.step(policy(observation))
        assert not terminated
    assert info["is_success"]
    assert not env.compute_terminated(observation["achieved_goal"], observation["desired_goal"])


# Success held over the last five steps. The bars over 200 episodes are in docs/engines.md; 40 here
# keep the test quick, and their bars leave room for their own scatter.
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("task", "bar"),
    [
        ("Reach", 0.97),
        ("Push", 0.9),
        ("Slide", 0.7),
        ("PickAndPlace", 0.92),
        ("Stack", 0.82),
        ("Flip", 0.88),
        ("PushJoints", 0.9),
        ("SlideJoints", 0.68),
        ("FlipJoints", 0.8),
        ("ReachJoints", 0.97),
        ("PickAndPlaceJoints", 0.85),
    ],
)
def test_expert(task: str, bar: float, engine: str) -> None:
    envs = make_vec(task, 40, engine=engine, ends_on_success=False, threads=2)
    policy = flyball.policy("scripted", envs)
    observation, _ = envs.reset(seed=5000)
    held = np.zeros(40, int)
    for _ in range(envs.flyball_spec.max_episode_steps):
        observation, *_, info = envs.step(policy(observation))
        held = np.where(info["is_success"], held + 1, 0)
    assert (held >= 5).mean() >= bar


@pytest.mark.parametrize("engine", ENGINES)
def test_a_snapshot_in_mid_grasp_is_exact(engine: str) -> None:
    env = make("PickAndPlace", engine=engine, ends_on_success=False)
    observation, _ = env.reset(seed=4)
    policy = flyball.policy("scripted", env)
    actions = []
    for _ in range(30):
        actions.append(policy(observation))
        observation, *_ = env.step(actions[-1])
    env.reset(seed=4)
    for action in actions[:20]:
        env.step(action)
    snapshot = env.snapshot()
    runs = []
    for _ in range(2):
        env.restore(snapshot)
        runs.append([env.step(action)[0]["observation"] for action in actions[20:]])
    np.testing.assert_array_equal(*runs)
    np.testing.assert_array_equal(runs[0][-1], observation["observation"])


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree_in_free_motion(engine: str) -> None:
    """Under the same actions the end effectors stay within 2 mm over 40 steps."""
    env, other = make("Reach", engine=engine, dtype="float64"), make("Reach", dtype="float64")
    env.reset(seed=1)
    other.reset(seed=1)
    rng = np.random.default_rng(0)
    for _ in range(40):
        action = rng.uniform(-0.6, 0.6, 3).astype(np.float32) + np.float32([0, 0, 0.15])
        here, there = env.step(action)[0], other.step(action)[0]
        np.testing.assert_allclose(
            here["observation"][:3], there["observation"][:3], rtol=0, atol=2e-3
        )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_corner_pushes_a_puck_away_from_itself(engine: str) -> None:
    # A puck 30 degrees aside of the corner of the shut fingers, 53 mm wide, which come along x.
    angle, radius, half_width = np.deg2rad(30), 0.03, 0.0264
    env = gym.make("flyball/PandaSlide-v1", engine=engine, dtype="float64").unwrapped
    puck = [0.05, half_width + radius * np.sin(angle), 0.015]
    observation, _ = env.reset(seed=0, options={"object": puck, "goal": [0.5, 0, 0.03]})
    target = np.array([-0.06, 0.0, 0.014])
    for _ in range(25):
        gap = target - observation["observation"][:3]
        observation, *_ = env.step(np.clip(gap / 0.05, -0.6, 0.6))
    velocity = np.zeros(2)
    while np.linalg.norm(velocity) < 0.05:
        observation, _, _, truncated, _ = env.step(np.array([0.4, 0.0, 0.0]))
        velocity = observation["observation"][12:14]
        assert not truncated
    # Friction of 0.04 may turn it by 2.3 degrees, and the arm may come 1 mm aside, which is 2.2.
    assert np.degrees(np.arctan2(velocity[1], velocity[0])) == pytest.approx(30, abs=5)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("task", "height", "friction", "steps"), [("Push", 0.02, 0.25, 5), ("Slide", 0.015, 0.02, 40)]
)
def test_what_slides_is_slowed_by_its_friction(
    task: str, height: float, friction: float, steps: int, engine: str
) -> None:
    """A thing at 0.5 m/s, which nothing touches but the table, loses mu g of it each second."""
    env = make(task, engine=engine, ends_on_success=False, dtype="float64")
    env.reset(seed=0, options={"object": [-0.15, 0.12, height]})
    qpos, qvel = env.state["qpos"], np.zeros(15)
    qvel[9] = 0.5
    env.reset(seed=0, options={"qpos": qpos, "qvel": qvel})
    for _ in range(steps):
        env.step(np.zeros(3, np.float32))
        # m: on MuJoCo a cube at this speed hops a little, since contacts push apart what slides; a
        # puck on Bullet sinks in by as much as a substep's slide leaves of its points.
        assert abs(env.state["object"][2] - height) < 1e-3
    loss = (0.5 - env.state["qvel"][9]) / (0.04 * steps)
    # The normals that MuJoCo's older detection of collisions gives a puck's contacts lean by a
    # milliradian, which adds 2.3 % to its friction; a hop or a step's end within one does the rest.
    assert loss == pytest.approx(friction * 9.81, rel=0.04)
