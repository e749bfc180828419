"""Episodes that are recorded while a person plays them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, datasets
from flyball.specs import EnvSpec


class Recording:
    """A dataset that grows by an episode at a time, and the actions of the one that is played.

    It is whole on the disk after each episode that has ended. Of one that is stopped before its end
    only a first is kept: its length becomes the dataset's time limit.

    Parameters
    ----------
    seed
        Of the dataset.
    parent
        The dataset's folder is ``parent/ID-seedS``, or with a number behind it if that is there.
    """

    def __init__(self, spec: EnvSpec, options: dict[str, Any], seed: int, parent: Path) -> None:
        self.spec, self.options, self.seed = spec, dict(options), seed
        self.actions: list[NDArray[np.float64]] = []
        self.episodes: list[list[NDArray[np.float64]]] = []
        name, number = f"{spec.id}-seed{seed}", 1
        self.folder = parent / name
        while self.folder.exists():
            number += 1
            self.folder = parent / f"{name}-{number}"

    @property
    def episode_seed(self) -> int:
        """What the episode that is played starts from."""
        return _core.spawn_seeds(self.seed, len(self.episodes) + 1)[-1]

    def end(self) -> None:
        """Add the episode that has just ended."""
        episodes = [*self.episodes, self.actions]
        self._write(episodes, -1)
        self.episodes, self.actions = episodes, []

    def stop(self) -> None:
        """Leave the episode that is played; a first one is cut where it is."""
        if self.actions and not self.episodes:
            self._write([self.actions], len(self.actions))
            self.episodes = [self.actions]
        self.actions = []

    def _write(self, episodes: list[Any], limit: int) -> None:
        if limit < 0 and self.spec.max_episode_steps <= 0:
            limit = max(len(actions) for actions in episodes)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        datasets.record(
            self.spec.id,
            self.folder,
            episodes,
            seed=self.seed,
            options=self.options,
            max_episode_steps=limit,
            overwrite=True,
        )
