"""What the commands share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

#: Adds a command of a name, what runs it, and a line about it.
AddCommand: TypeAlias = Callable[
    [str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser
]

OK, FAILED, WRONG = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.replace("\n", " "))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Answer a choice that is not there with the nearest that is."""
        from flyball import _core

        known = [str(choice) for choice in action.choices or ()]
        if known and value not in known:
            what = "command" if action.dest == "command" else f"value of {action.dest}"
            raise argparse.ArgumentError(None, _core.unknown_name(what, str(value), known))


class UsageError(Exception):
    """The command line itself is wrong."""


def takes_environment(added: argparse.ArgumentParser) -> None:
    added.add_argument("id", help="an environment; flyball list shows them")
    takes_options(added, "an option of the environment; VALUE is JSON or plain text")


def takes_options(added: argparse.ArgumentParser, text: str) -> None:
    added.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=text)


def takes_workers(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--workers", type=int, default=1, help="threads, 0 for all cores (default %(default)s)"
    )


def fail(message: str) -> int:
    print(f"flyball: error: {' '.join(message.split())}", file=sys.stderr)
    return WRONG


def pairs(texts: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE texts as a dictionary."""
    pairs: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"'{text}' is not of the form NAME=VALUE")
        try:
            pairs[name] = json.loads(value)
        except json.JSONDecodeError:
            pairs[name] = {"True": True, "False": False, "None": None}.get(value, value)
    return pairs


def print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print(f"  {'  '.join(cells)}".rstrip())


def allowed_text(option: dict[str, Any]) -> str:
    if option["choices"]:
        return ", ".join(option["choices"])
    low, high = option["low"], option["high"]
    unit = f" {option['unit']}" if option["unit"] else ""
    if low == float("-inf") and high == float("inf"):
        return unit.strip()
    return f"[{low:g}, {high:g}]{unit}"
