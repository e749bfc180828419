"""Scores of policies on seeds that no training has seen, and runs kept as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import flyball
import numpy as np
from flyball import experiments
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

# Observations of a batch (an array, or a dict of such) to actions.
Act = Callable[[Any], NDArray[Any]]


@dataclass(frozen=True)
class Policy:
    """What was learned so far, and how to write it as a network that flyball.policy reads."""

    act: Act
    export: Callable[[Path], Any] | None = None


FIRST_SEED = 1_000_000  # evaluation episode i has this seed plus i; trainings stay below
EPISODES = 100  # of the last evaluation
EPISODES_BETWEEN = 20  # of those on the way
PACKAGES = ("torch", "numpy", "gymnasium", "stable-baselines3", "d3rlpy")


def episodes(env_id: str, act: Act, num: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Undiscounted return and success of `num` episodes, one in each row."""
    envs = flyball.VectorEnv(env_id, num, autoreset_mode=AutoresetMode.NEXT_STEP)
    observation, _ = envs.reset(seed=FIRST_SEED)
    returns, success = np.zeros(num), np.zeros(num, bool)
    running = np.ones(num, bool)
    while running.any():
        observation, reward, terminated, truncated, info = envs.step(act(observation))
        returns += np.where(running, reward, 0.0)
        if "is_success" in info:
            success |= running & info["is_success"].astype(bool)
        running &= ~(terminated | truncated)
    return returns, success


def scores(env_id: str, act: Act, num: int = EPISODES, by: str = "return") -> NDArray[np.float64]:
    """A score an episode: 0 random, 1 the expert of docs/scores.md; by "success": 1 or 0."""
    returns, success = episodes(env_id, act, num)
    if by == "success":
        return success.astype(np.float64)
    return np.asarray(flyball.normalized_score(env_id, returns), np.float64)


@dataclass
class Curve:
    """Scores by step of one run, in the making."""

    env_id: str
    steps: int  # of the whole run
    by: str = "return"
    checkpoints: Path | None = None  # a folder: networks at each evaluation go there
    evaluations: int = 10
    points: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def due(self, step: int) -> bool:
        """Whether an evaluation comes before the run goes on; the last comes after it."""
        every = max(1, self.steps // self.evaluations)
        return step // every > max(self.points, default=0) // every and step < self.steps

    def add(self, step: int, policy: Policy, num: int = EPISODES_BETWEEN) -> float:
        """Evaluate; return the mean score."""
        self.points[step] = scores(self.env_id, policy.act, num, self.by)
        if self.checkpoints is not None and policy.export is not None:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            policy.export(self.checkpoints / f"{step:08d}.onnx")
        return float(self.points[step].mean())

    def store(self, folder: Path, name: str, seed: int, settings: dict[str, Any]) -> Path:
        """Write the run, with its settings and the versions of what trained it."""
        versions = {package: _version(package) for package in PACKAGES}
        return experiments.record(
            folder,
            algorithm=name,
            task=self.env_id,
            seed=seed,
            scores={step: list(values) for step, values in self.points.items()},
            settings={**settings, "versions": {k: v for k, v in versions.items() if v}},
        )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
