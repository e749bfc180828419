"""The formats that datasets are exported to, as one table, and the function that does it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flyball import _core
from flyball.datasets.d4rl_export import export_d4rl
from flyball.datasets.exporting import Export, Progress
from flyball.datasets.lerobot_export import export_lerobot
from flyball.datasets.minari_export import export_minari
from flyball.datasets.npz_export import export_neorl, export_ogbench
from flyball.datasets.parquet_export import export_parquet
from flyball.datasets.reader import Dataset
from flyball.datasets.robomimic_export import export_robomimic


def _export_minari(export: Export) -> tuple[str, ...]:
    """The output's last parts are Minari's id: root/namespace/name-v0."""
    folder = export.dataset.folder
    export_minari(
        folder,
        f"{export.output.parent.name}/{export.output.name}",
        root=export.output.parent.parent,
        overwrite=export.overwrite,
        progress=export.progress,
    )
    return ()


@dataclass(frozen=True)
class Format:
    """One format: its name on the command line, and what is to be known before using it."""

    name: str
    title: str
    suffix: str  # of the output; "" where it is a folder
    write: Callable[[Export], tuple[str, ...]]
    cannot_hold: str  # what stays behind, said when exporting
    agents: bool = False  # whether agents' own rewards and flags have a place


FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "minari",
            "Minari 0.5, HDF5",
            "",
            _export_minari,
            "full states, reasons of ends, who acted",
        ),
        Format(
            "d4rl",
            "D4RL, flat HDF5",
            ".hdf5",
            export_d4rl,
            "seeds, full states (physical states qpos and qvel are there), infos of the reset",
            agents=True,
        ),
        Format(
            "robomimic",
            "robomimic, HDF5",
            ".hdf5",
            export_robomimic,
            "full states (physical states are there), infos of the reset",
            agents=True,
        ),
        Format(
            "ogbench",
            "OGBench, npz",
            ".npz",
            export_ogbench,
            "rewards, terminations apart from truncations, infos, who acted, seeds, full states, "
            "reasons of ends",
        ),
        Format(
            "neorl",
            "NeoRL-2, npz",
            ".npz",
            export_neorl,
            "infos, who acted, seeds, states, reasons of ends",
        ),
        Format(
            "lerobot",
            "LeRobot v3.0, Parquet",
            "",
            export_lerobot,
            "the last observation of each episode, infos but success, who acted, states, "
            "reasons of ends",
        ),
        Format(
            "parquet",
            "Parquet, three tables",
            "",
            export_parquet,
            "",
            agents=True,
        ),
    )
}


def export(
    format: str,
    folder: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    fields: Sequence[str] = (),
    splits: Mapping[str, Sequence[int]] | None = None,
    states: bool = True,
    compression: int = 4,
    video: bool = False,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write a dataset in another format; return what that format cannot hold, as texts.

    Parameters
    ----------
    format
        A name in :data:`FORMATS`.
    output
        The file or folder to make (NeoRL-2: ``<stem>-train.npz`` and ``<stem>-val.npz``; Minari:
        ``<root>/<namespace>/<name>-v0``).
    fields
        Of observations; none: all that the format takes.
    splits
        Episodes (places in the dataset) by filter key: robomimic's masks, and "valid" for the
        validation files of OGBench and NeoRL-2.
    states
        Whether physical states are played again for the formats that hold them. Needs the
        environment and, to be exact, the same build.
    compression
        zlib's level, 0 to 9, where the format uses it.
    video
        LeRobot: pictures as MP4 by the ffmpeg on the PATH instead of PNG. Without loss too (H.264
        in RGB), and smaller, but not what every player shows.
    progress
        Called with episodes and steps done, and episodes in all.
    """
    if format not in FORMATS:
        raise _core.InputError(_core.unknown_name("format", format, list(FORMATS)))
    if not 0 <= compression <= 9:
        raise _core.InputError(f"compression is {compression}; 0 (none) to 9 are allowed")
    if video and format != "lerobot":
        raise _core.InputError(f"{format} has no place for video; lerobot has")
    dataset = Dataset(folder)
    if not dataset.is_complete:
        raise _core.DataError(f"'{os.fspath(folder)}' is not complete; generate it again to go on")
    chosen = FORMATS[format]
    job = Export(
        dataset=dataset,
        output=Path(output),
        overwrite=overwrite,
        fields=tuple(fields),
        splits=_checked_splits(splits or {}, len(dataset)),
        states=states,
        compression=compression,
        video=video,
        progress=progress,
    )
    notes = chosen.write(job)
    has_agents = any(name.startswith("agent_") for name in dataset.columns)
    if has_agents and not chosen.agents:
        notes = ("rewards and flags of each agent", *notes)
    if "info/action_masked" in dataset.columns:
        hidden = "that actions are hidden from learners: all are written (info action_masked)"
        notes = (*notes, hidden)
    return ((chosen.cannot_hold,) if chosen.cannot_hold else ()) + notes


def _checked_splits(
    splits: Mapping[str, Sequence[int]], episodes: int
) -> dict[str, tuple[int, ...]]:
    for key, places in splits.items():
        wrong = [place for place in places if not 0 <= place < episodes]
        if wrong:
            raise _core.InputError(
                f"split '{key}': there is no episode {wrong[0]}; 0 to {episodes - 1} are there"
            )
    return {key: tuple(int(place) for place in places) for key, places in splits.items()}
