"""Baselines written in C++, callable on batches of observations."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flyball import _core
from flyball.environment import Env
from flyball.specs import EnvSpec
from flyball.vector import VectorEnv, unwrapped


class Policy:
    """A baseline bound to an environment, whose states and clocks it reads."""

    def __init__(self, name: str, env: Env | VectorEnv, **options: Any) -> None:
        self.name = name
        self._spec: EnvSpec = env.flyball_spec
        self._is_vector = isinstance(env, VectorEnv)
        self._num_envs = env.num_envs if isinstance(env, VectorEnv) else 1
        self._policy = _core.Policy(name, env._core, options)

    def __call__(self, observation: Any) -> Any:
        """Actions for the observations of all rows (or for the one of a single environment)."""
        # Baselines look at numbers, not at pictures.
        alone = len(self._spec.observation) == 1
        fields = self._spec.numbers
        leaves = [observation] if alone else [observation[f.name] for f in fields]
        batched = np.ndim(leaves[0]) > len(fields[0].shape)
        flat = [np.asarray(leaf, np.float64).reshape(self._num_envs, -1) for leaf in leaves]
        actions = self._policy.act(np.concatenate(flat, axis=1))

        field = self._spec.action.field
        actions = actions.reshape(self._num_envs, *field.shape).astype(field.dtype)
        return actions if batched or self._is_vector else actions[0]


class NetworkPolicy:
    """A network that is no perceptron, bound to an environment; evaluated by onnxruntime."""

    def __init__(self, path: str, env: Env | VectorEnv) -> None:
        self.name = path
        self._spec: EnvSpec = env.flyball_spec
        self._is_vector = isinstance(env, VectorEnv)
        from flyball import networks

        self._act = networks.RuntimeNetwork(self._spec, path)

    def __call__(self, observation: Any) -> Any:
        first = self._spec.observation[0]
        leaf = observation[first.name] if isinstance(observation, dict) else observation
        alone = np.ndim(leaf) == len(first.shape) and not self._is_vector
        if alone and isinstance(observation, dict):
            observation = {name: np.asarray(values)[None] for name, values in observation.items()}
        elif alone:
            observation = np.asarray(observation)[None]
        actions = self._act(observation).astype(self._spec.action.field.dtype)
        return actions[0] if alone else actions


def policy(name: str | os.PathLike[str], env: Any, **options: Any) -> Policy | NetworkPolicy:
    """Bind a policy to an environment.

    ``name``: "random", "constant", "oscillators", a baseline (of ``flyball.spec(id).policies``),
    or the path of a network ("actor.onnx", see ``flyball.export_policy``). ``options`` are the
    policy's own (a horizon, a level), which ``flyball info ID`` lists.
    """
    inner = unwrapped(env, "policy")
    name = os.fspath(name)
    if name.endswith(".onnx") and not options:
        from flyball import networks

        if not networks.is_perceptron(name):
            return NetworkPolicy(name, inner)
    return Policy(name, inner, **options)
