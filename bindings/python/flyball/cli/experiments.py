"""Measuring: ``compare``, ``bench``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from flyball.cli.common import OK, AddCommand, UsageError


def add(command: AddCommand) -> None:
    added = command("compare", _compare, "Compare stored runs over seeds.")
    added.add_argument("runs", nargs="+", metavar="RUNS", help="files or folders of runs")
    added.add_argument("--step", type=int, help="scores until this step (default: the last)")
    added.add_argument(
        "--seeds-per-look", type=int, default=5, metavar="N", help="of the test (default 5)"
    )
    added.add_argument(
        "--looks", type=int, default=5, metavar="K", help="of the test at most (default 5)"
    )
    added.add_argument(
        "--alpha", type=float, default=0.05, help="error of all looks and pairs (default 0.05)"
    )
    added.add_argument("--confidence", type=float, default=0.95, help="of intervals (default 0.95)")
    added.add_argument(
        "--repetitions", type=int, default=2000, help="of the bootstrap (default 2000)"
    )
    added.add_argument("--out", metavar="DIR", help="a folder for plots (SVG)")

    added = command("bench", _bench, "Measure speeds (in a source tree).")
    added.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to scripts/bench")


def _compare(parsed: argparse.Namespace) -> int:
    from flyball import experiments

    report = experiments.compare(
        parsed.runs,
        step=parsed.step,
        seeds_per_look=parsed.seeds_per_look,
        looks=parsed.looks,
        alpha=parsed.alpha,
        confidence=parsed.confidence,
        repetitions=parsed.repetitions,
        out=parsed.out,
    )
    print(report.text)
    for file in report.files:
        print(file)
    return OK


def _bench(parsed: argparse.Namespace) -> int:
    script = Path(__file__).resolve().parents[4] / "scripts" / "bench"
    if not script.is_file():
        raise UsageError("bench needs flyball's source tree; this is an installed package")
    return subprocess.run([sys.executable, str(script), *parsed.arguments], check=False).returncode
