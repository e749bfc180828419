"""Wrong input to the manipulation tasks is refused with the name, the value and what is allowed."""

from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest


def make(env_id: str, **options: Any) -> gym.Env:
    return gym.make(f"flyball/Panda{env_id}-v1", disable_env_checker=True, **options).unwrapped


def refused(match: str) -> Any:
    return pytest.raises(flyball.InputError, match=match)


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize(
    ("task", "forced", "why"),
    [
        ("Reach", {"goal": [2.0, 0, 0.2]}, "goal .*cannot be reached.*no nearer than"),
        ("Reach", {"goal": [0.1, 0, np.inf]}, r"'goal'\[2\] is Infinity; finite"),
        ("Reach", {"goal": [0.1, 0]}, "'goal' has 2 numbers; 3 "),
        ("Reach", {"gaol": [0.1, 0, 0.1]}, "'gaol'; did you mean 'goal'"),
        ("Reach", {"joints": [9.0] + [0.0] * 8}, r"joint 0 \('joint1'\) is forced to 9"),
        ("Reach", {"joints": np.zeros(9), "qpos": np.zeros(9)}, "qpos or joints, not both"),
        ("Reach", {"goal": [0.1, 0, -0.05]}, "inside the table"),
        ("Reach", {"joints": [0, 1.5, 0, -0.5, 0, 1.8, 0, 0, 0]}, "finger1 is forced .* the table"),
        (
            "Reach",
            {"ee_pose": [0.1, 0, 0.2, 0, 0, 0]},
            "'ee_pose'.*known: qpos, qvel, joints, goal",
        ),
        ("Push", {"goal": [0.1, 0, 0.2]}, "in the air, where a shut gripper brings nothing"),
        ("Push", {"goal": [0.5, 0, 0.02]}, "beside the table"),
        ("Push", {"goal": [0.1, 0, -0.1]}, "inside the table"),
        ("Push", {"object": [0.1, 0, -0.01]}, "object is forced .* mm into the table"),
        ("Push", {"object": [0.0384, 0, 0.2]}, "object is forced .* mm into finger"),
        ("Push", {"object": [-0.6, 0, 0.1]}, "object is forced .* mm into link0"),
        ("Push", {"object": [-0.6, 0, 0.4]}, "object is forced .* mm into link2"),
        ("Push", {"object": [0.1, 0, 0.02, 0]}, "'object' has 4 numbers; 7 or 3 "),
        ("Push", {"object": [0.1, 0, 0.02, 0, 0, 0, 0]}, "quaternion of object has norm 0"),
        ("Stack", {"object1": [0, 0, 0.02], "object2": [0.01, 0, 0.02]}, "mm into object"),
        ("Stack", {"object": [0, 0, 0.02]}, "'object'; did you mean 'object1'"),
        ("PickAndPlace", {"goal": [0.0, 0, 1.5]}, "cannot be reached"),
        ("Flip", {"goal": [0.0, 0, 0, 0]}, "quaternion of goal has norm 0"),
    ],
)
def test_forced_starts(task: str, forced: dict[str, Any], why: str, engine: str) -> None:
    env = make(task, engine=engine)
    env.reset(seed=1)
    before = env.snapshot()
    with refused(why):
        env.reset(options=forced)
    assert env.snapshot()[-200:] == before[-200:]  # the row is where it was


def test_the_row_of_a_refused_start_is_named() -> None:
    envs = gym.make_vec("flyball/PandaPush-v1", num_envs=3, vectorization_mode="vector_entry_point")
    envs.reset(seed=1)
    before = envs.state["qpos"].copy()
    rows = np.array([[0, 0.1, 0.02], [-0.6, 0, 0.1], [0, 0.1, 0.02]])
    with refused("row 1: .*object is forced .* mm into link0"):
        envs.reset(seed=2, options={"object": rows})
    np.testing.assert_array_equal(envs.state["qpos"], before)


