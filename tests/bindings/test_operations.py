"""Merging, selecting, converting, relabelling: nothing is lost, and results verify and replay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.test_datasets import IDS, TOY, generate
from flyball import cli, datasets

EPISODES = 23
MIXED = [{"policy": "random", "fraction": 2}, {"policy": "constant", "options": {"value": 0.5}}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    generate(tmp_path / "data", episodes=EPISODES, policies=MIXED, episodes_per_shard=4)
    return tmp_path / "data"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("shard-*")}


def same_episode(one: Any, other: Any) -> None:
    assert (one.index, one.seed, one.hash) == (other.index, other.seed, other.hash)
    assert (one.state_steps, one.states) == (other.state_steps, other.states)
    assert list(one.columns) == list(other.columns)
    for name, array in one.columns.items():
        assert array.tobytes() == other.columns[name].tobytes(), name


def replays(folder: Path) -> bool:
    report = datasets.verify(folder, replay=True)
    assert report.problems == ()
    return report.ok


@pytest.mark.parametrize("env_id", IDS)
def test_selected_episodes_are_what_they_were(tmp_path: Path, env_id: str) -> None:
    generate(tmp_path / "data", env_id, max_episode_steps=8, episodes_per_shard=3, state_every=3)
    datasets.select(tmp_path / "data", tmp_path / "some", episodes=[1, 5, 6], episodes_per_shard=2)
    whole, some = datasets.open(tmp_path / "data"), datasets.open(tmp_path / "some")
    assert [episode.index for episode in some] == [1, 5, 6]
    for episode in some:
        same_episode(episode, whole[episode.index])
    assert replays(tmp_path / "some")


def test_rules(tmp_path: Path, data: Path) -> None:
    whole = list(datasets.open(data))
    returns = [episode.rewards.sum() for episode in whole]
    middle = float(np.median(returns))
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"episodes": "3:6,20"}, [3, 4, 5, 20]),
        ({"first": 7}, list(range(7))),
        ({"returns": (middle, np.inf)}, [i for i, r in enumerate(returns) if r >= middle]),
        ({"policy": "constant"}, [e.index for e in whole if e.columns["policy_id"][0] == 1]),
        ({"policy": 0, "first": 3}, [e.index for e in whole if e.columns["policy_id"][0] == 0][:3]),
        ({"where": is_odd}, list(range(1, EPISODES, 2))),
        ({"length": (20, 20), "episodes": ":4"}, [0, 1, 2, 3]),
    ]
    for number, (rule, wanted) in enumerate(cases):
        assert 0 < len(wanted) < EPISODES
        datasets.select(data, tmp_path / str(number), **rule)
        found = datasets.open(tmp_path / str(number))
        assert [episode.index for episode in found] == wanted, rule
        assert found.history[-1]["operation"] == "select"
        assert set(found.history[-1]["rule"]) == set(rule)
    # A selection of a selection, and its own places.
    datasets.select(tmp_path / "5", tmp_path / "again", first=2)
    assert [datasets.open(tmp_path / "again")[-1].index] == [3]
    assert replays(tmp_path / "again")


def is_odd(episode: Any) -> bool:
    return bool(episode.index % 2)


def test_parts_merge_to_the_dataset_of_a_single_run(tmp_path: Path, data: Path) -> None:
    whole = datasets.open(data).content_hash
    # Parts with other sizes of files, that overlap, in any order; one that a kill cut short.
    datasets.select(data, tmp_path / "a", episodes=range(1, 23, 2), episodes_per_shard=3)
    datasets.select(data, tmp_path / "b", episodes=range(0, 12, 2), episodes_per_shard=5)
    shutil.copytree(data, tmp_path / "c")
    journal = (tmp_path / "c/journal").read_text().splitlines(keepends=True)
    (tmp_path / "c/journal").write_text("".join(journal[3:]))  # shards 3 to 5: episodes 12 to 22
    assert not datasets.open(tmp_path / "c").is_complete
    parts = [tmp_path / name for name in "cab"]
    assert datasets.merge(parts, tmp_path / "merged", workers=2, episodes_per_shard=4) == whole
    assert files_of(tmp_path / "merged") == files_of(data)
    assert replays(tmp_path / "merged")
    # It is the plan's dataset again, and generate has nothing to add.
    assert (
        generate(tmp_path / "merged", episodes=EPISODES, policies=MIXED, episodes_per_shard=4)
        == whole
    )
    assert datasets.open(tmp_path / "merged").history[-1]["operation"] == "merge"

    with pytest.raises(flyball.DataError, match="episode 12 of the plan's 23"):
        datasets.merge(parts[1:], tmp_path / "less")
    assert not (tmp_path / "less").exists()
    datasets.merge(parts[1:], tmp_path / "less", partial=True)
    assert len(datasets.open(tmp_path / "less")) == 17
    assert replays(tmp_path / "less")


def test_parts_that_do_not_go_together_are_refused(tmp_path: Path, data: Path) -> None:
    generate(tmp_path / "other", episodes=EPISODES, policies=MIXED, episodes_per_shard=4, seed=4)
    with pytest.raises(flyball.DataError, match="different plans: seed is 3 and 4"):
        datasets.merge([data, tmp_path / "other"], tmp_path / "out")
    # The same plan, an episode that another machine made otherwise: here, by a relabelled reward.
    datasets.select(data, tmp_path / "part", episodes="0:4")
    datasets.relabel(data, tmp_path / "doubled", reward=doubled)
    with pytest.raises(flyball.DataError, match="not relabelled alike"):
        datasets.merge([tmp_path / "part", tmp_path / "doubled"], tmp_path / "out")
    plan = json.loads((tmp_path / "doubled/plan.json").read_text())
    del plan["origin"]
    (tmp_path / "doubled/plan.json").write_text(json.dumps(plan))
    with pytest.raises(flyball.DataError, match=r"episode 0 differs between .*part.*doubled"):
        datasets.merge([tmp_path / "part", tmp_path / "doubled"], tmp_path / "out", partial=True)
    with pytest.raises(flyball.DataError, match="give another folder"):
        datasets.merge([data], data)
    with pytest.raises(flyball.DataError, match="made from others"):
        generate(tmp_path / "part", episodes=EPISODES, policies=MIXED, episodes_per_shard=4)
    assert not (tmp_path / "out").exists()


def test_converted_is_the_same(tmp_path: Path, data: Path) -> None:
    whole = datasets.open(data).content_hash
    assert datasets.convert(data, tmp_path / "small", level=19, episodes_per_shard=100) == whole
    assert datasets.convert(data, tmp_path / "stored", level=0) == whole
    assert datasets.verify(tmp_path / "stored", replay=True).ok
    folders = (tmp_path / "small", data, tmp_path / "stored")
    sizes = [sum(map(len, files_of(folder).values())) for folder in folders]
    assert sizes[0] < sizes[1] < sizes[2]
    assert list(files_of(tmp_path / "small")) == ["shard-00000.fly"]
    assert datasets.convert(tmp_path / "small", tmp_path / "back", episodes_per_shard=4) == whole
    assert files_of(tmp_path / "back") == files_of(data)
    assert replays(tmp_path / "small")


def test_splits_are_selected_by_their_keys(tmp_path: Path, data: Path) -> None:
    keys = datasets.splits(data)
    for key in ("valid", "20_percent", "better"):
        datasets.select(data, tmp_path / key, split=key)
        assert [episode.index for episode in datasets.open(tmp_path / key)] == keys[key]
    datasets.select(data, tmp_path / "few", split="train", episodes="0:8", first=2)
    found = [episode.index for episode in datasets.open(tmp_path / "few")]
    assert found == [index for index in keys["train"] if index < 8][:2]
    with pytest.raises(flyball.InputError, match="did you mean 'train'"):
        datasets.select(data, tmp_path / "none", split="trian")
    # Keys go by place: of what was selected before, and then by the plan's index.
    inner = datasets.splits(tmp_path / "better")["valid"]
    datasets.select(tmp_path / "better", tmp_path / "inner", split="valid")
    wanted = [keys["better"][place] for place in inner]
    assert [episode.index for episode in datasets.open(tmp_path / "inner")] == wanted


def doubled(episode: Any) -> Any:
    """Twice the toy's own."""
    return -2.0 * episode.infos["energy"][1:]


