"""What the exporters share: what a dataset is to them, whole-or-nothing files, and split keys."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.datasets.reader import Dataset, Episode
from flyball.specs import Field

Progress = Callable[[int, int, int], None]
BATCH_BYTES = 16 << 20  # of episodes that are written together, so that a row costs little


@dataclass(frozen=True)
class Export:
    """One export: what is read, where it goes, and how. Exporters are functions of this."""

    dataset: Dataset
    output: Path
    overwrite: bool = False
    # Observation fields to take, in this order; none: the format's choice.
    fields: tuple[str, ...] = ()
    # Filter keys: the places in the dataset of the episodes that belong to each.
    splits: Mapping[str, Sequence[int]] = field(default_factory=dict)
    states: bool = True  # with physical states, played again, where the format has a place
    compression: int = 4  # zlib's level, 0 to 9, where the format compresses with it
    video: bool = False  # pictures as video, where the format may hold it
    progress: Progress | None = None

    def episodes(self, places: Sequence[int] | None = None) -> Iterator[tuple[int, Episode]]:
        """Each episode with its place, one in memory at a time; tells the progress."""
        done = steps = 0
        wanted = range(len(self.dataset)) if places is None else places
        for place in wanted:
            episode = self.dataset[place]
            yield place, episode
            done, steps = done + 1, steps + len(episode)
            if self.progress:
                self.progress(done, steps, len(wanted))

    def batches(self) -> Iterator[list[tuple[int, Episode]]]:
        """The same a few at a time: all that is in memory at once."""
        held: list[tuple[int, Episode]] = []
        size = 0
        for place, episode in self.episodes():
            held.append((place, episode))
            size += sum(array.nbytes for array in episode.columns.values())
            if size >= BATCH_BYTES:
                yield held
                held, size = [], 0
        if held:
            yield held

    def observation_fields(self, leave_out: Sequence[str] = ()) -> tuple[Field, ...]:
        """The fields asked for, or all but those that the format leaves out."""
        by_name = {f.name: f for f in self.dataset.observation}
        for name in self.fields:
            if name not in by_name:
                raise _core.InputError(_core.unknown_name("observation field", name, list(by_name)))
        if self.fields:
            return tuple(by_name[name] for name in self.fields)
        kept = tuple(f for f in self.dataset.observation if f.name not in leave_out)
        return kept or self.dataset.observation

    def provenance(self) -> dict[str, str]:
        """What every export carries to say where it comes from; texts."""
        return {
            "flyball_plan": json.dumps(self.dataset.plan, sort_keys=True),
            "flyball_plan_hash": self.dataset.plan_hash,
            "flyball_content_hash": self.dataset.content_hash,
        }


def extra_columns(episode: Episode) -> dict[str, NDArray[Any]]:
    """What else there is of each step: who acted, why it ended, what the step gave; n rows each."""
    own = ("action", "reward", "terminated", "truncated")
    n = len(episode)
    extra = {name: a for name, a in episode.columns.items() if len(a) == n and name not in own}
    return extra | {name: array[1:] for name, array in episode.infos.items()}


def observation_of(episode: Episode, name: str) -> NDArray[Any]:
    """One observation field of all states, (n + 1, ...)."""
    return episode.columns[f"observation/{name}"]


def flat_observations(episode: Episode, fields: Sequence[Field]) -> NDArray[Any]:
    """The fields as one array: a single one as it is, several flattened side by side."""
    arrays = [observation_of(episode, f.name) for f in fields]
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate([a.reshape(len(a), -1) for a in arrays], axis=1)


def flat_shape(fields: Sequence[Field], format_name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of a row of :func:`flat_observations`; pictures do not mix with numbers."""
    if len(fields) == 1:
        return fields[0].shape, np.dtype(fields[0].dtype)
    pictures = [f.name for f in fields if f.dtype == "uint8"]
    if pictures:
        raise _core.InputError(
            f"{format_name} holds one array of observations; '{pictures[0]}' is a picture and does "
            "not fit beside numbers: choose with field (--field)"
        )
    return (sum(f.size for f in fields),), np.result_type(*(np.dtype(f.dtype) for f in fields))


@contextmanager
def whole_path(output: Path, overwrite: bool) -> Iterator[Path]:
    """A path to write to that becomes ``output`` at the end, or goes away after a failure."""
    if output.exists() and not overwrite:
        raise _core.DataError(f"'{output}' exists; say overwrite to replace it")
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(output.name + ".tmp")
    _remove(temporary)
    try:
        yield temporary
        if output.is_dir() or temporary.is_dir():  # else one replaces the other in one step
            _remove(output)
        os.replace(temporary, output)
    except BaseException:
        _remove(temporary)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def need(module: str, what: str) -> Any:
    """Import an optional package, or say how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _core.DataError(
            f"{what} needs {module.partition('.')[0]}, which is not installed: "
            "pip install 'flyball[datasets]'"
        ) from error


def validation_places(export: Export) -> tuple[list[int], list[int]]:
    """Training and validation episodes: by the split keys, else all are for training."""
    validation = sorted(set(export.splits.get("valid", ())))
    excluded = set(validation)
    training = [i for i in range(len(export.dataset)) if i not in excluded]
    return training, validation
