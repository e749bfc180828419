"""Plan files, and the mixtures they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.test_cli import fails, ok
from bindings.test_datasets import TOY, tagged
from flyball import datasets

MIXTURE = f"""\
# Two thirds noisy, one third random.
id: {TOY}
options: {{preset: short}}
policies:
  - policy: constant
    options: {{value: 0.5}}
    noise: 0.1
    fraction: 2
  - random
episodes: 9
seed: 3
"""


def refused(tmp_path: Path, text: str, *parts: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(flyball.InputError) as raised:
        datasets.load_plans(file)
    for part in ("bad.yaml", *parts):
        assert part in str(raised.value)


def test_a_plan_file_generates_what_its_flags_would(tmp_path: Path) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text(MIXTURE)
    text = ok("plan", "check", file)
    assert "9 episodes of 0.6667 constant + 0.3333 random" in text
    shown = json.loads(ok("plan", "show", file))
    assert [entry["fraction"] for entry in shown["policies"]] == [2 / 3, 1 / 3]
    # The canonical form, written as JSON, is the same plan.
    (tmp_path / "same.json").write_text(json.dumps(shown))
    assert ok("plan", "check", tmp_path / "same.json").splitlines()[1] == text.splitlines()[1]

    line = ok("generate", file, "--out", tmp_path / "data", "--workers", "2")
    dataset = datasets.open(tmp_path / "data")
    assert line.strip() == f"content hash: {dataset.content_hash}"
    assert f"plan hash: {dataset.plan_hash}" in text
    assert dataset.policies == ("constant", "random")
    played = [int(episode.policy_ids[0]) for episode in dataset]
    assert sorted(played) == [0] * 6 + [1] * 3
    assert played == flyball._core.plan_policies(shown, 9)
    for episode, policy in zip(dataset, played, strict=True):
        assert (episode.policy_ids == policy).all()
        assert np.isfinite(episode.log_probabilities).all()
        np.testing.assert_array_equal(
            episode.actions, np.clip(episode.commanded_actions, -2.0, 2.0)
        )
    # Flags make the plan of the same content.
    call = ["generate", TOY, "--episodes", "9", "--seed", "3", "--noise", "0.1"]
    call += ["--policy", "constant", "--policy-option", "value=0.5", "--option", "preset=short"]
    ok(*call, "--out", tmp_path / "flags")
    one = {**shown, "policies": [{**shown["policies"][0], "fraction": 1.0}]}
    assert datasets.open(tmp_path / "flags").plan == one


def test_several_environments_get_a_folder_each(tmp_path: Path) -> None:
    file = tmp_path / "several.yaml"
    file.write_text(
        "environments:\n"
        f"  - {TOY}\n"
        f"  - {{id: {TOY}, name: short, options: {{preset: short}}, policy: oscillators}}\n"
        "policy: random\nepisodes: 3\n"
    )
    lines = ok("generate", file, "--out", tmp_path / "data").splitlines()
    assert [line.split(":")[0] for line in lines] == [TOY, "short"]
    assert datasets.open(tmp_path / "data" / TOY).policies == ("random",)
    assert datasets.open(tmp_path / "data" / "short").policies == ("oscillators",)
    assert datasets.verify(tmp_path / "data" / "short", replay=True).ok


def test_python_policies_in_mixtures(tmp_path: Path) -> None:
    def dataset(name: str, **settings: Any) -> datasets.Dataset:
        mixture = [{"policy": tagged, "noise": 0.2}, {"policy": with_density, "fraction": 2}]
        kwargs: dict[str, Any] = {"episodes": 9, "policies": mixture, "named_state": True}
        datasets.generate(TOY, tmp_path / name, **kwargs, **settings)
        return datasets.open(tmp_path / name)

    one, five = dataset("one"), dataset("five", workers=5, rows=2)
    assert one.content_hash == five.content_hash
    assert datasets.verify(tmp_path / "one", replay=True).ok
    assert one.policies == (f"{__name__}:tagged".replace(__name__, tagged.__module__), ANY_DENSITY)
    for episode in one:
        assert np.isfinite(episode.log_probabilities).all()
        if episode.policy_ids[0] == 1:
            assert (episode.log_probabilities == -1.25).all()
        # The physical state by name, a row a state.
        states = [name for name in episode.columns if name.startswith("state/")]
        assert states
        assert all(len(episode.columns[name]) == len(episode) + 1 for name in states)


def with_density(observation: Any) -> Any:
    return np.zeros((len(observation), 1)), np.full(len(observation), -1.25)


ANY_DENSITY = f"{with_density.__module__}:with_density"


def test_bad_plans_name_file_line_and_key(tmp_path: Path) -> None:
    refused(tmp_path, f"id: {TOY}\nepisdoes: 3\n", "line 2", "episodes")
    refused(tmp_path, f"id: {TOY}\nepisodes: 0\n", "line 2", "episodes")
    refused(tmp_path, f"id: {TOY}\nepisodes: many\n", "line 2", "plan.episodes", "integer")
    refused(tmp_path, f"id: {TOY}\n", "'episodes' is missing")
    refused(tmp_path, f"id: {TOY}\nepisodes: 3\nid: {TOY}\n", "'id' is given twice")
    refused(tmp_path, "id: ToyCrat-v1\nepisodes: 3\n", "ToyCart-v1")
    refused(tmp_path, MIXTURE.replace("noise", "nosie"), "line 7", "policies[0]", "noise")
    refused(tmp_path, MIXTURE.replace("preset", "perset"), "preset")
    refused(tmp_path, MIXTURE.replace("random", "ramdom"), "random")
    refused(tmp_path, "- a\n- b\n", "mapping")
    refused(tmp_path, "id: [", "no YAML")
    refused(tmp_path, f"environments: [{TOY}, {TOY}]\nepisodes: 3\n", "two of the environments")
    refused(tmp_path, f"environments: [{{id: {TOY}, nmae: x}}]\nepisodes: 3\n", "name")
    refused(tmp_path, "environments: []\nepisodes: 3\n", "list of environments")
    refused(tmp_path, f"environments: [{TOY}]\nid: {TOY}\nepisodes: 3\n", "exclude each other")
    refused(tmp_path, f"id: {TOY}\nname: ../up\nepisodes: 3\n", "name is '../up'")

    both = "'episodes' and 'transitions' exclude each other"
    refused(tmp_path, f"id: {TOY}\nepisodes: 3\ntransitions: 9\n", both)
    refused(tmp_path, f"environments: [{{id: {TOY}, episodes: 3, transitions: 9}}]\n", both, "[0]")
    replay = f"id: {TOY}\nepisodes: 3\ntier: medium-replay\ncheckpoints: "
    refused(tmp_path, f"{replay}[]\n", "checkpoints is []", "list of networks")
    refused(tmp_path, f"{replay}[random]\n", "checkpoints[0] is 'random'", "FILE.onnx")
    refused(tmp_path, f"{replay}good\n", "checkpoints is 'good'")

    file = tmp_path / "good.yaml"
    file.write_text(MIXTURE)
    fails(2, "--seed: a plan file says that", "generate", file, "--seed", "3", "--out", tmp_path)
    fails(2, "--episodes", "generate", TOY, "--out", tmp_path / "x")
    fails(2, "absent.yaml", "plan", "check", tmp_path / "absent.yaml")


def test_play_pursues_other_goals_then_its_own(tmp_path: Path) -> None:
    def reached(name: str, goals: Any, **settings: Any) -> tuple[str, float]:
        entry = {"policy": "scripted", **({"goals": goals} if goals else {})}
        kwargs: dict[str, Any] = {"episodes": 12, "seed": 1, "policies": [entry], **settings}
        found = datasets.generate("PandaReach-v1", tmp_path / name, **kwargs)
        ends = [episode.terminations[-1] for episode in datasets.open(tmp_path / name)]
        return found, float(np.mean(ends))

    play, played = reached("play", {"every": 15})
    assert reached("play3", {"every": 15}, workers=3, rows=2)[0] == play
    assert datasets.verify(tmp_path / "play", replay=True).ok
    stitched = reached("stitch", {"every": 10, "count": 2})[1]
    assert reached("own", None)[1] == 1.0
    assert stitched == 1.0  # after two others, the environment's own
    assert played < 0.5
    # Both begin alike and part when the own goal is taken up, or has been met by chance.
    one, two = datasets.open(tmp_path / "stitch")[0], datasets.open(tmp_path / "own")[0]
    assert len(one) > len(two)

    # A wrapper that changes what learners see changes nothing for the baseline.
    frames = {"wrap": [{"type": "history", "frames": 3}]}
    reached("framed", {"every": 15}, options=frames)
    both = zip(datasets.open(tmp_path / "framed"), datasets.open(tmp_path / "play"), strict=True)
    assert all(np.array_equal(framed.actions, bare.actions) for framed, bare in both)

    with pytest.raises(flyball.InputError, match="where the environment is goal-conditioned"):
        datasets.generate(
            TOY, tmp_path / "x", episodes=1, policies=[{"policy": "random", "goals": {"every": 3}}]
        )
    for goals, text in (({"evry": 3}, "every"), ({"count": 3}, "'every' is missing")):
        with pytest.raises(flyball.InputError, match=text):
            reached("x", goals)
    with pytest.raises(flyball.InputError, match="goals are for policies in C"):
        datasets.generate(
            TOY, tmp_path / "x", episodes=1, policies=[{"policy": tagged, "goals": {"every": 3}}]
        )


def test_variants_show_the_same_episodes(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "id: PandaReach-v1\npolicies: [random, scripted]\nepisodes: 4\nmax_episode_steps: 5\n"
        "observations:\n  double: {dtype: float64}\n"
        "  seen: {observation: [peer, rgb], picture_size: [32, 24]}\n"
    )
    (plan,) = datasets.load_plans(file)
    folder = tmp_path / "data"
    out = ok("generate", file, "--out", folder)
    base = datasets.open(folder)
    assert set(plan.variants(folder)) == {"double", "seen"}
    for name, path in plan.variants(folder).items():
        assert datasets.verify(path, replay=True).ok
        found = datasets.open(path)
        assert f"{name}: content hash: {found.content_hash}\n" in out
        for one, other in zip(base, found, strict=True):
            np.testing.assert_array_equal(one.actions, other.actions)
            np.testing.assert_array_equal(one.rewards, other.rewards)
            assert (one.index, one.seed) == (other.index, other.seed)
    assert "observation/overview_rgb" in found.columns or len(found.observation) > 3
    # The plan of the first is what it would be alone; parts make none, and merged they do.
    alone = {k: v for k, v in plan.data.items() if k != "observations"}
    assert datasets.load_plans(alone)[0].hash == plan.hash
    for part in (0, 1):
        plan.generate(tmp_path / f"part{part}", part=(part, 2))
        assert not plan.variants(tmp_path / f"part{part}")["double"].exists()
    datasets.merge([tmp_path / "part0", tmp_path / "part1"], tmp_path / "whole")
    plan.generate(tmp_path / "whole")
    double = datasets.open(plan.variants(tmp_path / "whole")["double"])
    assert double.content_hash == datasets.open(plan.variants(folder)["double"]).content_hash


def test_bad_variants_are_named() -> None:
    for given, text in (
        ({"a": {"dtpye": "float64"}}, "observations.a: .*did you mean 'dtype'"),
        ({"a b": {"dtype": "float64"}}, "observations: 'a b'"),
        ({"a": {}}, "observations: 'a' is {}"),
        (["a"], "'observations' is a mapping"),
    ):
        with pytest.raises(flyball.InputError, match=text):
            datasets.load_plans({"id": "PandaReach-v1", "episodes": 2, "observations": given})
