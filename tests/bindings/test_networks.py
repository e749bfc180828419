"""Networks as policies: ONNX written and read, damaged files, and datasets made by them."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import make
from bindings.test_datasets import TOY
from flyball import datasets, networks

RNG = np.random.default_rng(5)
# From 4 numbers to 3.
CHAIN: list[Any] = [
    ("Sub", RNG.normal(size=4)),
    ("Div", np.array([1.0, 2.0, 0.5, 3.0])),
    ("Max", np.array(-2.0)),
    ("Min", np.array(2.0)),
    ("dense", RNG.normal(size=(8, 4)), RNG.normal(size=8)),
    ("Elu", 0.75),
    ("dense", RNG.normal(size=(8, 8)), RNG.normal(size=8)),
    ("Sigmoid", None),
    ("dense", RNG.normal(size=(3, 8)), RNG.normal(size=3)),
    ("Tanh", None),
    ("Add", np.array(1.0)),
    ("Mul", np.array([1.0, 2.0, 3.0])),
]


def by_numpy(chain: list[Any], x: Any, dtype: Any) -> Any:
    x = x.astype(dtype)
    for kind, *numbers in chain:
        first = np.asarray(numbers[0], dtype) if numbers[0] is not None else np.zeros((), dtype)
        x = {
            "dense": lambda x, a=first, n=numbers: x @ a.T + np.asarray(n[1], dtype),
            "Sub": lambda x, a=first: x - a,
            "Div": lambda x, a=first: x / a,
            "Add": lambda x, a=first: x + a,
            "Mul": lambda x, a=first: x * a,
            "Max": lambda x, a=first: np.maximum(x, a),
            "Min": lambda x, a=first: np.minimum(x, a),
            "Elu": lambda x, a=first: np.where(x < 0, a * np.expm1(x), x),
            "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
            "Tanh": np.tanh,
        }[kind](x)
    return x


def actor(folder: Path, env_id: str = TOY, seed: int = 0, name: str = "actor.onnx") -> Path:
    """A random network that fits an environment."""
    spec, rng = flyball.spec(env_id), np.random.default_rng(seed)
    inputs = sum(field.size for field in spec.observation)
    outputs = sum(spec.action.choices) or spec.action.field.size
    chain = [
        ("dense", rng.normal(size=(16, inputs)) / 3, rng.normal(size=16)),
        ("Tanh", None),
        ("dense", rng.normal(size=(outputs, 16)), rng.normal(size=outputs)),
    ]
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(networks.write_onnx(inputs, chain))
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_written_is_evaluated(tmp_path: Path, dtype: Any) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(networks.write_onnx(4, CHAIN, dtype))
    network = flyball.Perceptron(str(path))
    assert (network.inputs, network.outputs, network.dtype) == (4, 3, np.dtype(dtype).name)
    x = RNG.normal(size=(50, 4)) * 3
    # Sums of at most 8 terms of about 1 in another order.
    tolerance = 30 * np.finfo(dtype).eps
    np.testing.assert_allclose(network(x), by_numpy(CHAIN, x, dtype), atol=tolerance, rtol=0)
    # A row does not know of the others.
    rows = np.concatenate([network(x[i : i + 1]) for i in range(50)])
    assert rows.tobytes() == network(x).tobytes()


def test_damaged_files_are_refused_and_never_crash(tmp_path: Path) -> None:
    good, path = networks.write_onnx(4, CHAIN), tmp_path / "bad.onnx"
    rng = np.random.default_rng(1)
    reasons = []
    for trial in range(600):
        data = bytearray(good)
        if trial % 3 == 0:
            del data[rng.integers(len(data)) :]
        for _ in range(trial % 3):
            data[rng.integers(len(data))] = rng.integers(256)
        path.write_bytes(data)
        try:
            flyball.Perceptron(str(path))(np.zeros((1, 4)))
        except (flyball.DataError, flyball.InputError) as error:
            reasons.append(str(error))
    assert len(reasons) > 250
    assert all("bad.onnx" in reason or "network" in reason for reason in reasons)
    path.write_bytes(b"")
    with pytest.raises(flyball.DataError, match="no graph"):
        flyball.Perceptron(str(path))


def test_a_network_that_is_no_perceptron_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conv.onnx"
    path.write_bytes(networks.write_onnx(4, [*CHAIN, ("Softmax", None)]))
    with pytest.raises(flyball.InputError, match=r"node Softmax .* is not of a perceptron"):
        flyball.Perceptron(str(path))
    assert not networks.is_perceptron(path)


def test_a_network_drives_one_environment_as_many(tmp_path: Path) -> None:
    for env_id in ("PandaReach-v1", "Motor-Finite-CC-PMSM-v1"):
        path = actor(tmp_path, env_id)
        envs: Any = gym.make_vec(
            f"flyball/{env_id}", num_envs=3, vectorization_mode="vector_entry_point"
        )
        observations, _ = envs.reset(seed=[7, 8, 9])
        actions = flyball.policy(path, envs)(observations)
        env = make(env_id)
        observation, _ = env.reset(seed=8)
        action = flyball.policy(str(path), env)(observation)
        np.testing.assert_array_equal(action, actions[1])
        assert env.action_space.dtype == np.asarray(action).dtype
        envs.close()
    with pytest.raises(flyball.InputError, match="is a network of"):
        flyball.policy(path, make(TOY))


def test_datasets_of_networks_are_the_same_for_any_workers(tmp_path: Path) -> None:
    """Also in halves, and the checkpoint's bytes are part of the plan."""
    one, two = actor(tmp_path), actor(tmp_path, seed=1, name="later.onnx")
    mixture = [{"policy": one, "noise": 0.1}, two]
    settings: dict[str, Any] = {"episodes": 11, "seed": 2, "policies": mixture}
    hashes = {
        datasets.generate(TOY, tmp_path / f"{w}", workers=w, episodes_per_shard=2, **settings)
        for w in (1, 2, 5)
    }
    hashes.add(datasets.generate(TOY, tmp_path / "rows", rows=1, **settings))
    assert len(hashes) == 1
    assert datasets.verify(tmp_path / "5", replay=True).ok
    assert datasets.open(tmp_path / "5").policies == ("actor.onnx", "later.onnx")
    # The same network elsewhere is the same plan; other bytes are another.
    elsewhere = actor(tmp_path / "elsewhere")
    moved = {**settings, "policies": [{"policy": elsewhere, "noise": 0.1}, two]}
    assert datasets.generate(TOY, tmp_path / "moved", **moved) in hashes
    actor(tmp_path / "elsewhere", seed=4)
    with pytest.raises(flyball.DataError, match="another plan"):
        datasets.generate(TOY, tmp_path / "moved", **moved)


