"""What is said of how near the peers are is what was measured, the worst of it."""

import json

import numpy as np
import pytest
from parity import measured
from parity.measured import compare

WHERE = ("Some-v1", "a peer 1.0")


@pytest.fixture
def found(monkeypatch):
    monkeypatch.setattr(measured, "found", {})
    return measured.found


def test_the_largest_difference_is_kept(found):
    compare(WHERE, "x", [1.0, 2.0], [1.0, 2.5], tolerance=1.0, unit="m")
    compare(WHERE, "x", [10.0], [12.0], tolerance=0.3, scale=10, unit="m")
    (item,) = found.values()
    assert (item.largest, item.tolerance, item.numbers) == (0.5, 1.0, 3)
    with pytest.raises(AssertionError, match="Some-v1, x"):
        compare(WHERE, "x", 1.0, 3.0, tolerance=1.0, unit="m")
    assert item.largest == 2.0  # a failure is written down too
    with pytest.raises(AssertionError):
        compare(WHERE, "x", np.nan, 3.0, tolerance=1.0, unit="m")
    assert np.isnan(item.largest)


def test_a_run_replaces_older_ones_and_adds_up_its_processes(found, tmp_path):
    file = tmp_path / "parity.json"

    def saved(run, difference):
        found.clear()
        compare(WHERE, "x", difference, 0.0, tolerance=1.0)
        measured.save(run, file)
        (item,) = json.loads(file.read_text())
        return item["largest"], item["numbers"]

    assert saved("first", 0.5) == (0.5, 1)
    assert saved("first", 0.25) == (0.5, 2)
    assert saved("second", 0.25) == (0.25, 1)
