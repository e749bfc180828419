"""What a dataset holds, in numbers: gathered in one pass, with a sample of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.datasets.exporting import Progress
from flyball.datasets.reader import Dataset

ROWS = 50_000  # of the sample of steps
REASONS = ("goes on", "terminated", "time limit", "cut by the task", "diverged", "engine error")


@dataclass
class Summary:
    """Of each episode, and of a sample of steps that is spread evenly over all of them."""

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    reasons: dict[str, int]  # episodes by the reason of their end
    success: float | None  # share of episodes; None: the environment does not say
    costs: dict[str, NDArray[np.float64]]  # each episode's sum, by name
    policies: list[tuple[str, int, float]]  # name, episodes, mean return
    actions: NDArray[np.float64]  # (rows, numbers) of the sample
    rewards: NDArray[np.float64]
    observations: NDArray[np.float64]  # (rows, numbers), pictures left out
    observation_names: list[str]
    action_names: list[str]

    def covered(self, bins: int = 20) -> NDArray[np.float64]:
        """Share of equal parts of each observed number's range (of the data) that were seen."""
        shares = []
        for column in self.observations.T:
            low, high = column.min(), column.max()
            if low == high:
                shares.append(1.0 / bins)
                continue
            counts, _ = np.histogram(column, bins, (low, high))
            shares.append(float((counts > 0).mean()))
        return np.array(shares)

    def projection(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sample's two main directions (rows, 2), and what share of the variance each holds."""
        spread = self.observations.std(axis=0)
        kept = self.observations[:, spread > 0]
        if not kept.shape[1]:
            return np.zeros((len(kept), 2)), np.zeros(2)
        standard = (kept - kept.mean(axis=0)) / kept.std(axis=0)
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(standard.T)))
        main = vectors[:, ::-1][:, :2]
        if main.shape[1] == 1:
            main = np.concatenate([main, np.zeros_like(main)], axis=1)
        shares = np.append(values[::-1] / values.sum(), 0.0)[:2]
        return standard @ main, shares


def summarise(dataset: Dataset, progress: Progress | None = None) -> Summary:
    """Read a dataset once."""
    stride = max(1, dataset.num_steps // ROWS)
    fields = [f for f in dataset.observation if not (f.dtype == "uint8" and len(f.shape) == 3)]
    costs: dict[str, list[float]] = {
        f.name: [] for f in dataset.info if f.name.startswith("cost") and not f.shape
    }
    has_success = any(f.name == "is_success" and not f.shape for f in dataset.info)
    returns, lengths, successes, reasons, actors = [], [], [], [], []
    actions, rewards, observations = [], [], []
    steps = 0
    for place, episode in enumerate(dataset):
        n = len(episode)
        returns.append(float(episode.rewards.sum()))
        lengths.append(n)
        reasons.append(int(episode.end_reasons[-1]))
        actors.append(int(episode.columns["policy_id"][-1]))
        if has_success:
            successes.append(bool(episode.infos["is_success"].any()))
        for name, sums in costs.items():
            sums.append(float(episode.infos[name][1:].sum()))
        rows = slice(-steps % stride, n, stride)  # every stride-th step of all
        actions.append(episode.actions.reshape(n, -1)[rows].astype(float))
        rewards.append(episode.rewards[rows])
        arrays = [episode.columns[f"observation/{f.name}"][:n].reshape(n, -1) for f in fields]
        observations.append(np.concatenate([a[rows] for a in arrays] or [np.zeros((0, 0))], axis=1))
        steps += n
        if progress:
            progress(place + 1, steps, len(dataset))
    all_returns = np.array(returns)
    played = np.array(actors)
    return Summary(
        returns=all_returns,
        lengths=np.array(lengths),
        reasons={REASONS[r]: reasons.count(r) for r in sorted(set(reasons))},
        success=float(np.mean(successes)) if has_success else None,
        costs={name: np.array(sums) for name, sums in costs.items()},
        policies=[
            (name, int((played == k).sum()), float(all_returns[played == k].mean()))
            for k, name in enumerate(dataset.policies)
            if (played == k).any()
        ],
        actions=np.concatenate(actions),
        rewards=np.concatenate(rewards),
        observations=np.concatenate(observations).astype(float),
        observation_names=[n for f in fields for n in _names(f)],
        action_names=_names(dataset.action.field),
    )


def mean_interval(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float, float]:
    """The mean and a bootstrap interval of it (percentiles of 2000 resampled means, seeded)."""
    mean = float(values.mean())
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    rng = np.random.default_rng(0)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(2000)]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return mean, float(low), float(high)


def normalised(dataset: Dataset, returns: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Scores x100, 0 = random and 100 = expert, where the environment has reference returns."""
    import flyball

    score = getattr(flyball, "normalized_score", None)
    if score is None:
        return None
    try:
        points = score(dataset.plan["id"], returns, **dataset.plan["options"])
    except _core.Error:  # no references for this environment with these options
        return None
    return 100.0 * np.asarray(points, np.float64)


def _names(f: Any) -> list[str]:
    names = [e.name if e.size == 1 else f"{e.name}[{i}]" for e in f.entries for i in range(e.size)]
    size = max(f.size, 1)
    if len(names) != size:
        names = [f"{name}[{k}]" for k in range(size // max(len(names), 1)) for name in names]
    return [f"{f.name}.{name}" if name != f.name else name for name in names]
