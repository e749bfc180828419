"""The command line: ``flyball list | info | plan | generate | verify | export | ...``.

Exit codes: 0 all is well, 1 verification found problems, 2 wrong usage or input, 130 interrupted.
Errors are one line on stderr.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from flyball.cli import (
    catalogue,
    experiments,
    generation,
    handing_over,
    operations,
    pictures,
    verification,
)
from flyball.cli.common import FAILED, OK, WRONG, Parser, UsageError, fail

__all__ = ["FAILED", "OK", "WRONG", "main", "make_parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        parsed = make_parser().parse_args(arguments)
    except UsageError as error:
        return fail(f"{error} (flyball --help)")
    # What lies in the current folder can be imported, as with `python -m`.
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    import flyball

    try:
        for name in parsed.load or ():
            _load(name)
        return int(parsed.run(parsed))
    except (flyball.Error, UsageError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `flyball list | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        return fail(str(error))
    except KeyboardInterrupt:
        print(
            "flyball: interrupted; what is finished stays, and the same call goes on",
            file=sys.stderr,
        )
        return 130


def make_parser() -> Parser:
    """All commands with their arguments, in the order in which help lists them."""
    from flyball import __version__

    parser = Parser(prog="flyball", description="Environments, datasets, pictures and films.")
    parser.add_argument("--version", action="version", version=f"flyball {__version__}")
    parser.add_argument(
        "--load",
        action="append",
        metavar="LIBRARY",
        help="a shared library of environments (.so), or a Python module that registers some",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    for part in (
        catalogue,
        generation,
        verification,
        operations,
        handing_over,
        pictures,
        experiments,
    ):
        part.add(command)
    return parser


def _load(name: str) -> None:
    import flyball

    if name.endswith(".so"):
        flyball.load(name)
        return
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"--load {name}: {error}") from error
