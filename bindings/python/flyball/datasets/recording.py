"""Datasets of episodes whose actions are known: what a person did in ``flyball play``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core

#: The policy's name in the plan of such a dataset.
HUMAN = "human"


def record(
    env_id: str,
    folder: str | os.PathLike[str],
    episodes: Sequence[Any],
    *,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    max_episode_steps: int = -1,
    state_every: int = 100,
    overwrite: bool = False,
) -> str:
    """Write a dataset by taking known actions again; return its content hash.

    Parameters
    ----------
    episodes
        For each episode its actions (steps, ...), as ``step`` takes them. It must end with the last
        of them, by itself or by ``max_episode_steps``.
    seed
        Of the dataset: episode i was reset with ``flyball.spawn_seeds(seed, i + 1)[i]``.
    overwrite
        Put it in the place of what ``folder`` holds, once it is whole.
    """
    target = Path(folder)
    if target.exists() and not overwrite:
        raise _core.DataError(f"{target}: there is something already")
    plan = {
        "id": env_id,
        "options": dict(options or {}),
        "policy": HUMAN,
        "episodes": len(episodes),
        "seed": int(seed),
        "state_every": int(state_every),
        "max_episode_steps": int(max_episode_steps),
    }
    # Beside its place until it is known to be right.
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        factory, steps = _player(episodes, seed)
        totals = _core.generate_dataset(os.fspath(partial), plan, 1, 1, 0, 1, (0, 1), factory, None)
        if totals["steps"] != steps:
            raise _core.InputError(
                f"record: the episodes ended after {totals['steps']} of their {steps} actions; "
                "these were not taken from this seed under these options"
            )
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    content_hash: str = totals["content_hash"]
    return content_hash


def _player(episodes: Sequence[Any], seed: int) -> tuple[Callable[..., Any], int]:
    """What the core makes a policy with that takes the actions again, and how many steps they are.

    The policy knows its episode by its seed.
    """
    taken: list[NDArray[np.float64]] = []
    for number, actions in enumerate(episodes):
        array = np.asarray(actions, np.float64)
        if array.ndim == 0 or len(array) == 0:
            raise _core.InputError(f"record: episode {number} has no actions; one is needed")
        taken.append(array.reshape(len(array), -1))
    index = {seed: i for i, seed in enumerate(_core.spawn_seeds(seed, len(taken)))}

    def act(
        observations: Any, steps: NDArray[np.int64], seeds: NDArray[np.uint64], active: Any
    ) -> tuple[NDArray[np.float64], None]:
        step, episode = int(steps[0]), index[int(seeds[0])]
        if step >= len(taken[episode]):
            raise _core.InputError(
                f"record: episode {episode} goes on after its {len(taken[episode])} actions; set "
                "max_episode_steps to cut it there"
            )
        return taken[episode][step : step + 1], None

    return lambda entry, spec, num_rows: act, sum(map(len, taken))
