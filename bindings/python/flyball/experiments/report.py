"""``flyball compare``: tables and plots of stored runs, and whether more seeds are needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import permutations as ordered_pairs
from pathlib import Path

import numpy as np

from flyball import _core
from flyball.experiments import svg
from flyball.experiments.runs import Runs, Scores, load
from flyball.experiments.sequential import Comparison, sequential_test
from flyball.experiments.statistics import (
    Interval,
    bootstrap_interval,
    interquartile_mean,
    probability_of_improvement,
    profile_band,
)

# (task, returns) -> scores that can be averaged over tasks.
Normalize = Callable[[str, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Report:
    """What was found; ``text`` is the same as tables."""

    tasks: list[str]
    seeds: dict[str, int]  # by algorithm: the fewest on a task
    interquartile_means: dict[str, Interval]
    means: dict[str, Interval]
    improvements: dict[tuple[str, str], Interval]  # of the first over the second
    comparisons: list[Comparison]
    files: list[Path]

    @property
    def more_seeds(self) -> int:
        """How many more each algorithm needs on each task; 0: every pair is decided."""
        return max((c.more_seeds for c in self.comparisons), default=0)

    @property
    def text(self) -> str:
        rows: list[tuple[str, ...]] = [("algorithm", "seeds", "interquartile mean", "mean")]
        for name in sorted(self.seeds, key=lambda n: -self.interquartile_means[n].value):
            aggregates = (self.interquartile_means[name], self.means[name])
            rows.append((name, str(self.seeds[name]), *map(_interval_text, aggregates)))
        lines = [f"tasks: {', '.join(self.tasks)}", "", *_table(rows)]
        if self.improvements:
            rows = [("probability of improvement", "")]
            rows += [
                (f"{a} over {b}", _interval_text(p)) for (a, b), p in self.improvements.items()
            ]
            lines += ["", *_table(rows)]
        lines += ["", *map(str, self.comparisons)] if self.comparisons else []
        return "\n".join(lines)


def compare(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Runs,
    *,
    step: int | None = None,
    normalize: Normalize | None = None,
    seeds_per_look: int = 5,
    looks: int = 5,
    alpha: float = 0.05,
    confidence: float = 0.95,
    repetitions: int = 2000,
    out: str | os.PathLike[str] | None = None,
) -> Report:
    """Aggregate and compare stored runs.

    Parameters
    ----------
    paths
        Files or folders of runs, as :func:`record` writes them, or runs that are loaded.
    step
        Scores are those of the last evaluation until this environment step; None: the last.
    normalize
        Makes scores of returns, so that tasks can be averaged; None: stored scores as they are.
    seeds_per_look, looks, alpha
        Of :func:`sequential_test`.
    confidence, repetitions
        Of the bootstrap's intervals.
    out
        A folder for plots (SVG): aggregates, performance profiles, curves of each task.
    """
    runs = paths if isinstance(paths, Runs) else load(paths)
    scores = {name: _normalized(runs.scores(name, step), normalize) for name in runs.algorithms}
    settings = {"confidence": confidence, "repetitions": repetitions}

    def mean_of_tasks(given: Scores) -> float:
        return float(np.mean([part.mean() for part in given.values()]))

    def interval(name: str, statistic: Callable[..., float] | None) -> Interval:
        return bootstrap_interval(scores[name], statistic, **settings)  # type: ignore[arg-type]

    several = len(scores) > 1
    improvements = {
        (a, b): bootstrap_interval(
            [scores[a], scores[b]],
            probability_of_improvement,
            **settings,  # type: ignore[arg-type]
        )
        for a, b in ordered_pairs(scores, 2)
        if mean_of_tasks(scores[a]) >= mean_of_tasks(scores[b]) and (a != b)
    }
    comparisons = (
        sequential_test(scores, seeds_per_look=seeds_per_look, looks=looks, alpha=alpha)
        if several
        else []
    )
    found = Report(
        tasks=runs.tasks,
        seeds={name: min(map(len, given.values())) for name, given in scores.items()},
        interquartile_means={name: interval(name, None) for name in scores},
        means={name: interval(name, mean_of_tasks) for name in scores},
        improvements=improvements,
        comparisons=comparisons,
        files=[],
    )
    if out is not None:
        found.files.extend(_draw(Path(out), runs, scores, found, normalize, confidence))
    return found


def _normalized(scores: Scores, normalize: Normalize | None) -> Scores:
    if normalize is None:
        return scores
    return {task: np.asarray(normalize(task, part), np.float64) for task, part in scores.items()}


def _draw(
    folder: Path,
    runs: Runs,
    scores: dict[str, Scores],
    found: Report,
    normalize: Normalize | None,
    confidence: float,
) -> list[Path]:
    pictures = {
        "interquartile_means": svg.intervals(
            f"Interquartile mean, {confidence:.0%} intervals",
            "score",
            list(found.interquartile_means.items()),
        )
    }
    every = np.concatenate([part for given in scores.values() for part in given.values()])
    thresholds = np.linspace(every.min(), every.max(), 101)
    lines = []
    for name, given in scores.items():
        profile, low, high = profile_band(given, thresholds, confidence=confidence)
        lines.append(svg.Line(name, thresholds, profile, low, high))
    pictures["profiles"] = svg.lines(
        "Performance profiles", "score", "share of runs above it", lines
    )
    for task in runs.tasks:
        lines = [_curve(runs, name, task, normalize, confidence) for name in scores]
        pictures[f"curve-{task}".replace("/", "_")] = svg.lines(
            f"{task}, interquartile mean of seeds", "step", "score", lines
        )
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in pictures.items():
        files.append(folder / f"{name}.svg")
        files[-1].write_text(text)
    return files


def _curve(
    runs: Runs, algorithm: str, task: str, normalize: Normalize | None, confidence: float
) -> svg.Line:
    """Over the steps at which every run of it was scored."""
    mine = [run for run in runs.of(algorithm) if run.task == task]
    steps = sorted(set.intersection(*({int(s) for s in run.steps} for run in mine)))
    if not steps:
        raise _core.DataError(f"{algorithm} on {task}: its runs were scored at no common step")
    rows = []
    for step in steps:
        values = np.array([run.scores[run.steps == step][0] for run in mine])
        values = _normalized({task: values}, normalize)[task]
        rows.append(
            bootstrap_interval(
                {task: values},
                lambda s: interquartile_mean(s[task]),
                confidence=confidence,
                repetitions=500,
            )
        )
    value, low, high = np.array(rows).T
    return svg.Line(algorithm, np.array(steps, np.float64), value, low, high)


def _interval_text(interval: Interval) -> str:
    return f"{interval.value:.4g} [{interval.low:.4g}, {interval.high:.4g}]"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
