"""Fields under the controlgym preset against recorded runs (tests/golden/control.npz)."""

from pathlib import Path

import flyball
import gymnasium as gym
import numpy as np
import pytest

with np.load(Path(__file__).parents[1] / "golden" / "control.npz") as archive:
    GOLDEN = {key: archive[key] for key in archive.files}
RUNS = sorted({"/".join(key.split("/")[1:3]) for key in GOLDEN if key.startswith("pde/")})
EVERY = 4  # of the recorded fields, which ones are kept


def env_of(equation: str, **options: object) -> gym.Env:
    """The environment of an equation, without Gymnasium's wrappers."""
    return gym.make(f"flyball/PDE-{equation}-v1", **options).unwrapped


@pytest.mark.parametrize("run", RUNS)
def test_recorded_run(run: str) -> None:
    env = env_of(run.split("/")[0], preset="controlgym", sensor_noise_cov=0.0, dtype="float64")
    golden = {key.rsplit("/", 1)[1]: value for key, value in GOLDEN.items() if f"pde/{run}/" in key}
    initial = {key: float(value) for key, value in golden.items() if key.startswith("init_")}
    first, _ = env.reset(seed=0, options=initial)
    fields = golden[f"state_every_{EVERY}"]
    np.testing.assert_allclose(env.state["field"], fields[0], rtol=0, atol=1e-15)
    for k, action in enumerate(golden["action"]):
        observation, reward, terminated, truncated, info = env.step(action)
        if (k + 1) % EVERY == 0:
            field = fields[(k + 1) // EVERY]
            np.testing.assert_allclose(
                env.state["field"], field, rtol=0, atol=1e-8 * np.abs(field).max()
            )
            np.testing.assert_array_equal(info["state"], env.state["field"])
        np.testing.assert_allclose(observation, golden["observation"][k], rtol=0, atol=1e-8)
        assert reward == pytest.approx(golden["reward"][k], rel=1e-8)
        assert not terminated
        assert not truncated
        if k == 0:  # the observation is of the field before the step
            np.testing.assert_array_equal(observation, first)


@pytest.mark.parametrize("seed", [0, 11])
def test_reset_draws_what_the_peer_draws(seed: int) -> None:
    # The peer's order: amplitude, spread, then the noise of the first measurement.
    env = env_of("burgers", preset="controlgym", dtype="float64")
    observation, _ = env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    amplitude = 1 + rng.uniform(-0.1, 0.1)
    spread = 0.05 + rng.uniform(-0.01, 0.01)
    x = np.arange(256) / 256
    field = amplitude / np.cosh((x - 0.5) / spread)
    np.testing.assert_allclose(env.state["field"], field, rtol=1e-14)
    expected = field[np.arange(10) * 25] + 0.5 * rng.standard_normal(10)
    np.testing.assert_allclose(observation, expected, rtol=0, atol=1e-14)


def test_default_shows_the_field_after_the_step() -> None:
    env = env_of("burgers", sensor_noise_cov=0.0, n_observation=8, dtype="float64")
    env.reset(seed=3)
    observation, *_ = env.step(np.full(8, 0.3, np.float64))
    # Eight sensors on 256 points stand on points 16, 48, ...
    np.testing.assert_allclose(observation, env.state["field"][16::32], rtol=1e-13)


def test_regulator_beats_zero_in_a_batch() -> None:
    totals = {}
    for name in ("zero", "lqr"):
        envs = gym.make_vec(
            "flyball/PDE-burgers-v1", num_envs=4, vectorization_mode="vector_entry_point"
        )
        policy = flyball.policy("lqr", envs)
        observation, _ = envs.reset(seed=0)
        total = np.zeros(4)
        for _ in range(100):
            action = policy(observation) if name == "lqr" else np.zeros((4, 8), np.float32)
            observation, reward, *_ = envs.step(action)
            total += reward
        totals[name] = total
    assert np.all(totals["lqr"] > 0.7 * totals["zero"])
