"""Comparison with a recorded peer that also writes down how far apart the two were.

The largest difference of every quantity of every id goes to build/parity.json when the tests end,
whatever came of them; `scripts/report_parity` makes docs/parity.json and docs/parity.md of it.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
# The runs to compare with: those of the tests, or others that scripts/check_parity has recorded.
OTHERS = os.environ.get("FLYBALL_GOLDEN")
GOLDEN = Path(OTHERS) if OTHERS else ROOT / "tests" / "golden"
FILE = GOLDEN / "measured.json" if OTHERS else ROOT / "build" / "parity.json"
RELATIVE = "of the largest"  # in place of a unit, where a difference is a share


@dataclass
class Measured:
    """How near one quantity of one id came to the peer's, over all runs of a session."""

    id: str
    peer: str
    what: str
    unit: str
    largest: float  # of the absolute differences
    tolerance: float  # of that run in which the difference was largest
    numbers: int  # how many were compared


found: dict[tuple[str, str, str], Measured] = {}


def compare(
    where: tuple[str, str],
    what: str,
    actual: Any,
    expected: Any,
    *,
    tolerance: float,
    unit: str = RELATIVE,
    scale: float = 1.0,
) -> None:
    """Write down, then assert that no number is further from the peer's than the tolerance.

    ``where`` is the id and the peer; differences are divided by ``scale`` first (by 1 if it is 0).
    """
    scale = float(scale) or 1.0
    actual, expected = np.broadcast_arrays(
        np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    )
    difference = np.abs(actual - expected) / scale
    largest = float(difference.max(initial=0.0))
    known = found.setdefault((*where, what), Measured(*where, what, unit, 0.0, tolerance, 0))
    known.numbers += difference.size
    if not largest <= known.largest:  # not a number counts as the largest
        known.largest, known.tolerance = largest, tolerance
    text = f"{where[0]}, {what}"
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale, err_msg=text)


def save(run: str, file: Path = FILE) -> None:
    """Add what was found to the file: of this run the larger counts, of older ones nothing.

    Processes of one run (the workers of pytest-xdist) call it one after the other.
    """
    if not found:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = json.loads(file.read_text()) if file.exists() else []
        merged = {(item["id"], item["peer"], item["what"]): item for item in stored}
        for key, measured in found.items():
            item = {**asdict(measured), "run": run}
            old = merged.get(key)
            if old is not None and old["run"] == run:
                item["numbers"] += old["numbers"]
                if old["largest"] > item["largest"]:
                    item["largest"], item["tolerance"] = old["largest"], old["tolerance"]
            merged[key] = item
        partial = file.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps([merged[key] for key in sorted(merged)], indent=1) + "\n")
        partial.replace(file)
