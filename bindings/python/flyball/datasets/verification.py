"""Whether a dataset is what its plan says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from flyball import _core


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
    workers: int = 1,
    rows: int = 0,
    progress: Callable[[int, int, int], None] | None = None,
) -> Report:
    """Check hashes, seeds, shapes, numbers and flags; with ``replay``, every bit by stepping again.

    Raises DataError where there is no dataset to check.
    """
    found = _core.verify_dataset(os.fspath(folder), replay, workers, rows, progress)
    problems = tuple(Problem(*problem) for problem in found["problems"])
    return Report(found["episodes"], found["steps"], found["content_hash"], problems)
