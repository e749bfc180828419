"""Doxygen's input filter: our comments as it wants them; backquotes as code.

usage: comments.py FILE      (the source goes to standard output)
"""

import re
import sys
from pathlib import Path

ALONE = re.compile(r"^(\s*)//(?!/)(.*)$")
# The C face is in C's comments. What stands at the head of a file before its guard tells of it all.
C_ALONE = re.compile(r"^(\s*)/\*(?= |$)")
C_BESIDE = re.compile(r"^(\s*[^/\s].*?\s+)/\* (.*\*/)$")
BESIDE = re.compile(r"^(.*[;,{})].*?)\s+// (.*)$")


def as_doxygen(source: str) -> str:
    """Mark comments as documentation, of what follows or of what they stand beside."""
    lines, column = [], -1
    for line in source.splitlines():
        line = C_BESIDE.sub(r"\1/**< \2", C_ALONE.sub(r"\1/**", line))
        alone, beside = ALONE.match(line), BESIDE.match(line)
        if alone and column >= 0 and len(alone[1]) == column:
            lines.append(f"{alone[1]}///<{_text(alone[2])}")  # a comment beside code goes on
        elif alone:
            lines.append(f"{alone[1]}///{_text(alone[2])}")
            column = -1
        elif beside:
            column = line.index("// ", len(beside[1]))
            lines.append(f"{beside[1]}  ///< {_text(beside[2])}")
        else:
            lines.append(line)
            column = -1
    return "\n".join(lines) + "\n"


def _text(comment: str) -> str:
    """A comment in which nothing is a command or a tag to Doxygen, and backquotes are code."""
    plain = re.sub(r"([\\@<>])", r"\\\1", comment)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", plain)


if __name__ == "__main__":
    print(as_doxygen(Path(sys.argv[1]).read_text()), end="")
