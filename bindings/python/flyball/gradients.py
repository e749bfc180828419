"""Exact gradients of rollouts, by the adjoint of the plant's step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flyball import _core, checks
from flyball.specs import EnvSpec, spec
from flyball.vector import unwrapped

Array = NDArray[np.float64]


class RolloutGradient(NamedTuple):
    """A rollout of T steps and the derivatives of one number of it."""

    value: float  # the number: the sum of rewards, if no weights were given
    rewards: Array  # (T,)
    states: Array  # (T + 1, n), each flattened as the state fields of the spec are
    by_state: Array  # (n,) derivative by the first state
    by_actions: Array  # (T, m); zero where an action was clipped to its bounds


def rollout_gradient(
    env: Any,
    state: Mapping[str, ArrayLike] | ArrayLike,
    actions: ArrayLike,
    *,
    reward_weights: ArrayLike | None = None,
    state_weights: ArrayLike | None = None,
) -> RolloutGradient:
    """Run a plant without noise and differentiate the run by its controls and its first state.

    What is differentiated is ``sum(reward_weights * rewards) + sum(state_weights * states)``;
    without weights, the return. The cost is that of a few runs, whatever the number of actions.

    Parameters
    ----------
    env
        An id or an environment (whose options are used; it is not touched).
    state
        Where the rollout starts: the spec's state fields by name, or flat (n,).
    actions
        (T, m), or (T, ...) of an action's shape; clipped to the bounds where the environment clips.
    reward_weights, state_weights
        (T,) and (T + 1, n).
    """
    described = _spec_of(env)
    if isinstance(state, Mapping):
        names = [field.name for field in described.state]
        for name in state:
            if name not in names:
                raise _core.InputError(
                    f"{described.id}, rollout_gradient: {_core.unknown_name('state', name, names)}"
                )
        missing = [name for name in names if name not in state]
        if missing:
            raise _core.InputError(f"{described.id}, rollout_gradient: state lacks {missing}")
        state = np.concatenate([np.ravel(state[name]) for name in names])
    size = described.action.field.size
    controls = _floats(described, "actions", actions)
    if controls.ndim < 1 or controls.size == 0 or controls.size != len(controls) * size:
        raise _core.InputError(
            f"{described.id}, rollout_gradient: actions have shape {controls.shape}; (T, {size}) "
            "with T at least 1 is needed"
        )
    result = _core.rollout_gradient(
        described.id,
        described.options,
        _floats(described, "state", state),
        controls,
        _floats(described, "reward_weights", () if reward_weights is None else reward_weights),
        _floats(described, "state_weights", () if state_weights is None else state_weights),
    )
    return RolloutGradient(**result)


def _spec_of(env: Any) -> EnvSpec:
    if isinstance(env, str):
        return spec(env.removeprefix("flyball/"))
    return unwrapped(env, "rollout_gradient, unless an id is given").flyball_spec


def _floats(described: EnvSpec, name: str, values: Any) -> Array:
    return checks.numbers(f"{described.id}, rollout_gradient: {name}", values)
