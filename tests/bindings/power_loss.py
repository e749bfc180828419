"""Run by test_never_lost.py with libflyball_power_loss.so preloaded; prints what it found as JSON.

For N = 0, 1, 2, ...: a child generates a dataset and loses its power after N calls that change the
folder; what is on the disk then is put together, looked at, and generated to its end.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import flyball
from flyball import datasets

PLAN: dict[str, Any] = {"episodes": 6, "seed": 3, "episodes_per_shard": 2, "max_episode_steps": 5}


def main(library: str, toys: str, folder: Path, early: int) -> None:
    flyball.load(toys)
    disk = ctypes.CDLL(library)
    reference = datasets.generate("ToyCart-v1", folder / "reference", **PLAN)
    kept, hashes = [], set()
    for calls in range(1000):
        work, state, after = (folder / f"{name}{calls}" for name in ("work", "state", "after"))
        work.mkdir()
        child = os.fork()
        if child == 0:
            disk.flyball_watch_disk(os.fsencode(work), os.fsencode(state), calls, early)
            datasets.generate("ToyCart-v1", work, **PLAN)
            os._exit(0)
        finished = os.waitpid(child, 0)[1] == 0
        put_together(state, after)
        kept.append(shards_of(after))
        hashes.add(datasets.generate("ToyCart-v1", after, **PLAN))
        assert datasets.verify(after, replay=True).ok
        for used in (work, state, after):
            shutil.rmtree(used, ignore_errors=True)
        if finished:
            break
    print(json.dumps({"kept": kept, "hashes": list(hashes), "reference": reference}))


def put_together(state: Path, after: Path) -> None:
    """The folder as the next start of the system finds it: what was not synced is empty."""
    after.mkdir()
    names = state / "names"
    for line in names.read_text().splitlines() if names.exists() else []:
        inode, name = line.split(" ", 1)
        blob = state / "blobs" / inode
        (after / name).write_bytes(blob.read_bytes() if blob.exists() else b"")


def shards_of(folder: Path) -> int:
    """Shards that count, each of them whole; -1 where there is no plan yet."""
    if not (folder / "plan.json").exists():
        return -1
    report = datasets.verify(folder)
    assert all("shards are there" in problem.text for problem in report.problems), report.problems
    return report.episodes // PLAN["episodes_per_shard"]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
