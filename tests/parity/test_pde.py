"""Fields under the controlgym preset against recorded runs (tests/golden/control.npz)."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from parity.measured import GOLDEN as FOLDER
from parity.measured import compare

with np.load(FOLDER / "control.npz") as archive:
    GOLDEN = {key: archive[key] for key in archive.files}
RUNS = sorted({"/".join(key.split("/")[1:3]) for key in GOLDEN if key.startswith("pde/")})
# Of what is relative to the largest value of the field: rounding, and in Kuramoto-Sivashinsky's
# chaos what it grows to in 30 units of time.
TOLERANCE = {"kuramoto_sivashinsky": 1e-6}
NAME = "controlgym 1.0.0"


def env_of(equation: str, **options: object) -> gym.Env:
    """The environment of an equation, without Gymnasium's wrappers."""
    return gym.make(f"flyball/PDE-{equation}-v1", **options).unwrapped


@pytest.mark.parametrize("run", RUNS)
def test_recorded_run(run: str) -> None:
    equation = run.split("/")[0]
    env = env_of(equation, preset="controlgym", sensor_noise_cov=0.0, dtype="float64")
    golden = {key.rsplit("/", 1)[1]: value for key, value in GOLDEN.items() if f"pde/{run}/" in key}
    initial = {key: float(value) for key, value in golden.items() if key.startswith("init_")}
    first, _ = env.reset(seed=0, options=initial)
    kept = next(key for key in golden if key.startswith("state_every_"))
    every, fields = int(kept.rsplit("_", 1)[1]), golden[kept]
    tolerance = TOLERANCE.get(equation, 1e-8)
    where = (f"PDE-{equation}-v1", NAME)
    # The last bits of elementary functions, and of a cosine's argument of 20 rad.
    np.testing.assert_allclose(env.state["field"], fields[0], rtol=0, atol=1e-14)
    for k, action in enumerate(golden["action"]):
        observation, reward, terminated, truncated, info = env.step(action)
        if (k + 1) % every == 0:
            field = fields[(k + 1) // every]
            scale = np.abs(field).max()
            compare(where, "field", env.state["field"], field, tolerance=tolerance, scale=scale)
            np.testing.assert_array_equal(info["state"], env.state["field"])
        expected = golden["observation"][k]
        scale = max(1, np.abs(expected).max())
        compare(where, "observation", observation, expected, tolerance=tolerance, scale=scale)
        there = golden["reward"][k]
        compare(where, "reward", reward, there, tolerance=tolerance, scale=abs(there))
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
