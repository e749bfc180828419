"""What Env and VectorEnv share: seeds, forced values, named states, goals."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, checks
from flyball.specs import EnvSpec, Field


def check_seed(seed: Any) -> int:
    """Return a seed as an int, or raise InputError."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        raise _core.InputError(f"seed: an integer from 0 to 2**64 - 1 is needed; got {seed!r}")
    return number


def system_seed() -> int:
    """Draw a seed for an environment that was given none."""
    return int.from_bytes(os.urandom(7), "little")


def forced_values(spec: EnvSpec, options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``reset(options=)`` as flat float arrays; the core checks names and lengths."""
    values = {}
    for name, value in checks.dictionary(f"{spec.id}, reset: options", options).items():
        if value is None:
            raise _core.InputError(f"{spec.id}, reset: '{name}' is None; numbers are needed")
        values[str(name)] = checks.numbers(f"{spec.id}, reset: '{name}'", value).ravel()
    return values


def split(fields: Iterable[Field], flat: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Split (..., size) into named arrays (..., *shape)."""
    named, start = {}, 0
    for field in fields:
        part = flat[..., start : start + field.size]
        named[field.name] = part.reshape(flat.shape[:-1] + field.shape)
        start += field.size
    return named


def of_goals(spec: EnvSpec, name: str, achieved: Any, desired: Any) -> NDArray[np.float64]:
    """What the named function of goals says of one pair of goals, or of a batch of them."""
    achieved, desired = np.asarray(achieved, np.float64), np.asarray(desired, np.float64)
    sizes = [field.size for field in spec.observation if field.name == "achieved_goal"]
    size = sizes[0] if sizes else max(achieved.size, 1)
    for which, goal in (("achieved", achieved), ("desired", desired)):
        if goal.size == 0 or goal.shape[-1:] != (size,):
            raise _core.InputError(
                f"{spec.id}, {name}: {which} goals of shape {goal.shape}; the last axis "
                f"holds {size} numbers"
            )
    function = getattr(_core, name)
    values: NDArray[np.float64] = function(
        spec.id, spec.options, achieved.reshape(-1, size), desired.reshape(-1, size)
    )
    return values.reshape(achieved.shape[:-1])


def compute_reward(spec: EnvSpec, achieved: Any, desired: Any) -> Any:
    """Return rewards of one pair of goals, or of a batch of them."""
    rewards = of_goals(spec, "compute_reward", achieved, desired)
    return float(rewards) if rewards.ndim == 0 else rewards


def compute_terminated(spec: EnvSpec, achieved: Any, desired: Any) -> Any:
    """Return whether goals end the episode, of one pair or of a batch of them."""
    ends = of_goals(spec, "compute_terminated", achieved, desired) != 0
    return bool(ends) if ends.ndim == 0 else ends


def compute_truncated(spec: EnvSpec, achieved: Any, desired: Any) -> Any:
    """Return false for every pair: what is reached cuts no episode short, only the clock does."""
    ends = compute_terminated(spec, achieved, desired)  # for its checks and its shape
    return False if isinstance(ends, bool) else np.zeros_like(ends)
