"""Meshes that robots are seen in, from packages that somebody has installed."""

import importlib.util
import re
from pathlib import Path

from flyball import _core

_PART = re.compile(r"(link[0-7]|hand|finger)(_\d+)?\.(obj|stl)")


def _parts(folder: Path) -> int:
    """How many of the Panda's parts a folder has."""
    found = (_PART.fullmatch(file.name) for file in folder.iterdir())
    return len({match[1] for match in found if match})


def panda_meshes(package: str = "pybullet_data") -> str:
    """The folder of a Panda's meshes in an installed package, for the option ``meshes``.

    `package` is the name of one that can be imported; it is not. Of its folders whose path says
    "panda", one named "visual" is taken before others, then the one with the most parts of link0 to
    link7, hand and finger. InputError if there is no such package, or no Panda in it.
    """
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise _core.InputError(f"panda_meshes: package {package!r} is not installed")
    root = Path(spec.submodule_search_locations[0])
    folders = {file.parent for file in root.rglob("*") if _PART.fullmatch(file.name)}
    pandas = [at for at in folders if "panda" in str(at.relative_to(root)).lower()]
    if not pandas:
        raise _core.InputError(f"panda_meshes: package {package!r} has no meshes of a Panda")
    return str(min(pandas, key=lambda at: (at.name != "visual", -_parts(at), str(at))))
