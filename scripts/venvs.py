"""The virtual environments of scripts: the checkout's .venv, and others of pinned packages.

scripts/setup makes .venv. The others, .venv-<name>, are made when they are first asked for, and
filled again when their pins change.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / ".venv"
PACKAGE = ROOT / "bindings" / "python"  # this checkout's flyball


def enter_own() -> None:
    """Continue this program in .venv, if there is one, with this checkout's flyball."""
    python = OWN / "bin" / "python"
    if Path(sys.prefix).resolve() != OWN.resolve() and python.exists():
        os.execv(python, [str(python), *sys.argv])
    sys.path.insert(0, str(PACKAGE))


def made(name: str, installs: Sequence[Sequence[str]]) -> Path:
    """The Python of .venv-<name>, in which pip has installed each list of arguments in turn."""
    folder = ROOT / f".venv-{name}"
    python, mark = folder / "bin" / "python", folder / "installed.txt"
    wanted = "\n".join(" ".join(arguments) for arguments in installs)
    if not mark.exists() or mark.read_text() != wanted:
        print(f"making {folder.name} ...", file=sys.stderr, flush=True)
        if not python.exists():
            own = OWN / "bin" / "python"
            base = own if own.exists() else sys.executable
            subprocess.run([base, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        for arguments in installs:
            subprocess.run([*pip, *arguments], check=True)
        mark.write_text(wanted)
    return python


def enter(name: str, installs: Sequence[Sequence[str]]) -> None:
    """Continue this program in .venv-<name>, with this checkout's flyball."""
    python = made(name, installs)
    if Path(sys.prefix) == python.parents[1]:
        return
    environment = dict(os.environ, PYTHONPATH=str(PACKAGE))
    os.execve(python, [str(python), *sys.argv], environment)
