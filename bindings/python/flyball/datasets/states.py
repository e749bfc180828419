"""Physical states of recorded episodes, step by step, by playing them again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.datasets.reader import Dataset, Episode
from flyball.environment import Env


class StatePlayer:
    """Plays episodes of one dataset again and reads the plant's state before every step.

    A dataset stores full states, which are bytes to restore from, every so many steps. The named
    physical state (``Env.state``) in between is what the same environment shows when it starts from
    the same seed and takes the same actions; that it does is checked by the observations.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._env = Env(dataset.plan["id"], **dataset.plan["options"])
        self.fields = tuple(f for f in self._env.flyball_spec.state)

    def close(self) -> None:
        self._env.close()

    def play(self, episode: Episode) -> dict[str, NDArray[np.float64]]:
        """The state's fields of all n + 1 states, (n + 1, ...) each."""
        recorded = {f.name: episode.columns.get(f"state/{f.name}") for f in self.fields}
        if all(array is not None for array in recorded.values()):  # plans with named_state
            return {name: np.asarray(array, np.float64) for name, array in recorded.items()}
        start = self._dataset.start_options(episode, self._env.flyball_spec.reset)
        observation, _ = self._env.reset(seed=episode.seed, options=start)
        self._compare(episode, 0, observation)
        rows = [self._row()]
        for step in range(len(episode)):
            observation, *_ = self._env.step(episode.actions[step])
            self._compare(episode, step + 1, observation)
            rows.append(self._row())
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _row(self) -> dict[str, NDArray[np.float64]]:
        return {name: np.array(value, np.float64) for name, value in self._env.state.items()}

    def _compare(self, episode: Episode, step: int, observation: Any) -> None:
        for field in self._dataset.observation:
            seen = observation[field.name] if isinstance(observation, dict) else observation
            stored = episode.columns[f"observation/{field.name}"][step]
            if np.asarray(seen, field.dtype).tobytes() != stored.tobytes():
                raise _core.DataError(
                    f"episode {episode.index}, step {step}: this build does not play it again as "
                    "recorded, so its physical states are not known; export without states"
                )
