"""Preset gem against recorded runs of gym-electric-motor 3.0.3 (dopri5 at rtol 1e-12).

tests/golden/motor.npz holds the default tasks with constraints off; motor_options.npz other
initial states, interlocking, dead time, a free shaft, another machine, and a violation.
"""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from parity.measured import GOLDEN, compare

MACHINES = ["PermExDc", "ExtExDc", "SeriesDc", "ShuntDc", "PMSM", "SynRM", "EESM", "SCIM", "DFIM",
            "SIXPMSM"]  # fmt: skip
TASKS = [
    f"{kind}-{control}-{machine}"
    for kind in ("Cont", "Finite")
    for control in ("CC", "TC", "SC")
    for machine in MACHINES
]
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


def check(env_id, run, names, ode, observations, rewards):
    where = (env_id, "gym-electric-motor 3.0.3")
    # Relative to the largest value each state reaches, and 1 where it stays below.
    scale = np.maximum(1.0, np.abs(run["ode"]).max(axis=0))
    compare(where, "state", ode / scale, run["ode"] / scale, tolerance=1e-8)
    expected = np.hstack([run["state"], run["reference"]])
    others = np.ones(expected.shape[1], bool)
    if "epsilon" in names:
        # The angle's scaled value jumps from 1 to -1 at half a turn.
        epsilon = names.index("epsilon")
        turn = np.abs(observations[:, epsilon] - expected[:, epsilon])
        turn = np.minimum(turn, 2 - turn)
        compare(where, "angle", turn, 0, tolerance=1e-6, unit="half turns")
        others[epsilon] = False
    if FLUX_SEEN.intersection(names):
        # The peer starts induction machines without a flux. Under a zero vector theirs is rounding
        # noise (1e-22 Wb), and so is its direction, by which d and q of the next step are shown.
        flux = np.hypot(run["ode"][:-1, 3], run["ode"][:-1, 4])
        directed = np.concatenate([[True], flux > 1e-15])
        observations, expected = observations[directed], expected[directed]
        rewards, run = rewards[directed[1:]], {**run, "reward": run["reward"][directed[1:]]}
    here, there = observations[:, others], expected[:, others]
    compare(where, "observation", here, there, tolerance=1e-6, unit="of the limit")
    compare(where, "reward", rewards, run["reward"], tolerance=1e-9, unit="1")


FLUX_SEEN = {"i_sa"}  # what only induction machines show
PMSM_NAMES = ["omega", "torque", "i_a", "i_b", "i_c", "i_sd", "i_sq",
              "u_a", "u_b", "u_c", "u_sd", "u_sq", "epsilon", "u_sup"]  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_recorded_run(task):
    run = recorded("motor.npz", task)
    names = [str(name) for name in run["names"]]
    check(f"Motor-{task}-v1", run, names, *replay(task, run, constraints=[])[:3])


@pytest.mark.parametrize("task", TASKS)
def test_names_limits_nominal_values_and_period(task):
    run = recorded("motor.npz", task)
    spec = flyball.spec(f"Motor-{task}-v1", preset="gem")
    (field,) = spec.observation
    names = [entry.name for entry in field.entries]
    references = [f"{name}_reference" for name in run["reference_names"]]
    assert names == [str(name) for name in run["names"]] + references
    assert spec.control_period == run["tau"]
    motor, supply = spec.options["motor"], spec.options["supply"]["u_nominal"]
    half = 1 if task.endswith("Dc") else 2

    def rating(ratings, name):
        if name in ("omega", "torque"):
            return ratings[name]
        if name == "epsilon":
            return np.pi
        if name == "u_sup":
            return supply
        if name == "i_e":
            return ratings["i_e"]
        return ratings["i"] if name.startswith("i") else ratings["u"] / half

    for key in ("limits", "nominal"):
        expected = [rating(motor[key], str(name)) for name in run["names"]]
        if names[-2] == "i_sum":
            assert expected[-1] == run[key][-1]
        np.testing.assert_allclose(run[key], expected, rtol=1e-12)


@pytest.mark.parametrize("name", OPTIONS)
def test_recorded_options(name):
    run = recorded("motor_options.npz", name)
    task = "Finite-CC-PMSM" if name.startswith("finite") else "Cont-CC-PMSM"
    played = replay(task, run, constraints=[], **OPTIONS[name])[:3]
    check(f"Motor-{task}-v1", run, PMSM_NAMES, *played)


OTHERS = {
    "dc_rc": ("Cont-CC-PermExDc", {"supply": {"type": "rc", "u_nominal": 60.0, "r": 0.1}}),
    "pmsm_rc": ("Cont-CC-PMSM", {"supply": {"type": "rc", "u_nominal": 300.0, "r": 0.5}}),
    "dc_interlocking": ("Cont-CC-PermExDc", {"converter": {"interlocking_time": 5e-6}}),
    "dc_finite_interlocking": ("Finite-CC-PermExDc", {"converter": {"interlocking_time": 1e-6}}),
    "scim_finite_interlocking": ("Finite-CC-SCIM", {"converter": {"interlocking_time": 1e-6}}),
    # With two bridges the peer's own interlocking reaches them only where each is built with it, as
    # here: of converter=dict(interlocking_time=...) it makes nothing.
    "extex_finite_interlocking": ("Finite-CC-ExtExDc", {"converter": {"interlocking_time": 1e-6}}),
    # The peer's converter of a wound rotor goes by currents as the stator sees them.
    "dfim_interlocking": ("Cont-CC-DFIM", {"converter": {"interlocking_time": 3e-6}}),
    # Its capacitor sees what the legs did in the step before.
    "dc_finite_rc": ("Finite-CC-PermExDc", {"supply": {"type": "rc", "u_nominal": 60.0, "r": 0.1}}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_recorded_options_of_other_machines(name):
    run = recorded("motor_options.npz", name)
    task, options = OTHERS[name]
    names = [e.name for e in flyball.spec(f"Motor-{task}-v1", preset="gem").observation[0].entries]
    played = replay(task, run, constraints=[], **options)[:3]
    check(f"Motor-{task}-v1", run, names, *played)


def test_violation_ends_on_the_same_step():
    run = recorded("motor_options.npz", "cont_violation")
    ode, observations, rewards, ends = replay("Cont-CC-PMSM", run)
    check("Motor-Cont-CC-PMSM-v1", run, PMSM_NAMES, ode, observations, rewards)
    np.testing.assert_array_equal(ends, run["terminated"])
    assert ends[-1]
    assert rewards[-1] == pytest.approx(-10, abs=1e-12)


def test_dict_observation():
    env = gym.make("flyball/Motor-Cont-CC-PMSM-v1", preset="gem", observation="dict")
    assert list(env.observation_space.spaces) == ["state", "reference"]
    assert env.observation_space["state"].shape == (14,)
    assert env.observation_space["reference"].shape == (2,)
