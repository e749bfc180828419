"""An episode that is being recorded while a person plays it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, datasets
from flyball.specs import EnvSpec


class Recording:
    """The actions of one episode since its start, and the dataset they become.

    Parameters
    ----------
    seed
        Of the dataset; its episode starts from :attr:`episode_seed`.
    """

    def __init__(self, spec: EnvSpec, options: dict[str, Any], seed: int) -> None:
        self.spec, self.options, self.seed = spec, dict(options), seed
        self.episode_seed = _core.spawn_seeds(seed, 1)[0]
        self.actions: list[NDArray[np.float64]] = []

    def save(self, parent: Path, *, ended: bool) -> Path | None:
        """Write the dataset into a folder of its own in ``parent``; None without a step.

        An episode that has not ended by itself is cut: its length becomes its time limit.
        """
        if not self.actions:
            return None
        limit = self.spec.max_episode_steps
        folder = self._free_folder(parent)
        datasets.record(
            self.spec.id,
            folder,
            self.actions,
            seed=self.seed,
            options=self.options,
            max_episode_steps=limit if ended and limit > 0 else len(self.actions),
        )
        return folder

    def _free_folder(self, parent: Path) -> Path:
        name = f"{self.spec.id}-seed{self.seed}"
        folder, number = parent / name, 1
        while folder.exists():
            number += 1
            folder = parent / f"{name}-{number}"
        return folder
