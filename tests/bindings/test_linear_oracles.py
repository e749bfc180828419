"""Linear plants and their baselines beside scipy and python-control, which know nothing of ours."""

import flyball
import numpy as np
import pytest
from bindings.helpers import make

control = pytest.importorskip("control")
linalg = pytest.importorskip("scipy.linalg")
optimize = pytest.importorskip("scipy.optimize")
stats = pytest.importorskip("scipy.stats")

LINEAR = [name for name in flyball.list_envs() if name.startswith("Linear-")]


def regulator(a, b, q, r, s):
    """Cost to go and gain, u = gain x, as scipy has them."""
    p = linalg.solve_discrete_are(a, b, q, r, s=s)
    return p, -np.linalg.solve(r + b.T @ p @ b, b.T @ p @ a + s.T)


def unbounded(name, **options):
    """An environment whose actions are not clipped at any size that occurs."""
    return make(name, dtype="float64", action_limit=1e9, **options).unwrapped


def gain_of(policy, env):
    """The matrix of a linear state feedback, column after column."""
    unit = np.eye(env.flyball_spec.state[0].size)
    columns = []
    for x in unit:
        observation, _ = env.reset(seed=0, options={"x": x})
        columns.append(policy(observation))
    return np.array(columns).T


@pytest.mark.parametrize("env_id", LINEAR)
def test_every_plant_goes_to_python_control(env_id):
    p = flyball.plant(env_id)
    nx, nw, nu = len(p["A"]), p["B1"].shape[1], p["B2"].shape[1]
    system = control.ss(
        p["A"],
        np.hstack([p["B1"], p["B2"]]),
        np.vstack([p["C1"], p["C"]]),
        np.block([[p["D11"], p["D12"]], [p["D21"], np.zeros((len(p["C"]), nu))]]),
    )
    assert (system.nstates, system.ninputs) == (nx, nw + nu)
    assert system.noutputs == len(p["C1"]) + len(p["C"])
    if nx > 100:  # its step takes seconds there
        return
    step = control.sample_system(system, 0.1, method="zoh")
    # Of two exponentials, relative to the largest entry; ac7's flutter is ill-conditioned.
    tolerance = 1e-6 if env_id == "Linear-ac7-v1" else 1e-10
    for ours, theirs in ((p["Ad"], step.A), (np.hstack([p["B1d"], p["B2d"]]), step.B)):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * np.abs(theirs).max())


