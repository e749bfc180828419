"""The wheel: built, installed into fresh environments, run there, beside other packages too."""

import os
import subprocess
import sys
import tarfile
import zipfile
from itertools import permutations
from pathlib import Path

import pytest
from packaging_helpers import ROOT, check_licenses, run

pytestmark = pytest.mark.packaging

DIGEST = Path(__file__).with_name("digest.py")
# What a user may well have beside flyball: an older MuJoCo that loads itself for the whole process,
# the other Bullet, and two packages that carry large native libraries of their own.
NEIGHBOURS = ["mujoco==3.3.2", "pybullet==3.2.7", "torch==2.13.0", "h5py==3.16.0"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What scripts/wheel makes for this Python: a wheel and the source distribution."""
    out = tmp_path_factory.mktemp("dist")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    run([ROOT / "scripts" / "wheel", "--python", version, "--out", out])
    return out


@pytest.fixture(scope="module")
def wheel(built):
    """The wheel, which auditwheel has passed."""
    return next(built.glob("flyball-*manylinux*.whl"))


def environment_with(tmp_path_factory, name, *packages):
    """The Python of a fresh environment with some packages."""
    folder = tmp_path_factory.mktemp(name) / "venv"
    run([sys.executable, "-m", "venv", folder])
    run([folder / "bin" / "pip", "install", "-q", *packages])
    return folder / "bin" / "python"


def digest(python, tmp_path, *modules, **variables):
    """What digest.py prints, run where no checkout is in reach."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **variables}
    return run([python, "-I", DIGEST, *modules], cwd=tmp_path, env=environment).strip()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digest in this checkout."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    return run([sys.executable, DIGEST, "flyball"], env=environment).strip()


def test_the_wheel_carries_what_it_needs(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("libflyball.so", "libmujoco.so.4.0.0", "libsleef.so.3", "assets/README.md"):
        assert f"flyball/{part}" in names
    for part in ("libflyball_viewer.so", "libglfw.so.3"):  # for whoever has a display
        assert f"flyball/{part}" in names
    for part in ("flyball_fmu.so", "include/flyball.h", "_core.pyi", "py.typed"):
        assert f"flyball/{part}" in names
    assert wheel.stat().st_size < 40e6
    # One extension, of this Python: not what another build left beside the sources.
    assert len([name for name in names if name.startswith("flyball/_core.cpython")]) == 1
    metadata = next(name for name in names if name.endswith("METADATA"))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    required = [line for line in text.splitlines() if line.startswith("Requires-Dist")]
    assert not any("mujoco" in line for line in required)


def test_the_wheel_carries_the_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        texts = {
            Path(name).stem: archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("flyball/licenses/") and not name.endswith("/")
        }
    check_licenses(texts)


def test_it_runs_in_a_fresh_environment(wheel, expected, tmp_path_factory, tmp_path):
    python = environment_with(tmp_path_factory, "fresh", wheel)
    assert digest(python, tmp_path, "flyball") == expected
    listing = run([python.with_name("flyball"), "list"], cwd=tmp_path)
    assert "QuadHover-v1" in listing


def test_it_runs_beside_other_packages_with_the_same_bits(
    wheel, expected, tmp_path_factory, tmp_path
):
    python = environment_with(tmp_path_factory, "neighbours", wheel, *NEIGHBOURS)
    names = [package.split("==")[0] for package in NEIGHBOURS]
    for name in names:
        for order in permutations([name, "flyball"]):
            assert digest(python, tmp_path, *order) == expected, order
    for order in ([*names, "flyball"], ["flyball", *names]):
        assert digest(python, tmp_path, *order) == expected, order


def test_an_older_mujoco_still_works_beside_it(wheel, tmp_path_factory, tmp_path):
    python = environment_with(tmp_path_factory, "older", wheel, "mujoco==3.3.2")
    script = "import flyball, mujoco; print(mujoco.mj_versionString(), mujoco.__version__)"
    result = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True)
    assert result.stdout.split() == ["3.3.2", "3.3.2"], result.stderr


def test_the_source_distribution_builds(built, tmp_path_factory, tmp_path):
    """Unpacked elsewhere, with this checkout's tools and nothing else of it."""
    with tarfile.open(next(built.glob("flyball-*.tar.gz"))) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path, filter="data")
    assert not [name for name in names if name.endswith((".so", ".pyc"))]
    source = next(tmp_path.glob("flyball-*"))
    for tool in (".venv", ".cache"):
        (source / tool).symlink_to((ROOT / tool).resolve())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
    ]
    launcher = ["-C", "cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache"]
    launcher += ["-C", "cmake.define.CMAKE_CXX_COMPILER=c++"]  # the name ccache knows it by
    run([*command, *launcher, source])
    python = environment_with(tmp_path_factory, "source", next(tmp_path.glob("flyball-*.whl")))
    script = "import flyball; print(len(flyball.list_envs()))"
    assert int(run([python, "-I", "-c", script], cwd=tmp_path)) > 100
