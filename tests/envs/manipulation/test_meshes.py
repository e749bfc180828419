"""The Panda seen in meshes of a package that somebody has installed: a tiny one made here."""

from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest

# A tetrahedron with a corner at the origin, edges of 0.3 m, in two objects.
TETRAHEDRON = """mtllib none.mtl
o sides
v 0 0 0
v 0.3 0 0
v 0 0.3 0
v 0 0 0.3
f 1//1 3//1 2//1
f 1 2 4
o rest
f 1 4 3
f -3 -2 -1
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a Panda of two parts, one of them in two pieces, and another robot."""
    folder = tmp_path / "arm_data" / "franka_panda" / "visual"
    for name in ("link1.obj", "hand_0.obj", "hand_1.obj"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TETRAHEDRON)
    (folder / "hand_notes.obj.txt").write_text("no mesh")
    (folder.parent / "collision").mkdir()
    (folder.parent / "collision" / "link1.stl").write_text("never read")
    other = tmp_path / "arm_data" / "iiwa" / "visual"
    other.mkdir(parents=True)
    (other / "link1.obj").write_text("never read")
    (tmp_path / "arm_data" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "arm_data"


def make(**options: Any) -> gym.Env:
    return gym.make(
        "flyball/PandaReach-v1", render_mode="rgb_array", width=160, height=120, **options
    ).unwrapped


def test_they_are_seen_and_change_nothing_else(package: str) -> None:
    folder = flyball.panda_meshes(package)
    assert Path(folder).parts[-3:] == (package, "franka_panda", "visual")
    plain, meshed = make(), make(meshes=folder)
    plain.reset(seed=0)
    meshed.reset(seed=0)
    for _ in range(3):
        action = np.float32([0.5, -0.3, 0.2])
        here, there = meshed.step(action), plain.step(action)
        np.testing.assert_array_equal(here[0]["observation"], there[0]["observation"])
    seen, before = meshed.render().astype(int), plain.render().astype(int)
    changed = np.abs(seen - before).sum(axis=2) > 30
    # Large tetrahedra in place of a link and the hand: a good part of what the arm covers.
    assert 0.01 < changed.mean() < 0.5


def test_a_package_without(package: str) -> None:
    with pytest.raises(flyball.InputError, match="'no_such_package' is not installed"):
        flyball.panda_meshes("no_such_package")
    with pytest.raises(flyball.InputError, match="'json' has no meshes of a Panda"):
        flyball.panda_meshes("json")


def test_folders_that_do_not_do(tmp_path: Path) -> None:
    with pytest.raises(flyball.InputError, match="none of link0 to link7, hand, finger"):
        make(meshes=str(tmp_path))
    for text, why in (
        ("v 0 0 0\n", "link2.obj: there is no face"),
        ("v 0 0\n", "link2.obj:1: a vertex needs three numbers"),
        ("v 0 0 0\nf 1 1/2/3 -4\n", "link2.obj:2: there is no vertex -4"),
    ):
        (tmp_path / "link2.obj").write_text(text)
        with pytest.raises(flyball.DataError, match=why):
            make(meshes=str(tmp_path))
    robot = Path(flyball.assets_folder()) / "robots" / "six_axis.txt"
    with pytest.raises(flyball.InputError, match=r"robot=.* and meshes=.* exclude each other"):
        make(meshes=str(tmp_path), robot=str(robot))
