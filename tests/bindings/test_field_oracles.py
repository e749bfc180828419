"""Baselines of fields beside scipy, which knows nothing of ours."""

import flyball
import numpy as np
import pytest
from bindings.helpers import make
from bindings.test_linear_oracles import regulator

linalg = pytest.importorskip("scipy.linalg")

# On 32 points, with figures of which four actuators can hold what grows.
REGULATED = {
    "convection_diffusion_reaction": {},
    "burgers": {"diffusivity_constant": 0.05},
    "fisher": {"diffusivity_constant": 0.1},
    "allen_cahn": {"diffusivity_constant": 0.7},
    "korteweg_de_vries": {"integration_time": 1e-4},
    "cahn_hilliard": {"surface_tension_constant": 0.1},
}


REACH = 2e-3  # of the strongest direction: what is weaker counts as out of reach


def linear_step(env, action):
    """A and B of a control step about a field of zeros, by central differences."""
    zero = np.zeros(env.flyball_spec.state[0].size)
    model = flyball.linearize(env, {"field": zero}, action)
    return model.A, model.B


@pytest.mark.parametrize("equation", REGULATED)
def test_regulators_of_linearised_fields(equation):
    """By the linearised step, what the feedback costs is the least that scipy's equation allows."""
    n = 32
    grid = {"n": n, "n_action": 4, "n_observation": 4, "control_sup_width": 0.2}
    env = make(f"PDE-{equation}-v1", preset="controlgym", **grid, **REGULATED[equation]).unwrapped
    a, b = linear_step(env, np.zeros(4))
    gain = np.empty((4, n))
    policy = flyball.policy("lqr", env)
    for j, unit in enumerate(np.eye(n)):
        observation, _ = env.reset(seed=0, options={"field": unit})
        gain[:, j] = policy(observation)
    # Of what the actuators reach; in this preset costs are sums of squares.
    reach = [b]
    for _ in range(n // 4):
        reach.append(a @ reach[-1])
    directions, sizes, _ = np.linalg.svd(np.hstack(reach))
    basis = directions[:, : np.sum(sizes > REACH * sizes[0])]
    a, b, gain = basis.T @ a @ basis, basis.T @ b, gain @ basis
    one = np.eye(len(a))
    best, _ = regulator(a, b, one, np.eye(4), np.zeros((len(a), 4)))
    own = linalg.solve_discrete_lyapunov((a + b @ gain).T, one + gain.T @ gain)
    # Of fields that the actuators make. What is left out of the design fades by itself.
    least, cost = np.trace(b.T @ best @ b), np.trace(b.T @ own @ b)
    assert least * (1 - 1e-6) < cost < 1.001 * least


OBSERVED = {
    "transport": {},
    "reaction_diffusion": {},
    "hyperbolic_load": {},
    "anti_damped_wave": {"sample_time": 0.025},
}


@pytest.mark.parametrize("plant", OBSERVED)
def test_observers_at_a_boundary(plant):
    """Scipy's filter of the lumped plant, and the feedback of the whole field."""
    env = make(
        f"PDE-{plant}-v1",
        dtype="float64",
        cells=40,
        action_limit=1e6,
        sensing="opposite",
        sensor_noise_cov=1e-4,
        **OBSERVED[plant],
    ).unwrapped
    n, m = env.flyball_spec.state[0].size, env.flyball_spec.action.field.size
    a, b = linear_step(env, np.zeros(m))
    full = flyball.policy("backstepping", env)
    gain, sees = np.empty((m, n)), []
    quiet = make(env.flyball_spec.id, **{**env.flyball_spec.options, "sensor_noise_cov": 0.0})
    for j, unit in enumerate(np.eye(n)):
        observation, _ = env.reset(seed=0, options={"field": unit})
        gain[:, j] = full(observation)
        sees.append(quiet.unwrapped.reset(seed=0, options={"field": unit})[0])
    c = np.array(sees).T
    # The last number of the wave is at a place that no sensor sees: it is followed, not corrected.
    seen = n - 1 if plant == "anti_damped_wave" else n
    noise, cross = 1e-4 * np.eye(len(c)), np.zeros((seen, len(c)))
    inner = a[:seen, :seen].T, c[:, :seen].T
    predict = np.zeros((n, len(c)))
    predict[:seen] = -regulator(*inner, np.eye(seen), noise, cross)[1].T

    policy = flyball.policy("backstepping_output", env)
    observation, _ = env.reset(seed=3)
    estimate = np.zeros(n)
    largest = 0.0
    for _ in range(60):
        action = policy(observation)
        expected = gain @ estimate
        size = max(np.abs(gain) @ np.abs(estimate))
        largest = max(largest, *np.abs(expected))
        # Before the first wave has come to the sensor there is rounding only.
        np.testing.assert_allclose(action, expected, rtol=0, atol=1e-6 * size + 1e-12)
        estimate = a @ estimate + b @ action + predict @ (observation - c @ estimate)
        observation, *_ = env.step(action)
    assert largest > 0.1
