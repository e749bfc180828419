"""What a plan's episodes come to, without keeping them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.datasets import generation


@dataclass(frozen=True)
class Outcomes:
    """Element i is episode i of the plan, as ``generate`` would store it."""

    lengths: NDArray[np.int64]  # steps
    returns: NDArray[np.float64]  # sums of rewards
    policy_ids: NDArray[np.int64]  # which of the plan's


def measure(plan: Mapping[str, Any], *, workers: int = 1, rows: int = 0) -> Outcomes:
    """Play the episodes of a plan (docs/datasets.md) and keep only what they come to."""
    named, functions = generation.name_policies(plan)
    factory = generation.factory_of(functions)
    return Outcomes(*_core.measure_plan(named, workers, rows, factory))
