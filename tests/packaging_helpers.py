"""What the packaging tests share: running commands, and an environment without Python."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Words that the licence text of each library handed on must hold.
LICENSES = {
    "bullet": "Erwin Coumans",
    "eigen": "Mozilla Public License Version 2.0",
    "glfw": "This software is provided 'as-is'",
    "imgui": "Omar Cornut",
    "kissfft": "Mark Borgerding",
    "mujoco": "Apache License",
    "nlohmann_json": "Niels Lohmann",
    "pybind11": "Wenzel Jakob",
    "sleef": "Boost Software License",
    "stb": "Sean Barrett",
    "xxhash": "Yann Collet",
    "zstd": "Yann Collet",
}


def check_licenses(texts: dict[str, str]) -> None:
    """Every library's text is there, says what it must, and there is no other."""
    assert set(texts) == set(LICENSES)
    assert not {library for library, words in LICENSES.items() if words not in texts[library]}


def run(command, **options):
    """Runs a command; its output is the failure's message."""
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    shown = f"{' '.join(map(str, command))}\n{result.stdout[-6000:]}\n{result.stderr[-6000:]}"
    assert result.returncode == 0, shown
    return result.stdout


def bare_environment(folder: Path) -> dict[str, str]:
    """Environment variables with no Python on the PATH: the build tools, linked into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tools = "cmake ninja g++ gcc clang++ clang ld as ar ranlib nm objcopy bash env uname"
    for tool in [*tools.split(), "unshare", "mount", "test"]:
        found = shutil.which(tool, path="/usr/bin:/bin")
        if found and not (folder / tool).exists():
            (folder / tool).symlink_to(found)
    return {"PATH": str(folder), "HOME": os.environ.get("HOME", "/root"), "LANG": "C.UTF-8"}
