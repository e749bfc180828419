"""Actions, observations and randomisation by option, on both engines."""

from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest

ENGINES = ("mujoco", "bullet")
ACTIONS = {
    "ee_displacement": 3,
    "ee_pose_displacement": 6,
    "ee_pose": 6,
    "joint_displacement": 7,
    "joint_position": 7,
    "joint_torque": 7,
}


def make(env_id: str, **options: Any) -> gym.Env:
    options.setdefault("dtype", "float64")
    return gym.make(f"flyball/Panda{env_id}-v1", disable_env_checker=True, **options).unwrapped


def idle(env: gym.Env, action: str) -> np.ndarray:
    """The action that holds the arm where it starts."""
    values = np.zeros(env.action_space.shape)
    if action == "ee_pose":
        values[:3] = env.reset(seed=0)[0]["observation"][:3]
    if action == "joint_position":
        values[:7] = env.state["joints"][:7]
    return values.astype(np.float32)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_idle_action_holds_still(action: str, engine: str) -> None:
    env = make("PickAndPlace", action=action, engine=engine)
    observation, _ = env.reset(seed=0)
    start = observation["observation"][:3]
    values = idle(env, action)
    assert len(values) == ACTIONS[action] + 1
    for _ in range(15):
        observation, *_ = env.step(values)
    # m: a torque-driven arm keeps what rounding and gravity compensation leave.
    np.testing.assert_allclose(observation["observation"][:3], start, atol=2e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_hand_turns_by_what_it_is_told(engine: str) -> None:
    for action, wanted in (("ee_pose_displacement", 0.8), ("ee_pose", 0.8)):
        env = make("PickAndPlace", action=action, engine=engine, observation="full")
        observation, _ = env.reset(seed=0)
        values = idle(env, action)
        before = observation["observation"][7:11]  # ee_quaternion x y z w
        for _ in range(20):
            if action == "ee_pose":
                values[5] = wanted
            else:
                values[5] = 0.2 if _ < 20 else 0.0  # 20 steps of 0.04 rad
            observation, *_ = env.step(values)
        values[5] = wanted if action == "ee_pose" else 0.0
        for _ in range(10):
            observation, *_ = env.step(values)
        after = observation["observation"][7:11]
        angle = 2 * np.arccos(min(1.0, abs(np.dot(before, after))))
        assert angle == pytest.approx(wanted, abs=5e-3)


@pytest.mark.parametrize("engine", ENGINES)
def test_joints_go_where_they_are_told(engine: str) -> None:
    env = make("Reach", action="joint_position", engine=engine)
    env.reset(seed=0)
    wanted = env.state["joints"][:7] + np.array([0.2, -0.1, 0.1, 0.2, -0.2, 0.1, 0.3])
    for _ in range(20):
        env.step(wanted.astype(np.float32))
    np.testing.assert_allclose(env.state["joints"][:7], wanted, atol=1e-3)


@pytest.mark.parametrize("engine", ENGINES)
def test_torques_accelerate_joints(engine: str) -> None:
    """One step of 1 N m on joint 7: its inertia, with hand and fingers, is a few 1e-3 kg m^2."""
    env = make("Reach", action="joint_torque", engine=engine)
    env.reset(seed=0)
    torque = np.zeros(7, np.float32)
    torque[6] = 0.2
    env.step(torque)
    speed = env.state["qvel"][6]
    assert 0.5 < speed < 4.0
    other = make("Reach", action="joint_torque", engine="mujoco")
    other.reset(seed=0)
    other.step(torque)
    assert speed == pytest.approx(other.state["qvel"][6], rel=0.02)


@pytest.mark.parametrize("engine", ENGINES)
def test_full_observations_show_joints_and_forces(engine: str) -> None:
    env = make("PickAndPlace", observation="full", engine=engine, ends_on_success=False)
    spec = env.flyball_spec.observation[0]
    places, at = {}, 0
    for entry in spec.entries:
        places[entry.name] = slice(at, at + entry.size)
        at += entry.size
    observation, _ = env.reset(seed=4)
    policy = flyball.policy("scripted", env)
    forces = []
    for _ in range(25):
        observation, *_ = env.step(policy(observation))
        values = observation["observation"]
        np.testing.assert_allclose(values[places["joint_positions"]], env.state["joints"])
        np.testing.assert_allclose(values[places["joint_velocities"]], env.state["qvel"][:9])
        forces.append(values[places["finger_forces"]])
    assert np.linalg.norm(forces[0]) == 0.0
    # In the grip the fingers are pressed apart along the hand's y axis, by at most their drives.
    grip = np.abs(forces[-1])
    assert 5.0 < grip[1] < 120.0
    assert 5.0 < grip[4] < 120.0


RANDOMISE = {
    "mass": [0.5, 2.0],
    "friction": [0.5, 1.5],
    "servo_gain": [0.6, 1.0],
    "action_delay": [0, 2],
    "light": [0.5, 1.5],
    "sensor_noise": 0.002,
    "camera": 0.02,
    "camera_turn": 0.05,
    "camera_fovy": [0.8, 1.2],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_randomised_episodes_differ_and_repeat(engine: str) -> None:
    env, other = (make("Push", randomise=RANDOMISE, engine=engine) for _ in range(2))
    _, first = env.reset(seed=5)
    _, second = env.reset()
    assert first["mass_factor"] != second["mass_factor"]
    assert 0.5 <= first["mass_factor"] <= 2.0
    assert first["action_delay"] in (0, 1, 2)
    assert 0.8 <= first["camera_fovy_factor"] <= 1.2
    assert 0 < np.linalg.norm(first["camera_turn"]) < 0.05 * 6
    env.reset(seed=5)
    other.reset(seed=5)
    action = np.float32([0.3, -0.2, -0.5])
    for _ in range(5):
        here, there = env.step(action), other.step(action)
        np.testing.assert_array_equal(here[0]["observation"], there[0]["observation"])
    snapshot = env.snapshot()
    expected = env.step(action)[0]["observation"]
    other.reset(seed=77)
    other.restore(snapshot)
    np.testing.assert_array_equal(other.step(action)[0]["observation"], expected)


@pytest.mark.parametrize("varied", [{"camera_turn": 0.1}, {"camera_fovy": [0.6, 0.7]}])
def test_cameras_that_vary_are_seen_in_every_view(varied: dict[str, Any]) -> None:
    options: dict[str, Any] = {"observation": ["peer", "rgb"], "picture_size": [48, 48]}
    options["cameras"] = ["front", "wrist"]
    views = ("rgb_front", "rgb_wrist")
    plain, _ = make("Push", **options).reset(seed=2)
    env = make("Push", randomise=varied, **options)
    first, _ = env.reset(seed=2)
    second, _ = env.reset()
    again, _ = env.reset(seed=2)
    for view in views:
        # Levels of 255: most of a picture is of one colour.
        assert np.abs(first[view].astype(int) - plain[view]).mean() > 2.0
        assert not np.array_equal(first[view], second[view])
        np.testing.assert_array_equal(again[view], first[view])


def test_starts_do_not_depend_on_randomisation() -> None:
    plain, randomised = make("Push"), make("Push", randomise={"mass": [0.5, 2.0]})
    np.testing.assert_array_equal(
        plain.reset(seed=3)[0]["observation"], randomised.reset(seed=3)[0]["observation"]
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_delayed_actions_come_late(engine: str) -> None:
    late = make("Reach", randomise={"action_delay": [2, 2]}, engine=engine)
    now = make("Reach", engine=engine)
    late.reset(seed=0)
    now.reset(seed=0)
    action = np.float32([1, 0, 0])
    seen = [late.step(action)[0]["observation"] for _ in range(6)]
    prompt = [now.step(action)[0]["observation"] for _ in range(4)]
    np.testing.assert_allclose(seen[1][:3], late.reset(seed=0)[0]["observation"][:3], atol=1e-4)
    np.testing.assert_allclose(seen[2:], prompt, atol=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_friction_and_mass_are_what_info_says(engine: str) -> None:
    """A cube at 0.5 m/s slides v^2 / (2 mu g), whatever its mass."""
    env = make("Push", randomise={"friction": [0.5, 0.5], "mass": [2.0, 2.0]}, engine=engine)
    qvel = np.zeros(15)
    qvel[9] = 0.5
    env.reset(seed=0, options={"object": [-0.1, 0.1, 0.02], "qvel": qvel})
    for _ in range(20):
        env.step(np.zeros(3, np.float32))
    slid = env.state["object"][0] + 0.1
    assert slid == pytest.approx(0.5**2 / (2 * 0.125 * 9.81), rel=0.06)


def test_sensor_noise_has_the_deviation_asked_for() -> None:
    env = make("Reach", randomise={"sensor_noise": 0.01})
    start = make("Reach").reset(seed=0)[0]["observation"]
    env.reset(seed=0)
    noise = [env.step(np.zeros(3, np.float32))[0]["observation"] - start for _ in range(50)]
    # 300 numbers: the deviation of a deviation is 1 / sqrt(600) of it; four of them.
    assert np.std(noise) == pytest.approx(0.01, rel=0.17)
