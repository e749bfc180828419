"""Whether a dataset is what its plan says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flyball import _core, checks
from flyball.datasets.generation import load_function
from flyball.datasets.operations import rewards_of
from flyball.datasets.reader import Dataset


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where."""

    episode: int  # -1: of the whole folder
    step: int  # -1: of the whole episode or file
    text: str


@dataclass(frozen=True)
class Report:
    """What verification found."""

    episodes: int
    steps: int
    content_hash: str  # empty if there are problems
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    folder: str | os.PathLike[str],
    *,
    replay: bool = False,
    tolerance: float = 0.0,
    workers: int = 1,
    rows: int = 0,
    progress: Callable[[int, int, int], None] | None = None,
) -> Report:
    """Check hashes, seeds, shapes, numbers and flags; with ``replay``, every bit by stepping again.

    With a ``tolerance``, for data of another build or machine, numbers a and b of file and replay
    may differ by tolerance * max(1, abs(a), abs(b)), and each stored state is gone on from.

    Raises DataError where there is no dataset to check.
    """
    found = _core.verify_dataset(
        os.fspath(folder),
        replay,
        tolerance,
        checks.integer("workers", workers),
        checks.integer("rows", rows),
        progress,
    )
    problems = tuple(Problem(*problem) for problem in found["problems"])
    dataset = Dataset(folder)
    if replay and not problems and dataset.origin.get("reward"):
        problems = _check_rewards(dataset, dataset.origin["reward"], tolerance)
    content_hash = "" if problems else found["content_hash"]
    return Report(found["episodes"], found["steps"], content_hash, problems)


def _check_rewards(dataset: Dataset, name: str, tolerance: float) -> tuple[Problem, ...]:
    """Call the function that gave the rewards again."""
    function = load_function(name, "reward")
    problems = []
    for episode in dataset:
        again = rewards_of(function, name, episode)
        room = tolerance * np.maximum(1.0, np.maximum(abs(again), abs(episode.rewards)))
        wrong = np.flatnonzero(~(abs(again - episode.rewards) <= room))
        if len(wrong):
            step = int(wrong[0])
            text = (
                f"episode {episode.index}, step {step}: reward is {episode.rewards[step]} in the "
                f"file and {again[step]} by '{name}'"
            )
            problems.append(Problem(episode.index, step, text))
    return tuple(problems)
