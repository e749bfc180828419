"""Datasets from datasets: ``merge``, ``select``, ``convert``, ``relabel``."""

from __future__ import annotations

import argparse
from typing import Any

from flyball.cli.common import OK, AddCommand, UsageError, pairs, takes_options, takes_workers


def add(command: AddCommand) -> None:
    added = command("merge", _merge, "Put parts of one plan together.")
    added.add_argument("dirs", nargs="+", metavar="DIR", help="parts, complete or not")
    added.add_argument("--partial", action="store_true", help="though episodes are missing")
    _takes_packing(added)

    added = command("select", _select, "Write episodes that pass every rule to a dataset.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument("--episodes", metavar="A:B,C", help="indices in the plan, B left out")
    added.add_argument("--first", type=int, metavar="N", help="the first that pass")
    added.add_argument("--length", metavar="MIN:MAX", help="steps, both included")
    added.add_argument("--return", metavar="MIN:MAX", dest="returns", help="sum of rewards")
    added.add_argument("--success", choices=["yes", "no"], help="whether it ever was one")
    added.add_argument("--policy", help="name or number of the plan's policy")
    added.add_argument(
        "--split", metavar="KEY", help="of datasets.splits: train, valid, 10_percent, better, ..."
    )
    _takes_packing(added)

    added = command("convert", _convert, "Pack a dataset otherwise.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    _takes_packing(added)

    added = command("relabel", _relabel, "Write the same runs seen otherwise, policies not asked.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    takes_options(
        added, "of the environment, instead of the plan's: another reward, other observations"
    )
    added.add_argument(
        "--id", help="another task of the same plant: PandaPushDense-v1 for PandaPush-v1"
    )
    added.add_argument(
        "--reset",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="forced at each start: goal=[0.1,0,0.2]",
    )
    added.add_argument("--reward", metavar="PACKAGE:NAME", help="a function of an episode")
    added.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="T",
        help="start from stored states, and let physical numbers differ so much: for data of "
        "another build or machine (default 0, to the bit)",
    )
    _takes_output(added)


def _takes_output(added: argparse.ArgumentParser) -> None:
    added.add_argument("-o", "--output", required=True, metavar="DIR", help="a new folder")
    takes_workers(added)


def _takes_packing(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--level",
        type=int,
        default=1,
        help="zstd's 1 (fast) to 19 (small), or 0, not compressed (default 1)",
    )
    added.add_argument(
        "--episodes-per-shard",
        type=int,
        default=0,
        metavar="N",
        help="of a file (default: as is)",
    )
    _takes_output(added)


def _merge(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    settings = {"partial": parsed.partial, **_packing(parsed)}
    return _operate("merging", datasets.merge, parsed.dirs, parsed.output, **settings)


def _select(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    policy = parsed.policy
    return _operate(
        "selecting",
        datasets.select,
        parsed.dir,
        parsed.output,
        episodes=parsed.episodes,
        first=parsed.first,
        length=_range("--length", parsed.length),
        returns=_range("--return", parsed.returns),
        success=None if parsed.success is None else parsed.success == "yes",
        policy=int(policy) if policy and policy.isdigit() else policy,
        split=parsed.split,
        **_packing(parsed),
    )


def _convert(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    return _operate("packing", datasets.convert, parsed.dir, parsed.output, **_packing(parsed))


def _relabel(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    return _operate(
        "relabelling",
        datasets.relabel,
        parsed.dir,
        parsed.output,
        env_id=parsed.id,
        options=pairs(parsed.option),
        reset=pairs(parsed.reset),
        reward=parsed.reward,
        tolerance=parsed.tolerance,
        workers=parsed.workers,
    )


def _operate(what: str, operation: Any, *paths: Any, **settings: Any) -> int:
    """Run one of flyball.datasets' operations with a progress bar; print the content hash."""
    from flyball.progress_bar import ProgressBar

    bar = ProgressBar(what)
    try:
        content_hash = operation(*paths, progress=bar, **settings)
    finally:
        bar.close()
    print(f"content hash: {content_hash}")
    return OK


def _packing(parsed: argparse.Namespace) -> dict[str, int]:
    return {
        "level": parsed.level,
        "episodes_per_shard": parsed.episodes_per_shard,
        "workers": parsed.workers,
    }


def _range(name: str, text: str | None) -> tuple[float, float] | None:
    """MIN:MAX, each of which may be left out."""
    if text is None:
        return None
    low, colon, high = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return (float(low) if low else float("-inf"), float(high) if high else float("inf"))
    except ValueError:
        raise UsageError(f"{name} is '{text}'; MIN:MAX is needed") from None
