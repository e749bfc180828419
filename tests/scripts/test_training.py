"""scripts/training as far as it goes without torch: recipes, plans, scores, curves."""

import itertools
from dataclasses import replace
from pathlib import Path

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT
from flyball import datasets, experiments
from training import offline, random_search, recipes, scoring


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_recipes_name_what_there_is(name: str) -> None:
    recipe = recipes.RECIPES[name]
    assert recipe.env_id in flyball.list_envs()
    if isinstance(recipe.bar, str):
        other = recipes.RECIPES[recipe.bar]
        assert (other.env_id, other.plan, other.by) == (recipe.env_id, recipe.plan, recipe.by)
    if recipe.plan is not None:
        (plan,) = datasets.load_plans(offline.PLANS / f"{recipe.plan}.yaml")
        assert plan.data["id"] == recipe.env_id


def test_transitions_are_the_datasets_rows(tmp_path: Path) -> None:
    plan = {"id": "PandaReach-v1", "episodes": 6, "seed": 3, "policy": "random"}
    (loaded,) = datasets.load_plans({**plan, "max_episode_steps": 5})
    loaded.generate(tmp_path / "data")
    data = offline.load(tmp_path / "data")
    at = 0
    for episode in datasets.open(tmp_path / "data"):
        fields = episode.observations
        for step in range(len(episode)):
            for rows, when in ((data.observations, step), (data.next_observations, step + 1)):
                shown = np.concatenate([fields[name][when] for name in fields])
                np.testing.assert_array_equal(rows[at + step], shown)
            last = step == len(episode) - 1
            following = 0 * episode.actions[0] if last else episode.actions[step + 1]
            np.testing.assert_array_equal(data.actions[at + step], episode.actions[step])
            np.testing.assert_array_equal(data.next_actions[at + step], following)
            assert data.rewards[at + step, 0] == np.float32(episode.rewards[step])
            assert data.terminals[at + step, 0] == episode.terminations[step]
        at += len(episode)
    assert at == len(data) > 0


def test_a_curve_is_scored_ten_times_and_stored(tmp_path: Path) -> None:
    def act(observation: np.ndarray) -> np.ndarray:
        return np.zeros((len(observation), 4))

    pytest.importorskip("pyarrow")
    curve = scoring.Curve("QuadHover-v1", steps=1000)
    for step in range(16, 1008, 16):
        if curve.due(step):
            curve.add(step, scoring.Policy(act))
    assert list(curve.points) == [112, 208, 304, 400, 512, 608, 704, 800, 912]
    score = curve.add(1000, scoring.Policy(act), 30)
    curve.store(tmp_path, "still", 5, {"gamma": 0.9})
    (run,) = experiments.load(tmp_path).runs
    assert (run.algorithm, run.task, run.seed) == ("still", "QuadHover-v1", 5)
    assert run.steps[-1] == 1000
    assert run.scores[-1] == score
    assert run.settings["gamma"] == 0.9
    assert "numpy" in run.settings["versions"]


def test_random_search_climbs() -> None:
    top = np.array([[1.0, -2.0, 0.5]])

    def play(many: np.ndarray) -> np.ndarray:
        return -((many - top) ** 2).sum(axis=(1, 2))

    found = random_search.search(
        play, np.zeros((1, 3)), np.random.default_rng(0), step=0.1, noise=0.1, tries=8
    )
    last = next(itertools.islice(found, 100, None))
    np.testing.assert_allclose(last, top, atol=0.3)  # a few steps: their length does not fall


def test_random_search_plays_all_policies_over_the_same_episodes() -> None:
    # Zero and one weight twice: what differs between policies is the weights alone.
    weights = np.stack([np.zeros((2, 2)), np.full((2, 2), 0.2), np.zeros((2, 2))])
    play = random_search.Players("Linear-he1-v1", policies=3, episodes=4, seed=7)
    values = play(weights)
    assert values[0] == values[2] != values[1]
    assert 0 < play.steps <= 3 * 4 * 1000  # episodes are cut where the plant runs away
    again = random_search.Players("Linear-he1-v1", policies=1, episodes=4, seed=7)
    assert again(weights[:1]) == values[:1]
    assert play(weights)[0] != values[0]  # new episodes each time


def test_random_search_holds_an_unstable_plant() -> None:
    recipe = replace(recipes.RECIPES["he1"], steps=200_000)
    policy = random_search.train(recipe, 1, scoring.Curve(recipe.env_id, recipe.steps))
    assert scoring.scores(recipe.env_id, policy.act, 20).mean() > 0.99


def test_scores_are_those_of_the_references() -> None:
    def straight(observation: dict[str, np.ndarray]) -> np.ndarray:
        return np.clip(10 * (observation["desired_goal"] - observation["achieved_goal"]), -1, 1)

    def still(observation: dict[str, np.ndarray]) -> np.ndarray:
        return np.zeros((len(observation["observation"]), 3))

    # Going straight for the goal is what the expert does; never to reach it is -50, random's -48.6.
    assert scoring.scores("PandaReach-v1", straight, 40).mean() == pytest.approx(1.0, abs=0.05)
    assert scoring.scores("PandaReach-v1", straight, 40, by="success").all()
    assert scoring.scores("PandaReach-v1", still, 5).mean() == pytest.approx(-0.03, abs=0.03)
    assert not scoring.scores("PandaReach-v1", still, 5, by="success").any()


@pytest.mark.parametrize("family", ["quadcopter", "manipulation"])
def test_checkpoints_get_better(family: str) -> None:
    plan = datasets.load_plans(ROOT / f"scripts/plans/{family}-medium-replay.yaml")[0]
    outcomes = datasets.measure({**plan.data, "episodes": 60})
    scores = flyball.normalized_score(plan.data["id"], outcomes.returns)
    stages = [scores[outcomes.policy_ids == stage].mean() for stage in range(3)]
    assert stages == sorted(stages)
    assert stages[0] < 0.6  # medium
    assert stages[-1] > 0.9
