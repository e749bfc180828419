"""Reference scores: what a random policy and an expert reach, and returns in their measure.

Measured by ``scripts/report_scores`` and stored in ``scores.json`` beside this file; docs/scores.md
shows them.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from flyball import _core


@dataclass(frozen=True)
class Score:
    """The mean return of a policy."""

    policy: str
    mean: float
    interval: tuple[float, float]  # 95 % of the mean
    episodes: int
    seed: int  # of the plan that was measured


@dataclass(frozen=True)
class Reference:
    """The two ends of the scale of an environment."""

    env_id: str
    options: dict[str, Any]  # those that are not the default
    random: Score
    expert: Score | None  # None: no baseline is better than random
    medium: dict[str, Any] | None  # of a plan's policy: the expert's noise for the tier medium


def _score(data: Mapping[str, Any]) -> Score:
    low, high = data["interval"]
    return Score(data["policy"], data["mean"], (low, high), data["episodes"], data["seed"])


@functools.cache
def references() -> tuple[Reference, ...]:
    """All references, in the order of ids."""
    path = Path(__file__).with_name("scores.json")
    entries = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Reference(
            entry["id"],
            entry["options"],
            _score(entry["random"]),
            _score(entry["expert"]) if entry["expert"] else None,
            entry.get("medium"),
        )
        for entry in entries
    )


def reference(env_id: str, **options: Any) -> Reference:
    """The reference scores of an environment with its options.

    Raises InputError if there are none: for an id that is not ours, or options that change the
    task and have not been measured.
    """
    env_id = env_id.removeprefix("flyball/")
    registration = _core.registration(env_id)  # names the nearest id
    defaults = {option["name"]: option["default"] for option in registration["options"]}
    # The dtype of observations changes no return.
    changed = {
        name: value
        for name, value in options.items()
        if value is not None and value != defaults.get(name) and name != "dtype"
    }
    found = [entry for entry in references() if entry.env_id == env_id]
    if not found:
        raise _core.InputError(f"{env_id}: there are no reference scores of it (docs/scores.md)")
    for entry in found:
        if entry.options == changed:
            return entry
    measured = " or ".join(
        ", ".join(f"{k}={v}" for k, v in entry.options.items()) or "the default options"
        for entry in found
    )
    given = ", ".join(f"{name}={value!r}" for name, value in changed.items())
    raise _core.InputError(
        f"{env_id}: no reference scores for {given or 'the default options'}; they were measured "
        f"for {measured}"
    )


def normalized_score(env_id: str, returns: ArrayLike, **options: Any) -> Any:
    """Returns of episodes on the scale of the references: 0 is random, 1 the expert.

    ``returns`` may be a number or an array; ``options`` are the environment's. (Papers often
    multiply by 100, as the bands of dataset tiers do.) Raises InputError where there is no scale:
    an id or options that were not measured, or an id without an expert.
    """
    scale = reference(env_id, **options)
    if scale.expert is None:
        raise _core.InputError(
            f"{scale.env_id}: no baseline is better than random actions, so there is no scale"
        )
    low, high = scale.random.mean, scale.expert.mean
    scores = (np.asarray(returns, np.float64) - low) / (high - low)
    return float(scores) if scores.ndim == 0 else scores


def mean_interval(values: ArrayLike) -> tuple[float, float, float]:
    """A mean and its 95 % interval, by Student's t over episodes."""
    values = np.asarray(values, np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -math.inf, math.inf
    half = _student(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def _student(degrees: int) -> float:
    """The 97.5 % quantile of Student's t: Cornish and Fisher's expansion, good to 1 % from 3 on."""
    if degrees < 3:
        return {1: 12.706, 2: 4.303}[degrees]
    z = 1.959964
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
