"""What a window is given to plot, and at which pace; without a window."""

import time

import flyball
import numpy as np
import pytest
from bindings.helpers import make
from flyball.display import Pace, Signals, changed_speed, default_speed


@pytest.mark.parametrize(
    "env_id", ["PandaPush-v1", "QuadMultiHover-v1", "Motor-Cont-CC-PMSM-v1", "PDE-burgers-v1"]
)
def test_every_number_of_the_observation_can_be_plotted(env_id):
    env = make(env_id).unwrapped
    env.reset(seed=1)
    signals = Signals(env.flyball_spec, env._core, 0)
    observation, reward, _, _, info = env.step(env.action_space.sample())
    names = [name for name, _ in signals.names]
    assert len(set(names)) == len(names)
    values = dict(zip(names, signals.values(2.5), strict=True))
    assert (values["reward"], values["return"]) == (reward, 2.5)
    fields = env.flyball_spec.observation
    parts = [observation] if len(fields) == 1 else [observation[f.name] for f in fields]
    shown = [value for name, value in values.items() if not name.startswith(("info/", "re"))]
    np.testing.assert_array_equal(shown, np.concatenate([part.reshape(-1) for part in parts]))
    for name, value in info.items():
        if np.ndim(value) == 0:
            assert values[f"info/{name}"] == value


def test_a_second_of_the_plant_takes_one_where_it_can():
    assert default_speed(0.04) == 1.0
    assert default_speed(1e-4) == 1 / 32  # 312 steps a second
    assert default_speed(1.0) == 16.0
    assert changed_speed(1.0, "slower", 0) == 0.5
    assert changed_speed(16.0, "faster", 0) == 16.0
    assert changed_speed(1.0, "speed", 0.25) == 0.25
    pace = Pace(0.05)
    pace.restart()
    begin = time.perf_counter()
    for _ in range(2):
        pace.step()
        for _ in pace.waits():
            pass
    assert time.perf_counter() - begin >= 0.1


def test_forced_state_is_where_the_run_is():
    from flyball.engines import forced_state

    for env_id, options in (("PandaStack-v1", {"engine": "bullet"}), ("QuadFlock-v1", {})):
        env = flyball.Env(env_id, **options)
        env.reset(seed=2)
        for _ in range(5):
            env.step(env.action_space.sample())
        again = flyball.Env(env_id, **options)
        again.reset(seed=2, options=forced_state(env))
        for name, value in env.state.items():
            np.testing.assert_allclose(again.state[name], value, atol=1e-12, err_msg=name)
