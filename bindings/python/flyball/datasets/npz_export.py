"""Export to the .npz files of OGBench and of NeoRL-2."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball.datasets.exporting import (
    Export,
    flat_observations,
    flat_shape,
    validation_places,
    whole_path,
)
from flyball.datasets.reader import Episode
from flyball.datasets.states import StatePlayer

Rows = Callable[[Episode], Mapping[str, NDArray[Any]]]
DATE = (1980, 1, 1, 0, 0, 0)  # of every member: the same data give the same bytes


def export_ogbench(export: Export) -> tuple[str, ...]:
    """Write ``<output>`` and, if there is a split "valid", ``<stem>-val.npz``.

    Each episode has n + 1 rows: the last holds the last observation and an action of zeros that
    nobody took, and has ``terminals`` 1, which marks ends of trajectories of any kind.
    """
    # A goal is not part of what OGBench calls an observation: its goals are taken from the data.
    fields = export.observation_fields(leave_out=("desired_goal",))
    flat_shape(fields, "OGBench")
    player = StatePlayer(export.dataset) if export.states else None

    def rows(episode: Episode) -> dict[str, NDArray[Any]]:
        dummy = np.zeros_like(episode.actions[:1])
        found = {
            "observations": flat_observations(episode, fields),
            "actions": np.concatenate([episode.actions, dummy]),
            "terminals": np.arange(len(episode) + 1) == len(episode),
        }
        for name, array in (player.play(episode) if player else {}).items():
            if name in ("qpos", "qvel"):
                found[name] = array
        return found

    training, validation = validation_places(export)
    _write(export, export.output, training, rows)
    if validation:
        _write(export, _beside(export.output, "-val"), validation, rows)
    if player:
        player.close()
    left_out = [f.name for f in export.dataset.observation if f not in fields]
    return (f"observation fields left out: {', '.join(left_out)}",) if left_out else ()


def export_neorl(export: Export) -> tuple[str, ...]:
    """Write ``<stem>-train.npz`` and, if there is a split "valid", ``<stem>-val.npz``.

    ``obs``, ``next_obs``, ``action``, ``reward`` (N, 1), ``done`` (N, 1; ends of the task only),
    ``truncated`` (N, 1), and ``index``, the row with which each episode begins.
    """
    fields = export.observation_fields()
    flat_shape(fields, "NeoRL-2")

    def rows(episode: Episode) -> dict[str, NDArray[Any]]:
        observations = flat_observations(episode, fields)
        return {
            "obs": observations[:-1],
            "next_obs": observations[1:],
            "action": episode.actions.reshape(len(episode), -1),
            "reward": episode.rewards[:, None],
            "done": episode.terminations[:, None],
            "truncated": episode.truncations[:, None],
            "index": np.array([len(episode)]),  # lengths; made into beginnings at the end
        }

    training, validation = validation_places(export)
    _write(export, _beside(export.output, "-train"), training, rows)
    if validation:
        _write(export, _beside(export.output, "-val"), validation, rows)
    return ()


def _beside(output: Path, suffix: str) -> Path:
    stem = output.name.removesuffix(".npz")
    return output.with_name(f"{stem}{suffix}.npz")


def _write(export: Export, output: Path, places: Sequence[int], rows: Rows) -> None:
    """Append each episode to one raw file a key, then pack these into the archive."""
    with (
        whole_path(output, export.overwrite) as path,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder,
    ):
        raw: dict[str, Any] = {}
        kinds: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {}
        counts: dict[str, int] = {}
        for _, episode in export.episodes(places):
            for key, array in rows(episode).items():
                if key not in raw:
                    raw[key] = open(Path(folder) / key, "wb")  # noqa: SIM115
                    kinds[key] = (array.dtype, array.shape[1:])
                raw[key].write(np.ascontiguousarray(array).data)
                counts[key] = counts.get(key, 0) + len(array)
        for file in raw.values():
            file.close()
        if "index" in raw:
            _lengths_to_beginnings(Path(folder) / "index")
        method = zipfile.ZIP_DEFLATED if export.compression else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", method, compresslevel=export.compression) as archive:
            for key, (dtype, shape) in kinds.items():
                with archive.open(_member(key, method), "w", force_zip64=True) as member:
                    _write_header(member, dtype, (counts[key], *shape))
                    with open(Path(folder) / key, "rb") as source:
                        shutil.copyfileobj(source, member, 1 << 20)
            for key, text in export.provenance().items():
                with archive.open(_member(key, method), "w") as member:
                    np.lib.format.write_array(member, np.array([text]), allow_pickle=False)


def _member(key: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{key}.npy", DATE)
    info.compress_type = method
    return info


def _write_header(member: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    descr = np.lib.format.dtype_to_descr(dtype)
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, header)


def _lengths_to_beginnings(path: Path) -> None:
    lengths = np.fromfile(path, np.int64)
    (np.cumsum(lengths) - lengths).astype(np.int64).tofile(path)
