"""Arguments of scripts: `--help` is the script's own text, and what is unknown is refused."""

from __future__ import annotations

import argparse


def make_parser(text: str | None) -> argparse.ArgumentParser:
    """A parser whose help is a script's text as it stands."""
    return argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
