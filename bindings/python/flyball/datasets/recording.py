"""Datasets of episodes whose actions are known: what a person did in ``flyball play``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core

#: The policy's name in the plan of such a dataset.
HUMAN = "human"


def record(
    env_id: str,
    folder: str | os.PathLike[str],
    actions: Any,
    *,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    max_episode_steps: int = -1,
    state_every: int = 100,
) -> str:
    """Write a dataset of one episode by taking its actions again; return its content hash.

    Parameters
    ----------
    actions
        (steps, ...) as ``step`` takes them. The episode must end with the last of them, by itself
        or by ``max_episode_steps``.
    seed
        Of the dataset: the episode was reset with ``flyball.spawn_seeds(seed, 1)[0]``.
    """
    taken: NDArray[np.float64] = np.asarray(actions, np.float64)
    if taken.ndim == 0 or len(taken) == 0:
        raise _core.InputError("record: there are no actions; at least one step is needed")
    taken = taken.reshape(len(taken), -1)

    def factory(entry: Any, spec: Any, num_rows: int) -> Callable[..., tuple[Any, None]]:
        def act(
            observations: Any, steps: NDArray[np.int64], seeds: Any, active: Any
        ) -> tuple[Any, None]:
            step = int(steps[0])
            if step >= len(taken):
                raise _core.InputError(
                    f"record: the episode goes on after its {len(taken)} actions; set "
                    "max_episode_steps to cut it there"
                )
            return taken[step : step + 1], None

        return act

    plan = {
        "id": env_id,
        "options": dict(options or {}),
        "policy": HUMAN,
        "policy_options": {},
        "episodes": 1,
        "seed": int(seed),
        "state_every": int(state_every),
        "max_episode_steps": int(max_episode_steps),
    }
    totals = _core.generate_dataset(os.fspath(folder), plan, 1, 1, 1, factory, None)
    if totals["steps"] != len(taken):
        raise _core.DataError(
            f"{folder}: the episode ended after {totals['steps']} of its {len(taken)} actions: "
            "they were not taken from this seed and these options"
        )
    content_hash: str = totals["content_hash"]
    return content_hash
