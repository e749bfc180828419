"""A reward of one's own: a function over columns in place of the environment's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, rows
from flyball.specs import EnvSpec, Field

Array = NDArray[Any]


class Columns:
    """What one step gave, for the rows that were stepped, by name: ``columns["pos"]``.

    Names are those of the spec: "action", "reward" (the environment's own), "terminated",
    "truncated"; fields of observation, info and state; and the entries of observation, action and
    state fields. Where two have the same name the first in this order is meant. Arrays are (rows,
    ...) and copies.
    """

    def __init__(self, arrays: dict[str, Array], fields: list[Field], read_state: Any) -> None:
        self._arrays = arrays
        self._fields = fields
        self._read_state = read_state

    def __getitem__(self, name: str) -> Array:
        if name not in self._arrays:
            self._arrays[name] = self._find(name)
        return self._arrays[name]

    def __len__(self) -> int:
        return len(self._arrays["reward"])

    def names(self) -> list[str]:
        """Return all that can be asked for."""
        entries = [entry.name for field in self._fields for entry in field.entries]
        return sorted({*self._arrays, *(field.name for field in self._fields), *entries})

    def _find(self, name: str) -> Array:
        if name in (field.name for field in self._fields):  # a state field: all others are there
            self._arrays.update(self._read_state())
            return self._arrays[name]
        for field in self._fields:
            if name in (entry.name for entry in field.entries):
                return self[field.name][..., field.slice(name)]
        raise _core.InputError(_core.unknown_name("column", name, self.names()))


RewardFunction = Callable[[Columns], Any]


def own_reward(
    reward: RewardFunction | Mapping[str, Any] | None, options: dict[str, Any]
) -> tuple[RewardFunction | None, dict[str, Any]]:
    """Tell a function in place of the reward from the option ``reward`` that some ids have."""
    if isinstance(reward, Mapping):
        return None, {**options, "reward": dict(reward)}
    return reward, options


def reward_factory(spec: EnvSpec, function: RewardFunction) -> Any:
    """Return what the core asks for: a maker of functions that write rewards of rows."""
    # It stands next to the plant: wrappers come after it.
    options = {n: value for n, value in spec.options.items() if n != "wrap"}
    spec = EnvSpec.from_dict(_core.resolve_spec(spec.id, options))
    if not callable(function):
        raise _core.InputError(f"{spec.id}: reward is a function of columns; got {function!r}")

    def make(columns: Mapping[str, Any], skip: Array, read_state: Any) -> Any:
        sources = {
            **columns["info"],
            **columns["observation"],
            spec.action.field.name: columns["action"],
            **{name: columns[name] for name in ("action", "reward", "terminated", "truncated")},
        }
        state = [field for field in spec.state if field.name not in sources]
        fields = [*spec.observation, spec.action.field, *state]

        def write(begin: int, end: int) -> None:
            stepped = begin + np.flatnonzero(skip[begin:end] == 0)
            if not stepped.size:
                return

            def read() -> dict[str, Array]:
                named = rows.split(spec.state, read_state(stepped.tolist()))
                return {field.name: named[field.name] for field in state}

            given = Columns({n: source[stepped] for n, source in sources.items()}, fields, read)
            rewards = np.asarray(function(given), np.float64)
            given._read_state = None  # what it reads is gone after the step
            if rewards.shape != stepped.shape or not np.isfinite(rewards).all():
                raise _core.InputError(
                    f"{spec.id}: the reward function gives finite numbers of shape "
                    f"{stepped.shape}; it gave {rewards!r}"
                )
            columns["reward"][stepped] = rewards

        return write

    return make
