"""Tiers: how good the policies of a dataset are, promised by the plan and measured in the data.

Scores here are those of ``flyball.normalized_score`` times 100: 0 random, 100 the expert.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flyball import _core, scores, specs
from flyball.datasets.reader import Dataset

# Where the mean score of a tier must lie; others promise nothing.
BANDS: dict[str, tuple[float, float]] = {
    "random": (-math.inf, 5.0),
    "medium": (30.0, 60.0),
    "expert": (90.0, math.inf),
}
TIERS = ("random", "medium", "medium-replay", "expert", "medium-expert", "noisy-scripted")
# Stages of medium-replay without checkpoints.
STAGES = 8
FILE = "tier.json"


@dataclass(frozen=True)
class Verdict:
    """What a dataset's episodes come to."""

    tier: str
    band: tuple[float, float]
    score: float  # mean over episodes
    interval: tuple[float, float]  # 95 % of that
    episodes: int

    @property
    def in_band(self) -> bool:
        return self.band[0] <= self.score <= self.band[1]

    def __str__(self) -> str:
        half = (self.interval[1] - self.interval[0]) / 2
        text = f"tier {self.tier}: score {self.score:.1f} +- {half:.1f}"
        if self.band == (-math.inf, math.inf):
            return text
        where = "in" if self.in_band else "outside"
        return f"{text}, {where} its band [{self.band[0]:g}, {self.band[1]:g}]"


def policies_of(
    tier: str, env_id: str, options: Mapping[str, Any], checkpoints: Sequence[Any] = ()
) -> dict[str, Any]:
    """The keys ``policies`` and ``order`` of a plan of a tier, for an id with references.

    - random: uniform actions;
    - expert: the reference's expert;
    - medium: the expert, with so many of its actions replaced at random that its score is about 45;
    - medium-expert: both, half and half;
    - noisy-scripted: the expert under Gaussian noise whose level each episode draws (discrete
      actions: a tenth at random);
    - medium-replay: the checkpoints of a training, in order, in equal shares. Without checkpoints,
      a schedule that stands for one: the expert's share of random actions falls in equal steps from
      1 to that of medium.
    """
    _check_tier(tier)
    if tier == "random":
        return {"policies": [{"policy": "random"}]}
    if tier == "medium-replay" and checkpoints:
        return {"policies": list(checkpoints), "order": "in_order"}
    found = scores.reference(env_id, **options)
    if found.expert is None:
        raise _core.InputError(
            f"tier '{tier}': no baseline of {env_id} is better than random; give 'policies'"
        )
    expert = {"policy": found.expert.policy}
    if tier == "expert":
        return {"policies": [expert]}
    if tier == "noisy-scripted":
        discrete = specs.spec(env_id, **options).action.choices
        noise = {"epsilon": 0.1} if discrete else {"noise": [0.0, 0.5]}
        return {"policies": [{**expert, **noise}]}
    if found.medium is None:
        raise _core.InputError(
            f"tier '{tier}': the reference scores of {env_id} hold no calibrated medium policy; "
            "give 'policies'"
        )
    epsilon = float(found.medium["epsilon"])
    medium = {**expert, "epsilon": epsilon}
    if tier == "medium":
        return {"policies": [medium]}
    if tier == "medium-expert":
        return {"policies": [medium, expert]}
    levels = np.linspace(1.0, epsilon, STAGES)
    stages = [{**expert, "epsilon": round(float(level), 6)} for level in levels]
    return {"policies": stages, "order": "in_order"}


def band_of(tier: str | None, band: Any) -> tuple[float, float]:
    """The band a plan asks for: its own, or its tier's."""
    if tier is not None:
        _check_tier(tier)
    if band is None:
        return BANDS.get(tier or "", (-math.inf, math.inf))
    ends = [None, None] if not isinstance(band, list | tuple) or len(band) != 2 else band
    if ends == [None, None] or any(
        isinstance(end, bool) or not isinstance(end, int | float | None) for end in ends
    ):
        raise _core.InputError(
            f"plan: band is {band!r}; [lowest, highest] of the score is needed, null for no end"
        )
    low = -math.inf if ends[0] is None else float(ends[0])
    high = math.inf if ends[1] is None else float(ends[1])
    if not low <= high:
        raise _core.InputError(f"plan: band is {band!r}; the lowest score comes first")
    return low, high


def judge(folder: str | os.PathLike[str], tier: str, band: tuple[float, float]) -> Verdict:
    """Measure a dataset and write what it comes to beside it (``tier.json``)."""
    dataset = Dataset(folder)
    returns = np.array([episode.rewards.sum() for episode in dataset])
    plan = dataset.plan
    values = 100 * scores.normalized_score(plan["id"], returns, **plan["options"])
    mean, low, high = scores.mean_interval(values)
    verdict = Verdict(tier, band, mean, (low, high), len(values))
    text = json.dumps({**asdict(verdict), "in_band": verdict.in_band}, indent=1)
    path = Path(folder) / FILE
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)
    return verdict


def _check_tier(tier: str) -> None:
    if tier not in TIERS:
        raise _core.InputError(f"plan: {_core.unknown_name('tier', str(tier), list(TIERS))}")
