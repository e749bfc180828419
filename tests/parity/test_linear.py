"""Linear plants under the controlgym preset against recorded runs (tests/golden/control.npz)."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from parity.measured import GOLDEN as FOLDER
from parity.measured import compare

GOLDEN = {}
for name in ("control", "control_large"):
    with np.load(FOLDER / f"{name}.npz") as archive:
        GOLDEN.update({key: archive[key] for key in archive.files})
PLANTS = sorted({key.split("/")[1] for key in GOLDEN if key.startswith("linear/")})
EVERY = 6  # of the recorded states, which ones are kept
REGULATED = [plant for plant in PLANTS if f"linear/{plant}/lqr_gain" in GOLDEN]
LARGE = [plant for plant in PLANTS if f"linear/{plant}/scipy_gain" in GOLDEN]
PEER = {"preset": "controlgym", "dtype": "float64"}
NAME = "controlgym 1.0.0"
# Relative, of states and outputs. ac7's flutter is so ill-conditioned that the exponentials of two
# libraries differ by more.
TOLERANCE = {"ac7": 1e-6}


def env_of(plant: str, **options: object) -> gym.Env:
    """The environment of a plant, without Gymnasium's wrappers."""
    return gym.make(f"flyball/Linear-{plant}-v1", **options).unwrapped


@pytest.mark.parametrize("plant", PLANTS)
def test_recorded_run(plant: str) -> None:
    env = env_of(plant, **PEER, disturbance="action")
    run = {
        key.rsplit("/", 1)[1]: value for key, value in GOLDEN.items() if f"linear/{plant}/" in key
    }
    env.reset(seed=0, options={"x": run["x0"]})
    # Relative to the largest entry of each vector: entries that cancel have no digits of their own.
    tolerance = TOLERANCE.get(plant, 1e-9)
    # Of plants of more than 60 states every (nx // 40)th is kept, and the norm of all.
    where = (f"Linear-{plant}-v1", NAME)
    nx = len(run["x0"])
    kept = slice(None, None, 1 if nx <= 60 else nx // 40)
    for k, (u, w) in enumerate(zip(run["u"], run["w"], strict=True)):
        observation, reward, terminated, truncated, info = env.step(np.concatenate([u, w]))
        if "state_norm" in run:
            norm = np.linalg.norm(env.state["x"])
            there = run["state_norm"][k + 1]
            compare(where, "norm of the state", norm, there, tolerance=tolerance, scale=there)
        if (k + 1) % EVERY == 0:
            state = run[f"state_every_{EVERY}"][(k + 1) // EVERY]
            size = np.abs(state).max()
            compare(where, "state", env.state["x"][kept], state, tolerance=tolerance, scale=size)
            np.testing.assert_array_equal(info["state"], env.state["x"])
        expected = run["observation"][k]
        size = np.abs(expected).max()
        compare(where, "observation", observation, expected, tolerance=tolerance, scale=size)
        there = run["reward"][k]
        compare(where, "reward", reward, there, tolerance=tolerance, scale=abs(there))
        assert not terminated
        assert not truncated


@pytest.mark.parametrize("plant", REGULATED)
def test_regulator(plant: str) -> None:
    env = env_of(plant, **PEER)
    policy = flyball.policy("lqr", env)
    gain = GOLDEN[f"linear/{plant}/lqr_gain"]
    nx = gain.shape[1]
    rng = np.random.default_rng(1)
    for _ in range(3):
        x = rng.normal(size=nx)
        observation, _ = env.reset(seed=0, options={"x": x})
        expected = gain @ x
        here, scale = np.ravel(policy(observation)), np.abs(gain).max()
        where = (f"Linear-{plant}-v1", NAME)
        compare(where, "optimal regulator", here, expected, tolerance=1e-8, scale=scale)


@pytest.mark.parametrize("plant", LARGE)
def test_regulator_of_a_large_plant(plant: str) -> None:
    env = env_of(plant, **PEER)
    policy = flyball.policy("lqr", env)
    gain = GOLDEN[f"linear/{plant}/scipy_gain"]
    rng = np.random.default_rng(2)
    for _ in range(3):
        x = rng.normal(size=gain.shape[1])
        observation, _ = env.reset(seed=0, options={"x": x})
        # scipy's residual is 1e-13 of P, ours 1e-14; the gain of a large plant magnifies it.
        expected = gain @ x
        scale = np.abs(gain).max()
        np.testing.assert_allclose(
            np.ravel(policy(observation)), expected, rtol=0, atol=1e-7 * scale
        )


@pytest.mark.parametrize("seed", [0, 7, 123456789])
def test_reset_draws_what_the_peer_draws(seed: int) -> None:
    # There multivariate_normal of a multiple of the identity, which is this, bit for bit.
    env = env_of("he1", **PEER)
    env.reset(seed=seed)
    expected = np.sqrt(0.1) * np.random.default_rng(seed).standard_normal(4)
    np.testing.assert_array_equal(env.state["x"], expected)


@pytest.mark.parametrize("plant", PLANTS)
def test_default_regulated_or_pushed(plant: str) -> None:
    """The regulator stays inside the default limits; a random push stays finite."""
    env = env_of(plant, dtype="float64")
    names = (
        ["random", "lqr"] if "lqr" in flyball.spec(f"Linear-{plant}-v1").policies else ["random"]
    )
    for name in names:
        policy = flyball.policy(name, env)
        observation, _ = env.reset(seed=5)
        for _ in range(200):
            observation, reward, terminated, truncated, _ = env.step(policy(observation))
            assert np.isfinite(reward)
            assert not terminated
            assert not (truncated and name == "lqr")
            if truncated:
                break


def test_linearisation_is_the_plant() -> None:
    env = env_of("he1", preset="controlgym", noise_cov=0.0, dtype="float64")
    a, b = flyball.linearize(env, {"x": np.zeros(4)}, np.zeros(2))[:2]
    unit = np.eye(4)
    for i in range(4):
        env.reset(seed=0, options={"x": unit[i]})
        env.step(np.zeros(2))
        # A central difference of a linear map is exact but for rounding over its step.
        np.testing.assert_allclose(a[:, i], env.state["x"], atol=1e-8)
    env.reset(seed=0, options={"x": np.zeros(4)})
    env.step(np.array([1.0, 0.0]))
    np.testing.assert_allclose(b[:, 0], env.state["x"], atol=1e-8)


def test_seconds_and_limits_of_the_default() -> None:
    env = env_of("he1")
    assert env.action_space.dtype == np.float32
    assert np.all(np.isfinite(env.action_space.high))
    assert flyball.spec("Linear-he1-v1").max_episode_steps == 1000
