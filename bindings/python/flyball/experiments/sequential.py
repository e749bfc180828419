"""When are there enough seeds? A permutation test that may be looked at several times.

After Mathieu et al., "AdaStop: adaptive statistical testing for sound comparisons of deep RL
agents" (2023): seeds come in groups; after each group the difference so far is held against what it
is when labels are swapped at random inside each group and task. Until the k-th look k alpha / K of
the error may be spent, so that K looks together err with probability alpha at most, whatever the
distribution of scores. Several pairs share alpha equally (Bonferroni), which controls the error of
the family for any truth. (AdaStop steps down over a permutation common to all pairs, which is
sharper; that it is exact where pairs share an algorithm is not shown here.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from flyball import _core

Array = NDArray[np.float64]

LARGER, SMALLER, EQUAL, UNDECIDED = "larger", "smaller", "equal", "undecided"


@dataclass(frozen=True)
class Comparison:
    """What the looks so far say of a pair."""

    first: str
    second: str
    decision: str  # of the first: "larger", "smaller", "equal" (after the last look), "undecided"
    looks: int  # made until the decision
    difference: float  # of means over the seeds looked at, first minus second, tasks alike
    seeds_used: int  # of each, on each task
    more_seeds: int  # that each needs, on each task, for the next look; 0: decided

    def __str__(self) -> str:
        sign = {LARGER: ">", SMALLER: "<", EQUAL: "~", UNDECIDED: "?"}[self.decision]
        text = f"{self.first} {sign} {self.second}"
        if self.decision == UNDECIDED:
            return f"{text}: {self.more_seeds} more seeds are needed for the next look"
        return f"{text} after {self.seeds_used} seeds"


def sequential_test(
    scores: Mapping[str, Mapping[str, Array]],
    *,
    seeds_per_look: int = 5,
    looks: int = 5,
    alpha: float = 0.05,
    permutations: int = 10_000,
    seed: int = 0,
) -> list[Comparison]:
    """Compare every pair of algorithms.

    Parameters
    ----------
    scores
        By algorithm, then by task: (seeds,) in the order in which they were run.
    seeds_per_look, looks, alpha
        Must be fixed before the first score is seen; what does not fill a look is left aside.
    permutations
        Drawn for each look; the same for the same ``seed``, so that a later call with more seeds
        goes on from an earlier one.
    """
    _check(seeds_per_look, looks, alpha, permutations)
    pairs = list(combinations(sorted(scores), 2))
    if not pairs:
        raise _core.InputError("a comparison needs two algorithms or more")
    level = alpha / len(pairs)
    fewest = int(np.ceil(looks / level))
    if permutations + 1 < fewest:
        raise _core.InputError(
            f"permutations is {permutations}; {fewest} are needed for an error of "
            f"{level / looks:g} a look"
        )
    return [
        _compare(a, b, scores[a], scores[b], seeds_per_look, looks, level, permutations, seed)
        for a, b in pairs
    ]


def _check(seeds_per_look: int, looks: int, alpha: float, permutations: int) -> None:
    if seeds_per_look < 2:
        raise _core.InputError(f"seeds_per_look is {seeds_per_look}; at least 2 are needed")
    if looks < 1:
        raise _core.InputError(f"looks is {looks}; at least 1 is needed")
    if not 0 < alpha < 1:
        raise _core.InputError(f"alpha is {alpha}; a number in (0, 1) is needed")
    if permutations < 1:
        raise _core.InputError(f"permutations is {permutations}; at least 1 is needed")


def _compare(
    first: str,
    second: str,
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
    seeds_per_look: int,
    looks: int,
    level: float,
    permutations: int,
    seed: int,
) -> Comparison:
    if set(ours) != set(theirs):
        raise _core.InputError(f"{first} and {second} were not run on the same tasks")
    tasks = sorted(ours)
    seeds = min(len(scores[task]) for scores in (ours, theirs) for task in tasks)
    sums = np.zeros(permutations + 1)  # [0] is the data as it is
    alive = np.ones(permutations + 1, bool)  # not rejected at an earlier look
    rejected = 0
    difference = 0.0
    for look in range(min(seeds // seeds_per_look, looks)):
        part = slice(look * seeds_per_look, (look + 1) * seeds_per_look)
        for number, task in enumerate(tasks):
            rng = np.random.default_rng([seed, look, number])
            pooled = np.concatenate([ours[task][part], theirs[task][part]])
            sums += _swapped(pooled, rng, permutations)
        statistic = np.abs(sums)
        used = (look + 1) * seeds_per_look
        difference = float(sums[0]) / (used * len(tasks))
        # As many of the swapped as may be rejected until now, the largest first, none of equals.
        spent = (look + 1) * level / looks
        allowed = int(np.floor(spent * (permutations + 1) + 1e-9)) - rejected
        left = np.sort(statistic[alive])[::-1]
        boundary = left[allowed] if allowed < left.size else -np.inf
        # Sums that differ by rounding alone are equal.
        beyond = alive & (statistic > boundary * (1 + 1e-12) + 1e-300)
        if beyond[0]:
            decision = LARGER if sums[0] > 0 else SMALLER
            return Comparison(first, second, decision, look + 1, difference, used, 0)
        rejected += int(beyond.sum())
        alive &= ~beyond
        if look + 1 == looks:
            return Comparison(first, second, EQUAL, looks, difference, used, 0)
    looked = seeds // seeds_per_look
    return Comparison(
        first,
        second,
        UNDECIDED,
        looked,
        difference,
        looked * seeds_per_look,
        (looked + 1) * seeds_per_look - seeds,
    )


def _swapped(pooled: Array, rng: np.random.Generator, permutations: int) -> Array:
    """First half minus second of each permutation; the first is the identity."""
    half = pooled.size // 2
    signs = np.where(np.arange(pooled.size) < half, 1.0, -1.0)
    orders = np.argsort(rng.random((permutations, pooled.size)), axis=1)
    return np.concatenate([[pooled @ signs], pooled[orders] @ signs])
