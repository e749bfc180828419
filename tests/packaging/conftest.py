"""An install prefix, moved after installation, for the tests of packaging."""

import shutil
import subprocess

import pytest
from packaging_helpers import ROOT, run


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """flyball installed to one place and moved to another."""
    first = tmp_path_factory.mktemp("install") / "first"
    run(["cmake", "--install", ROOT / "build" / "release", "--prefix", first, "--component", "cpp"])
    second = first.with_name("moved here")  # a space in the path, on purpose
    shutil.move(first, second)
    return second


@pytest.fixture(scope="session")
def hidden():
    """Words before a command that run it with this checkout and .venv out of sight.

    A mount namespace hides them; where the system allows none, the command runs in plain sight and
    the tests rely on their searches for paths alone.
    """
    places = {ROOT, (ROOT / ".venv").resolve(), (ROOT / ".cache").resolve()}
    mounts = " && ".join(f"mount -t tmpfs none '{place}'" for place in sorted(places, reverse=True))
    words = ["unshare", "--mount", "bash", "-c", f'{mounts} && exec "$@"', "hidden"]
    works = subprocess.run([*words, "test", "!", "-e", ROOT / "README.md"], capture_output=True)
    return words if works.returncode == 0 else []
