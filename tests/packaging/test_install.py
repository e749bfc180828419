"""The installed C++ package: moved, with the source out of sight and no Python on the PATH."""

import re

from packaging_helpers import ROOT, run


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
