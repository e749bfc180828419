"""Drives in detail, from Python."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

DETAILS = {
    "switching": "exact",
    "losses": {"devices": {"u_diode": 0.8, "e_on": 1e-3}, "iron": {"eddy": 0.01}},
    "thermal": {},
    "supply": {"type": "battery"},
    "converter": {"interlocking_time": 1e-6},
    "sensors": {"current": {"noise": 0.1, "delay": 1}},
    "faults": [{"type": "open_phase", "time": [1e-3, 2e-3]}],
    "randomise": {"all": 0.02},
}


@pytest.mark.parametrize(
    "env_id", ["Motor-Cont-CC-PMSM-v1", "Motor-Finite-SC-SeriesDc-v1", "Motor-Cont-TC-EESM-v1"]
)
def test_a_detailed_drive_is_an_environment_like_others(env_id: str) -> None:
    env = gym.make(f"flyball/{env_id}", **DETAILS)
    check_env(env.unwrapped, skip_render_check=True)
    env.reset(seed=3)
    _, _, _, _, info = env.step(env.action_space.sample())
    energy = info["energy"]
    assert abs(energy[0] - energy[1:].sum()) < 1e-9 * np.abs(energy).sum() + 1e-12
    assert env.unwrapped.state["temperature"].shape == (2,)


def test_a_batch_of_detailed_rows_equals_single_ones() -> None:
    envs = gym.make_vec(
        "flyball/Motor-Cont-CC-PMSM-v1",
        num_envs=6,
        vectorization_mode="vector_entry_point",
        **DETAILS,
    )
    many, _ = envs.reset(seed=7)
    env = gym.make("flyball/Motor-Cont-CC-PMSM-v1", **DETAILS)
    one, _ = env.reset(seed=9)
    np.testing.assert_array_equal(many[2], one)
    action = np.full((6, 3), 0.05, np.float32)
    for _ in range(20):
        many = envs.step(action)[0]
        one = env.step(action[0])[0]
        np.testing.assert_array_equal(many[2], one)


# maxon EC 45 flat, 70 W, 24 V (part 651614).
FLAT = {
    "kv": 236,
    "kt": 40.4e-3,
    "resistance": 0.573,
    "inductance": 0.301e-3,
    "poles": 16,
    "inertia": 181e-7,
    "voltage": 24,
    "current": 3.29,
    "torque": 0.134,
    "speed_rpm": 4750,
    "no_load_speed_rpm": 5600,
    "max_speed_rpm": 10000,
}


def test_a_sheet_becomes_a_machine_that_turns_as_the_sheet_says() -> None:
    motor = flyball.machine_from_datasheet(FLAT)
    assert motor["p"] == 8
    assert motor["r_s"] == pytest.approx(0.573 / 2)
    # Kt is 3 / pi of the peak between lines per speed.
    line = np.sqrt(3) * 8 * motor["psi_p"]
    assert 3 / np.pi * line == pytest.approx(40.4e-3, rel=3e-3)
    env = gym.make("flyball/Motor-Cont-SC-PMSM-v1", motor={"datasheet": FLAT})
    assert env.unwrapped.flyball_spec.options["supply"]["u_nominal"] == 24
    env = gym.make("flyball/Motor-Cont-CC-PMSM-v1", motor=motor)
    env.reset(seed=0)
    env.step(env.action_space.sample())


def test_a_sheet_that_disagrees_is_refused_with_the_reason() -> None:
    with pytest.raises(flyball.InputError, match="is not voltage / resistance"):
        flyball.machine_from_datasheet({**FLAT, "stall_current": 84})
    with pytest.raises(flyball.InputError, match="resistance"):
        flyball.machine_from_datasheet({**FLAT, "resistence": 1.0})
    with pytest.raises(flyball.InputError, match="brushless"):
        flyball.machine_from_datasheet(FLAT, kind="brushles")
    with pytest.raises(flyball.InputError, match="datasheet"):
        flyball.spec("Motor-Cont-CC-SCIM-v1", motor={"datasheet": FLAT})


@pytest.mark.parametrize(
    ("env_id", "action", "why"),
    [
        ("Motor-Cont-CC-PMSM-v1", np.zeros(2, np.float32), r"shape \(2,\).*shape \(3,\)"),
        ("Motor-Cont-CC-DFIM-v1", np.zeros(3, np.float32), r"shape \(3,\).*shape \(6,\)"),
        ("Motor-Cont-CC-PermExDc-v1", np.zeros((1, 1), np.float32), r"shape \(1, 1\)"),
        ("Motor-Finite-CC-EESM-v1", np.zeros(1, np.int64), r"shape \(1,\).*shape \(2,\)"),
        ("Motor-Finite-CC-EESM-v1", np.array([8, 0]), "component 0 is 8; 0 to 7 are allowed"),
        ("Motor-Finite-CC-EESM-v1", np.array([0, 4]), "component 1 is 4; 0 to 3 are allowed"),
        ("Motor-Finite-CC-PMSM-v1", 8, "is 8; 0 to 7 are allowed"),
        ("Motor-Finite-CC-PMSM-v1", 0.5, "dtype float64"),
        ("Motor-Cont-CC-PMSM-v1", np.array([0, np.nan, 0], np.float32), "component 1 is"),
    ],
)
def test_actions_that_no_converter_has_are_refused(env_id: str, action: object, why: str) -> None:
    env = gym.make(f"flyball/{env_id}", disable_env_checker=True).unwrapped
    env.reset(seed=0)
    before = env.snapshot()
    with pytest.raises(flyball.InputError, match=why):
        env.step(action)
    assert env.snapshot() == before


def test_a_batch_with_the_wrong_number_of_actions_is_refused() -> None:
    envs = gym.make_vec(
        "flyball/Motor-Cont-CC-PMSM-v1", num_envs=4, vectorization_mode="vector_entry_point"
    )
    envs.reset(seed=0)
    for shape in ((4, 2), (3, 3), (12,)):
        with pytest.raises(flyball.InputError, match=r"an array of shape \(4, 3\)"):
            envs.step(np.zeros(shape, np.float32))
