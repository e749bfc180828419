"""Handing over: ``export``, ``card``, ``export-fmu``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from flyball.cli.common import OK, AddCommand, UsageError, pairs, takes_environment


def add(command: AddCommand) -> None:
    added = command("export", _export, "Export a dataset to another format.")
    added.add_argument("format", help="minari, d4rl, robomimic, ogbench, neorl, lerobot or parquet")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "-o", "--output", metavar="PATH", help="file or folder to make (not for minari)"
    )
    added.add_argument("--id", help="Minari's id, namespace/name-v0")
    added.add_argument("--root", help="Minari's folder (default $MINARI_DATASETS_PATH)")
    added.add_argument("--overwrite", action="store_true", help="replace what is there")
    added.add_argument(
        "--field", action="append", default=[], help="an observation field to take (default all)"
    )
    added.add_argument(
        "--valid",
        type=float,
        default=0.0,
        metavar="FRACTION",
        help="of the episodes, the last ones, for validation (default %(default)s)",
    )
    added.add_argument("--no-states", action="store_true", help="leave out physical states")
    added.add_argument("--video", action="store_true", help="lerobot: pictures as MP4, not PNG")

    added = command("card", _card, "Describe a dataset: README.md and a page of HTML.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument("-o", "--output", metavar="DIR", help="where to (default: into the dataset)")
    added.add_argument(
        "--licence", default="unknown", help="of the data, as cc-by-4.0 (default %(default)s)"
    )
    added.add_argument("--title", help="instead of the environment and the policies")
    added.add_argument("--no-film", action="store_true", help="leave out the episodes' pictures")

    added = command(
        "export-fmu", _export_fmu, "Write an environment as an FMI 2.0 co-simulation unit."
    )
    takes_environment(added)
    added.add_argument(
        "-o", "--output", required=True, metavar="FILE.fmu", help="the unit to write"
    )
    added.add_argument("--seed", type=int, default=0, help="its start (default %(default)s)")


def _export(parsed: argparse.Namespace) -> int:
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    if parsed.format == "minari":
        for name in ("output", "field", "valid", "no_states", "video"):
            if getattr(parsed, name):
                raise UsageError(
                    f"minari takes no --{name.replace('_', '-')}: --id NAMESPACE/NAME-v0 and "
                    "--root FOLDER say where to write, and the rest is written as it is"
                )
    elif parsed.id or parsed.root:
        raise UsageError("--id and --root are Minari's; --output says where to write")
    elif not parsed.output:
        raise UsageError(f"{parsed.format} needs --output")
    if not 0.0 <= parsed.valid < 1.0:
        raise UsageError(f"--valid is {parsed.valid}; 0 up to below 1 is allowed")
    bar = ProgressBar("exporting")
    try:
        if parsed.format == "minari":
            path = datasets.export_minari(
                parsed.dir, parsed.id, root=parsed.root, overwrite=parsed.overwrite, progress=bar
            )
            left_behind: tuple[str, ...] = (datasets.FORMATS["minari"].cannot_hold,)
        else:
            path = Path(parsed.output)
            left_behind = datasets.export(
                parsed.format,
                parsed.dir,
                path,
                overwrite=parsed.overwrite,
                fields=parsed.field,
                splits=_last_episodes(datasets.open(parsed.dir), parsed.valid),
                states=not parsed.no_states,
                video=parsed.video,
                progress=bar,
            )
    finally:
        bar.close()
    for text in left_behind:
        print(f"{parsed.format} cannot hold: {text}")
    print(path)
    return OK


def _last_episodes(dataset: Any, fraction: float) -> dict[str, range]:
    """Split keys "train" and "valid", or none."""
    if not fraction:
        return {}
    first = len(dataset) - max(1, round(fraction * len(dataset)))
    return {"train": range(first), "valid": range(first, len(dataset))}


def _card(parsed: argparse.Namespace) -> int:
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    bar = ProgressBar("reading")
    try:
        page = datasets.card(
            parsed.dir,
            output=parsed.output,
            licence=parsed.licence,
            title=parsed.title,
            film=not parsed.no_film,
            progress=bar,
        )
    finally:
        bar.close()
    print(page)
    return OK


def _export_fmu(parsed: argparse.Namespace) -> int:
    import flyball

    path = flyball.export_fmu(parsed.id, parsed.output, seed=parsed.seed, **pairs(parsed.option))
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return OK
