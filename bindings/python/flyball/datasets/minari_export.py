"""Export to Minari's HDF5 layout (https://minari.farama.org), which ``minari.load_dataset`` opens.

Minari itself is not needed to write it, only h5py.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from flyball import _core, spaces
from flyball.datasets.exporting import Progress, need
from flyball.datasets.hdf5_file import new_hdf5
from flyball.datasets.reader import Arrays, Dataset, Episode

# Minari reads only layouts of versions that it knows; this is the one written here.
LAYOUT_VERSION = "0.5.4"


def export_minari(
    folder: str | os.PathLike[str],
    dataset_id: str | None = None,
    *,
    root: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    description: str = "",
    author: str = "",
    progress: Progress | None = None,
) -> Path:
    """Write a dataset in Minari's layout; return its path.

    Everything is exact: observations, actions, rewards, flags, infos and seeds. (Minari has no
    place for full states and reasons of ends; those stay in the folder exported from.)

    Parameters
    ----------
    dataset_id
        "namespace/name-v0"; None: made of the environment's id and the policy.
    root
        Where Minari looks; None: ``$MINARI_DATASETS_PATH`` or ``~/.minari/datasets``.
    overwrite
        Replace what is there.
    """
    h5py = need("h5py", "export to Minari")
    dataset = Dataset(folder)
    if not dataset.is_complete:
        raise _core.DataError(f"'{os.fspath(folder)}' is not complete; generate it again to go on")
    dataset_id = dataset_id or _default_id(dataset)
    if not re.fullmatch(r"([-\w]+/)*[-\w]+-v\d+", dataset_id):
        raise _core.InputError(
            f"dataset id '{dataset_id}' is not of the form namespace/name-v0 "
            "(letters, digits, '-' and '_')"
        )
    base = Path(root or os.environ.get("MINARI_DATASETS_PATH") or "~/.minari/datasets").expanduser()
    path = base / dataset_id
    if path.exists() and not overwrite:
        raise _core.DataError(f"'{path}' exists; say overwrite to replace it")

    # Whole or not at all.
    temporary = path.with_name(path.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        data = temporary / "data"
        data.mkdir(parents=True)
        total_steps = 0
        with new_hdf5(data / "main_data.hdf5", "export to Minari") as (file, checked):
            for place, episode in checked(enumerate(dataset)):
                _write_episode(file.create_group(f"episode_{place}"), place, episode)
                total_steps += len(episode)
                if progress:
                    progress(place + 1, total_steps, len(dataset))
        with h5py.File(data / "main_data.hdf5", "r") as file:
            for place, episode in enumerate(dataset):
                _compare_episode(file[f"episode_{place}"], episode)
        size = (data / "main_data.hdf5").stat().st_size / 1e6  # MB
        metadata = {
            "dataset_id": dataset_id,
            "minari_version": LAYOUT_VERSION,
            "data_format": "hdf5",
            "jpeg_encoding": False,
            "total_episodes": len(dataset),
            "total_steps": total_steps,
            "dataset_size": round(size, 1),
            "observation_space": json.dumps(_space(_observation_space(dataset))),
            "action_space": json.dumps(_space(spaces.action_space(dataset.action))),
            "algorithm_name": "+".join(dataset.policies),
            "description": description
            or f"{dataset.plan['id']}, policy {' + '.join(dataset.policies)}",
            "requirements": ["flyball"],
            "flyball_plan": dataset.plan,
            "flyball_plan_hash": dataset.plan_hash,
            "flyball_content_hash": dataset.content_hash,
        }
        if author:
            metadata["author"] = [author]
        env_spec = _env_spec(dataset)
        if env_spec is not None:
            metadata["env_spec"] = env_spec
        (data / "metadata.json").write_text(json.dumps(metadata, indent=1, sort_keys=True) + "\n")
        if path.exists():
            shutil.rmtree(path)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return path


def _default_id(dataset: Dataset) -> str:
    policy = re.sub(r"[^-\w]+", "-", "-".join(dataset.policies)).strip("-")
    return f"flyball/{dataset.plan['id']}/{policy}-v0"


def _leaves(episode: Episode) -> dict[str, Any]:
    """Everything Minari holds of an episode, by its path in the file."""
    leaves: dict[str, Any] = {
        "actions": episode.actions,
        "rewards": episode.rewards,
        "terminations": episode.terminations,
        "truncations": episode.truncations,
    }
    observations: Arrays = episode.observations
    if isinstance(observations, dict):
        leaves |= {f"observations/{name}": array for name, array in observations.items()}
    else:
        leaves["observations"] = observations
    leaves |= {f"infos/{name}": array for name, array in episode.infos.items()}
    return leaves


def _write_episode(group: Any, place: int, episode: Episode) -> None:
    group.attrs["id"] = place
    group.attrs["flyball_episode"] = episode.index
    group.attrs["total_steps"] = len(episode)
    group.attrs["seed"] = np.uint64(episode.seed)
    rewards = episode.rewards
    for name in ("sum", "mean", "std", "max", "min"):
        group.attrs[f"rewards_{name}"] = getattr(np, name)(rewards)
    for path, array in _leaves(episode).items():
        group.create_dataset(path, data=array)


def _compare_episode(group: Any, episode: Episode) -> None:
    for path, array in _leaves(episode).items():
        stored = group[path][()]
        if stored.dtype != array.dtype or stored.tobytes() != array.tobytes():
            raise _core.DataError(f"episode {episode.index}: '{path}' came back changed")


def _observation_space(dataset: Dataset) -> gym.Space[Any]:
    boxes = [(field.name, spaces.box(field)) for field in dataset.observation]
    return boxes[0][1] if len(boxes) == 1 else gym.spaces.Dict(boxes)


def _space(space: gym.Space[Any]) -> dict[str, Any]:
    if isinstance(space, gym.spaces.Dict):
        return {"type": "Dict", "subspaces": {name: _space(s) for name, s in space.items()}}
    if isinstance(space, gym.spaces.Discrete):
        return {"type": "Discrete", "dtype": "int64", "start": int(space.start), "n": int(space.n)}
    if isinstance(space, gym.spaces.MultiDiscrete):
        return {
            "type": "MultiDiscrete",
            "dtype": str(space.dtype),
            "nvec": space.nvec.tolist(),
            "start": space.start.tolist(),
        }
    assert isinstance(space, gym.spaces.Box)
    return {
        "type": "Box",
        "dtype": str(space.dtype),
        "shape": list(space.shape),
        "low": space.low.tolist(),
        "high": space.high.tolist(),
    }


def _env_spec(dataset: Dataset) -> str | None:
    """What ``recover_environment`` makes the environment from; None where it is not registered."""
    env_id = f"flyball/{dataset.plan['id']}"
    if env_id not in gym.registry:
        return None
    spec = copy.deepcopy(gym.spec(env_id))
    options = {name: value for name, value in dataset.plan["options"].items() if value is not None}
    spec.kwargs = {**spec.kwargs, **options}
    spec.max_episode_steps = dataset.plan["max_episode_steps"]
    return str(spec.to_json())
