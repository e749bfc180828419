"""Export to robomimic's HDF5, which its ``SequenceDataset`` reads."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from flyball import _core
from flyball.datasets.exporting import Export, extra_columns, observation_of, whole_path
from flyball.datasets.hdf5_file import new_hdf5
from flyball.datasets.states import StatePlayer

GYM_TYPE = 2  # robomimic's EnvType of a Gym environment
# The name that robomimic's Gym environment gives to an observation which is one array.
FLAT = "flat"


def export_robomimic(export: Export) -> tuple[str, ...]:
    """Write one group ``data/demo_<place>`` for each episode, and ``mask/<key>`` for each split.

    ``states`` are the plant's physical states before each action, the fields of ``Env.state`` side
    by side (``data`` attribute ``flyball_states`` lists them), ``dones`` ends of the task only.
    """
    dataset = export.dataset
    if not export.states:
        raise _core.InputError("robomimic needs states; they cannot be left out")
    fields = export.observation_fields()
    keys = {f.name: FLAT if len(fields) == 1 else f.name for f in fields}
    player = StatePlayer(dataset)
    with (
        whole_path(export.output, export.overwrite) as path,
        new_hdf5(path, "export to robomimic") as (file, checked),
    ):
        data = file.create_group("data")
        total = 0
        for place, episode in checked(export.episodes()):
            demo = data.create_group(f"demo_{place}")
            demo.attrs["num_samples"] = len(episode)
            demo.attrs["flyball_episode"] = episode.index
            demo.attrs["flyball_seed"] = np.uint64(episode.seed)
            states = player.play(episode)
            columns: dict[str, Any] = {
                "states": np.concatenate(
                    [states[f.name].reshape(len(episode) + 1, -1)[:-1] for f in player.fields],
                    axis=1,
                ),
                "actions": _as_rows(episode.actions),
                "rewards": episode.rewards,
                "dones": episode.terminations.astype(np.int64),
                "timeouts": episode.truncations.astype(np.int64),
            }
            for name, key in keys.items():
                columns[f"obs/{key}"] = observation_of(episode, name)[:-1]
                columns[f"next_obs/{key}"] = observation_of(episode, name)[1:]
            columns |= {f"infos/{name}": array for name, array in extra_columns(episode).items()}
            for name, array in columns.items():
                packed = export.compression > 0 and array.nbytes > 4096
                level = {"compression": export.compression} if packed else {}
                demo.create_dataset(name, data=array, **level)
            total += len(episode)
        data.attrs["total"] = total
        data.attrs["env_args"] = json.dumps(_env_args(export), sort_keys=True)
        data.attrs["flyball_states"] = json.dumps([[f.name, list(f.shape)] for f in player.fields])
        for name, text in export.provenance().items():
            data.attrs[name] = text
        for key, places in export.splits.items():
            names = [f"demo_{place}".encode() for place in sorted(set(places))]
            file.create_dataset(f"mask/{key}", data=np.array(names, dtype=np.bytes_))
    player.close()
    low, high = dataset.action.field.low, dataset.action.field.high
    if dataset.action.kind != "box" or np.any(low < -1.0) or np.any(high > 1.0):
        return ("robomimic's policies expect actions in [-1, 1]; these are stored as they are",)
    return ()


def _as_rows(actions: Any) -> Any:
    """robomimic wants (n, A); a discrete action is one number."""
    return actions.reshape(len(actions), -1)


def _env_args(export: Export) -> dict[str, Any]:
    plan = export.dataset.plan
    options = {name: value for name, value in plan["options"].items() if value is not None}
    return {
        "env_name": f"flyball/{plan['id']}",
        "type": GYM_TYPE,
        "env_kwargs": options,
        "env_version": plan["id"].rpartition("-")[2],
    }
