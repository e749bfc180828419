"""Runs: what an algorithm scored on a task with a seed, as it learned; one Parquet file each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core

Scores = dict[str, NDArray[np.float64]]  # by task: (seeds,) in the order of the seeds


@dataclass(frozen=True)
class Run:
    """One run: the scores of its evaluations, some episodes each."""

    algorithm: str
    task: str
    seed: int
    steps: NDArray[np.int64]  # (evaluations,) ascending: environment steps before each
    scores: NDArray[np.float64]  # (evaluations,) mean over its episodes
    settings: dict[str, Any]  # whatever the run was given, versions too


def record(
    path: str | os.PathLike[str],
    *,
    algorithm: str,
    task: str,
    seed: int,
    scores: Mapping[int, Sequence[float] | float],
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Write a run; return its path.

    Parameters
    ----------
    path
        A file ``*.parquet``, or a folder, in which the file gets a name of its own.
    scores
        By environment step: the scores (returns, or normalised ones) of the episodes that were
        played then. All of them are kept.
    settings
        Stored beside: hyperparameters, versions. It must be JSON.
    """
    pa, parquet = _import_pyarrow()
    rows = [
        (int(step), episode, float(score))
        for step, episodes in sorted(scores.items())
        for episode, score in enumerate(np.atleast_1d(np.asarray(episodes, np.float64)))
    ]
    if not rows:
        raise _core.InputError(f"run of {algorithm} on {task}, seed {seed}: no scores are given")
    bad = [row for row in rows if not np.isfinite(row[2])]
    if bad:
        raise _core.InputError(
            f"run of {algorithm} on {task}, seed {seed}: score {bad[0][2]} at step {bad[0][0]}; "
            "finite numbers are needed"
        )
    table = pa.table(
        {
            "algorithm": pa.array([algorithm] * len(rows)).dictionary_encode(),
            "task": pa.array([task] * len(rows)).dictionary_encode(),
            "seed": pa.array([int(seed)] * len(rows), pa.int64()),
            "step": pa.array([row[0] for row in rows], pa.int64()),
            "episode": pa.array([row[1] for row in rows], pa.int64()),
            "score": pa.array([row[2] for row in rows], pa.float64()),
        }
    )
    held = json.dumps({"settings": dict(settings or {})}, sort_keys=True)
    target = Path(path)
    if target.suffix != ".parquet":
        target = target / f"{algorithm}--{task}--{seed}.parquet".replace("/", "_")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".parquet.tmp")
    try:
        parquet.write_table(table.replace_schema_metadata({"flyball": held}), temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


class Runs:
    """All runs that were loaded."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = sorted(runs, key=lambda run: (run.algorithm, run.task, run.seed))
        seen: set[tuple[str, str, int]] = set()
        for run in self.runs:
            key = (run.algorithm, run.task, run.seed)
            if key in seen:
                raise _core.DataError(
                    f"two runs of {run.algorithm} on {run.task} have the seed {run.seed}"
                )
            seen.add(key)

    @property
    def algorithms(self) -> list[str]:
        return sorted({run.algorithm for run in self.runs})

    @property
    def tasks(self) -> list[str]:
        return sorted({run.task for run in self.runs})

    def of(self, algorithm: str) -> list[Run]:
        """Runs of one algorithm."""
        if algorithm not in self.algorithms:
            raise _core.InputError(
                _core.unknown_name("algorithm", algorithm, self.algorithms or ["(none)"])
            )
        return [run for run in self.runs if run.algorithm == algorithm]

    def scores(self, algorithm: str, step: int | None = None) -> Scores:
        """Scores by task, seeds in order: at the last evaluation, or the last until ``step``."""
        found: dict[str, list[float]] = {}
        for run in self.of(algorithm):
            until = len(run.steps) if step is None else int((run.steps <= step).sum())
            if until == 0:
                raise _core.DataError(
                    f"{run.algorithm} on {run.task}, seed {run.seed}: nothing was scored until "
                    f"step {step}; the first is {run.steps[0]}"
                )
            found.setdefault(run.task, []).append(float(run.scores[until - 1]))
        missing = sorted(set(self.tasks) - set(found))
        if missing:
            raise _core.DataError(f"{algorithm} has no runs on {', '.join(missing)}")
        return {task: np.array(found[task]) for task in self.tasks}


def load(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> Runs:
    """Read runs from files and folders (with all that lies below them)."""
    _, parquet = _import_pyarrow()
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files: list[Path] = []
    for path in map(Path, given):
        if path.is_dir():
            files += sorted(path.rglob("*.parquet"))
        elif path.exists():
            files.append(path)
        else:
            raise _core.DataError(f"there is no '{path}'")
    if not files:
        raise _core.DataError(f"no runs (*.parquet) in {', '.join(map(str, given))}")
    return Runs(run for file in files for run in _read(parquet, file))


def _read(parquet: Any, file: Path) -> list[Run]:
    try:
        table = parquet.read_table(file)
        columns = {
            name: table[name].to_numpy() for name in ("algorithm", "task", "seed", "step", "score")
        }
    except (OSError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise _core.DataError(f"'{file}' holds no run: {reason}") from error
    held = json.loads((table.schema.metadata or {}).get(b"flyball", b"{}"))
    keys = list(zip(columns["algorithm"], columns["task"], columns["seed"].tolist(), strict=True))
    runs = []
    for key in dict.fromkeys(keys):
        rows = np.array([other == key for other in keys])
        steps = np.unique(columns["step"][rows])
        scores = columns["score"][rows].astype(np.float64)
        of_step = columns["step"][rows]
        runs.append(
            Run(
                str(key[0]),
                str(key[1]),
                int(key[2]),
                steps.astype(np.int64),
                np.array([scores[of_step == step].mean() for step in steps]),
                held.get("settings", {}),
            )
        )
    return runs


def _import_pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise _core.DataError(
            "runs are stored as Parquet, which needs pyarrow: pip install 'flyball[datasets]'"
        ) from error
    return pyarrow, pyarrow.parquet