@pytest.mark.parametrize("seed", range(12))
def test_regulators_with_singular_weights(seed):
    """R without full rank, modes that grow at no cost, cross terms: the gain scipy's pencil has."""
    rng = np.random.default_rng(seed)
    n, m = 5, 2
    a, b = rng.normal(size=(n, n)), rng.normal(size=(n, m))
    c1, d12 = rng.normal(size=(3, n)), rng.normal(size=(3, m))
    if seed % 3 == 0:
        d12[:, 1] = 0.0  # R of rank one
    if seed % 3 == 1:
        d12[:] = 0.0  # R = 0
    if seed % 4 == 0:
        c1[:, 0] = 0.0
        a[:, 0] = 0.0
        a[0, 0] = 1.7  # grows, costs nothing
    env = unbounded("Linear-Custom-v1", A=a, B2=b, C1=c1, D12=d12, discrete=True)
    _, expected = regulator(a, b, c1.T @ c1, d12.T @ d12, c1.T @ d12)
    gain = gain_of(flyball.policy("lqr", env), env)
    np.testing.assert_allclose(gain, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("plant", ["he1", "ac3", "dis2", "je2", "psm"])
@pytest.mark.parametrize("name", ["lqg", "h2"])
def test_optimal_output_feedback(plant, name):
    """Two of scipy's Riccati equations, joined by hand, give the same actions in a noisy run."""
    env = unbounded(f"Linear-{plant}-v1")
    p = flyball.plant(env)
    a, b1, b2, c = p["Ad"], p["B1d"], p["B2d"], p["C"]
    d11 = p["D11"] if name == "h2" else 0 * p["D11"]  # the reward does not pay for D11 w
    q, r, s = p["C1"].T @ p["C1"], p["D12"].T @ p["D12"], p["C1"].T @ p["D12"]
    noise = 0.01
    value, gain = regulator(a, b2, q, r, s)
    measured = p["D21"] @ p["D21"].T + noise * np.eye(len(c))
    # State and measurement are driven by the same w: their covariance is across.
    sigma = linalg.solve_discrete_are(a.T, c.T, b1 @ b1.T, measured, s=b1 @ p["D21"].T)
    seen = c @ sigma @ c.T + measured
    predict = np.linalg.solve(seen, c @ sigma @ a.T + p["D21"] @ b1.T).T
    of_x, of_w = np.linalg.solve(seen, c @ sigma).T, np.linalg.solve(seen, p["D21"]).T
    answer = -np.linalg.solve(r + b2.T @ value @ b2, b2.T @ value @ b1 + p["D12"].T @ d11)
    correct = gain @ of_x + answer @ of_w

    policy = flyball.policy(name, env, measurement_noise=noise)
    observation, _ = env.reset(seed=3)
    estimate = np.zeros(len(a))
    for _ in range(40):
        error = observation - c @ estimate
        expected = gain @ estimate + correct @ error
        action = policy(observation)
        size = np.abs(gain) @ np.abs(estimate) + np.abs(correct) @ np.abs(error)
        np.testing.assert_allclose(action, expected, rtol=0, atol=1e-7 * size.max())
        estimate = a @ estimate + b2 @ action + predict @ error
        observation, *_ = env.step(action)


@pytest.mark.parametrize("plant", ["he1", "ac3", "dis1", "je1", "psm"])
def test_worst_case_state_feedback(plant):
    """The game's Riccati equation by scipy; the level by python-control's response."""
    env = unbounded(f"Linear-{plant}-v1")
    p = flyball.plant(env)
    a, b1, b2 = p["Ad"], p["B1d"], p["B2d"]
    with pytest.raises(flyball.InputError, match="smallest level is") as refused:
        flyball.policy("hinf", env, gamma=1e-6)
    least = float(str(refused.value).rsplit(" ", 1)[1])
    gamma = 1.5 * least
    b, d = np.hstack([b1, b2]), np.hstack([p["D11"], p["D12"]])
    weight = d.T @ d - np.diag([gamma**2] * b1.shape[1] + [0.0] * b2.shape[1])
    _, both = regulator(a, b, p["C1"].T @ p["C1"], weight, p["C1"].T @ d)
    gain = gain_of(flyball.policy("hinf", env, gamma=gamma), env)
    expected = both[b1.shape[1] :]
    np.testing.assert_allclose(gain, expected, rtol=0, atol=1e-6 * np.abs(expected).max())

    def level(feedback):
        # The largest singular value over frequencies, the loop's own among them.
        # (control.system_norm takes square systems only.)
        loop = control.ss(a + b2 @ feedback, b1, p["C1"] + p["D12"] @ feedback, p["D11"], dt=0.1)
        own = np.abs(np.angle(loop.poles())) / 0.1
        grid = np.union1d(np.geomspace(1e-4, np.pi / 0.1, 3000), own[own > 0])
        response = control.frequency_response(loop, grid, squeeze=False).complex
        return np.linalg.norm(np.moveaxis(response, 2, 0), 2, axis=(1, 2)).max()

    assert level(gain) < gamma
    # The worst w has the right sign: with it the loop is the game's, which is stable.
    worst = both[: b1.shape[1]]
    closed = a + b2 @ gain + b1 @ worst
    assert np.abs(np.linalg.eigvals(closed)).max() < 1
    # Close to the least level that is said to be attainable, it is attained, and close to best.
    near = gain_of(flyball.policy("hinf", env, gamma=1.01 * least), env)
    assert level(near) < 1.01 * least
    assert level(near) > 0.9 * least


@pytest.mark.parametrize("plant", ["he1", "dis1", "psm"])
def test_worst_case_output_feedback_keeps_its_level(plant):
    """From rest, whatever w does, |z| stays below gamma |w| in energy."""
    env = unbounded(f"Linear-{plant}-v1", disturbance="action", noise_cov=0.0)
    noise = 1e-4
    with pytest.raises(flyball.InputError, match="smallest level is") as refused:
        flyball.policy("hinf_output", env, gamma=1e-6, measurement_noise=noise)
    gamma = 1.05 * float(str(refused.value).rsplit(" ", 1)[1])
    policy = flyball.policy("hinf_output", env, gamma=gamma, measurement_noise=noise)
    nw = flyball.plant(env)["B1"].shape[1]
    rng = np.random.default_rng(4)
    for frequency in (0.0, 0.1, 1.0, 3.0):
        direction = rng.normal(size=nw)
        observation, _ = env.reset(seed=0, options={"x": np.zeros(env.flyball_spec.state[0].size)})
        spent = given = 0.0
        for k in range(400):
            w = direction * np.cos(frequency * k) * (k < 200) * 1e-2
            action = policy(observation)
            action[-nw:] = w
            observation, _, _, _, info = env.step(action)
            spent += np.sum(info["output"] ** 2)
            given += w @ w
        assert spent < gamma**2 * given


def half_solution(a, b, c, d, weight, gamma):
    """X of one of the two equations (Doyle, Glover, Khargonekar, Francis); None: there is none."""
    r = d.T @ d - np.diag([gamma**2] * weight + [0.0] * (d.shape[1] - weight))
    # The least level is not below what w does to z beside the best u, whatever comes later.
    if np.sum(np.linalg.eigvalsh(r) < 0) != weight:
        return None
    try:
        x = linalg.solve_continuous_are(a, b, c.T @ c, r, s=c.T @ d)
    except np.linalg.LinAlgError:  # eigenvalues on the imaginary axis
        return None
    gain = -np.linalg.solve(r, b.T @ x + d.T @ c)
    # With eigenvalues on the axis scipy may give what neither solves the equation nor stabilises.
    terms = a.T @ x, x @ a, c.T @ c, (x @ b + c.T @ d) @ gain
    solves = np.abs(sum(terms)).max() < 1e-6 * max(np.abs(term).max() for term in terms)
    stable = np.linalg.eigvals(a + b @ gain).real.max() < 0
    positive = np.linalg.eigvalsh(x).min() > -1e-7 * np.abs(x).max()
    return x if solves and stable and positive else None


def attained_by_scipy(p, gamma):
    """Whether some output feedback keeps the level, in continuous time: z = (1 + s) / (1 - s).

    The bilinear map keeps norms and stability and needs no equation of discrete time. What u does
    to y at once in s is no matter: a controller can take it away.
    """
    a, b1, b2 = p["Ad"], p["B1d"], p["B2d"]
    shift = np.linalg.inv(a + np.eye(len(a)))
    b, c = np.hstack([b1, b2]), np.vstack([p["C1"], p["C"]])
    d = np.block([[p["D11"], p["D12"]], [p["D21"], np.zeros((len(p["C"]), b2.shape[1]))]])
    a, b, c, d = (a - np.eye(len(a))) @ shift, shift @ b, 2 * c @ shift, d - c @ shift @ b
    w, z = b1.shape[1], len(p["C1"])
    x = half_solution(a, b, c[:z], d[:z], w, gamma)
    y = half_solution(a.T, c.T, b[:, :w].T, d[:, :w].T, z, gamma)
    if x is None or y is None:
        return False
    return np.abs(np.linalg.eigvals(x @ y)).max() < gamma**2


def least_by_scipy(p, near):
    """The least level of output feedback, to 1e-4, by bisection; it is looked for around `near`."""
    low, high = 0.2 * near, 5.0 * near
    assert attained_by_scipy(p, high)
    assert not attained_by_scipy(p, low)
    while high - low > 1e-4 * high:
        middle = np.sqrt(low * high)
        low, high = (low, middle) if attained_by_scipy(p, middle) else (middle, high)
    return high


def least_by_us(env, **options):
    """The least level of output feedback as a refusal names it, to 1e-3 from above."""
    with pytest.raises(flyball.InputError, match="smallest level is") as refused:
        flyball.policy("hinf_output", env, gamma=1e-9, **options)
    return float(str(refused.value).rsplit(" ", 1)[1])


@pytest.mark.parametrize("seed", range(6))
def test_least_level_of_output_feedback(seed):
    """Unstable plants with every term there is, against two equations of continuous time."""
    rng = np.random.default_rng(100 + seed)
    n = 3 + seed % 3
    a = rng.normal(size=(n, n))
    a *= 1.15 / np.abs(np.linalg.eigvals(a)).max()
    sizes = {"B1": (n, 4), "B2": (n, 2), "C": (2, n), "C1": (5, n)}
    sizes |= {"D11": (5, 4), "D12": (5, 2), "D21": (2, 4)}
    own = {name: rng.normal(size=size) for name, size in sizes.items()}
    own["D11"] *= 0.3
    env = unbounded("Linear-Custom-v1", A=a, discrete=True, **own)
    ours = least_by_us(env, measurement_noise=0.0)
    assert ours == pytest.approx(least_by_scipy(flyball.plant(env), ours), rel=2e-3)


@pytest.mark.parametrize(
    "plant", ["he1", "ac3", "ac10", "bdt1", "dis1", "dis2", "he3", "je2", "psm"]
)
def test_least_level_of_output_feedback_of_plants(plant):
    env = unbounded(f"Linear-{plant}-v1")
    p, noise = dict(flyball.plant(env)), 0.01
    ours = least_by_us(env, measurement_noise=noise)
    # Noise on each measurement is more of w.
    ny, nx, nz = len(p["C"]), len(p["Ad"]), len(p["C1"])
    p["B1d"] = np.hstack([p["B1d"], np.zeros((nx, ny))])
    p["D11"] = np.hstack([p["D11"], np.zeros((nz, ny))])
    p["D21"] = np.hstack([p["D21"], np.sqrt(noise) * np.eye(ny)])
    assert ours == pytest.approx(least_by_scipy(p, ours), rel=2e-3)


@pytest.mark.parametrize("plant", ["he1", "dis1", "psm"])
def test_worst_case_output_feedback_comes_close_to_the_least_level(plant):
    """The loop's answers to impulses, as the environment gives them, and their spectrum."""
    env = unbounded(f"Linear-{plant}-v1", disturbance="action", noise_cov=0.0)
    p, noise = flyball.plant(env), 1e-2
    least = least_by_us(env, measurement_noise=noise)
    policy = flyball.policy("hinf_output", env, gamma=1.01 * least, measurement_noise=noise)
    nx, nw, ny = len(p["Ad"]), p["B1"].shape[1], len(p["C"])
    assert not np.any(p["D21"])  # or an impulse of w would have to show in the first measurement
    steps, answers = 2048, []
    for i in range(nw + ny):
        observation, _ = env.reset(seed=0, options={"x": np.zeros(nx)})
        run = []
        for k in range(steps):
            impulse = np.eye(nw + ny)[i] * (k == 0)
            action = policy(observation + np.sqrt(noise) * impulse[nw:])
            action[-nw:] = impulse[:nw]
            observation, *_, info = env.step(action)
            run.append(info["output"])
        answers.append(run)
    answers = np.array(answers)
    assert np.abs(answers[:, -1]).max() < 1e-6 * np.abs(answers).max()  # it has died out
    response = np.moveaxis(np.fft.rfft(answers, axis=1), 1, 0)
    level = np.linalg.norm(response, 2, axis=(1, 2)).max()
    assert 0.9 * least < level < 1.01 * least


def boxed(hessian, gradient, low, high):
    """min 1/2 v'Hv + g'v in a box, as scipy's bounded least squares."""
    root = np.linalg.cholesky(hessian).T
    right = -np.linalg.solve(root.T, gradient)
    return optimize.lsq_linear(root, right, (low, high), method="bvls", tol=1e-14).x


def condensed(p, a, b, horizon, x):
    """Hessian and gradient of the regulator's cost in the inputs, and the regulator's gain."""
    q, r, s = p["Q"], p["R"], p["S"]
    terminal, gain = regulator(a, b, q, r, s)
    n, m = b.shape
    by_inputs, at = np.zeros((n, m * horizon)), x
    hessian, gradient = np.zeros((m * horizon,) * 2), np.zeros(m * horizon)
    for k in range(horizon):
        pick = np.zeros((m, m * horizon))
        pick[:, m * k : m * (k + 1)] = np.eye(m)
        hessian += by_inputs.T @ (q @ by_inputs + s @ pick)
        hessian += pick.T @ (s.T @ by_inputs + r @ pick)
        gradient += by_inputs.T @ (q @ at) + pick.T @ (s.T @ at)
        by_inputs, at = a @ by_inputs + b @ pick, a @ at
    hessian += by_inputs.T @ terminal @ by_inputs
    return hessian, gradient + by_inputs.T @ terminal @ at, gain


@pytest.mark.parametrize("plant", ["he1", "ac6", "psm", "dis1"])
def test_plans_within_bounds(plant):
    horizon, limit = 12, 0.3
    noise = 1e-4
    options = {"dtype": "float64", "action_limit": limit, "noise_cov": noise}
    env = make(f"Linear-{plant}-v1", **options).unwrapped
    p = flyball.plant(env)
    a, b = p["Ad"], p["B2d"]
    policy = flyball.policy("mpc", env, horizon=horizon)
    # Noise takes a part of each bound, by what the feedback answers to it.
    probability = 0.9
    careful = flyball.policy("stochastic_mpc", env, horizon=horizon, probability=probability)
    rng = np.random.default_rng(6)
    bound = 0
    for size in (0.03, 0.3, 1.0, 3.0):
        x = size * rng.normal(size=len(a))
        observation, _ = env.reset(seed=0, options={"x": x})
        hessian, gradient, gain = condensed(p, a, b, horizon, x)
        m = b.shape[1]
        high = np.full(m * horizon, limit)
        plan = boxed(hessian, gradient, -high, high)
        bound += np.sum(np.abs(plan) > limit - 1e-9)
        np.testing.assert_allclose(policy(observation), plan[:m], atol=1e-6 * limit)

        spread, kept = np.zeros_like(a), []
        closed = a + b @ gain
        for _ in range(horizon):
            kept += list(stats.norm.ppf(probability) * np.sqrt(np.diag(gain @ spread @ gain.T)))
            spread = closed @ spread @ closed.T + noise * p["B1d"] @ p["B1d"].T
        high = limit - np.array(kept)
        if np.all(high > 0):
            plan = boxed(hessian, gradient, -high, high)
            np.testing.assert_allclose(careful(observation), plan[:m], atol=1e-6 * limit)
    assert bound > 0


@pytest.mark.parametrize("plant", ["toy", "he1", "bdt1"])
def test_plans_to_a_wave(plant):
    """Inputs and artificial reference at once, the reference's equations as scipy's constraints."""
    horizon, limit, weight, turn = 6, 0.3, 50.0, 0.15
    p = flyball.plant(f"Linear-{plant}-v1")
    a, b, q, r, s = p["Ad"], p["B2d"], p["Q"], p["R"], p["S"]
    (n, m), rng = b.shape, np.random.default_rng(9)
    constant, sine, cosine = 0.2 * rng.normal(size=(3, n))
    env = make(f"Linear-{plant}-v1", dtype="float64", action_limit=limit).unwrapped
    policy = flyball.policy(
        "tracking_mpc",
        env,
        horizon=horizon,
        offset_weight=weight,
        frequency=turn / 0.1,
        target=list(constant),
        target_sin=list(sine),
        target_cos=list(cosine),
    )
    x = 0.5 * rng.normal(size=n)
    observation, _ = env.reset(seed=0, options={"x": x})
    action = policy(observation)

    # v = [inputs; xe; xs; xc; ue; us; uc], the wave counted from the end of the horizon.
    terminal, _ = regulator(a, b, q, r, s)
    inputs, size = m * horizon, m * horizon + 3 * (n + m)

    def pick(first, rows):
        matrix = np.zeros((rows, size))
        matrix[:, first : first + rows] = np.eye(rows)
        return matrix

    of_x = [pick(inputs + i * n, n) for i in range(3)]
    of_u = [pick(inputs + 3 * n + i * m, m) for i in range(3)]
    hessian, gradient = np.zeros((size, size)), np.zeros(size)
    by, at = np.zeros((n, size)), x

    def add(weights, rows, offset):
        nonlocal hessian, gradient
        hessian = hessian + rows.T @ weights @ rows
        gradient = gradient + rows.T @ weights @ offset

    stage = np.block([[q, s], [s.T, r]])
    for k in range(horizon + 1):
        wave = np.array([1.0, np.sin(turn * (k - horizon)), np.cos(turn * (k - horizon))])
        off = by - sum(c * part for c, part in zip(wave, of_x, strict=True))
        if k == horizon:
            add(terminal, off, at)
            break
        push = pick(m * k, m)
        off_u = push - sum(c * part for c, part in zip(wave, of_u, strict=True))
        add(stage, np.vstack([off, off_u]), np.concatenate([at, np.zeros(m)]))
        by, at = a @ by + b @ push, a @ at
    c, d = np.cos(turn * horizon), np.sin(turn * horizon)
    wanted = constant, c * sine - d * cosine, d * sine + c * cosine
    for rows, target in zip(of_x, wanted, strict=True):
        add(weight * np.trace(q) / n * np.eye(n), rows, -target)

    c, d = np.cos(turn), np.sin(turn)
    follows = np.vstack(
        [
            a @ of_x[0] + b @ of_u[0] - of_x[0],
            a @ of_x[1] + b @ of_u[1] - (c * of_x[1] - d * of_x[2]),
            a @ of_x[2] + b @ of_u[2] - (d * of_x[1] + c * of_x[2]),
        ]
    )
    # A basis of what follows; then bounds on inputs, and on the reference's in 16 directions.
    basis = np.zeros((size, size - 3 * n))
    basis[:inputs, :inputs] = np.eye(inputs)
    basis[inputs:, inputs:] = linalg.null_space(follows[:, inputs:], rcond=1e-11)
    inner = np.cos(np.pi / 16)
    rows = [pick(0, inputs)]
    for i in range(16):
        angle = 2 * np.pi * i / 16
        rows.append(of_u[0] + np.sin(angle) / inner * of_u[1] + np.cos(angle) / inner * of_u[2])
    rows = np.vstack(rows) @ basis
    hessian, gradient = basis.T @ hessian @ basis, basis.T @ gradient
    # The least distance dual: multipliers of both sides by non-negative least squares.
    root = np.linalg.cholesky(hessian)
    sides = np.vstack([rows, -rows])
    whitened = np.linalg.solve(root, sides.T).T
    free = -np.linalg.solve(root, gradient)
    slack = limit - whitened @ free  # G v <= slack, v off the free optimum
    system = np.vstack([-whitened.T, -slack[None, :]])
    multiplier, _ = optimize.nnls(system, np.append(np.zeros(len(free)), 1.0), maxiter=10000)
    left = system @ multiplier - np.append(np.zeros(len(free)), 1.0)
    move = -left[:-1] / left[-1]
    v = np.linalg.solve(root.T, free + move)
    np.testing.assert_allclose(rows @ v, np.clip(rows @ v, -limit, limit), atol=1e-6)
    np.testing.assert_allclose(action, v[:m], atol=1e-5 * limit)
