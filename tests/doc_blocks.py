"""The code blocks of a Markdown page, so that tests can follow it to the letter."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it is to be (title=...), its text."""

    language: str
    title: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found = []
    for match in FENCE.finditer(page.read_text()):
        words = match["info"].split() or [""]
        title = next((word[6:] for word in words[1:] if word.startswith("title=")), "")
        found.append(Block(words[0], title, match["text"]))
    return found