def broken(episode: Any) -> Any:
    return doubled(episode)[:-1] if episode.index == 2 else doubled(episode)


def hidden(episode: Any) -> Any:
    return 2.0 * episode.rewards


def test_rewards_of_a_function(tmp_path: Path, data: Path) -> None:
    datasets.relabel(data, tmp_path / "new", reward=doubled)
    old, new = datasets.open(data), datasets.open(tmp_path / "new")
    for one, other in zip(old, new, strict=True):
        np.testing.assert_allclose(other.rewards, 2.0 * one.rewards, rtol=1e-12)
        np.testing.assert_array_equal(other.columns["observation/observation"], one.observations)
        assert other.states == one.states
    assert new.origin["source"]["content_hash"] == old.content_hash
    assert replays(tmp_path / "new")  # with that function
    plan = json.loads((tmp_path / "new/plan.json").read_text())
    plan["origin"]["reward"] = f"{__name__}:halved"
    (tmp_path / "new/plan.json").write_text(json.dumps(plan))
    problem = datasets.verify(tmp_path / "new", replay=True).problems[0]
    assert (problem.episode, problem.step) == (0, 0)
    assert "halved" in problem.text
    with pytest.raises(flyball.InputError, match="gave 19 numbers for an episode of 20"):
        datasets.relabel(data, tmp_path / "broken", reward=broken)
    with pytest.raises(flyball.InputError, match="hidden' gave nan in episode 0"):
        datasets.relabel(data, tmp_path / "hidden", reward=hidden)
    with pytest.raises(flyball.InputError, match="reward 'json:nosuch'"):
        datasets.relabel(data, tmp_path / "none", reward="json:nosuch")


