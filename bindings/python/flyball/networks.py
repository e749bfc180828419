"""Networks as policies: written to ONNX from torch and stable-baselines3, read back in C++.

A perceptron is evaluated by the core in a fixed order of operations, so that what it does for a row
depends on nothing but the row. Other networks go through onnxruntime, one row at a time.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flyball import _core, specs

# Operations of a chain: ("dense", weights (out, in), bias), ("tanh",), ("sub", numbers), ...
Operation = tuple[Any, ...]
_ACTIVATIONS = {
    "Tanh": "Tanh",
    "ReLU": "Relu",
    "LeakyReLU": "LeakyRelu",
    "ELU": "Elu",
    "Sigmoid": "Sigmoid",
    "Softplus": "Softplus",
    "Softsign": "Softsign",
}
_NOTHING = {"Identity", "Flatten", "Dropout"}


def export_policy(
    model: Any,
    path: str | os.PathLike[str],
    *,
    mean: ArrayLike | None = None,
    std: ArrayLike | None = None,
    clip_observation: float | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    squash: bool = False,
) -> Path:
    """Write a policy's deterministic action as ONNX, for ``flyball.policy`` and plans.

    Parameters
    ----------
    model
        A model of stable-baselines3 (PPO, A2C, SAC, TD3, DDPG, DQN) with perceptrons, of which
        normalised observations (VecNormalize), squashing and bounds are taken along; or a torch
        Sequential of Linear layers and activations. The observation is the environment's,
        flattened field by field.
    mean, std, clip_observation
        For a torch module: the network is given (observation - mean) / std, cut to
        +-clip_observation.
    low, high, squash
        For a torch module: bounds of the action. With ``squash``, the network's outputs pass tanh
        and are stretched to them; without, they are cut there.
    """
    given = (mean, std, clip_observation, low, high)
    if hasattr(model, "policy") and hasattr(model, "observation_space"):
        if squash or any(value is not None for value in given):
            raise _core.InputError(
                "export_policy: a stable-baselines3 model brings its own mean, bounds and squash"
            )
        inputs, operations = _from_sb3(model)
    else:
        operations = _normalisation(mean, std, clip_observation) + _from_torch(model)
        operations += _bounds(low, high, squash)
        inputs = _width(operations)
    path = Path(path)
    path.write_bytes(write_onnx(inputs, operations))
    _core.Perceptron(os.fspath(path))  # it reads back, and all sizes fit
    return path


def _from_sb3(model: Any) -> tuple[int, list[Operation]]:
    """The chain from the flat observation to the action of a model of stable-baselines3."""
    policy = model.policy
    operations = _sb3_observation(model)
    inputs = _flat_size(model.observation_space)
    action_space = model.action_space
    box = hasattr(action_space, "low")
    if hasattr(policy, "mlp_extractor"):  # PPO, A2C
        operations += _from_torch(policy.mlp_extractor.policy_net) + _from_torch(policy.action_net)
        squash = getattr(policy, "squash_output", False)
        # (With squashed outputs the distribution applies the tanh.)
        return inputs, operations + (
            _bounds(action_space.low, action_space.high, squash) if box else []
        )
    if hasattr(policy, "q_net"):  # DQN
        return inputs, operations + _from_torch(policy.q_net.q_net)
    actor = getattr(policy, "actor", None)
    if actor is None:
        raise _core.InputError(f"export_policy: a policy of {type(policy).__name__} is not known")
    if hasattr(actor, "latent_pi"):  # SAC: the mean, squashed by the distribution
        operations += _from_torch(actor.latent_pi) + _from_torch(actor.mu)
        return inputs, operations + _bounds(action_space.low, action_space.high, True)
    # TD3, DDPG: the tanh is the network's last layer.
    operations += _from_torch(actor.mu)
    return inputs, operations + _stretch(action_space.low, action_space.high)


def _flat_size(space: Any) -> int:
    parts = space.spaces.values() if hasattr(space, "spaces") else [space]
    return sum(int(np.prod(part.shape)) for part in parts)


def _sb3_observation(model: Any) -> list[Operation]:
    """Normalisation, then the order in which the features' extractor takes the fields."""
    space = model.observation_space
    fields = list(space.spaces.items()) if hasattr(space, "spaces") else [(None, space)]
    for name, part in fields:
        if part.dtype == np.uint8 or len(part.shape) != 1:
            raise _core.InputError(
                f"export_policy: the observation {name or ''} has shape {part.shape}; "
                "flat vectors are needed"
            )
    operations: list[Operation] = []
    normalise = model.get_vec_normalize_env()
    if normalise is not None and normalise.norm_obs:
        means, stds, bounds = [], [], []
        for name, part in fields:
            running = normalise.obs_rms if name is None else normalise.obs_rms.get(name)
            if running is None:
                means.append(np.zeros(part.shape))
                stds.append(np.ones(part.shape))
                bounds.append(np.full(part.shape, np.inf))
                continue
            means.append(running.mean)
            stds.append(np.sqrt(running.var + normalise.epsilon))
            bounds.append(np.full(part.shape, normalise.clip_obs))
        operations += [("Sub", np.concatenate(means)), ("Div", np.concatenate(stds))]
        bound = np.concatenate(bounds)
        operations += [("Max", -bound), ("Min", bound)]
    owners = [model.policy, *(getattr(model.policy, name, None) for name in ("actor", "q_net"))]
    extractors = [getattr(owner, "features_extractor", None) for owner in owners]
    extractor: Any = next((found for found in extractors if found is not None), None)
    if type(extractor).__name__ not in ("FlattenExtractor", "CombinedExtractor"):
        raise _core.InputError(
            f"export_policy: features of {type(extractor).__name__} are no perceptron; export with "
            "torch.onnx, and onnxruntime will evaluate it"
        )
    if hasattr(extractor, "extractors"):
        order = list(extractor.extractors)
        names = [name for name, _ in fields]
        if order != names:
            places = np.split(
                np.arange(_flat_size(space)),
                np.cumsum([int(np.prod(part.shape)) for _, part in fields])[:-1],
            )
            chosen = np.concatenate([places[names.index(name)] for name in order])
            matrix = np.eye(len(chosen))[chosen]
            operations.append(("dense", matrix, np.zeros(len(chosen))))
    return operations


