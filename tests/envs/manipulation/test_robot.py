"""A user's own robot: a second arm, given as URDF, in the place of the Panda."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

SIX_AXIS = Path(__file__).resolve().parents[3] / "assets/robots/six_axis.txt"
ENGINES = ("mujoco", "bullet")


def make_vec(env_id: str, num_envs: int, robot: Path = SIX_AXIS, **options: Any) -> Any:
    return gym.make_vec(
        f"flyball/{env_id}",
        num_envs=num_envs,
        vectorization_mode="vector_entry_point",
        robot=str(robot),
        **options,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("env_id", ["PandaReach-v1", "PandaPickAndPlace-v1"])
def test_the_scripted_expert_solves_the_task_with_it(env_id: str, engine: str) -> None:
    envs = make_vec(env_id, 20, engine=engine)
    expert = flyball.policy("scripted", envs)
    observation, _ = envs.reset(seed=100)
    reached = np.zeros(20, bool)
    for _ in range(50):
        observation, _, terminated, _, _ = envs.step(expert(observation))
        reached |= terminated
    assert reached.all()  # 50 of 50 when measured, on both engines


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_an_environment_like_the_others(engine: str) -> None:
    env = gym.make(
        "flyball/PandaPickAndPlaceJoints-v1",
        robot=str(SIX_AXIS),
        engine=engine,
        observation="full",
        disable_env_checker=True,
    )
    check_env(env.unwrapped, skip_render_check=True)
    assert env.action_space.shape == (7,)  # six joints and the gripper
    plain = env.unwrapped
    plain.reset(seed=4)
    assert plain.state["joints"].shape == (8,)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (15, 7)).astype(np.float32)
    for action in actions[:5]:
        plain.step(action)
    kept = plain.snapshot()
    first = [plain.step(action)[0]["observation"] for action in actions[5:]]
    plain.restore(kept)
    second = [plain.step(action)[0]["observation"] for action in actions[5:]]
    np.testing.assert_array_equal(first, second)


def test_both_engines_move_it_alike() -> None:
    """Free motion, the same actions: within the 2 mm that the engines keep with the Panda."""
    ends = []
    actions = np.random.default_rng(1).uniform(-1, 1, (40, 8, 3)).astype(np.float32)
    for engine in ENGINES:
        envs = make_vec("PandaReach-v1", 8, engine=engine, ends_on_success=False)
        envs.reset(seed=7)
        ends.append([envs.step(action)[0]["observation"][:, :3] for action in actions])
    assert np.max(np.linalg.norm(np.subtract(*ends), axis=-1)) < 2e-3


def test_it_bears_its_own_weight_under_torques() -> None:
    env = gym.make(
        "flyball/PandaReach-v1",
        robot=str(SIX_AXIS),
        action="joint_torque",
        disable_env_checker=True,
    ).unwrapped
    env.reset(seed=0)
    before = env.state["joints"]
    for _ in range(10):
        env.step(np.zeros(6, np.float32))
    np.testing.assert_allclose(env.state["joints"], before, atol=1e-6)  # rad, m
    np.testing.assert_allclose(env.action_space.high, [150, 150, 150, 28, 28, 28])


def test_the_pandas_own_file_does_for_reach_what_the_panda_does(tmp_path: Path) -> None:
    """Built by the way of users' robots it has the same kinematics; Reach touches nothing."""
    assets = SIX_AXIS.parent
    text = (assets / "panda.txt").read_text().replace("panda.xml", str(assets / "panda.xml"))
    (tmp_path / "panda.txt").write_text(text)
    seen = []
    actions = np.random.default_rng(2).uniform(-1, 1, (20, 4, 3)).astype(np.float32)
    for robot in ("panda", tmp_path / "panda.txt"):
        envs = make_vec("PandaReach-v1", 4, Path(robot), ends_on_success=False)
        envs.reset(seed=7)
        seen.append([envs.step(action)[0]["observation"] for action in actions])
    np.testing.assert_allclose(*seen, atol=1e-6)  # m, m/s; float32


@pytest.mark.parametrize(
    ("where", "old", "new", "why"),
    [
        ("txt", "flyball-robot 1", "flyball-robot 2", "first line"),
        ("txt", "max_speed", "max_sped", "own.txt:12: unknown field .*did you mean 'max_speed'"),
        ("txt", "max_speed 2.5", "max_speed -2.5", "max_speed is -2.5; it must be > 0"),
        ("txt", "max_speed 2.5\n", "", "'max_speed' is missing"),
        ("txt", "six_axis.urdf", "none.urdf", "there is no file .*none.urdf"),
        ("txt", "hand 0", "hnd 0", "unknown body 'hnd'; did you mean 'hand'"),
        ("txt", "end_effector hand 0 0 0.107\n", "", "one of 'end_effector' and"),
        ("txt", "right_finger_joint", "rigth_finger_joint", "did you mean 'right_finger_joint'"),
        ("txt", " right_finger_joint", "", "there must be two joints"),
        ("txt", "home 0", "home 9", "home: 9.* is beyond the limits of joint 'waist'"),
        ("txt", "28 70 70", "28 70", "max_force has 7 numbers and home 8"),
        ("urdf", '<sphere radius="0.045"/>', '<mesh filename="no.stl"/>', "no.stl"),
        ("urdf", 'elbow" type="revolute', 'elbow" type="floating', "free joint"),
        ("urdf", 'elbow" type="revolute', 'elbow" type="hinge', "invalid joint type.*line"),
        ("urdf", 'mass value="8"', 'mass value="-8"', "mass.*'upper_arm'"),
        ("urdf", "</robot>", "", "XML parse error"),
        ("urdf", 'mount" type="fixed', 'mount" type="revolute', "the arm has 7 joints"),
    ],
)
def test_what_is_wrong_in_its_files_is_named(
    where: str, old: str, new: str, why: str, tmp_path: Path
) -> None:
    files = {"txt": SIX_AXIS.read_text(), "urdf": SIX_AXIS.with_suffix(".urdf").read_text()}
    assert old in files[where]
    files[where] = files[where].replace(old, new, 1)
    (tmp_path / "own.txt").write_text(files["txt"])
    (tmp_path / "six_axis.urdf").write_text(files["urdf"])
    with pytest.raises(flyball.DataError, match=why):
        make_vec("PandaPickAndPlace-v1", 1, tmp_path / "own.txt")


def test_options_that_do_not_go_with_it(tmp_path: Path) -> None:
    with pytest.raises(flyball.InputError, match="robot='none': neither 'panda' nor"):
        make_vec("PandaReach-v1", 1, Path("none"))
    with pytest.raises(flyball.InputError, match="exclude each other: the peer has a Panda"):
        make_vec("PandaReach-v1", 1, preset="panda_gym")
    handless = SIX_AXIS.read_text().replace("gripper left_finger_joint right_finger_joint\n", "")
    (tmp_path / "own.txt").write_text(handless)
    (tmp_path / "six_axis.urdf").write_text(SIX_AXIS.with_suffix(".urdf").read_text())
    with pytest.raises(flyball.InputError, match="needs a robot with a gripper"):
        make_vec("PandaStack-v1", 1, tmp_path / "own.txt")
