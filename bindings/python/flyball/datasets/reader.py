"""Reading a dataset's folder: numpy arrays by episode."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.specs import Action, Field

EPISODE_INDEX = "episode_index"  # among the reset options of environments that drift
Arrays = NDArray[Any] | dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Episode:
    """One episode of n steps. What is there before a step has n + 1 rows, the rest n."""

    index: int  # in the plan; where episodes were selected, not the place in the dataset
    seed: int  # reset(seed=seed) gives the start
    hash: str  # of the content
    observations: Arrays  # (n + 1, ...), or a dict of such
    actions: NDArray[Any]  # (n, ...) as the plant took them
    rewards: NDArray[np.float64]
    terminations: NDArray[np.bool_]
    truncations: NDArray[np.bool_]
    end_reasons: NDArray[np.uint8]  # 0 goes on, 1 terminated, 2 time limit, 3 cut by the task, ...
    infos: dict[str, NDArray[Any]]  # (n + 1, ...), the first row from reset
    policy_ids: NDArray[np.int64]  # which of the plan's policies acted
    log_probabilities: NDArray[np.float64]  # of the commanded actions; NaN: none
    commanded_actions: NDArray[Any]  # (n, ...) before they were clipped to the bounds
    state_steps: list[int]  # the steps before which `states` were taken; the last is n
    states: list[bytes]  # full states; Env.restore takes them
    columns: dict[str, NDArray[Any]]  # everything by its name in the file

    def __len__(self) -> int:
        return len(self.rewards)

    @property
    def visible_actions(self) -> NDArray[np.float64]:
        """Actions for learners: NaN where a wrapper of type ``mask`` hides them."""
        actions = self.actions.astype(np.float64)
        hidden = self.infos.get("action_masked")
        if hidden is not None:
            actions[hidden[1:]] = np.nan
        return actions


class Dataset:
    """What a folder holds: ``dataset[i]`` is an :class:`Episode`."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._native = _core.Dataset(os.fspath(folder))
        self._shard_number = -1
        self._shard: list[dict[str, Any]] = []
        schema = self._native.schema
        fields = {column["name"]: column["field"] for column in schema["columns"]}
        self.plan: dict[str, Any] = self._native.plan
        self.plan_hash: str = self._native.plan_hash
        self._selection = self._native.selection
        # How it differs from what the plan's policies do (relabelled), and what was done to it.
        self.origin: dict[str, Any] = self._native.origin
        self.history: list[dict[str, Any]] = self._native.history
        # The name of each policy of the plan: of Episode.policy_ids.
        self.policies: tuple[str, ...] = tuple(e["policy"] for e in self.plan["policies"])
        # Every column's field by its name in the file, and which have n + 1 rows and which n.
        self.columns = {name: Field.from_dict(data) for name, data in fields.items()}
        rows = {column["name"]: column["rows"] for column in schema["columns"]}
        self.state_columns = tuple(name for name in fields if rows[name] == "states")
        self.step_columns = tuple(name for name in fields if rows[name] == "steps")
        self.observation = self._fields_of(fields, "observation/")
        self.info = self._fields_of(fields, "info/")
        self.action = Action(
            schema["action"]["kind"],
            Field.from_dict(fields["action"]),
            tuple(schema["action"]["choices"]),
            schema["action"]["clip"],
        )

    @staticmethod
    def _fields_of(fields: dict[str, Any], prefix: str) -> tuple[Field, ...]:
        return tuple(Field.from_dict(f) for name, f in fields.items() if name.startswith(prefix))

    @property
    def is_complete(self) -> bool:
        """Whether every episode of the plan has been generated."""
        return self._native.complete

    @property
    def content_hash(self) -> str:
        """Hash of all episodes in order, whatever the workers and shards they came from."""
        content_hash: str = self._native.totals()["content_hash"]
        return content_hash

    @property
    def num_steps(self) -> int:
        """Steps of all episodes together."""
        return int(self._native.totals()["steps"])

    def start_options(self, episode: Episode, reset: Sequence[Field]) -> dict[str, Any]:
        """What starts an episode besides its seed: ``reset(options=)``.

        Relabelling may have forced values; environments that change from one episode to the next,
        whose fields of reset are ``reset``, are told which it is.
        """
        options = dict(self.origin.get("reset") or {})
        if any(field.name == EPISODE_INDEX for field in reset):
            options[EPISODE_INDEX] = episode.index
        return options

    def __len__(self) -> int:
        return self._native.num_episodes

    def index_of(self, place: int) -> int:
        """The plan's index of the place-th episode: the same unless episodes were selected."""
        return self._selection[place] if self._selection else place

    def __getitem__(self, index: int) -> Episode:
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"episode {index} of {len(self)}")
        number, place = divmod(index, self._native.episodes_per_shard)
        if number != self._shard_number:
            self._shard = self._native.read_shard(number)
            self._shard_number = number
        return self.episode(self._shard[place])

    def __iter__(self) -> Iterator[Episode]:
        return (self[index] for index in range(len(self)))

    def episode(self, data: dict[str, Any]) -> Episode:
        """Make an episode of what the core reads."""
        columns = data["columns"]
        observations: Arrays = {f.name: columns[f"observation/{f.name}"] for f in self.observation}
        if len(self.observation) == 1:
            observations = columns[f"observation/{self.observation[0].name}"]
        return Episode(
            index=data["index"],
            seed=data["seed"],
            hash=data["hash"],
            observations=observations,
            actions=columns["action"],
            rewards=columns["reward"],
            terminations=columns["terminated"],
            truncations=columns["truncated"],
            end_reasons=columns["end_reason"],
            policy_ids=columns["policy_id"],
            log_probabilities=columns["log_probability"],
            commanded_actions=columns.get("commanded_action", columns["action"]),
            infos={f.name: columns[f"info/{f.name}"] for f in self.info},
            state_steps=data["state_steps"],
            states=data["states"],
            columns=columns,
        )


def open(folder: str | os.PathLike[str]) -> Dataset:
    """Open a dataset for reading."""
    return Dataset(folder)
