"""The installed C++ package: moved, with the source out of sight and no Python on the PATH."""

import re

import pytest
from packaging_helpers import ROOT, bare_environment, check_licenses, run


def test_the_prefix_carries_the_licences(prefix):
    folder = prefix / "share" / "doc" / "flyball" / "licenses"
    check_licenses({path.stem: path.read_text() for path in folder.iterdir()})


def test_nothing_installed_names_the_source_or_the_build(prefix):
    """No path of this checkout is left in a library, a header or a CMake file."""
    for path in prefix.rglob("*"):
        if path.is_file() and path.suffix in (".so", ".h", ".cmake"):
            assert str(ROOT).encode() not in path.read_bytes(), path


def test_private_libraries_are_found_beside_libflyball(prefix):
    """MuJoCo and SLEEF come out of the prefix, by relative RPATH."""
    listing = run(["ldd", prefix / "lib" / "libflyball.so"])
    for library in ("libmujoco.so", "libsleef.so"):
        found = re.search(rf"{library}\S* => (.*) \(", listing)
        assert found, listing
        assert found[1].startswith(str(prefix)), listing


C_COMPILERS = {"g++": "gcc", "clang++": "clang"}


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_example_agents_build_and_run(prefix, hidden, tmp_path, compiler):
    """docs/examples, copied out, built by either compiler and run where nothing else is."""
    source = tmp_path / "examples"
    source.mkdir()
    for name in ("CMakeLists.txt", "agent.cc", "agent.c"):
        (source / name).write_text((ROOT / "docs" / "examples" / name).read_text())
    environment = bare_environment(tmp_path / "bin")
    build, out = tmp_path / "build", tmp_path / "data"
    run(
        [*hidden, "cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_C_COMPILER={C_COMPILERS[compiler]}",
         f"-DCMAKE_PREFIX_PATH={prefix}"],
        env=environment,
    )  # fmt: skip
    run([*hidden, "cmake", "--build", build], env=environment)
    shown = run([*hidden, build / "agent", out], env=environment)
    assert "100% of the arms" in shown
    assert "mujoco: " in shown
    assert "bullet: " in shown
    shown = run([*hidden, build / "agent_c"], env=environment)
    assert "64 rows" in shown
    assert "repeats" in shown
