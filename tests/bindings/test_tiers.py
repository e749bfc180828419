"""Reference scores, tiers of datasets and the ready plans."""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT
from bindings.test_cli import flyball as command
from flyball import _core, datasets, scores

PLANS = sorted((ROOT / "scripts" / "plans").glob("*.yaml"))
TIERS = ("random", "medium", "medium-replay", "expert", "medium-expert", "noisy-scripted")
ID = "PandaReach-v1"


def tier_plan(tier: str, **more: Any) -> datasets.Plan:
    plan = {"id": ID, "episodes": 40, "seed": 1, **more}
    (loaded,) = datasets.load_plans({**plan, "tier": tier} if tier else plan)
    return loaded


def shipped() -> dict[str, str]:
    """The ids that come with flyball and their families: none that tests have registered."""
    families = {env_id: _core.registration(env_id)["family"] for env_id in flyball.list_envs()}
    return {
        env_id: family
        for env_id, family in families.items()
        if family != "python" and not env_id.startswith("Toy")
    }


def test_every_id_has_references() -> None:
    found = {(entry.env_id, json.dumps(entry.options)) for entry in scores.references()}
    for env_id, family in shipped().items():
        assert (env_id, "{}") in found
        if family == "manipulation":
            assert (env_id, '{"engine": "bullet"}') in found
    for entry in scores.references():
        assert entry.env_id in flyball.list_envs()
        for score in (entry.random, entry.expert):
            if score is not None:
                assert score.episodes >= 16
                assert score.interval[0] <= score.mean <= score.interval[1]
        if entry.expert is not None:
            assert entry.expert.policy in flyball.spec(entry.env_id, **entry.options).policies
            assert entry.expert.mean > entry.random.mean


def test_scores_are_on_the_scale_of_the_references() -> None:
    found = scores.reference(ID)
    assert found.expert is not None
    low, high = found.random.mean, found.expert.mean
    assert flyball.normalized_score(ID, high) == 1.0
    np.testing.assert_allclose(flyball.normalized_score(f"flyball/{ID}", [low, high]), [0, 1])
    other = flyball.normalized_score(ID, low, engine="bullet", dtype="float64")
    assert other == pytest.approx(0, abs=0.2)
    with pytest.raises(flyball.InputError, match="PandaReach"):
        flyball.normalized_score("PandaRaech-v1", 0.0)
    with pytest.raises(flyball.InputError, match="no reference scores for ends_on_success"):
        flyball.normalized_score(ID, 0.0, ends_on_success=False)
    without = [entry.env_id for entry in scores.references() if entry.expert is None]
    with pytest.raises(flyball.InputError, match="no baseline is better than random"):
        flyball.normalized_score(without[0], 0.0)


def test_a_reference_can_be_measured_again() -> None:
    found = scores.reference(ID)
    plan = {"id": ID, "episodes": found.random.episodes, "seed": found.random.seed}
    again = datasets.measure(plan, workers=2)
    assert scores.mean_interval(again.returns)[0] == found.random.mean


def test_intervals_are_students() -> None:
    # Ten numbers of standard deviation 1.8257: half width t(9) s / sqrt(10), t = 2.2622.
    values = np.arange(10) * 0.6030226892
    mean, low, high = scores.mean_interval(values)
    assert mean == pytest.approx(values.mean())
    half = 2.2622 * values.std(ddof=1) / math.sqrt(10)
    assert (high - low) / 2 == pytest.approx(half, rel=2e-3)


def test_measuring_is_what_generating_stores(tmp_path: Path) -> None:
    plan = tier_plan("medium-expert")
    plan.generate(tmp_path, workers=2)
    outcomes = datasets.measure(plan.data, workers=2, rows=5)
    for episode in datasets.open(tmp_path):
        assert len(episode) == outcomes.lengths[episode.index]
        assert sum(episode.rewards.tolist()) == outcomes.returns[episode.index]
        assert episode.policy_ids[0] == outcomes.policy_ids[episode.index]


def test_tiers_are_measured_and_lie_in_their_bands(tmp_path: Path) -> None:
    for tier in ("random", "medium", "expert"):
        plan = tier_plan(tier)
        plan.generate(tmp_path / tier, workers=2)
        verdict = plan.judge(tmp_path / tier)
        assert verdict is not None
        assert verdict.in_band, str(verdict)
        stored = json.loads((tmp_path / tier / "tier.json").read_text())
        # Recomputed from the data.
        returns = [episode.rewards.sum() for episode in datasets.open(tmp_path / tier)]
        score = 100 * flyball.normalized_score(ID, returns).mean()
        assert stored["score"] == verdict.score == pytest.approx(score)
        # What is beside the data hinders neither verification nor going on.
        assert datasets.verify(tmp_path / tier).ok
        plan.generate(tmp_path / tier)


def test_a_dataset_outside_its_band_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(f"id: {ID}\ntier: expert\npolicy: random\nepisodes: 30\n")
    call = ("generate", file, "--out", tmp_path / "data")
    refused = command(*call)
    assert refused.returncode == 1
    assert "outside its band [90, inf]" in refused.stdout
    assert "--allow-outside-band" in refused.stderr
    assert command(*call, "--allow-outside-band").returncode == 0
    file.write_text(file.read_text() + "band: [-20, 20]\n")
    taken = command("generate", file, "--out", tmp_path / "data")
    assert taken.returncode == 0, taken.stdout
    assert re.search(r"score -?\d+\.\d \+- \d+\.\d, in its band", taken.stdout)


