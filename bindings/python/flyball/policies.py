"""Baselines written in C++, callable on batches of observations."""

from __future__ import annotations

from typing import Any

import numpy as np

from flyball import _core
from flyball.environment import Env
from flyball.specs import EnvSpec
from flyball.vector import VectorEnv


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
        fields = self._spec.observation
        leaves = [observation] if len(fields) == 1 else [observation[f.name] for f in fields]
        batched = np.ndim(leaves[0]) > len(fields[0].shape)
        flat = [np.asarray(leaf, np.float64).reshape(self._num_envs, -1) for leaf in leaves]
        actions = self._policy.act(np.concatenate(flat, axis=1))

        field = self._spec.action.field
        actions = actions.reshape(self._num_envs, *field.shape).astype(field.dtype)
        return actions if batched or self._is_vector else actions[0]


def policy(name: str, env: Any, **options: Any) -> Policy:
    """Bind a baseline ("random", or one of ``flyball.spec(id).policies``) to an environment.

    ``options`` are the baseline's own (a horizon, a level), which ``flyball info ID`` lists.
    """
    unwrapped = env.unwrapped
    if not isinstance(unwrapped, Env | VectorEnv):
        raise _core.InputError(f"policy: a flyball environment is needed; got {unwrapped!r}")
    return Policy(name, unwrapped, **options)