def _from_torch(module: Any) -> list[Operation]:
    """A chain of torch layers, told by the names of their classes: torch is not imported here."""
    name = type(module).__name__
    if name == "Linear":
        weights = module.weight.detach().cpu().numpy()
        bias = np.zeros(len(weights)) if module.bias is None else module.bias.detach().cpu().numpy()
        return [("dense", weights, bias)]
    if name in _ACTIVATIONS:
        alpha = getattr(module, "alpha", getattr(module, "negative_slope", None))
        return [(_ACTIVATIONS[name], alpha)]
    if name in _NOTHING:
        return []
    if name == "Sequential":
        return [operation for layer in module for operation in _from_torch(layer)]
    known = ["Linear", "Sequential", *_ACTIVATIONS, *sorted(_NOTHING)]
    raise _core.InputError(
        f"export_policy: a layer of {name} is not known; {', '.join(known)} are. Export with "
        "torch.onnx, and onnxruntime will evaluate it"
    )


def _normalisation(
    mean: ArrayLike | None, std: ArrayLike | None, clip: float | None
) -> list[Operation]:
    operations: list[Operation] = []
    if mean is not None:
        operations.append(("Sub", np.asarray(mean, np.float64)))
    if std is not None:
        operations.append(("Div", np.asarray(std, np.float64)))
    if clip is not None:
        operations += [("Max", np.asarray(-clip)), ("Min", np.asarray(clip))]
    return operations


def _bounds(low: ArrayLike | None, high: ArrayLike | None, squash: bool) -> list[Operation]:
    if squash:
        if low is None or high is None:
            raise _core.InputError("export_policy: squash needs low and high")
        return [("Tanh", None), *_stretch(low, high)]
    operations: list[Operation] = []
    if low is not None:
        operations.append(("Max", np.asarray(low, np.float64)))
    if high is not None:
        operations.append(("Min", np.asarray(high, np.float64)))
    return operations


