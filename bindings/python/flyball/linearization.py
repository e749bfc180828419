"""Discrete linear models of smooth plants, by central differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flyball import _core, checks, rows
from flyball.environment import Env
from flyball.specs import EnvSpec, Field
from flyball.vector import VectorEnv, unwrapped

Array = NDArray[np.float64]


class LinearModel(NamedTuple):
    """x' = A x + B u, y = C x + D u around a point, one control period a step."""

    A: Array
    B: Array
    C: Array
    D: Array


def linearize(
    env: Any,
    state: Mapping[str, ArrayLike] | ArrayLike | None = None,
    action: ArrayLike | None = None,
    *,
    step: float = 1e-5,
) -> LinearModel:
    """Linearise an environment around a state and an action.

    The state's coordinates are the forced values that ``state`` names (in their order), read back
    from ``env.state`` under the same names; by default all state fields at their present values.
    y is the observation of the state, in float64.

    Parameters
    ----------
    env
        An Env or VectorEnv of a plant whose spec says ``smooth``; it is not touched.
    state
        By name (``env.state`` will do: names that cannot be forced are left out), or flat; None:
        where the environment is now.
    action
        The action held over the step; None: zeros, or the bounds nearest to them.
    step
        Half width of the differences, relative to max(1, abs(value)).
    """
    given = unwrapped(env, "linearize")
    spec = given.flyball_spec
    if not spec.smooth or spec.action.kind != "box":
        raise _core.InputError(f"{spec.id}: its step is not smooth, so there is no linear model")
    plant = _Plant(given, state)
    x0 = plant.x0
    low = high = None
    if spec.action.clip:
        low, high = spec.action.field.low.ravel(), spec.action.field.high.ravel()
    u0 = _action(spec, action, low, high)

    def over_state(x: Array) -> Array:
        return np.concatenate(plant.step(x, u0))

    def over_action(u: Array) -> Array:
        return plant.step(x0, u)[0]

    by_state = _differences(over_state, x0, step, plant.low, plant.high)
    # An action in float32 is rounded on its way in: the differences divide by what arrives.
    by_action = _differences(over_action, u0, step, low, high, np.dtype(spec.action.field.dtype))
    num_states = x0.size
    C = by_state[num_states:]
    return LinearModel(by_state[:num_states], by_action, C, np.zeros((C.shape[0], u0.size)))


def _action(spec: EnvSpec, given: ArrayLike | None, low: Array | None, high: Array | None) -> Array:
    """The action to linearise around, which lies within the bounds if the plant clips to them."""
    size = spec.action.field.size
    if given is None:
        return np.zeros(size) if low is None else np.clip(np.zeros(size), low, high)
    u0 = np.ravel(checks.numbers(f"{spec.id}, linearize: action", given))
    if u0.size != size:
        raise _core.InputError(f"{spec.id}, linearize: action has {u0.size} numbers; {size} needed")
    if low is not None and high is not None and not np.all((low <= u0) & (u0 <= high)):
        raise _core.InputError(
            f"{spec.id}, linearize: action {u0} is outside of {low} to {high}, where the plant"
            " clips it and does not feel it"
        )
    return u0


class _Plant:
    """A private copy of the environment that steps once from any state."""

    def __init__(self, given: Env | VectorEnv, state: Mapping[str, ArrayLike] | ArrayLike | None):
        spec = given.flyball_spec
        self._env = Env(spec.id, **{**spec.options, "dtype": "float64"})
        self.spec = self._env.flyball_spec
        forced = {field.name for field in spec.reset}
        names = [field.name for field in spec.state if field.name in forced]
        if isinstance(state, Mapping):
            names = self._forcible(state, forced)
        self._fields = [self._state_field(name) for name in names]
        if not names:
            raise _core.InputError(f"{spec.id}: no state can both be forced and read")
        if isinstance(state, Mapping):
            parts = [np.ravel(state[name]).astype(np.float64) for name in names]
            self.x0 = np.concatenate(parts)
        elif state is None:
            now = given.state
            row = [now[name][0] if isinstance(given, VectorEnv) else now[name] for name in names]
            self.x0 = np.concatenate([np.ravel(part) for part in row])
        else:
            self.x0 = np.ravel(checks.numbers(f"{spec.id}, linearize: state", state))
        wanted = sum(field.size for field in self._fields)
        if self.x0.size != wanted:
            raise _core.InputError(
                f"{spec.id}, linearize: state has {self.x0.size} numbers; {wanted} ({names}) needed"
            )
        ranges = {field.name: field for field in spec.reset}
        # Where a state can be forced to; differences do not leave it.
        self.low = np.concatenate([ranges[field.name].low.ravel() for field in self._fields])
        self.high = np.concatenate([ranges[field.name].high.ravel() for field in self._fields])

    def _forcible(self, state: Mapping[str, ArrayLike], forced: set[str]) -> list[str]:
        """The given names that can be forced; the others are only views of the same state."""
        names = [self._state_field(str(name)).name for name in state]
        kept = [name for name in names if name in forced]
        if names and not kept:
            raise _core.InputError(
                f"{self.spec.id}, linearize: {names} can only be read; a state is set by"
                f" {sorted(forced)}"
            )
        return kept

    def _state_field(self, name: str) -> Field:
        fields = {field.name: field for field in self.spec.state}
        if name not in fields:
            raise _core.InputError(
                f"{self.spec.id}, linearize: {_core.unknown_name('state', name, list(fields))}"
            )
        return fields[name]

    def step(self, x: Array, u: Array) -> tuple[Array, Array]:
        """Return the next state and the observation of this one."""
        env = self._env
        # The same seed each time: noise, if there is any, is the same draw and cancels.
        observation, _ = env.reset(seed=0, options=rows.split(self._fields, x))
        env.step(u.astype(env.action_space.dtype).reshape(env.action_space.shape))
        after = env.state
        if isinstance(observation, dict):
            leaves = [observation[field.name] for field in self.spec.numbers]
        else:
            leaves = [observation]
        return (
            np.concatenate([np.ravel(after[field.name]) for field in self._fields]),
            np.concatenate([np.ravel(leaf) for leaf in leaves]),
        )


def _differences(
    function: Any,
    at: Array,
    step: float,
    low: Array | None = None,
    high: Array | None = None,
    dtype: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008
) -> Array:
    """Jacobian of `function`, outputs by inputs; points stay within [low, high]."""
    columns = []
    for i in range(at.size):
        ends = []
        for sign in (1.0, -1.0):
            point = at.copy()
            point[i] += sign * step * max(1.0, abs(at[i]))
            if low is not None and high is not None:
                point[i] = np.clip(point[i], low[i], high[i])
            point[i] = float(dtype.type(point[i]))
            ends.append((point[i], function(point)))
        (x_high, y_high), (x_low, y_low) = ends
        columns.append((y_high - y_low) / (x_high - x_low))
    return np.stack(columns, axis=1)
