"""The panda_gym preset against recorded runs of panda-gym 3.0.7 (tests/golden/manipulation.md)."""

from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest
from parity.measured import GOLDEN as FOLDER
from parity.measured import compare

GOLDEN = dict(np.load(FOLDER / "manipulation.npz"))
RUNS = sorted({key.rsplit("/", 1)[0] for key in GOLDEN if not key.startswith("reset/")})
PEER = "panda-gym 3.0.7"
RESETS = sorted({key.rsplit("/", 1)[0] for key in GOLDEN if key.startswith("reset/")})
SCRIPTS = ("script/push", "script/pick")

# End effector (m), arm joints (rad) and fingers (m) in free motion. Bullet is the peer's engine:
# what is left is the rounding of figures that are written to 6 digits in the model. On MuJoCo the
# servos' torques are found by the peer's own sweeps, and its fingers give way by 1e-4 of a force.
TOLERANCE = {"bullet": (1e-5, 1e-5, 1e-6), "mujoco": (1e-5, 2e-5, 5e-6)}


def recorded(run: str, engine: str, **options: Any) -> tuple[gym.Env, dict[str, Any]]:
    """The environment of a recorded run, started as it was, with float64 observations."""
    name = str(GOLDEN[f"{run}/env_id"]).replace("-v3", "-v1")
    env = gym.make(
        f"flyball/{name}", preset="panda_gym", engine=engine, dtype="float64", **options
    ).unwrapped
    forced = {
        key: GOLDEN[f"{run}/force_{key}"]
        for key in ("object", "goal")
        if f"{run}/force_{key}" in GOLDEN
    }
    observation, _ = env.reset(seed=int(GOLDEN[f"{run}/seed"]), options=forced)
    return env, observation


def touches(observation: np.ndarray) -> bool:
    """Whether the fingers may touch the table or an object."""
    blocks = {18: [6], 19: [7], 31: [7, 19]}.get(len(observation), [])
    near = [np.linalg.norm(observation[at : at + 3] - observation[:3]) < 0.09 for at in blocks]
    return bool(observation[2] < 0.02 or any(near))


@pytest.mark.parametrize("reset", RESETS)
def test_reset_equals_the_peers(reset: str) -> None:
    _, task, seed = reset.split("/")
    env = gym.make(f"flyball/Panda{task}-v1", preset="panda_gym", dtype="float64").unwrapped
    observation, _ = env.reset(seed=int(seed))
    for name, value in observation.items():
        # The arm's neutral pose comes through another engine's kinematics.
        where, there = (f"Panda{task}-v1", PEER), GOLDEN[f"{reset}/{name}"]
        compare(where, "observation after a reset", value, there, tolerance=1e-7, unit="SI")


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize("run", RUNS)
def test_free_motion(run: str, engine: str) -> None:
    env, observation = recorded(run, engine)
    np.testing.assert_allclose(
        observation["observation"], GOLDEN[f"{run}/observation"][0], atol=1e-7
    )
    position, joints, fingers = TOLERANCE[engine]
    where = (str(GOLDEN[f"{run}/env_id"]).replace("-v3", "-v1"), PEER)
    on = {"mujoco": "MuJoCo", "bullet": "Bullet"}[engine]
    goal_is_position = "Reach" in run or run.startswith("reach")
    for k, action in enumerate(GOLDEN[f"{run}/action"]):
        observation, reward, terminated, truncated, info = env.step(action.astype(np.float32))
        there = GOLDEN[f"{run}/observation"][k + 1]
        # "Stack" drops its second cube, which may fall on the first: its motion is not free.
        if touches(there) or ("Stack" in run and k >= 6):
            break
        here, state = observation["observation"], env.state["joints"]
        theirs = GOLDEN[f"{run}/joints"][k + 1]
        for what, ours, others, tolerance, unit in (
            ("end effector", here[:3], there[:3], position, "m"),
            ("arm joints", state[:7], theirs[:7], joints, "rad"),
            ("fingers", state[7:], theirs[7:], fingers, "m"),
        ):
            what = f"{what} in free motion, {on}"
            compare(where, what, ours, others, tolerance=tolerance, unit=unit)
        if engine == "bullet":
            # m/s: the peer's velocity of a link it has not refreshed. Objects that touch nothing
            # but the table settle as the peer's, but for the rattle (rad/s) of what was dropped: of
            # a cube 3e-3 in some of a hundred runs.
            np.testing.assert_allclose(here[3:6], there[3:6], atol=5e-5)
            np.testing.assert_allclose(here[6:], there[6:], atol=0.1 if "Slide" in run else 5e-3)
            np.testing.assert_allclose(
                observation["achieved_goal"], GOLDEN[f"{run}/achieved_goal"][k + 1], atol=5e-5
            )
        distance = np.linalg.norm(
            GOLDEN[f"{run}/achieved_goal"][k + 1] - GOLDEN[f"{run}/desired_goal"][k + 1]
        )
        slack = 2 * position if goal_is_position else 1e-3
        if "Dense" in str(GOLDEN[f"{run}/env_id"]):
            assert reward == pytest.approx(-distance, abs=slack)
        elif abs(distance - 0.05) > slack:
            assert reward == GOLDEN[f"{run}/reward"][k]
            assert terminated == info["is_success"] == bool(GOLDEN[f"{run}/is_success"][k])
        assert not truncated


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
@pytest.mark.parametrize("run", SCRIPTS)
def test_scripts_push_and_pick_as_they_did(run: str, engine: str) -> None:
    env, _ = recorded(run, engine)
    successes, positions = [], []
    for action in GOLDEN[f"{run}/action"]:
        observation, *_, info = env.step(action.astype(np.float32))
        successes.append(info["is_success"])
        positions.append(observation["achieved_goal"])
    first = np.argmax(successes) if any(successes) else len(successes)
    there = np.argmax(GOLDEN[f"{run}/is_success"])
    # Steps, and m: where the object ends. MuJoCo has another model of contact: a cube that
    # is held goes where it is carried, one that is knocked slides as far as the blow sends it.
    steps = {"bullet": 1, "mujoco": 3}[engine]
    distance = 5e-3 if engine == "bullet" or run == "script/pick" else 20e-3
    assert abs(int(first) - int(there)) <= steps
    where = (str(GOLDEN[f"{run}/env_id"]).replace("-v3", "-v1"), PEER)
    on = {"mujoco": "MuJoCo", "bullet": "Bullet"}[engine]
    what = f"object after a scripted episode, {on}"
    there = GOLDEN[f"{run}/achieved_goal"][-1]
    compare(where, what, positions[-1], there, tolerance=distance, unit="m")
    if run == "script/pick":  # held: it does not creep
        creep = np.ptp(np.array(positions[-15:]), axis=0)
        assert creep.max() < 2e-3


