"""Every script says what it is for, and refuses arguments that it does not know, before it acts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    path.name
    for path in (ROOT / "scripts").iterdir()
    if path.is_file() and os.access(path, os.X_OK)
)
# Their arguments are pytest's.
FOR_PYTEST = {"check_loaders", "check_ray"}


def run(name, *arguments):
    script = ROOT / "scripts" / name
    is_python = script.read_text().startswith("#!/usr/bin/env python3")
    command = [sys.executable, script] if is_python else [script]
    path = os.pathsep.join([str(ROOT / "bindings" / "python"), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_help(name):
    done = run(name, "--help")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 8


@pytest.mark.parametrize("name", sorted(set(SCRIPTS) - FOR_PYTEST))
def test_unknown_arguments(name):
    done = run(name, "--no-such-argument")
    assert done.returncode != 0
    assert "--no-such-argument" in done.stderr


def test_a_family_without_peers():
    done = run("check_parity", "motors")
    assert done.returncode == 2
    assert "no family 'motors'; there are motor, control," in done.stderr
    assert "there are motor, control, manipulation, quadcopter" in done.stderr
    assert "(default: all)" in run("check_parity", "--help").stdout
