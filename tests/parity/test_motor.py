"""Preset gem against recorded runs of gym-electric-motor 3.0.3 (dopri5 at rtol 1e-12).

tests/golden/motor.npz holds the default tasks with constraints off; motor_options.npz other
initial states, interlocking, dead time, a free shaft, another machine, and a violation.
"""

from pathlib import Path

import flyball
import gymnasium as gym
import numpy as np
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
TASKS = ["Cont-CC-PMSM", "Finite-CC-PMSM"]
MACHINE = {
    "motor": {
        "p": 4, "l_d": 2e-3, "l_q": 2.5e-3, "r_s": 0.2, "psi_p": 0.1, "j_rotor": 0.01,
        "nominal": {"i": 20.0, "omega": 200.0, "u": 200.0},
        "limits": {"i": 30.0, "omega": 300.0, "u": 250.0},
    },
    "load": {"omega": 150.0},
    "supply": {"u_nominal": 200.0},
    "tau": 2e-4,
}  # fmt: skip
POLYNOMIAL = {"type": "polynomial_static", "a": 0.01, "b": 0.02, "c": 1e-4, "j_load": 1e-3}
OPTIONS = {
    "cont_initial": {},
    "cont_interlocking": {"converter": {"interlocking_time": 4e-6}},
    "finite_initial": {},
    "finite_interlocking": {"converter": {"interlocking_time": 2e-6}},
    "finite_interlocking_fast": {"converter": {"interlocking_time": 1e-6}},
    "cont_polynomial": {"load": POLYNOMIAL},
    "cont_dead_time": {"dead_time": {"steps": 2}},
    "finite_dead_time": {"dead_time": {"steps": 1}},
    "cont_machine": MACHINE,
}


def recorded(file, run):
    with np.load(GOLDEN / file) as arrays:
        prefix = run + "/"
        return {key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)}


def replay(task, run, **options):
    """Play a run's actions and references; states, observations, rewards and ends as recorded."""
    env = gym.make(
        f"flyball/Motor-{task}-v1",
        preset="gem",
        dtype="float64",
        reference={"type": "recorded", "values": run["reference"]},
        disable_env_checker=True,
        **options,
    )
    observation, _ = env.reset(seed=0, options={"ode": run["ode"][0]})
    ode, observations, rewards, ends = [env.unwrapped.state["ode"]], [observation], [], []
    for action in run["action"]:
        observation, reward, terminated, truncated, _ = env.step(action)
        assert env.observation_space.contains(observation)
        assert not truncated
        ode.append(env.unwrapped.state["ode"])
        observations.append(observation)
        rewards.append(reward)
        ends.append(terminated)
    return np.array(ode), np.array(observations), np.array(rewards), np.array(ends)


def check(run, ode, observations, rewards, ode_tolerance=1e-8):
    # Relative to the largest value each state reaches, and 1 where it stays below.
    scale = np.maximum(1.0, np.abs(run["ode"]).max(axis=0))
    np.testing.assert_allclose(ode / scale, run["ode"] / scale, rtol=0, atol=ode_tolerance)
    expected = np.hstack([run["state"], run["reference"]])
    # The angle's scaled value jumps from 1 to -1 at half a turn.
    epsilon = 12
    turn = np.abs(observations[:, epsilon] - expected[:, epsilon])
    np.testing.assert_allclose(np.minimum(turn, 2 - turn), 0, atol=1e-6)
    others = np.arange(expected.shape[1]) != epsilon
    np.testing.assert_allclose(observations[:, others], expected[:, others], rtol=0, atol=1e-6)
    np.testing.assert_allclose(rewards, run["reward"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_recorded_run(task):
    run = recorded("motor.npz", task)
    check(run, *replay(task, run, constraints=[])[:3])


@pytest.mark.parametrize("name", OPTIONS)
def test_recorded_options(name):
    run = recorded("motor_options.npz", name)
    task = TASKS[name.startswith("finite")]
    # From rest the free shaft crosses the kink of its Coulomb friction (2.5e-4 rad/s) inside a
    # part of the Runge-Kutta step, which then errs by the part's length times the kink's jump.
    tolerance = 1e-7 if name == "cont_polynomial" else 1e-8
    played = replay(task, run, constraints=[], **OPTIONS[name])[:3]
    check(run, *played, ode_tolerance=tolerance)


def test_violation_ends_on_the_same_step():
    run = recorded("motor_options.npz", "cont_violation")
    ode, observations, rewards, ends = replay("Cont-CC-PMSM", run)
    check(run, ode, observations, rewards)
    np.testing.assert_array_equal(ends, run["terminated"])
    assert ends[-1]
    assert rewards[-1] == pytest.approx(-10, abs=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_limits_and_nominal_values(task):
    run = recorded("motor.npz", task)
    motor = flyball.spec(f"Motor-{task}-v1", preset="gem").options["motor"]
    supply = flyball.spec(f"Motor-{task}-v1", preset="gem").options["supply"]["u_nominal"]
    for key, values in (("limits", run["limits"]), ("nominal", run["nominal"])):
        ratings = motor[key]
        expected = [ratings["omega"], ratings["torque"], *[ratings["i"]] * 5,
                    *[ratings["u"] / 2] * 5, np.pi, supply]  # fmt: skip
        np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_dict_observation():
    env = gym.make("flyball/Motor-Cont-CC-PMSM-v1", preset="gem", observation="dict")
    assert list(env.observation_space.spaces) == ["state", "reference"]
    assert env.observation_space["state"].shape == (14,)
    assert env.observation_space["reference"].shape == (2,)