def test_splits_are_nested_and_by_quality(tmp_path: Path) -> None:
    tier_plan("medium-expert").generate(tmp_path)
    keys = datasets.splits(tmp_path, valid=0.25)
    assert keys == datasets.splits(datasets.open(tmp_path), valid=0.25)
    assert len(keys["valid"]) == 10
    assert sorted(keys["train"] + keys["valid"]) == list(range(40))
    sizes = [set(keys[name]) for name in ("10_percent", "20_percent", "50_percent", "train")]
    assert [len(size) for size in sizes] == [3, 6, 15, 30]
    assert all(small < large for small, large in itertools.pairwise(sizes))
    returns = [episode.rewards.sum() for episode in datasets.open(tmp_path)]
    thirds = [[returns[i] for i in keys[name]] for name in ("worse", "okay", "better")]
    assert [len(third) for third in thirds] == [10, 10, 10]
    assert max(thirds[0]) <= min(thirds[1])
    assert max(thirds[1]) <= min(thirds[2])
    with pytest.raises(flyball.InputError, match="valid is 2"):
        datasets.splits(tmp_path, valid=2)


def test_tiers_are_policies() -> None:
    def entries(tier: str, **more: Any) -> Any:
        return tier_plan(tier, **more).canonical["policies"]

    assert entries("random")[0]["policy"] == "random"
    assert entries("expert")[0]["policy"] == "scripted"
    medium, expert = entries("medium-expert")
    assert medium["fraction"] == expert["fraction"] == 0.5
    assert medium["epsilon"] > 0.0 == expert["epsilon"]
    assert entries("noisy-scripted")[0]["noise"] == [0.0, 0.5]
    stages = entries("medium-replay")
    assert [stages[0]["epsilon"], stages[-1]["epsilon"]] == [1.0, medium["epsilon"]]
    assert tier_plan("medium-replay").canonical["order"] == "in_order"


def test_bad_tiers_are_named() -> None:
    def refused(text: str, **plan: Any) -> None:
        with pytest.raises(flyball.InputError, match=text):
            datasets.load_plans({"id": ID, "episodes": 3, **plan})

    refused("did you mean 'medium'", tier="mediun")
    refused("band is 'high'", tier="random", band="high")
    refused("band is", tier="random", band=[90, 10])
    refused("a band needs a tier or policies", band=[0, 10])
    refused("no reference scores", tier="expert", options={"ends_on_success": False})
    refused("of the tier medium-replay", tier="expert", checkpoints=["a.onnx"])
    refused("give 'policies'", id="Linear-rea-v1", tier="expert")


def test_the_ready_plans_cover_every_family_and_tier() -> None:
    families = set(shipped().values())
    assert {path.stem for path in PLANS} == {f"{f}-{tier}" for f in families for tier in TIERS}


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_each_ready_plan_checks(path: Path) -> None:
    for plan in datasets.load_plans(path):
        family = _core.registration(plan.canonical["id"])["family"]
        assert path.stem == f"{family}-{plan.tier}"


@pytest.mark.parametrize(
    "path", [p for p in PLANS if "medium-replay" in p.stem], ids=lambda p: p.stem
)
def test_ready_replay_plays_what_a_training_left_in_its_order(path: Path) -> None:
    for plan in datasets.load_plans(path):
        env_id, entries = plan.canonical["id"], plan.canonical["policies"]
        names = [Path(entry["policy"]).name for entry in entries]
        assert plan.canonical["order"] == "in_order"
        steps = [int(re.fullmatch(rf"{env_id}-(\d+)\.onnx", name)[1]) for name in names]
        assert len(steps) >= 3
        assert steps == sorted(steps)
        # Only the last were good: replay is no second expert.
        first, last = (
            datasets.measure({"id": env_id, "episodes": 20, "seed": 5, "policies": [entry]})
            for entry in (plan.data["policies"][0], plan.data["policies"][-1])
        )
        assert first.returns.mean() < last.returns.mean()


# Episodes that tell; where steps are cheap, all of the plan's.
ENOUGH = {"manipulation": 200, "pde": 48, "quadcopter": 250}


@pytest.mark.parametrize("tier", ["random", "medium", "expert"])
@pytest.mark.parametrize("family", sorted(set(shipped().values())))
def test_each_ready_plan_lies_in_the_band_of_its_tier(family: str, tier: str) -> None:
    for plan in datasets.load_plans(ROOT / f"scripts/plans/{family}-{tier}.yaml"):
        episodes = min(plan.canonical["episodes"], ENOUGH.get(family, 1000))
        outcomes = datasets.measure({**plan.data, "episodes": episodes}, workers=2)
        options = plan.canonical["options"]
        values = 100 * flyball.normalized_score(plan.canonical["id"], outcomes.returns, **options)
        assert plan.band[0] <= values.mean() <= plan.band[1], (plan.name, values.mean())


def test_a_tiny_version_of_a_ready_plan_runs(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    shutil.copy(ROOT / "scripts/plans/manipulation-medium-expert.yaml", path)
    path.write_text(re.sub(r"episodes: \d+", "episodes: 4", path.read_text()))
    plans = datasets.load_plans(path)
    for plan, folder in zip(plans, datasets.folders_of(plans, tmp_path / "data"), strict=True):
        plan.generate(folder, workers=2)
        assert datasets.verify(folder, replay=True).ok
        assert sorted(int(e.policy_ids[0]) for e in datasets.open(folder)) == [0, 0, 1, 1]
    assert [plan.canonical["options"]["engine"] for plan in plans] == ["mujoco", "bullet"]
