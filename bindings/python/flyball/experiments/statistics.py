"""Aggregates of few runs on some tasks, with intervals that say how little is known.

After Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice" (2021),
whose library is rliable: the same definitions, written anew on numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flyball import _core

Array = NDArray[np.float64]
Scores = Mapping[str, Array]  # by task: (runs,)


class Interval(NamedTuple):
    """An estimate and its percentile interval."""

    value: float
    low: float
    high: float


def interquartile_mean(scores: ArrayLike) -> float:
    """Mean of the middle half of all numbers: a quarter, rounded down, is cut at either end."""
    flat = np.sort(np.ravel(np.asarray(scores, np.float64)))
    if not flat.size:
        raise _core.InputError("the interquartile mean of no scores")
    cut = flat.size // 4
    return float(flat[cut : flat.size - cut].mean())


def optimality_gap(scores: ArrayLike, goal: float = 1.0) -> float:
    """How far scores fall short of a goal on average; what is beyond it does not count."""
    return float(goal - np.minimum(np.asarray(scores, np.float64), goal).mean())


def probability_of_improvement(scores: Scores, other: Scores) -> float:
    """How probably a run of one scores above a run of the other, on a task at random; ties half."""
    values = []
    for task, ours in scores.items():
        theirs = np.asarray(other[task], np.float64)
        difference = np.asarray(ours, np.float64)[:, None] - theirs[None, :]
        values.append((difference > 0).mean() + 0.5 * (difference == 0).mean())
    return float(np.mean(values))


def performance_profile(scores: Scores, thresholds: ArrayLike) -> Array:
    """Share of runs that score above each threshold, tasks counting alike."""
    levels = np.asarray(thresholds, np.float64)
    parts = [(np.asarray(s, np.float64)[:, None] > levels).mean(axis=0) for s in scores.values()]
    return np.asarray(np.mean(parts, axis=0), np.float64)


def _flat(scores: Scores) -> Array:
    return np.concatenate([np.ravel(part) for part in scores.values()])


def resample(scores: Scores, rng: np.random.Generator) -> dict[str, Array]:
    """Draw as many runs of each task, with replacement: tasks are strata."""
    return {t: s[rng.integers(0, len(s), len(s))] for t, s in scores.items()}


def bootstrap_interval(
    scores: Scores | Sequence[Scores],
    statistic: Callable[..., float] | None = None,
    *,
    confidence: float = 0.95,
    repetitions: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile interval of a statistic by the stratified bootstrap.

    Parameters
    ----------
    scores
        By task, or several such for a statistic of several (each is resampled by itself).
    statistic
        Of scores by task; None: the interquartile mean of all runs.
    """
    if not 0 < confidence < 1:
        raise _core.InputError(f"confidence is {confidence}; a number in (0, 1) is needed")
    if repetitions < 1:
        raise _core.InputError(f"repetitions is {repetitions}; at least 1 is needed")
    groups = [scores] if isinstance(scores, Mapping) else list(scores)
    if statistic is None:

        def statistic(*given: Scores) -> float:
            return interquartile_mean(_flat(given[0]))

    rng = np.random.default_rng(seed)
    drawn = [statistic(*(resample(group, rng) for group in groups)) for _ in range(repetitions)]
    half = 100 * (1 - confidence) / 2
    low, high = np.percentile(drawn, [half, 100 - half])
    return Interval(float(statistic(*groups)), float(low), float(high))


def profile_band(
    scores: Scores,
    thresholds: ArrayLike,
    *,
    confidence: float = 0.95,
    repetitions: int = 1000,
    seed: int = 0,
) -> tuple[Array, Array, Array]:
    """A performance profile with its pointwise interval: (profile, low, high)."""
    rng = np.random.default_rng(seed)
    drawn = [performance_profile(resample(scores, rng), thresholds) for _ in range(repetitions)]
    half = 100 * (1 - confidence) / 2
    low, high = np.percentile(drawn, [half, 100 - half], axis=0)
    return performance_profile(scores, thresholds), low, high
