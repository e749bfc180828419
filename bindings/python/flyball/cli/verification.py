"""Checking datasets: ``verify``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flyball.cli.common import FAILED, OK, AddCommand, UsageError, fail, takes_workers


def add(command: AddCommand) -> None:
    added = command("verify", _verify, "Check a dataset.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "--replay", action="store_true", help="restore, step again and compare every bit"
    )
    added.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="T",
        help="of numbers in a replay, relative to 1 or to them where they are larger: for data of "
        "another build or machine (default 0, to the bit)",
    )
    takes_workers(added)


def _verify(parsed: argparse.Namespace) -> int:
    import flyball
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    if parsed.tolerance and not parsed.replay:
        raise UsageError("--tolerance is of --replay")
    bar = ProgressBar("replaying" if parsed.replay else "verifying")
    try:
        report = datasets.verify(
            parsed.dir,
            replay=parsed.replay,
            tolerance=parsed.tolerance,
            workers=parsed.workers,
            progress=bar,
        )
    except flyball.DataError as error:
        bar.close()
        code = fail(str(error))
        # Damage to what is a dataset is a failed verification; no dataset is wrong input.
        return FAILED if (Path(parsed.dir) / "plan.json").exists() else code
    finally:
        bar.close()
    if not report.ok:
        shown = 20
        for problem in report.problems[:shown]:
            print(f"flyball: {problem.text}", file=sys.stderr)
        if len(report.problems) > shown:
            print(f"flyball: and {len(report.problems) - shown} more", file=sys.stderr)
        count = len(report.problems)
        problems = "1 problem" if count == 1 else f"{count} problems"
        print(f"failed: {problems} in {report.episodes} episodes")
        return FAILED
    how = "checked, not replayed"
    if parsed.replay:
        how = f"replayed to {parsed.tolerance:g}" if parsed.tolerance else "replayed bit for bit"
    print(f"ok: {report.episodes} episodes, {report.steps} steps, {how}")
    print(f"content hash: {report.content_hash}")
    return OK
