"""Exports opened by the loaders of the projects that the formats are of, compared value by value.

These need torch and more, in an environment of their own: scripts/check_loaders makes it and runs
this. Elsewhere each test is skipped where its project is not installed.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bindings.test_datasets import TOY, generate
from bindings.test_exports import SPLITS, flat, positions
from flyball import datasets

# Actions of the toy tell episode and step; an arm's observations are a dict.
KINDS = {TOY: positions, "PandaReach-v1": "random"}


@pytest.fixture(params=KINDS)
def data(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    policy: Any = KINDS[request.param]
    generate(tmp_path / "data", request.param, policy=policy, episodes_per_shard=3)
    return tmp_path / "data"


def transitions(folder: Path) -> dict[str, Any]:
    """All transitions in order, and for each the place of its episode and its step."""
    found: dict[str, list[Any]] = {}
    for place, episode in enumerate(datasets.open(folder)):
        observations = flat(episode)
        for name, array in {
            "place": np.full(len(episode), place),
            "step": np.arange(len(episode)),
            "observation": observations[:-1],
            "next": observations[1:],
            "action": episode.actions,
            "reward": episode.rewards,
            "terminated": episode.terminations,
            "truncated": episode.truncations,
        }.items():
            found.setdefault(name, []).append(array)
    return {name: np.concatenate(arrays) for name, arrays in found.items()}


def same(theirs: Any, ours: Any) -> None:
    ours = np.asarray(ours)
    np.testing.assert_array_equal(np.asarray(theirs).astype(ours.dtype), ours)


def test_d4rl(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D4RL_SUPPRESS_IMPORT_ERROR", "1")
    monkeypatch.setenv("D4RL_DATASET_DIR", str(tmp_path))
    gym = pytest.importorskip("gym")
    d4rl = pytest.importorskip("d4rl")
    from d4rl.offline_env import OfflineEnv

    datasets.export("d4rl", data, tmp_path / "out.hdf5")
    ours = transitions(data)
    env = OfflineEnv()
    env.observation_space = gym.spaces.Box(-9, 9, ours["observation"].shape[1:])
    env.action_space = gym.spaces.Box(-9, 9, ours["action"].shape[1:])
    whole = env.get_dataset(str(tmp_path / "out.hdf5"))  # with D4RL's own checks
    same(whole["observations"], ours["observation"])
    same(whole["next_observations"], ours["next"])
    # What it learns from: all but the steps at which an episode was cut, and the last of all.
    kept = ~ours["truncated"]
    kept[-1] = False
    learned = d4rl.qlearning_dataset(env, dataset=whole)
    same(learned["observations"], ours["observation"][kept])
    same(learned["actions"], ours["action"][kept])
    same(learned["rewards"], ours["reward"].astype(np.float32)[kept])
    same(learned["terminals"], ours["terminated"][kept])
    # (After a termination it takes the next episode's start, which nobody looks at.)
    rows = ~ours["terminated"][kept]
    same(learned["next_observations"][rows], ours["next"][kept][rows])
    arrays = {name: array for name, array in whole.items() if len(np.shape(array))}
    episodes = list(d4rl.sequence_dataset(env, dataset=arrays))
    assert [len(e["rewards"]) for e in episodes] == [len(e) for e in datasets.open(data)]


def test_d3rlpy(tmp_path: Path, data: Path) -> None:
    d3rlpy = pytest.importorskip("d3rlpy")
    h5py = pytest.importorskip("h5py")
    datasets.export("d4rl", data, tmp_path / "out.hdf5")
    with h5py.File(tmp_path / "out.hdf5") as file:
        names = ("observations", "actions", "rewards", "terminals", "timeouts")
        loaded = d3rlpy.dataset.MDPDataset(
            *(file[name][()] for name in names), action_space=d3rlpy.ActionSpace.CONTINUOUS
        )
    ours = list(datasets.open(data))
    assert len(loaded.episodes) == len(ours)
    for theirs, episode in zip(loaded.episodes, ours, strict=True):
        same(theirs.observations, flat(episode)[:-1])
        same(theirs.actions, episode.actions)
        same(theirs.rewards[:, 0], episode.rewards)
        assert theirs.terminated == bool(episode.terminations[-1])


def test_robomimic(tmp_path: Path, data: Path) -> None:
    pytest.importorskip("robomimic")
    from robomimic.utils.dataset import SequenceDataset
    from robomimic.utils.file_utils import get_env_metadata_from_dataset
    from robomimic.utils.obs_utils import initialize_obs_utils_with_obs_specs

    datasets.export("robomimic", data, tmp_path / "out.hdf5", splits=SPLITS)
    episodes = list(datasets.open(data))
    keys = ["flat"]
    if isinstance(episodes[0].observations, dict):
        keys = list(episodes[0].observations)
    initialize_obs_utils_with_obs_specs({"obs": {"low_dim": keys}})
    for mode in ("low_dim", None):
        loaded = SequenceDataset(
            str(tmp_path / "out.hdf5"),
            obs_keys=keys,
            dataset_keys=("actions", "rewards", "dones"),
            seq_length=2,
            pad_seq_length=False,
            frame_stack=1,
            load_next_obs=True,
            hdf5_cache_mode=mode,
            filter_by_attribute="valid",
        )
        wanted = [(k, t) for k in SPLITS["valid"] for t in range(len(episodes[k]) - 1)]
        assert len(loaded) == len(wanted)
        for item, (k, t) in zip((loaded[i] for i in range(len(loaded))), wanted, strict=True):
            episode = episodes[k]
            same(item["actions"], episode.actions[t : t + 2])
            same(item["rewards"], np.float32(episode.rewards[t : t + 2]))  # as it keeps them
            same(item["dones"], episode.terminations[t : t + 2])
            named: Any = episode.observations
            for key in keys:
                array = named if key == "flat" else named[key]
                same(item["obs"][key], array[t : t + 2])
                same(item["next_obs"][key], array[t + 1 : t + 3])
    metadata = get_env_metadata_from_dataset(str(tmp_path / "out.hdf5"))
    assert metadata["env_name"] == f"flyball/{datasets.open(data).plan['id']}"


def test_ogbench(tmp_path: Path, data: Path) -> None:
    utils = alone("ogbench", "utils")
    fields = [field.name for field in datasets.open(data).observation]
    datasets.export("ogbench", data, tmp_path / "out.npz", fields=fields)
    ours = transitions(data)
    loaded = utils.load_dataset(str(tmp_path / "out.npz"), add_info=True)
    same(loaded["observations"], ours["observation"])
    same(loaded["next_observations"], ours["next"])
    same(loaded["actions"], ours["action"])
    last = np.append(ours["place"][1:] != ours["place"][:-1], True)
    same(loaded["terminals"], last)
    compact = utils.load_dataset(str(tmp_path / "out.npz"), compact_dataset=True)
    assert int(compact["valids"].sum()) == len(last)


def test_neorl(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = alone("neorl2", "envs.base")
    name = "RocketRecovery"
    datasets.export("neorl", data, tmp_path / f"{name}.npz", splits=SPLITS)
    monkeypatch.setattr(
        base, "download_dataset_from_url", lambda url, md5, name, folder: str(tmp_path / name)
    )
    monkeypatch.setattr(base, "MD5", dict.fromkeys((f"{name}-train.npz", f"{name}-val.npz")))
    env = base.Env()
    env.spec = types.SimpleNamespace(id=name)
    training, validation = env.get_dataset(traj_num=4)
    ours = transitions(data)
    for loaded, places in ((training, [0, 1, 4, 5]), (validation, [2])):
        mine = np.isin(ours["place"], places)
        same(loaded["obs"], ours["observation"][mine])
        same(loaded["next_obs"], ours["next"][mine])
        same(loaded["action"], ours["action"][mine])
        same(loaded["reward"][:, 0], ours["reward"][mine])
        same(loaded["done"][:, 0], ours["terminated"][mine])


def test_lerobot(tmp_path: Path, data: Path) -> None:
    module = pytest.importorskip("lerobot.datasets.lerobot_dataset")
    datasets.export("lerobot", data, tmp_path / "out")
    loaded = module.LeRobotDataset("flyball/test", root=tmp_path / "out")
    ours = transitions(data)
    assert (len(loaded), loaded.num_episodes) == (len(ours["place"]), len(datasets.open(data)))
    keys = ["observation.state"]
    if len(datasets.open(data).observation) > 1:
        keys += ["observation.achieved_goal", "observation.desired_goal"]
    for i in range(len(loaded)):
        item = loaded[i]
        same(np.concatenate([np.ravel(item[key]) for key in keys]), ours["observation"][i])
        same(np.ravel(item["action"]), ours["action"][i])
        same(item["next.reward"], np.float32(ours["reward"][i]))
        assert bool(item["next.done"]) == ours["terminated"][i]
        assert (int(item["episode_index"]), int(item["frame_index"])) == (
            ours["place"][i],
            ours["step"][i],
        )
    # Two episodes by themselves, and frames of the future that stop at the episode's end.
    some = module.LeRobotDataset("flyball/test", root=tmp_path / "out", episodes=[1, 4])
    assert len(some) == int(np.isin(ours["place"], [1, 4]).sum())
    fps = json.loads((tmp_path / "out/meta/info.json").read_text())["fps"]
    ahead = module.LeRobotDataset(
        "flyball/test", root=tmp_path / "out", delta_timestamps={"action": [0.0, 1.0 / fps]}
    )
    last = len(datasets.open(data)[0]) - 1
    assert bool(ahead[last]["action_is_pad"][1])
    two = np.asarray(ahead[last - 1]["action"]).reshape(2, -1)
    same(two, ours["action"][last - 1 : last + 1])


@pytest.mark.parametrize("video", [False, True], ids=["png", "mp4"])
def test_lerobot_pictures(tmp_path: Path, video: bool) -> None:
    """Exact, within files of their own too."""
    module = pytest.importorskip("lerobot.datasets.lerobot_dataset")
    generate(tmp_path / "data", "ToyPainter-v1", episodes=5)
    datasets.export("lerobot", tmp_path / "data", tmp_path / "out", video=video)
    loaded = module.LeRobotDataset("flyball/pictures", root=tmp_path / "out")
    pictures = [p for e in datasets.open(tmp_path / "data") for p in e.observations["picture"][:-1]]
    assert len(loaded) == len(pictures)
    for i, picture in enumerate(pictures):
        shown = loaded[i]["observation.images.picture"]  # (channels, height, width), 0 to 1
        same(np.asarray(shown).transpose(1, 2, 0), np.float32(picture) / np.float32(255))


def alone(package: str, module: str) -> Any:
    """A module of a package whose own import needs simulators that loading does not."""
    if package not in sys.modules:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.submodule_search_locations is None:
            pytest.skip(f"{package} is not installed")
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = list(spec.submodule_search_locations)
    folder = Path(next(iter(sys.modules[package].__path__)))
    name = package
    for part in module.split(".")[:-1]:
        name, folder = f"{name}.{part}", folder / part
        if name not in sys.modules:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = [str(folder)]
    return importlib.import_module(f"{package}.{module}")