def halved(episode: Any) -> Any:
    return -0.5 * episode.infos["energy"][1:]


def test_another_reward_of_the_environment(tmp_path: Path) -> None:
    """Sparse runs with dense rewards are what the dense environment gives for these actions."""
    if "PandaPush-v1" not in flyball.list_envs():
        pytest.skip("this build has no arms")
    kwargs: dict[str, Any] = {"policy": "scripted", "episodes": 5, "max_episode_steps": 25}
    generate(tmp_path / "sparse", "PandaPush-v1", **kwargs)
    dense_id = "PandaPushDense-v1"
    datasets.relabel(tmp_path / "sparse", tmp_path / "dense", env_id=dense_id, workers=2)
    dense = datasets.open(tmp_path / "dense")
    generate(tmp_path / "made", dense_id, **kwargs)
    assert dense.content_hash == datasets.open(tmp_path / "made").content_hash
    assert dense.content_hash != datasets.open(tmp_path / "sparse").content_hash
    assert replays(tmp_path / "dense")


def test_another_goal(tmp_path: Path) -> None:
    if "PandaReach-v1" not in flyball.list_envs():
        pytest.skip("this build has no arms")
    generate(tmp_path / "data", "PandaReach-v1", episodes=4, max_episode_steps=15, state_every=4)
    goal = [0.05, -0.02, 0.11]
    datasets.relabel(tmp_path / "data", tmp_path / "goal", reset={"goal": goal})
    old, new = datasets.open(tmp_path / "data"), datasets.open(tmp_path / "goal")
    for one, other in zip(old, new, strict=True):
        kept = len(other) + 1  # the other goal is reached sooner, later or never
        achieved = one.columns["observation/achieved_goal"][:kept]
        np.testing.assert_array_equal(other.columns["observation/achieved_goal"], achieved)
        np.testing.assert_allclose(
            other.columns["observation/desired_goal"], np.tile(goal, (kept, 1)), atol=1e-7
        )
        distance = np.linalg.norm(achieved[1:].astype(float) - goal, axis=1)
        np.testing.assert_allclose(other.infos["distance"][1:], distance, atol=1e-6)
    assert replays(tmp_path / "goal")
    # Other observations, which are recorded with the other goal still.
    datasets.relabel(tmp_path / "goal", tmp_path / "f64", options={"dtype": "float64"})
    third = datasets.open(tmp_path / "f64")[1]
    assert third.columns["observation/desired_goal"].dtype == np.float64
    np.testing.assert_array_equal(third.columns["observation/desired_goal"][3], goal)
    assert replays(tmp_path / "f64")


@pytest.mark.parametrize("env_id", ["PandaReach-v1", "QuadHover-v1"])
def test_pictures_of_runs_that_were_recorded_without(tmp_path: Path, env_id: str) -> None:
    """They are those that the same runs show when they are recorded with pictures."""
    known = flyball.list_envs()
    registered = flyball._core.registration(env_id)["options"] if env_id in known else []
    if "picture_size" not in {option["name"] for option in registered}:
        pytest.skip("this build draws no pictures for it")
    plain = datasets.generate(env_id, tmp_path / "data", episodes=2, max_episode_steps=4)
    seen = flyball.spec(env_id).options["observation"]
    numbers = seen if isinstance(seen, list) else [seen]
    options = {"observation": [*numbers, "rgb"], "picture_size": [24, 16]}
    pictures = datasets.relabel(tmp_path / "data", tmp_path / "pictures", options=options)
    made = datasets.generate(
        env_id, tmp_path / "made", episodes=2, max_episode_steps=4, options=options
    )
    assert pictures == made != plain
    assert datasets.open(tmp_path / "pictures")[1].observations["rgb"].shape[1:] == (16, 24, 3)
    assert replays(tmp_path / "pictures")