def test_plan_files_name_networks_beside_them(tmp_path: Path) -> None:
    actor(tmp_path)
    (tmp_path / "plan.yaml").write_text(
        f"id: {TOY}\npolicies: [random, {{policy: actor.onnx}}]\nepisodes: 3\n"
    )
    (plan,) = datasets.load_plans(tmp_path / "plan.yaml")
    entry = plan.canonical["policies"][1]
    assert entry["policy"] == "actor.onnx"
    assert len(entry["checkpoint"]) == 32
    plan.generate(tmp_path / "data")
    (tmp_path / "plan.yaml").write_text(f"id: {TOY}\npolicy: actor_.onnx\nepisodes: 3\n")
    with pytest.raises(flyball.DataError, match=r"actor_\.onnx"):
        datasets.load_plans(tmp_path / "plan.yaml")


# Classes called as torch calls its own, which is all that the export looks at.
class Tensor:
    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values, np.float32)

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return self.values


class Linear:
    def __init__(self, weights: Any, bias: Any) -> None:
        self.weight, self.bias = Tensor(weights), Tensor(bias)


class Tanh:
    pass


class Sequential(list[Any]):
    pass


class FlattenExtractor:
    pass


def test_export_of_a_module(tmp_path: Path) -> None:
    weights, bias = RNG.normal(size=(2, 4)), RNG.normal(size=2)
    module = Sequential([Sequential([Linear(weights, bias)]), Tanh()])
    path = flyball.export_policy(
        module, tmp_path / "a.onnx", mean=np.ones(4), std=np.full(4, 2.0), high=[0.5, 0.25]
    )
    x = RNG.normal(size=(9, 4))
    wanted = np.minimum(np.tanh((x - 1) / 2 @ weights.T + bias), [0.5, 0.25])
    np.testing.assert_allclose(flyball.Perceptron(str(path))(x), wanted, atol=1e-6)
    squashed = flyball.export_policy(
        Linear(weights, bias), tmp_path / "b.onnx", low=[-1, 0], high=[3, 1], squash=True
    )
    wanted = np.array([-1, 0]) + (np.tanh(x @ weights.T + bias) + 1) * [2, 0.5]
    np.testing.assert_allclose(flyball.Perceptron(str(squashed))(x), wanted, atol=1e-6)

    class Conv2d:
        pass

    with pytest.raises(flyball.InputError, match="a layer of Conv2d is not known"):
        flyball.export_policy(Sequential([Conv2d()]), tmp_path / "c.onnx")
    assert not (tmp_path / "c.onnx").exists()


def test_export_of_a_model_brings_its_normalisation(tmp_path: Path) -> None:
    """A model shaped as stable-baselines3's SAC (the real ones are held against by hand)."""
    weights, bias = RNG.normal(size=(5, 4)), RNG.normal(size=5)
    mean = Linear(RNG.normal(size=(2, 5)), np.zeros(2))
    space = types.SimpleNamespace(
        observation=gym.spaces.Box(-1, 1, (4,)),
        action=gym.spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 4.0]), dtype=np.float64),
    )
    running = types.SimpleNamespace(mean=np.ones(4), var=np.full(4, 4.0))
    normalise = types.SimpleNamespace(norm_obs=True, obs_rms=running, epsilon=0.0, clip_obs=1.5)
    policy = types.SimpleNamespace(
        actor=types.SimpleNamespace(
            latent_pi=Sequential([Linear(weights, bias), Tanh()]),
            mu=mean,
            features_extractor=FlattenExtractor(),
        )
    )
    model = types.SimpleNamespace(
        policy=policy,
        observation_space=space.observation,
        action_space=space.action,
        get_vec_normalize_env=lambda: normalise,
    )
    path = flyball.export_policy(model, tmp_path / "sac.onnx")
    x = RNG.normal(size=(9, 4)) * 3
    hidden = np.tanh(np.clip((x - 1) / 2, -1.5, 1.5) @ weights.T + bias)
    squashed = np.tanh(hidden @ mean.weight.values.T)
    wanted = np.array([-1, 0]) + (squashed + 1) * [1, 2]
    np.testing.assert_allclose(flyball.Perceptron(str(path))(x), wanted, atol=1e-5)
    with pytest.raises(flyball.InputError, match="brings its own"):
        flyball.export_policy(model, tmp_path / "x.onnx", squash=True)
