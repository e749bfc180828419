"""Linear plants out of their environments: matrices, gradients, plants of one's own."""

import flyball
import numpy as np
import pytest
from bindings.helpers import make

RNG = np.random.default_rng(8)


def test_matrices_of_a_plant():
    scipy_linalg = pytest.importorskip("scipy.linalg")
    plant = flyball.plant("Linear-he1-v1", sample_time=0.2)
    nx, nu = plant["B2"].shape
    block = np.zeros((nx + nu, nx + nu))
    block[:nx] = np.hstack([plant["A"], plant["B2"]])
    step = scipy_linalg.expm(0.2 * block)
    np.testing.assert_allclose(plant["Ad"], step[:nx, :nx], rtol=0, atol=1e-14)
    np.testing.assert_allclose(plant["B2d"], step[:nx, nx:], rtol=0, atol=1e-14)
    np.testing.assert_allclose(plant["Q"], 0.2 * plant["C1"].T @ plant["C1"], atol=1e-15)
    # Of an environment, its own options count.
    assert (
        flyball.plant(make("Linear-he1-v1", sample_time=0.2))["Ad"].tolist() == plant["Ad"].tolist()
    )
    with pytest.raises(flyball.InputError, match="no arrays"):
        flyball.plant("QuadHover-v1")
    with pytest.raises(flyball.InputError, match="did you mean"):
        flyball.plant("Linear-he9-v1")
    with pytest.raises(flyball.InputError, match="an environment has its options"):
        flyball.plant(make("Linear-he1-v1"), sample_time=0.2)


def test_limits_of_a_drive():
    assert flyball.plant("Motor-Cont-CC-PMSM-v1") == {
        "i_sd_limit": 1.0, "i_sq_limit": 1.0, "i_sd_i_sq_limit": 1.0
    }  # fmt: skip
    assert flyball.plant("Motor-Cont-CC-PMSM-v1", constraints=["omega"]) == {"omega_limit": 1.0}
    assert flyball.plant("Motor-Cont-CC-PMSM-v1", constraints=[]) == {}


@pytest.mark.parametrize("name", ["he1", "ac1", "cm3", "Custom"])
@pytest.mark.parametrize("preset", ["default", "controlgym"])
def test_the_rollout_that_is_differentiated_is_the_environments(name, preset):
    env = make(f"Linear-{name}-v1", preset=preset, disturbance="action", dtype="float64").unwrapped
    field = env.flyball_spec.action.field
    x = 0.1 * RNG.normal(size=env.flyball_spec.state[0].size)
    actions = 0.02 * RNG.normal(size=(10, field.size))
    gradient = flyball.rollout_gradient(env, {"x": x}, actions)
    env.reset(seed=0, options={"x": x})
    for k, action in enumerate(actions):
        np.testing.assert_array_equal(env.state["x"], gradient.states[k])
        assert env.step(action)[1] == gradient.rewards[k]
    np.testing.assert_array_equal(env.state["x"], gradient.states[-1])
    assert gradient.value == pytest.approx(gradient.rewards.sum(), rel=1e-14)


def test_gradient_by_the_regulators_theory():
    # From x under the optimal gain the return is -x'Px to second order about the optimum: by the
    # controls it has no slope, and by the state that of -x'Px.
    scipy_linalg = pytest.importorskip("scipy.linalg")
    p = flyball.plant("Linear-toy-v1", preset="controlgym")
    cost = scipy_linalg.solve_discrete_are(p["Ad"], p["B2d"], p["Q"], p["R"], s=p["S"])
    gain = -np.linalg.solve(
        p["R"] + p["B2d"].T @ cost @ p["B2d"], p["B2d"].T @ cost @ p["Ad"] + p["S"].T
    )
    x = np.array([0.3, -0.2])
    states = [x]
    for _ in range(600):
        states.append((p["Ad"] + p["B2d"] @ gain) @ states[-1])
    actions = np.array(states[:-1]) @ gain.T
    env = make("Linear-toy-v1", preset="controlgym")
    gradient = flyball.rollout_gradient(env, x, actions)
    assert gradient.value == pytest.approx(-x @ cost @ x, rel=1e-9)
    np.testing.assert_allclose(gradient.by_state, -2 * cost @ x, rtol=1e-7)
    assert np.abs(gradient.by_actions).max() < 1e-9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2, 3], np.zeros((2, 2))), "state holds 3 numbers; 4 needed"),
        ((np.zeros(4), np.zeros((2, 3))), r"actions have shape \(2, 3\)"),
        ((np.zeros(4), np.zeros((0, 2))), "T at least 1"),
        (({"y": np.zeros(4)}, np.zeros((2, 2))), "did you mean 'x'"),
        (({}, np.zeros((2, 2))), "lacks"),
        ((np.zeros(4), "much"), "numbers are needed"),
        ((np.full(4, np.nan), np.zeros((2, 2))), "not finite"),
    ],
)
def test_bad_input_to_a_gradient(arguments, message):
    with pytest.raises(flyball.InputError, match=message):
        flyball.rollout_gradient("Linear-he1-v1", *arguments)


def test_a_plant_without_a_gradient():
    with pytest.raises(flyball.InputError, match="has no gradient"):
        flyball.rollout_gradient("QuadHover-v1", np.zeros(20), np.zeros((2, 4)))


def test_a_plant_of_ones_own():
    # Two tanks in a row, from arrays: the regulator of this plant holds against scipy's.
    scipy_linalg = pytest.importorskip("scipy.linalg")
    matrices = {"A": np.array([[-1.0, 0.0], [1.0, -0.5]]), "B2": np.array([[1.0], [0.0]])}
    env = make("Linear-Custom-v1", **matrices, sample_time=0.05, action_limit=100.0).unwrapped
    p = flyball.plant(env)
    cost = scipy_linalg.solve_discrete_are(p["Ad"], p["B2d"], p["Q"], p["R"])
    gain = -np.linalg.solve(p["R"] + p["B2d"].T @ cost @ p["B2d"], p["B2d"].T @ cost @ p["Ad"])
    policy = flyball.policy("lqr", env)
    observation, _ = env.reset(seed=0, options={"x": [0.5, -2.0]})
    np.testing.assert_allclose(policy(observation), gain @ [0.5, -2.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        ({"A": np.ones((2, 3))}, "square"),
        ({"B2": np.ones((3, 1))}, r"option 'B2': its shape is \(3, 1\)"),
        ({"C": [[1, 2], [3]]}, "row 1 holds 1"),
        ({"D21": np.full((2, 1), np.inf)}, "finite"),
        ({"A": np.ones(2)}, "list of rows"),
        ({"Q": np.eye(2)}, "unknown option 'Q'"),
    ],
)
def test_bad_matrices(matrices, message):
    with pytest.raises(flyball.InputError, match=message):
        flyball.spec("Linear-Custom-v1", **matrices)