def test_what_is_not_the_same_run_is_refused(tmp_path: Path, data: Path) -> None:
    def refused(text: str, **kwargs: Any) -> None:
        with pytest.raises(flyball.Error, match=text):
            datasets.relabel(data, tmp_path / "new", **kwargs)

    refused("a start cannot", reset={"x": [0, 0]})
    refused("episode 0, step 2: the physics fails here", options={"fails_at": 3})
    refused("needs an id", options={})
    refused("did you mean 'preset'", options={"presett": "short"})
    refused("'goal'", reset={"goal": [1.0]})
    refused("one at a time", options={"preset": "short"}, reward=doubled)
    if "PandaReach-v1" in flyball.list_envs():
        generate(tmp_path / "arm", "PandaReach-v1", episodes=2, max_episode_steps=9)
        with pytest.raises(
            flyball.DataError, match=r"episode 0, step \d: the plant moves otherwise"
        ):
            datasets.relabel(tmp_path / "arm", tmp_path / "other", options={"engine": "bullet"})
        with pytest.raises(flyball.InputError, match="change the action"):
            datasets.relabel(tmp_path / "arm", tmp_path / "j", env_id="PandaReachJoints-v1")
    with pytest.raises(flyball.InputError, match="no episode is chosen"):
        datasets.select(data, tmp_path / "none", length=(500, 600))
    with pytest.raises(flyball.InputError, match="'3:99' leaves the plan's 0:23"):
        datasets.select(data, tmp_path / "none", episodes="3:99")
    with pytest.raises(flyball.InputError, match="did you mean 'constant'"):
        datasets.select(data, tmp_path / "none", policy="constnt")
    with pytest.raises(flyball.InputError, match="no info 'is_success'"):
        datasets.select(data, tmp_path / "none", success=True)
    with pytest.raises(flyball.InputError, match="level is 40"):
        datasets.convert(data, tmp_path / "none", level=40)
    assert not (tmp_path / "none").exists()


def test_command_line(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str | Path) -> str:
        assert cli.main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out.strip()

    whole = f"content hash: {datasets.open(data).content_hash}"
    run("select", data, "-o", tmp_path / "a", "--episodes", "0:10")
    run("select", data, "-o", tmp_path / "b", "--episodes", "10:", "--return", ":0")
    assert run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "c") == whole
    assert run("convert", tmp_path / "c", "-o", tmp_path / "d", "--level", "9") == whole
    run("relabel", data, "-o", tmp_path / "e", "--reward", f"{__name__}:doubled")
    assert "replayed to 1e-09" in run("verify", "--replay", "--tolerance", "1e-9", tmp_path / "e")
    for wrong, text in (
        (["select", data, "-o", "x", "--length", "5"], "MIN:MAX"),
        (["verify", data, "--tolerance", "1e-9"], "--tolerance is of --replay"),
        (["verify", data, "--replay", "--tolerance", "-1"], "tolerance is -1"),
        (["relabel", data, "-o", "x"], "relabel needs an id"),
    ):
        assert cli.main([str(argument) for argument in wrong]) == 2
        assert text in capsys.readouterr().err


def test_names() -> None:
    assert TOY in flyball.list_envs()


@pytest.mark.parametrize("parts", [1, 3, 5])
def test_parts_made_apart_merge_to_one_run(tmp_path: Path, data: Path, parts: int) -> None:
    folders = [tmp_path / f"part{i}" for i in range(parts)]
    for i, folder in enumerate(folders):
        generate(folder, episodes=EPISODES, policies=MIXED, episodes_per_shard=4, part=(i, parts))
        assert replays(folder)
    indices = [[episode.index for episode in datasets.open(folder)] for folder in folders]
    assert [index for part in indices for index in part] == list(range(EPISODES))
    assert max(map(len, indices)) - min(map(len, indices)) <= 1
    datasets.merge(folders[::-1], tmp_path / "whole", episodes_per_shard=4)
    assert files_of(tmp_path / "whole") == files_of(data)


def test_a_part_is_resumed_and_is_no_other(tmp_path: Path) -> None:
    once = generate(tmp_path / "once", episodes=EPISODES, episodes_per_shard=4, part=(1, 2))
    again = tmp_path / "again"

    def stop(episodes: int, steps: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(again, episodes=EPISODES, episodes_per_shard=4, part=(1, 2), progress=stop)
    assert generate(again, episodes=EPISODES, episodes_per_shard=4, part=(1, 2)) == once
    for other in ((0, 2), (0, 1)):
        with pytest.raises(flyball.DataError, match="other episodes of this plan"):
            generate(again, episodes=EPISODES, part=other)


def test_parts_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(flyball.InputError, match="part is 3; 0 to 2 of 3 parts"):
        generate(tmp_path / "a", episodes=EPISODES, part=(3, 3))
    with pytest.raises(flyball.InputError, match="parts is 24; 1 to the 23 episodes"):
        generate(tmp_path / "a", episodes=EPISODES, part=(0, 24))
    for text in ("3/3", "1", "-1/2", "a/b"):
        code = cli.main(
            ["generate", TOY, "--episodes", "9", f"--shard={text}", "--out", str(tmp_path / "a")]
        )
        assert code == 2
        assert "I/N is needed" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
