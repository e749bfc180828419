"""Drives in detail, from Python."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from scipy import stats

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


WAVE = {"amplitude": [0.1, 0.2], "offset": [-0.1, 0.1], "frequency": [5.0, 10.0]}
PARTS = [
    *({"load": {"type": "constant_speed", "omega": w}} for w in (0.0, 50.0)),
    {"load": {"type": "polynomial_static", "a": 0.01, "b": 0.02, "c": 1e-4, "j_load": 1e-3}},
    {"load": {"type": "external_speed", "profile": [100 * np.sin(0.1 * k) for k in range(40)]}},
    {"load": {"type": "ornstein_uhlenbeck", "mu": 50.0, "theta": 2.0, "sigma": 1.0}},
    {"supply": {"type": "ideal", "u_nominal": 250.0}},
    {"supply": {"type": "rc", "u_nominal": 250.0, "r": 0.1, "c": 4e-3}},
    {"supply": {"type": "ac1", "u_nominal": 230.0, "frequency": 60.0}},
    {"supply": {"type": "ac3", "u_nominal": 400.0, "phase": 0.3}},
    {"supply": {"type": "battery", "u_nominal": 300.0}},
    {"converter": {"type": "b6", "interlocking_time": 1e-6}},
    *({"solver": {"type": kind}} for kind in ("exact", "rk4", "euler", "dopri5")),
    *({"reference": {"type": kind, "sigma_range": [1e-3, 1e-2]}} for kind in ("wiener", "laplace")),
    *({"reference": {"type": kind, **WAVE}} for kind in ("sinus", "sawtooth", "triangle", "step")),
    {"reference": {"type": "constant", "values": [0.1, 0.2]}},
    {"reference": {"type": "zero"}},
    {"reference": {"type": "switched", "signals": [{"type": "sinus"}, {"type": "zero"}]}},
    {"reference": {"type": "multiple", "references": {"torque": {"type": "step"}}}},
    {"reference": {"type": "recorded", "values": [[0.1, 0.2], [0.2, 0.1]]}},
    {"reward": {"weights": {"i_sd": 0.2}, "power": 2.0, "bias": "positive", "gamma": 0.95}},
    {"constraints": ["all_states"]},
    {"constraints": ["omega", {"type": "squared", "states": ["i_sd", "i_sq"]}]},
    {"start": {"current": 0.3, "any_angle": True}},
    {"noise": {"states": ["i_sd"], "sigma": 0.01}},
    {"states": ["omega", "i_sd", "i_sq", "cos_epsilon", "sin_epsilon", "epsilon"]},
    {"observation": "dict"},
    {"control_space": "dq"},
    {"dead_time": {"steps": 2}},
]  # fmt: skip
OTHER_PARTS = [
    ("Motor-Cont-CC-PermExDc-v1", {"converter": {"type": "1qc"}}),
    ("Motor-Finite-CC-PermExDc-v1", {"converter": {"type": "2qc", "interlocking_time": 1e-6}}),
    ("Motor-Cont-CC-ExtExDc-v1", {"converter": {"type": ["4qc", "2qc"]}}),
    ("Motor-Finite-CC-EESM-v1", {"converter": {"type": ["b6", "1qc"]}}),
    ("Motor-Cont-CC-DFIM-v1", {"converter": {"type": ["b6", "b6"]}}),
    ("Motor-Cont-CC-SCIM-v1", {"states": ["i_sd", "psi_abs", "psi_angle"]}),
    ("Motor-Cont-CC-ShuntDc-v1", {"states": ["i_a", "i_e", "i_sum"]}),
    ("Motor-Cont-CC-SCIM-v1", {"control_space": "dq", "start": {"flux": 0.5}}),
]


@pytest.mark.parametrize(
    ("env_id", "options"), [*(("Motor-Cont-CC-PMSM-v1", part) for part in PARTS), *OTHER_PARTS]
)
def test_every_part_is_an_option(env_id: str, options: dict[str, object]) -> None:
    env = gym.make(f"flyball/{env_id}", **options)
    observation, _ = env.reset(seed=0)
    for _ in range(4):
        assert env.observation_space.contains(observation)
        observation, reward, terminated, _, _ = env.step(env.action_space.sample())
        assert np.isfinite(reward)
        if terminated:
            observation, _ = env.reset()
    # What was resolved makes the same environment again.
    resolved = env.unwrapped.flyball_spec.options
    assert flyball.spec(env_id, **resolved).options == resolved


def test_a_profile_that_returns_nan_is_refused_with_its_place() -> None:
    def profile(t: float) -> float:
        return 50 * np.sqrt(1e-3 - t)

    with np.errstate(invalid="ignore"):
        speeds = [profile(1e-4 * k) for k in range(20)]
    with pytest.raises(flyball.InputError, match=r"load profile \[11\] = -?nan rad/s"):
        flyball.spec("Motor-Cont-CC-PMSM-v1", load={"type": "external_speed", "profile": speeds})


def test_a_reward_is_an_option_or_a_function() -> None:
    options = {"reward": {"power": 2.0, "bias": 0.0}}
    env = gym.make("flyball/Motor-Cont-CC-PMSM-v1", **options)
    envs = gym.make_vec(
        "flyball/Motor-Cont-CC-PMSM-v1",
        num_envs=2,
        vectorization_mode="vector_entry_point",
        **options,
    )
    env.reset(seed=0)
    envs.reset(seed=0)
    _, reward, _, _, info = env.step(np.zeros(3, np.float32))
    _, rewards, _, _, _ = envs.step(np.zeros((2, 3), np.float32))
    # Half of each error's square; a range is two limits.
    assert reward == pytest.approx(-0.5 * np.sum((info["tracking_error"] / 2) ** 2))
    assert rewards[0] == reward
    with pytest.raises(flyball.InputError, match=r"powr.*power"):
        gym.make("flyball/Motor-Cont-CC-PMSM-v1", reward={"powr": 2.0})
    with pytest.raises(flyball.InputError, match="reward"):
        gym.make("flyball/QuadHover-v1", reward={"power": 2.0})


# Noise and starts against scipy's distributions: Kolmogorov and Smirnov's distance of n draws stays
# below 2 / sqrt(n) but for 7 in 10,000 seeds, and the seed is given.
NUM_DRAWS = 8192
DISTRIBUTIONS = {
    "normal": ({"sigma": 0.3, "mean": 0.1}, stats.norm(0.1, 0.3)),
    "uniform": ({"low": -0.2, "high": 0.7}, stats.uniform(-0.2, 0.9)),
    "laplace": ({"loc": 0.1, "scale": 0.2}, stats.laplace(0.1, 0.2)),
    "logistic": ({"loc": -0.1, "scale": 0.2}, stats.logistic(-0.1, 0.2)),
    "gumbel": ({"loc": 0.1, "scale": 0.2}, stats.gumbel_r(0.1, 0.2)),
    "triangular": ({"left": -1.0, "mode": 0.5, "right": 0.7}, stats.triang(1.5 / 1.7, -1, 1.7)),
    "exponential": ({"scale": 0.2}, stats.expon(0, 0.2)),
    "rayleigh": ({"scale": 0.2}, stats.rayleigh(0, 0.2)),
    "weibull": ({"a": 1.7}, stats.weibull_min(1.7)),
    "pareto": ({"a": 2.5}, stats.lomax(2.5)),
    "power": ({"a": 2.5}, stats.powerlaw(2.5)),
    "lognormal": ({"mean": -1.0, "sigma": 0.5}, stats.lognorm(0.5, 0, np.exp(-1.0))),
    "standard_cauchy": ({}, stats.cauchy()),
    "standard_t": ({"df": 4.5}, stats.t(4.5)),
    "wald": ({"mean": 0.3, "scale": 0.5}, stats.invgauss(0.3 / 0.5, scale=0.5)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_noise_is_distributed_as_it_is_called(name: str) -> None:
    parameters, expected = DISTRIBUTIONS[name]
    envs = flyball.VectorEnv(
        "Motor-Cont-CC-PMSM-v1",
        num_envs=NUM_DRAWS,
        preset="gem",  # cuts nothing off
        dtype="float64",
        states=["omega", "u_sup"],
        noise={"states": ["omega", "u_sup"], "distribution": name, **parameters},
    )
    envs.reset(seed=5)
    shown, *_ = envs.step(np.zeros((NUM_DRAWS, 3)))
    # What is shown without noise: the load's speed and the supply's voltage, of their limits.
    noise = shown[:, :2] - [100 / (4000 * np.pi / 30), 1.0]
    for column in noise.T:
        assert stats.kstest(column, expected.cdf).statistic < 2 / np.sqrt(NUM_DRAWS)
    if name != "standard_cauchy":
        mean, spread = expected.mean(), expected.std()
        assert abs(noise.mean() - mean) < 4 * spread / np.sqrt(2 * NUM_DRAWS)
    # Two states' noise has nothing to do with each other (4 standard errors of the ranks').
    assert abs(stats.spearmanr(*noise.T).statistic) < 4 / np.sqrt(NUM_DRAWS)


def test_starts_are_distributed_as_they_are_called() -> None:
    envs = flyball.VectorEnv(
        "Motor-Cont-CC-PMSM-v1",
        num_envs=NUM_DRAWS,
        start={
            "omega": {"type": "normal", "interval": [0.0, 300.0], "mean": -100.0, "std": 80.0},
            "i_sd": [-200.0, 100.0],
            "i_sq": {"type": "normal", "interval": [-50.0, 200.0], "mean": 20.0, "std": 60.0},
            "epsilon": {"type": "uniform", "interval": [0.0, 1.0]},
        },
    )
    envs.reset(seed=6)
    ode = envs.state["ode"]
    expected = [
        stats.truncnorm(100 / 80, 400 / 80, -100, 80),
        stats.uniform(-200, 300),
        stats.truncnorm(-70 / 60, 180 / 60, 20, 60),
        stats.uniform(0, 1),
    ]
    for column, distribution in zip(ode.T, expected, strict=True):
        assert stats.kstest(column, distribution.cdf).statistic < 2 / np.sqrt(NUM_DRAWS)
    # Rows and episodes begin anew.
    first = ode.copy()
    envs.reset()
    assert not np.any(envs.state["ode"] == first)