def test_options_that_exclude_each_other() -> None:
    with refused("action='ee_pose' and preset='panda_gym' exclude each other"):
        make("Reach", preset="panda_gym", action="ee_pose")
    with refused("randomise=.* and preset='panda_gym' exclude each other"):
        make("Push", preset="panda_gym", randomise={"mass": [0.5, 2]})
    with refused("substeps=10 and preset='panda_gym' exclude each other: the peer takes 20"):
        make("Push", preset="panda_gym", substeps=10)
    with refused("'peer' and 'full' exclude each other"):
        make("Push", observation=["peer", "full"])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"engine": "bulet"}, "'bulet'; did you mean 'bullet'"),
        ({"action": "ee_displacment"}, "did you mean 'ee_displacement'"),
        ({"observation": "all"}, "'all'.*known: peer, full"),
        ({"preset": "panda"}, "did you mean 'panda_gym'"),
        ({"ends_on_success": 1}, "true or false expected"),
        ({"randomise": {"mas": [1, 2]}}, "'mas'; did you mean 'mass'"),
        ({"randomise": {"mass": [2, 1]}}, r"randomise\['mass'\].*two numbers, low and high"),
        ({"randomise": {"mass": [0, 1]}}, r"\[0.1, 10"),
        ({"randomise": {"mass": 2}}, "two numbers"),
        ({"randomise": {"action_delay": [0, 1.5]}}, "action_delay"),
        ({"randomise": {"sensor_noise": -0.1}}, r"a number in \[0"),
        ({"randomise": {"camera_trun": 0.1}}, "'camera_trun'; did you mean 'camera_turn'"),
        ({"randomise": {"camera_fovy": [0.1, 1]}}, r"camera_fovy.*\[0.5, 1.5"),
        ({"randomise": True}, "a dictionary expected"),
        ({"meshes": "/no/such/folder"}, "'/no/such/folder': there is no such folder"),
    ],
)
def test_options(options: dict[str, Any], why: str) -> None:
    with refused(why):
        make("Push", **options)


def test_actions() -> None:
    env = make("PickAndPlace")
    env.reset(seed=0)
    with refused("component 3 is NaN"):
        env.step(np.array([0, 0, 0, np.nan], np.float32))
    with refused(r"shape \(3,\)"):
        env.step(np.zeros(3, np.float32))


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize("component", range(7))
def test_poses_that_are_not_finite(component: int, engine: str) -> None:
    env = make("PickAndPlace", action="ee_pose", engine=engine)
    env.reset(seed=0)
    before = env.snapshot()
    action = np.zeros(7, np.float32)
    for value, name in ((np.nan, "NaN"), (np.inf, "Infinity"), (-np.inf, "-Infinity")):
        action[component] = value
        with refused(f"component {component} is {name}; finite"):
            env.step(action)
    assert env.snapshot() == before


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_poses_that_cannot_be_reached(engine: str) -> None:
    """No error, since poses may be drawn at random: info says what is left, to rounding."""
    env = make("Reach", action="ee_pose", engine=engine, ends_on_success=False, dtype="float64")
    _, info = env.reset(seed=0)
    assert (info["pose_position_error"], info["pose_rotation_error"]) == (0, 0)
    # What the solver's tolerances, 1e-7 m and 1e-6 rad, leave; and single precision of actions.
    _, *_, info = env.step(np.array([0.1, 0.1, 0.2, 0, 0, 0.3]))
    assert info["pose_position_error"] < 1e-6
    assert info["pose_rotation_error"] < 1e-5
    # A corner of the space is 1.18 m from the shoulder; the arm is 0.86 m long, and the hand, which
    # is to point down, adds nothing. Info says where the arm comes to.
    asked = np.array([0.4, 0.5, 0.7, 0, 0, 0], np.float32)
    for _ in range(60):
        observation, *_, info = env.step(asked)
    left = np.linalg.norm(observation["observation"][:3] - asked[:3])
    assert info["pose_position_error"] > 0.2
    assert left == pytest.approx(info["pose_position_error"], abs=2e-3)
    env.action_space.seed(0)
    for _ in range(50):
        observation, *_, info = env.step(env.action_space.sample())
        assert np.isfinite(observation["observation"]).all()
        assert 0 <= info["pose_rotation_error"] <= np.pi
    assert "pose_position_error" not in make("Reach", engine=engine).reset(seed=0)[1]


def test_goals_of_another_size() -> None:
    env = make("Stack")
    with refused("compute_terminated: achieved goals of shape .*last axis holds 6"):
        env.compute_terminated(np.zeros(3), np.zeros(6))


@pytest.mark.parametrize("policy", ["scripted"])
def test_experts_refuse_what_they_do_not_drive(policy: str) -> None:
    with refused("does not drive action='joint_torque'"):
        flyball.policy(policy, make("Reach", action="joint_torque"))


@pytest.mark.parametrize("function", ["compute_reward", "compute_terminated"])
def test_goals_that_are_not_finite(function: str) -> None:
    call = getattr(make("Push"), function)
    goals = np.zeros((4, 3))
    goals[2, 1] = np.nan
    with refused(f"{function}: achieved goals, row 2, component 1 is NaN; finite"):
        call(goals, np.zeros((4, 3)), {})
    with refused(f"{function}: desired goals, row 0, component 0 is Infinity; finite"):
        call(np.zeros(3), np.array([np.inf, 0, 0]), {})
