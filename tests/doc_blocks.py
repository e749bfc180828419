"""The code blocks of a Markdown page, so that tests can follow it to the letter."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it is to be (title=...), its text.

    ``needs=a,b`` names Python modules without which it can only be checked, not run.
    """

    language: str
    title: str
    text: str
    needs: tuple[str, ...] = ()


def blocks_of(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found = []
    for match in FENCE.finditer(page.read_text()):
        words = match["info"].split() or [""]
        said = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        needs = tuple(filter(None, said.get("needs", "").split(",")))
        # {directive} of MyST: no code, but what the site is made of.
        if not words[0].startswith("{"):
            found.append(Block(words[0], said.get("title", ""), match["text"], needs))
    return found
