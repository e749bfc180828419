"""Export to the flat HDF5 of D4RL, which its ``qlearning_dataset`` and d3rlpy read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball.datasets.exporting import (
    Export,
    extra_columns,
    flat_observations,
    flat_shape,
    whole_path,
)
from flyball.datasets.hdf5_file import new_hdf5
from flyball.datasets.states import StatePlayer

# Physical states that D4RL has names for.
KNOWN_STATES = ("qpos", "qvel")
NAMES = {"log_probability": "action_log_probs"}  # D4RL's for ours


def export_d4rl(export: Export) -> tuple[str, ...]:
    """Write all transitions one after the other.

    ``observations``, ``next_observations``, ``actions``, ``rewards``, ``terminals`` (ends of the
    task only) and ``timeouts`` (every other end), never both in one row. ``infos/<name>`` are what
    the step gave and who acted; ``infos/qpos`` and ``infos/qvel`` the state before it, in float64.
    """
    dataset = export.dataset
    fields = export.observation_fields()
    shape, dtype = flat_shape(fields, "D4RL")
    total = dataset.num_steps
    player = StatePlayer(dataset) if export.states else None
    with (
        whole_path(export.output, export.overwrite) as path,
        new_hdf5(path, "export to D4RL") as (file, checked),
    ):
        columns: dict[str, Any] = {}

        def add(name: str, row_shape: tuple[int, ...], kind: Any) -> None:
            columns[name] = file.create_dataset(
                name,
                (total, *row_shape),
                kind,
                # Chunks of about 256 KiB, so that a row is cheap to read.
                chunks=(_chunk_rows(row_shape, kind, total), *row_shape),
                **({"compression": export.compression} if export.compression else {}),
            )

        add("observations", shape, dtype)
        add("next_observations", shape, dtype)
        add("actions", dataset.action.field.shape, dataset.action.field.dtype)
        add("rewards", (), np.float64)
        add("terminals", (), bool)
        add("timeouts", (), bool)
        for name, array in extra_columns(dataset[0]).items():
            add(f"infos/{NAMES.get(name, name)}", array.shape[1:], array.dtype)
        for state in player.fields if player else ():
            if state.name in KNOWN_STATES:
                add(f"infos/{state.name}", state.shape, np.float64)
        for name, text in export.provenance().items():
            file.attrs[name] = text

        at = 0
        for batch in checked(export.batches()):
            rows: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}
            for _, episode in batch:
                observations = flat_observations(episode, fields)
                rows["observations"].append(observations[:-1])
                rows["next_observations"].append(observations[1:])
                rows["actions"].append(episode.actions)
                rows["rewards"].append(episode.rewards)
                rows["terminals"].append(episode.terminations)
                rows["timeouts"].append(episode.truncations)
                for name, array in extra_columns(episode).items():
                    rows[f"infos/{NAMES.get(name, name)}"].append(array)
                for name, array in (player.play(episode) if player else {}).items():
                    if name in KNOWN_STATES:
                        rows[f"infos/{name}"].append(array[:-1])
            end = at + sum(len(episode) for _, episode in batch)
            for name, arrays in rows.items():
                columns[name][at:end] = np.concatenate(arrays)
            at = end
    if player:
        player.close()
    return ()


def _chunk_rows(row_shape: tuple[int, ...], kind: Any, total: int) -> int:
    row_bytes = max(1, math.prod(row_shape)) * int(np.dtype(kind).itemsize)
    return max(1, min(total, (1 << 18) // row_bytes))