@pytest.mark.parametrize("run", SCRIPTS)
def test_forced_poses_may_be_positions_or_whole(run: str) -> None:
    env, observation = recorded(run, "bullet")
    position = GOLDEN[f"{run}/force_object"]
    np.testing.assert_array_equal(env.state["object"], [*position, 1, 0, 0, 0])
    whole = {"object": [*position, 1, 0, 0, 0], "goal": GOLDEN[f"{run}/force_goal"]}
    again, _ = env.reset(seed=int(GOLDEN[f"{run}/seed"]), options=whole)
    for name, value in observation.items():
        np.testing.assert_array_equal(again[name], value)


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_seeding_again_after_contacts_is_exact(engine: str) -> None:
    """What the peer does not do: its contact caches outlive a reset."""
    env, _ = recorded("script/pick", engine)
    histories = []
    for _ in range(2):
        observation, _ = env.reset(seed=3, options={"object": [0.0, 0.0, 0.02]})
        history = [observation["observation"]]
        for action in GOLDEN["script/pick/action"][:25]:
            history.append(env.step(action.astype(np.float32))[0]["observation"])
        histories.append(np.array(history))
    np.testing.assert_array_equal(*histories)


def test_flip_has_seeded_goals_of_unit_length() -> None:
    env = gym.make("flyball/PandaFlip-v1", preset="panda_gym", dtype="float64").unwrapped
    goals = [env.reset(seed=seed)[0]["desired_goal"] for seed in (0, 1, 0)]
    np.testing.assert_array_equal(goals[0], goals[2])
    assert not np.array_equal(goals[0], goals[1])
    np.testing.assert_allclose(np.linalg.norm(goals, axis=1), 1, atol=1e-12)
    # Four normals of numpy's generator, as SciPy's Rotation.random draws them.
    drawn = np.random.default_rng(0).normal(size=4)
    np.testing.assert_allclose(goals[0], drawn / np.linalg.norm(drawn), atol=1e-12)


@pytest.mark.parametrize("task", ["Reach", "Push", "Slide", "PickAndPlace", "Stack", "Flip"])
def test_spaces_are_the_peers(task: str) -> None:
    assert f"Panda{task}JointsDense-v1" in flyball.list_envs()
    sizes = {"Reach": (6, 3, 3), "Push": (18, 3, 3), "Slide": (18, 3, 3)}
    sizes |= {"PickAndPlace": (19, 3, 4), "Stack": (31, 6, 4), "Flip": (20, 4, 4)}
    observation, goal, action = sizes[task]
    for joints in (False, True):
        env = gym.make(f"flyball/Panda{task}{'Joints' if joints else ''}-v1", preset="panda_gym")
        assert env.observation_space["observation"].shape == (observation,)
        assert env.observation_space["desired_goal"].shape == (goal,)
        assert env.action_space.shape == (action + (4 if joints else 0),)
        assert env.spec.max_episode_steps == (100 if task == "Stack" else 50)
