"""Drives in detail, from Python."""

import flyball  # noqa: F401
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