def _stretch(low: ArrayLike, high: ArrayLike) -> list[Operation]:
    """From [-1, 1] to the bounds: low + (x + 1) (high - low) / 2."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    return [("Add", np.asarray(1.0)), ("Mul", (high - low) / 2), ("Add", low)]


def _width(operations: Sequence[Operation]) -> int:
    for operation in operations:
        if operation[0] == "dense":
            return int(np.asarray(operation[1]).shape[1])
        if operation[1] is not None and np.size(operation[1]) > 1:
            return int(np.size(operation[1]))
    raise _core.InputError("export_policy: the module has no Linear layer")


# What follows writes the fields of onnx.proto that a perceptron needs.


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, values: NDArray[Any], dtype: Any) -> bytes:
    """TensorProto: dims 1, data_type 2, name 8, raw_data 9."""
    array = np.ascontiguousarray(values, np.dtype(dtype).newbyteorder("<"))
    dims = b"".join(_field(1, extent) for extent in array.shape)
    kind = 1 if array.dtype.itemsize == 4 else 11
    return dims + _field(2, kind) + _field(8, name) + _field(9, array.tobytes())


def _value_info(name: str, size: int, dtype: Any) -> bytes:
    """ValueInfoProto of a batch: (N, size)."""
    shape = _field(1, _field(2, "N")) + _field(1, _field(1, size))
    kind = 1 if np.dtype(dtype).itemsize == 4 else 11
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def _node(kind: str, inputs: Sequence[str], output: str, attributes: bytes = b"") -> bytes:
    return (
        b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)
    ) + attributes


def write_onnx(inputs: int, operations: Sequence[Operation], dtype: Any = np.float32) -> bytes:
    """A chain of operations as the bytes of an ONNX file, from `observation` to `action`."""
    nodes, tensors = [], []
    width, at = inputs, "observation"
    for number, operation in enumerate(operations):
        kind, numbers = operation[0], operation[1]
        output = "action" if number == len(operations) - 1 else f"x{number + 1}"
        if kind == "dense":
            weights = np.asarray(numbers)
            if weights.ndim != 2 or weights.shape[1] != width:
                raise _core.InputError(
                    f"export_policy: a layer takes {weights.shape[-1]} numbers; it gets {width}"
                )
            names = [f"weights{number}", f"bias{number}"]
            tensors += [_tensor(names[0], weights, dtype)]
            tensors += [_tensor(names[1], np.asarray(operation[2]), dtype)]
            # AttributeProto: name 1, i 3, type 20 (2: an integer).
            transposed = _field(5, _field(1, "transB") + _field(3, 1) + _field(20, 2))
            nodes.append(_node("Gemm", [at, *names], output, transposed))
            width = len(weights)
        elif kind in ("Add", "Sub", "Mul", "Div", "Max", "Min"):
            name = f"numbers{number}"
            spread = np.broadcast_to(np.asarray(numbers, np.float64).ravel(), (width,))
            tensors.append(_tensor(name, spread, dtype))
            nodes.append(_node(kind, [at, name], output))
        else:
            alpha = b""
            if numbers is not None and kind in ("LeakyRelu", "Elu"):
                value = _varint(2 << 3 | 5) + struct.pack("<f", numbers)
                alpha = _field(5, _field(1, "alpha") + value + _field(20, 1))
            nodes.append(_node(kind, [at], output, alpha))
        at = output
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "policy")
    graph += b"".join(_field(5, tensor) for tensor in tensors)
    graph += _field(11, _value_info("observation", inputs, dtype))
    graph += _field(12, _value_info("action", width, dtype))
    opset = _field(1, "") + _field(2, 17)
    return _field(1, 8) + _field(2, "flyball") + _field(7, graph) + _field(8, opset)


class RuntimeNetwork:
    """A network that is no perceptron, by onnxruntime: one row at a time, on one thread.

    A row's result then does not depend on the batch, though it does on the version of onnxruntime
    and on the processor.
    """

    path = ""  # of the file; a subclass for each file knows its own

    def __init__(self, spec: specs.EnvSpec, file: str, checkpoint: str = "") -> None:
        del checkpoint  # for the plan's hash
        try:
            import onnxruntime
        except ImportError as error:
            raise _core.InputError(
                f"'{file}' is no perceptron, and onnxruntime, which would evaluate it, is not "
                "installed: pip install 'flyball[onnx]'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            self.path or file, options, providers=["CPUExecutionProvider"]
        )
        self._inputs = self._session.get_inputs()
        self._spec = spec
        names = [field.name for field in spec.observation]
        if len(self._inputs) > 1:
            for given in self._inputs:
                if given.name not in names:
                    raise _core.InputError(
                        f"'{file}': {_core.unknown_name('observation', given.name, names)}"
                    )

    def __call__(self, observation: Any) -> NDArray[np.float64]:
        """Actions for a batch of observations: an array, or a dict of such."""
        fields = observation if isinstance(observation, dict) else {"": observation}
        rows = len(next(iter(fields.values())))
        flat = {name: np.asarray(values).reshape(rows, -1) for name, values in fields.items()}
        if len(self._inputs) == 1:
            flat = {self._inputs[0].name: np.concatenate(list(flat.values()), axis=1)}
        kinds = {
            given.name: np.float64 if given.type == "tensor(double)" else np.float32
            for given in self._inputs
        }
        actions = []
        for row in range(rows):
            feed = {
                name: np.ascontiguousarray(flat[name][row : row + 1], kind)
                for name, kind in kinds.items()
            }
            actions.append(self._action(np.asarray(self._session.run(None, feed)[0])[0]))
        return np.asarray(actions).reshape(rows, *self._spec.action.field.shape)

    def _action(self, output: NDArray[Any]) -> NDArray[np.float64]:
        """What the network says, or for discrete actions the choices of the largest values."""
        if not self._spec.action.choices or output.dtype.kind == "i":
            return np.asarray(output, np.float64)
        parts = np.split(output.ravel(), np.cumsum(self._spec.action.choices)[:-1])
        return np.asarray([float(np.argmax(part)) for part in parts])


def runtime_network(path: str) -> tuple[type[RuntimeNetwork], dict[str, str]]:
    """The policy that evaluates a file, and its options: what a plan's hash holds of it."""
    data = Path(path).read_bytes()
    options = {"file": Path(path).name, "checkpoint": hashlib.sha256(data).hexdigest()}
    return type("RuntimeNetwork", (RuntimeNetwork,), {"path": os.path.abspath(path)}), options


def is_perceptron(path: str | os.PathLike[str]) -> bool:
    """Whether the core can evaluate a network; raises DataError for a damaged file."""
    try:
        _core.Perceptron(os.fspath(path))
    except _core.InputError:
        return False
    return True
