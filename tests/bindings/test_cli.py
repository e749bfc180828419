"""The command line, in a process of its own: output, exit codes and errors."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from bindings.helpers import ROOT, TOYS
from flyball import png
from flyball.progress_bar import ProgressBar

TOY = "ToyCart-v1"


def flyball(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "flyball", "--load", str(TOYS), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bindings/python")}
    return subprocess.run(
        call, env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )


def ok(*arguments: str | Path, cwd: Path | None = None) -> str:
    run = flyball(*arguments, cwd=cwd)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""  # no progress bar where nobody watches
    return run.stdout


def fails(code: int, text: str, *arguments: str | Path) -> None:
    run = flyball(*arguments)
    assert run.returncode == code, run.stderr
    assert text in run.stderr
    assert "Traceback" not in run.stderr
    if code == 2:
        assert run.stderr.startswith("flyball: error: ")
        assert run.stderr.count("\n") == 1


def test_list_and_info() -> None:
    listed = next(line for line in ok("list").splitlines() if line.startswith(f"{TOY} "))
    assert listed.endswith(json.loads(ok("info", TOY, "--json"))["doc"])
    text = ok("info", TOY, "--option", "preset=short")
    for part in ("force", "[-2, 2]", "energy", "preset", "short", "steps of an episode 4"):
        assert part in text
    assert json.loads(ok("info", TOY, "--json"))["action"]["kind"] == "box"


def test_generate_verify_export(tmp_path: Path) -> None:
    data = tmp_path / "data"
    call = ("generate", TOY, "--episodes", "6", "--seed", "1", "--out", data)
    line = ok(*call, "--workers", "2", "--option", "preset=short", "--state-every", "2")
    assert line.startswith("content hash: ")
    # Again with the same plan: nothing left to do.
    assert ok(*call, "--option", "preset=short", "--state-every", "2") == line
    fails(2, "another plan", *call)

    assert ok("verify", data).endswith(line)
    replayed = ok("verify", "--replay", data)
    assert "6 episodes, 24 steps, replayed" in replayed
    assert replayed.endswith(line)
    said = ok("export", "minari", data, "--id", "x/y-v0", "--root", tmp_path / "m").splitlines()
    assert said[0] == "minari cannot hold: full states, reasons of ends, who acted"
    path = Path(said[1])
    assert (path / "data/main_data.hdf5").is_file()

    shard = data / "shard-00001.fly"
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    fails(1, "shard-00001.fly", "verify", data)
    fails(2, "shard-00001.fly", *call, "--option", "preset=short", "--state-every", "2")


def test_a_policy_of_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def hold(observation):\n    return 0 * observation\n")
    call = ("generate", TOY, "--policy", "mine:hold", "--episodes", "2", "--out", "data")
    assert ok(*call, cwd=tmp_path).startswith("content hash: ")


def test_errors_are_one_line(tmp_path: Path) -> None:
    out = ("--episodes", "1", "--out", tmp_path / "x")
    fails(2, "did you mean 'ToyCart-v1'", "generate", "ToyCrat-v1", *out)
    fails(2, "did you mean 'random'", "generate", TOY, "--policy", "ramdom", *out)
    fails(2, "NAME=VALUE", "generate", TOY, "--option", "preset", *out)
    fails(2, "did you mean 'preset'", "info", TOY, "--option", "perset=short")
    fails(2, "--episodes", "generate", TOY, "--out", tmp_path / "x")
    fails(2, "unknown command 'generat'; did you mean 'generate'", "generat")
    fails(2, "unknown value of what 'chek'; did you mean 'check'", "plan", "chek", "x.yaml")
    fails(2, "no dataset", "verify", tmp_path / "none")
    fails(2, "no_such_library", "--load", "no_such_library.so", "list")
    assert not (tmp_path / "x").exists()


def test_the_bar_shows_only_on_a_terminal() -> None:
    class Terminal:
        def __init__(self, watched: bool) -> None:
            self.text = ""
            self.watched = watched

        def isatty(self) -> bool:
            return self.watched

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None:
            pass

    for watched in (True, False):
        terminal = Terminal(watched)
        bar = ProgressBar("working", terminal, delay=0.0)  # type: ignore[arg-type]
        bar(3, 1500, 6)
        bar.close()
        assert ("3/6 episodes" in terminal.text) == watched


def test_png_holds_the_picture() -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    data = png.encode(picture)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks = {}
    at = 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + size]
        assert zlib.crc32(body) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
        chunks[body[:4]] = body[4:]
        at += 12 + size
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (3, 2)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(2, 10)
    assert (lines[:, 0] == 0).all()
    assert (lines[:, 1:].reshape(2, 3, 3) == picture).all()
    with pytest.raises(ValueError, match="needed"):
        png.encode(picture[0])
