"""Quadcopters under the peer's presets against runs recorded from gym-pybullet-drones."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from parity.measured import GOLDEN as FOLDER
from parity.measured import compare

GOLDEN = dict(np.load(FOLDER / "quadcopter.npz"))
CONTROL = sorted(
    key
    for key in GOLDEN
    if key.startswith("ctrl/") and key.rsplit("/", 1)[1] not in ("rpm", "init_pos", "init_rpy")
)
EFFECTS = {
    "dyn": None,
    "pyb": [],
    "gnd": ["ground"],
    "drag": ["drag"],
    "dw": ["downwash"],
    "all": ["ground", "drag", "downwash"],
}
STRIDE = 20  # every how many steps a state was kept

# Recorded and computed states agree to some 1e-14, roundings added up over a second of tumbling.
# MuJoCo turns attitudes below 1e-8 rad/s, which the peer's DYN leaves alone: 3e-10.
PEER = "gym-pybullet-drones 90b178a"
TOLERANCE = {"analytic": 1e-12, "bullet": 1e-12, "mujoco": 1e-8}


@pytest.mark.parametrize("engine", ["analytic", "engine"])
@pytest.mark.parametrize("key", CONTROL)
def test_rotor_speeds_move_drones_as_the_peers(key: str, engine: str) -> None:
    _, airframe, _, physics = key.split("/")
    options = {"preset": "gpd_pyb", "effects": EFFECTS[physics]}
    if physics == "dyn":
        options = {"preset": "gpd_dyn"}
    # The engine that the peer's physics is: Bullet itself, or MuJoCo, which steps as its DYN does.
    if engine == "engine":
        engine = "mujoco" if physics == "dyn" else "bullet"
    options["engine"] = engine
    run = key.rsplit("/", 1)[0]
    drones = GOLDEN[f"{run}/init_pos"].shape[0]
    env = gym.make(
        "flyball/QuadControl-v1",
        drone=airframe.lower(),
        num_drones=drones,
        dtype="float64",
        **options,
    ).unwrapped
    start = {"position": GOLDEN[f"{run}/init_pos"], "rpy": GOLDEN[f"{run}/init_rpy"]}
    observation, _ = env.reset(seed=0, options=start)
    compared = 0
    for step, rpm in enumerate(GOLDEN[f"{run}/rpm"]):
        if step % STRIDE == 0:
            if observation[:, 2].min() < 0.03:
                break  # about to touch the ground, where the engines differ
            # Metres, radians, seconds and rpm in one: the largest difference is of the rates.
            what = f"state, {engine}"
            there, tolerance = GOLDEN[key][step // STRIDE], TOLERANCE[engine]
            where = ("QuadControl-v1", PEER)
            compare(where, what, observation, there, tolerance=tolerance, unit="SI")
            compared += 1
        observation, reward, terminated, truncated, _ = env.step(rpm)
        assert (reward, terminated, truncated) == (-1.0, False, False)
    assert compared >= 3


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_engines_fly_the_default_drone_as_the_equations_do(engine: str) -> None:
    flights = {}
    for name in ("analytic", engine):
        for hz in (240, 960):
            env = gym.make(
                "flyball/QuadControl-v1",
                engine=name,
                num_drones=2,
                physics_hz=hz,
                dtype="float64",
                wind=[1.0, 0.5, 0.0],
                start_spread=0.0,
            ).unwrapped
            start = {"position": [[0, 0, 1.0], [0.05, 0, 1.6]], "rpy": [[0.1, 0, 0], [0, 0.2, 1.0]]}
            env.reset(seed=0, options=start)
            for step in range(120):
                env.step(14500 + 300 * np.sin(0.1 * step + np.arange(8)).reshape(2, 4))
            flights[name, hz] = env.state["kinematics"]
    # Engines step with forces of the step's begin: first order, and four times nearer at a quarter.
    coarse, fine = (
        np.abs(flights[engine, hz] - flights["analytic", hz])[:, :13] for hz in (240, 960)
    )
    assert 1e-6 < coarse.max() < 0.05
    assert fine.max() < 0.35 * coarse.max()


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_drones_land_on_the_engines_ground(engine: str) -> None:
    env = gym.make("flyball/QuadControl-v1", engine=engine, dtype="float64").unwrapped
    env.reset(seed=0, options={"position": [[0, 0, 0.3]], "rpm": [[0, 0, 0, 0]]})
    for _ in range(480):
        observation, *_ = env.step(np.zeros(4))
    assert observation[2] == pytest.approx(0.0125, abs=0.002)
    assert np.abs(observation[10:16]).max() < 0.02


# With velocity commands at 30 Hz the peer's controller is unstable: a difference grows tenfold
# every six steps, from the last digit to rad/s within the recording.
COMPARED_STEPS = {"vel": 48}


@pytest.mark.parametrize("action", ["rpm", "one_d_rpm", "pid", "one_d_pid", "vel"])
@pytest.mark.parametrize("task", ["hover", "multihover"])
def test_learning_tasks_are_the_peers(task: str, action: str) -> None:
    env_id = {"hover": "QuadHover-v1", "multihover": "QuadMultiHover-v1"}[task]
    env = gym.make(f"flyball/{env_id}", preset="gpd_pyb", action=action, dtype="float64").unwrapped
    observation, _ = env.reset(seed=0)
    actions = GOLDEN[f"{task}/{action}/action"]
    for step in range(COMPARED_STEPS.get(action, len(actions))):
        recorded = GOLDEN[f"{task}/{action}/observation"][step]
        # The peer rounds to float32: 6e-8 of rates of up to 10 rad/s.
        where = (env_id, PEER)
        compare(where, f"observation, action {action}", observation, recorded,
                tolerance=1e-5, unit="SI")  # fmt: skip
        observation, reward, terminated, truncated, _ = env.step(actions[step])
        there = GOLDEN[f"{task}/{action}/reward"][step]
        compare(where, f"reward, action {action}", reward, there, tolerance=1e-6, unit="1")
        assert terminated == GOLDEN[f"{task}/{action}/terminated"][step]
        assert truncated == GOLDEN[f"{task}/{action}/truncated"][step]


def test_velocity_commands_are_the_peers() -> None:
    env = gym.make(
        "flyball/QuadVelocity-v1", preset="gpd_pyb", control_hz=48, dtype="float64"
    ).unwrapped
    state = GOLDEN["velocity/state"]
    observation, _ = env.reset(seed=0, options={"position": state[0, :, :3]})
    # Here, too, the peer's loop is unstable: what rounding leaves grows from 3e-16 to 2e-7 at step
    # 48 and to 1e-2 at step 100.
    for step, action in enumerate(GOLDEN["velocity/action"][:48]):
        here, there = observation[:, :16], state[step][:, :16]
        compare(("QuadVelocity-v1", PEER), "state", here, there, tolerance=1e-6, unit="SI")
        # Commands of some 15000 rpm; the controller's gains make 1e-3 rpm of such a difference.
        here, there = observation[:, 16:], state[step][:, 16:]
        compare(("QuadVelocity-v1", PEER), "rotors", here, there, tolerance=1e-3, unit="rpm")
        observation, reward, *_ = env.step(action)
        assert reward == -1.0


@pytest.mark.parametrize("airframe", ["CF2X", "CF2P"])
def test_the_peers_controller_call_by_call(airframe: str) -> None:
    env = gym.make(
        "flyball/QuadControl-v1",
        preset="gpd_pyb",
        drone=airframe.lower(),
        control_hz=48,
        dtype="float64",
    ).unwrapped
    policy = flyball.policy("pid", env)
    state = GOLDEN[f"pid/{airframe}/state"]
    assert GOLDEN[f"pid/{airframe}/target_yaw"] == 0.0
    start = {"position": state[0, :, :3], "quat": state[0, :, 3:7]}
    goal = GOLDEN[f"pid/{airframe}/target_pos"][None]
    observation, _ = env.reset(seed=0, options={**start, "goal": goal})
    # The recorded speeds are flown, not the policy's own, so that the differences do not add up.
    action = np.zeros((1, 4))
    for step, recorded in enumerate(GOLDEN[f"pid/{airframe}/rpm"]):
        observation, *_ = env.step(action)
        where = ("QuadControl-v1", PEER)
        compare(where, "PID's command", policy(observation), recorded, tolerance=1e-6, unit="rpm")
        np.testing.assert_allclose(observation, state[step + 1], rtol=0, atol=1e-9)
        action = recorded


def _distances(position: np.ndarray, goal: list[float]) -> np.ndarray:
    return np.linalg.norm(position - np.array(goal), axis=-1)


# The rewards of the peer's first version, as its source has them, from positions; k is the number
# of steps before this one, at 48 Hz.
OLD_REWARDS = {
    "QuadTakeoff-v1": lambda p, k: -5.0 if p[0, 2] < 0.02 else -1 / (10 * p[0, 2]),
    "QuadFlyThruGate-v1": lambda p, k: -10 * _distances(p, [0, -2 * k / 48 / 5, 0.75])[0] ** 2,
    "QuadTune-v1": lambda p, k: -(_distances(p, [0, 4 * np.cos(0.006 * k), 1])[0] ** 2),
    "QuadFlock-v1": lambda p, k: (
        -(_distances(p, [0, 0, 1])[0] ** 2) - np.sum((p[:-1, 2] - p[1:, 2]) ** 2)
    ),
    "QuadLeaderFollower-v1": lambda p, k: (
        -(_distances(p, [0, 0, 0.5])[0] ** 2) - np.sum((p[0, 2] - p[1:, 2]) ** 2) / len(p)
    ),
    "QuadMeetup-v1": lambda p, k: -np.sum(np.linalg.norm(p - p[::-1], axis=1) ** 2),
}


@pytest.mark.parametrize("preset", ["gpd_dyn", "gpd_pyb"])
@pytest.mark.parametrize("env_id", OLD_REWARDS)
def test_rewards_of_the_peers_first_version(env_id: str, preset: str) -> None:
    env = gym.make(f"flyball/{env_id}", preset=preset, dtype="float64").unwrapped
    env.reset(seed=0)
    rng = np.random.default_rng(2)
    for step in range(300):
        action = rng.uniform(-1, 1, env.action_space.shape)
        _, reward, terminated, truncated, _ = env.step(action)
        position = env.state["kinematics"][:, :3]
        there = OLD_REWARDS[env_id](position, step)
        # Its first version was not to be had to run: its formulas, on our positions.
        where, scale = (env_id, "gym-pybullet-drones, first version"), max(1.0, abs(there))
        compare(where, "reward's formula", reward, there, tolerance=1e-9, scale=scale)
        assert not terminated
        # 5 s by a clock that is read before it is set forward.
        assert truncated == (step >= 241)
        if truncated:
            break
