"""What is finished stays: power cuts and hanging workers.

Kills, full disks, damage, two runs into one folder, changed plans and workers that fail are in
tests/envs/dataset/generate_test.cc and verify_test.cc, and in test_datasets.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT, TOYS
from flyball import datasets

POWER_LOSS = TOYS.with_name("libflyball_power_loss.so")


@pytest.mark.parametrize("early", [0, 1, 2], ids=["late", "names early", "all early"])
def test_power_cut_at_every_call(tmp_path: Path, early: int) -> None:
    """At whichever call the power goes, finished shards are whole, and the rest is made again."""
    script = Path(__file__).with_name("power_loss.py")
    run = subprocess.run(
        [sys.executable, script, POWER_LOSS, TOYS, tmp_path, str(early)],
        env={
            **os.environ,
            "LD_PRELOAD": str(POWER_LOSS),
            "PYTHONPATH": str(ROOT / "bindings/python"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["hashes"] == [found["reference"]]
    # More and more shards are there, from no plan to all three, through each number.
    assert found["kept"] == sorted(found["kept"])
    assert set(found["kept"]) == {-1, 0, 1, 2, 3}
    assert len(found["kept"]) > 25


def hanging(observation: Any, step: Any, seed: Any) -> Any:
    """Comes to rest in one of its episodes."""
    del seed
    while os.environ.get("FLYBALL_TEST_HANGS") and step.max() == 11:
        time.sleep(0.05)
    return np.zeros((len(observation), 1))


def test_a_hanging_worker_ends_the_run_and_what_is_done_stays(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "flyball", "--load", str(TOYS), "generate", "ToyCart-v1"]
    call += ["--policy", "bindings.test_never_lost:hanging", "--episodes", "40", "--stall", "1"]
    call += ["--episodes-per-shard", "2", "--out", str(tmp_path / "data"), "--workers", "2"]
    path = os.pathsep.join([str(ROOT / "bindings/python"), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path}
    hung = subprocess.run(
        call,
        env={**environment, "FLYBALL_TEST_HANGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert hung.returncode == 2
    assert "no step was finished in 1 s" in hung.stderr
    resumed = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert datasets.verify(tmp_path / "data", replay=True).ok


@pytest.mark.parametrize("damage", ["a byte", "cut", "gone"])
def test_a_damaged_shard_is_made_again_as_the_error_says(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "data"
    settings = {"policy": "random", "episodes": 6, "seed": 3, "episodes_per_shard": 2}
    wanted = datasets.generate("ToyCart-v1", folder, **settings)
    shard, journal = folder / "shard-00001.fly", folder / "journal"
    content = shard.read_bytes()
    middle = len(content) // 2
    if damage == "gone":
        shard.unlink()
    else:
        rest = bytes([content[middle] ^ 4]) + content[middle + 1 :] if damage == "a byte" else b""
        shard.write_bytes(content[:middle] + rest)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(
        flyball.DataError, match=r"delete it and the line of shard-00001.fly in .*j"
    ):
        datasets.generate("ToyCart-v1", folder, **settings)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    shard.unlink(missing_ok=True)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if shard.name not in line))
    assert datasets.generate("ToyCart-v1", folder, **settings) == wanted
    assert datasets.verify(folder, replay=True).ok
