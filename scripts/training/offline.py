"""Learning from datasets with d3rlpy: behaviour cloning and implicit Q-learning."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flyball import datasets
from numpy.typing import NDArray

from training.recipes import Recipe
from training.scoring import Curve, Policy

Array = NDArray[np.float32]
PLANS = Path(__file__).with_name("plans")


@dataclass(frozen=True)
class Transitions:
    """Every step of a dataset; observations of several fields lie side by side."""

    observations: Array  # (n, numbers)
    actions: Array
    rewards: Array  # (n, 1)
    next_observations: Array
    next_actions: Array  # zeros after an episode's last
    terminals: Array  # (n, 1): nothing follows; not where the time was up

    def __len__(self) -> int:
        return len(self.rewards)


def flat(observation: Any) -> Array:
    """Observations of a batch as (rows, numbers), field by field."""
    fields = observation.values() if isinstance(observation, dict) else [observation]
    return np.concatenate([np.asarray(f, np.float32).reshape(len(f), -1) for f in fields], axis=1)


def dataset_of(plan: str, folder: Path) -> Path:
    """The dataset of one of the plans, generated in a folder of its name at the first call."""
    (loaded,) = datasets.load_plans(PLANS / f"{plan}.yaml")
    loaded.generate(folder / plan, workers=1)
    return folder / plan


def load(folder: Path) -> Transitions:
    """A dataset's steps. The actions are those that were commanded, within their bounds."""
    columns: list[list[Any]] = [[] for _ in range(6)]
    for episode in datasets.open(folder):
        seen = flat(episode.observations)
        actions = np.asarray(episode.actions, np.float32).reshape(len(episode), -1)
        following = np.concatenate([actions[1:], np.zeros_like(actions[:1])])
        values = (
            seen[:-1],
            actions,
            np.asarray(episode.rewards, np.float32)[:, None],
            seen[1:],
            following,
            np.asarray(episode.terminations, np.float32)[:, None],
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return Transitions(*(np.concatenate(column) for column in columns))


def train(recipe: Recipe, seed: int, curve: Curve, data: Transitions) -> Policy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import d3rlpy
    d3rlpy.seed(seed)
    scalers = d3rlpy.preprocessing
    mean, std = data.observations.mean(axis=0), data.observations.std(axis=0) + 1e-3
    shared: dict[str, Any] = {
        "observation_scaler": scalers.StandardObservationScaler(mean=mean, std=std)
    }
    if recipe.method != "BC":
        scale = 1.0 / float(data.rewards.std() + 1e-9)
        shared["reward_scaler"] = scalers.MultiplyRewardScaler(scale)
        networks = ["actor", "critic"] + (["value"] if recipe.method == "IQL" else [])
    else:
        networks = [""]
    small = d3rlpy.models.VectorEncoderFactory([64, 64])
    shared |= {f"{name}_encoder_factory".lstrip("_"): small for name in networks}
    settings = {**recipe.settings, **shared}
    for name in networks:
        rate = settings.get(f"{name}_learning_rate")
        if isinstance(rate, list):
            schedule = d3rlpy.optimizers.CosineAnnealingLRFactory(T_max=recipe.steps)
            settings[f"{name}_learning_rate"] = rate[0]
            settings[f"{name}_optim_factory"] = d3rlpy.optimizers.AdamFactory(
                lr_scheduler_factory=schedule
            )
    config = getattr(d3rlpy.algos, f"{recipe.method}Config")(**settings)
    algorithm = config.create(device=False)
    algorithm.create_impl(data.observations.shape[1:], data.actions.shape[1])

    def act(observation: Any) -> Array:
        return np.clip(algorithm.predict(flat(observation)), -1.0, 1.0)

    batches = _batches(data, recipe.settings["batch_size"], seed)
    for step in range(1, recipe.steps + 1):
        algorithm.update(next(batches))
        if curve.due(step):
            curve.add(step, Policy(act))
    return Policy(act)


def _batches(data: Transitions, size: int, seed: int) -> Iterator[Any]:
    """Batches drawn with equal chances, without d3rlpy's walk through objects for each row."""
    from d3rlpy.dataset import TransitionMiniBatch

    rng = np.random.default_rng(seed)
    intervals = np.ones((size, 1), np.float32)
    while True:
        rows = rng.integers(len(data), size=size)
        yield TransitionMiniBatch(
            data.observations[rows],
            data.actions[rows],
            data.rewards[rows],
            data.next_observations[rows],
            data.next_actions[rows],
            data.terminals[rows],
            intervals,
            [],
        )
