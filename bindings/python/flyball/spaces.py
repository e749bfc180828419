"""Gymnasium spaces from fields."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from flyball.specs import Action, EnvSpec, Field


def box(field: Field) -> spaces.Box:
    """Make the Box of a field."""
    dtype = np.dtype(field.dtype)
    low, high = field.low, field.high
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        low, high = np.clip(low, limits.min, limits.max), np.clip(high, limits.min, limits.max)
    elif dtype.kind == "b":
        low, high = np.zeros(field.shape), np.ones(field.shape)
    with np.errstate(over="ignore"):  # a bound beyond float32 becomes infinity
        return spaces.Box(low.astype(dtype), high.astype(dtype), field.shape, dtype.type)


def observation_space(spec: EnvSpec) -> spaces.Space[Any]:
    """One field: a Box; several: a Dict in their order."""
    if len(spec.observation) == 1:
        return box(spec.observation[0])
    return spaces.Dict([(field.name, box(field)) for field in spec.observation])


def action_space(action: Action) -> spaces.Space[Any]:
    if action.kind == "discrete":
        return spaces.Discrete(action.choices[0])
    if action.kind == "multi_discrete":
        choices = np.asarray(action.choices, np.int64).reshape(action.field.shape)
        return spaces.MultiDiscrete(choices)
    return box(action.field)
