"""Exports, read back by the plainest reader of each file and compared value by value.

tests/loaders opens the same files with the other projects' own loaders, which are heavy.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT, make
from bindings.test_datasets import IDS, generate
from flyball import cli, datasets
from flyball.datasets import exporting, lerobot_export
from numpy.typing import NDArray

h5py = pytest.importorskip("h5py")

SPLITS = {"train": [0, 1, 4], "valid": [2, 3]}


def positions(observation: Any, step: Any, seed: Any) -> Any:
    """Actions that tell each row's episode and step."""
    del observation
    return (0.05 * step + 0.04 * (seed % 997) / 997.0)[:, None]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Seven episodes of the toy, each row of which tells its episode and step."""
    generate(tmp_path / "data", policy=positions, episodes_per_shard=3)
    rows = np.concatenate([e.columns["action"] for e in datasets.open(tmp_path / "data")])
    assert len(np.unique(rows)) == len(rows) == datasets.open(tmp_path / "data").num_steps
    return tmp_path / "data"


def flat(episode: Any) -> NDArray[Any]:
    found = episode.observations
    if not isinstance(found, dict):
        return found
    return np.concatenate([array.reshape(len(array), -1) for array in found.values()], axis=1)


def joined(folder: Path, take: Any, places: Any = None) -> NDArray[Any]:
    """What `take` gives of each episode, one after the other."""
    dataset = datasets.open(folder)
    chosen = range(len(dataset)) if places is None else places
    return np.concatenate([take(dataset[place]) for place in chosen])


def equal(stored: Any, ours: NDArray[Any]) -> None:
    np.testing.assert_array_equal(np.asarray(stored), ours, strict=True)


def played(folder: Path, episode: Any) -> list[dict[str, NDArray[Any]]]:
    """The environment's own states, step by step."""
    plan = datasets.open(folder).plan
    env = make(plan["id"], **plan["options"]).unwrapped
    env.reset(seed=episode.seed)
    states = [dict(env.state)]
    for action in episode.actions:
        env.step(action)
        states.append(dict(env.state))
    return states


@pytest.mark.parametrize("env_id", IDS)
def test_d4rl(tmp_path: Path, env_id: str) -> None:
    generate(tmp_path / "data", env_id, max_episode_steps=9)
    said = datasets.export("d4rl", tmp_path / "data", tmp_path / "out.hdf5")
    assert "seeds" in said[0]
    with h5py.File(tmp_path / "out.hdf5") as file:
        equal(file["observations"], joined(tmp_path / "data", lambda e: flat(e)[:-1]))
        equal(file["next_observations"], joined(tmp_path / "data", lambda e: flat(e)[1:]))
        equal(file["actions"], joined(tmp_path / "data", lambda e: e.actions))
        equal(file["rewards"], joined(tmp_path / "data", lambda e: e.rewards))
        equal(file["terminals"], joined(tmp_path / "data", lambda e: e.terminations))
        equal(file["timeouts"], joined(tmp_path / "data", lambda e: e.truncations))
        for name in datasets.open(tmp_path / "data")[0].infos:
            ours = joined(tmp_path / "data", lambda e, name=name: e.infos[name][1:])
            equal(file[f"infos/{name}"], ours)
        for name, column in {
            "action_log_probs": "log_probability",
            "policy_id": "policy_id",
        }.items():
            ours = joined(tmp_path / "data", lambda e, column=column: e.columns[column])
            equal(file[f"infos/{name}"], ours)
        episode = datasets.open(tmp_path / "data")[0]
        states = played(tmp_path / "data", episode)
        assert ("infos/qpos" in file) == ("qpos" in states[0])
        if "qpos" in states[0]:  # before the action
            for step in range(len(episode)):
                equal(file["infos/qpos"][step], states[step]["qpos"])
        assert file.attrs["flyball_content_hash"] == datasets.open(tmp_path / "data").content_hash


@pytest.mark.parametrize("env_id", IDS)
def test_robomimic(tmp_path: Path, env_id: str) -> None:
    generate(tmp_path / "data", env_id, max_episode_steps=9)
    datasets.export("robomimic", tmp_path / "data", tmp_path / "out.hdf5", splits=SPLITS)
    dataset = datasets.open(tmp_path / "data")
    with h5py.File(tmp_path / "out.hdf5") as file:
        assert file["data"].attrs["total"] == dataset.num_steps
        for place, episode in enumerate(dataset):
            demo = file[f"data/demo_{place}"]
            assert demo.attrs["num_samples"] == len(episode)
            assert int(demo.attrs["flyball_seed"]) == episode.seed
            equal(demo["actions"], episode.actions.reshape(len(episode), -1))
            equal(demo["rewards"], episode.rewards)
            equal(demo["dones"], episode.terminations.astype(np.int64))
            equal(demo["infos/end_reason"], episode.end_reasons)
            for name, array in episode.infos.items():
                equal(demo[f"infos/{name}"], array[1:])
            single = not isinstance(episode.observations, dict)
            named: Any = {"flat": episode.observations} if single else episode.observations
            for name, array in named.items():
                equal(demo[f"obs/{name}"], array[:-1])
                equal(demo[f"next_obs/{name}"], array[1:])
        states = played(tmp_path / "data", dataset[1])
        for step, state in enumerate(states[:-1]):
            row = np.concatenate([np.ravel(value) for value in state.values()])
            equal(file["data/demo_1/states"][step], row)
        assert [name.decode() for name in file["mask/valid"]] == ["demo_2", "demo_3"]
        env_args = json.loads(file["data"].attrs["env_args"])
        assert env_args["env_name"] == f"flyball/{env_id}"
        assert env_args["type"] == 2
        make(env_id, **env_args["env_kwargs"])


@pytest.mark.parametrize("env_id", IDS)
def test_npz(tmp_path: Path, env_id: str) -> None:
    generate(tmp_path / "data", env_id, max_episode_steps=9)
    folder = tmp_path / "data"
    fields = [f.name for f in datasets.open(folder).observation]
    valid = [2, 3]
    rest = [0, 1, 4, 5, 6]
    datasets.export("ogbench", folder, tmp_path / "a.npz", splits=SPLITS, fields=fields)
    for name, places in (("a.npz", rest), ("a-val.npz", valid)):
        with np.load(tmp_path / name) as file:
            equal(file["observations"], joined(folder, flat, places))
            zero = joined(folder, lambda e: np.concatenate([e.actions, e.actions[:1] * 0]), places)
            equal(file["actions"], zero)
            ends = joined(folder, lambda e: np.arange(len(e) + 1) == len(e), places)
            equal(file["terminals"], ends)
    datasets.export("neorl", folder, tmp_path / "b.npz", splits=SPLITS)
    for name, places in (("b-train.npz", rest), ("b-val.npz", valid)):
        with np.load(tmp_path / name) as file:
            equal(file["obs"], joined(folder, lambda e: flat(e)[:-1], places))
            equal(file["next_obs"], joined(folder, lambda e: flat(e)[1:], places))
            equal(file["action"], joined(folder, lambda e: e.actions.reshape(len(e), -1), places))
            equal(file["reward"], joined(folder, lambda e: e.rewards[:, None], places))
            equal(file["done"], joined(folder, lambda e: e.terminations[:, None], places))
            equal(file["truncated"], joined(folder, lambda e: e.truncations[:, None], places))
            lengths = [len(datasets.open(folder)[place]) for place in places]
            equal(file["index"], np.cumsum([0, *lengths[:-1]]))


@pytest.mark.parametrize("env_id", IDS)
def test_lerobot(tmp_path: Path, env_id: str) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    generate(tmp_path / "data", env_id, max_episode_steps=9)
    datasets.export("lerobot", tmp_path / "data", tmp_path / "out")
    dataset = datasets.open(tmp_path / "data")
    info = json.loads((tmp_path / "out/meta/info.json").read_text())
    assert info["codebase_version"] == "v3.0"
    assert (info["total_episodes"], info["total_frames"]) == (7, dataset.num_steps)
    frames = pq.read_table(tmp_path / "out/data/chunk-000/file-000.parquet").to_pydict()
    assert set(frames) == set(info["features"])

    def take(name: str, dtype: Any) -> NDArray[Any]:
        return np.array(frames[name], dtype).reshape(len(frames[name]), -1)

    for field in dataset.observation:
        alone = field.name == "observation" or len(dataset.observation) == 1
        key = "observation.state" if alone else f"observation.{field.name}"
        ours = joined(tmp_path / "data", lambda e, f=field: e.columns[f"observation/{f.name}"][:-1])
        equal(take(key, field.dtype), ours.reshape(len(ours), -1))
    actions = joined(tmp_path / "data", lambda e: e.actions.reshape(len(e), -1))
    equal(take("action", actions.dtype), actions)
    equal(np.array(frames["next.reward"]), joined(tmp_path / "data", lambda e: e.rewards))
    equal(np.array(frames["next.done"]), joined(tmp_path / "data", lambda e: e.terminations))
    equal(np.array(frames["index"]), np.arange(dataset.num_steps))
    equal(np.array(frames["frame_index"]), joined(tmp_path / "data", lambda e: np.arange(len(e))))
    rows = pq.read_table(tmp_path / "out/meta/episodes").to_pylist()
    assert [row["length"] for row in rows] == [len(episode) for episode in dataset]
    assert [row["flyball_seed"] for row in rows] == [episode.seed for episode in dataset]
    ends = np.cumsum([len(episode) for episode in dataset])
    assert [row["dataset_to_index"] for row in rows] == list(ends)
    stats = json.loads((tmp_path / "out/meta/stats.json").read_text())["action"]
    np.testing.assert_allclose(stats["mean"], actions.mean(axis=0, dtype=float), atol=1e-9)
    np.testing.assert_allclose(stats["std"], actions.std(axis=0, dtype=float), atol=1e-7)


@pytest.mark.parametrize("env_id", IDS)
def test_parquet_holds_everything(tmp_path: Path, env_id: str) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    generate(tmp_path / "data", env_id, max_episode_steps=9, state_every=4)
    assert datasets.export("parquet", tmp_path / "data", tmp_path / "out") == ()
    dataset = datasets.open(tmp_path / "data")
    steps = pq.read_table(tmp_path / "out/steps.parquet")
    rows = pq.read_table(tmp_path / "out/episodes.parquet").to_pylist()
    states = pq.read_table(tmp_path / "out/states.parquet").to_pylist()
    for episode in dataset:
        mine = np.array(steps["episode"]) == episode.index
        for name, array in episode.columns.items():
            column = [value for value in steps[name].filter(mine).to_pylist() if value is not None]
            equal(np.array(column, array.dtype).reshape(array.shape), array)
        row = rows[episode.index]
        assert (row["seed"], row["content_hash"]) == (episode.seed, episode.hash)
        kept = [(s["step"], s["state"]) for s in states if s["episode"] == episode.index]
        assert kept == list(zip(episode.state_steps, episode.states, strict=True))


class Painter(flyball.Task):
    """Paints each pixel by its place, its episode's draw and the step, beside a number."""

    observation = (
        flyball.field("picture", (6, 8, 3), low=0, high=255, dtype="uint8"),
        flyball.field("number", (1,)),
    )
    action = flyball.field("action", (2,), low=-1, high=1, dtype="float32")
    info = (flyball.field("action_masked", dtype="bool"),)
    state = (flyball.field("drawn"), flyball.field("count"))
    control_period, max_episode_steps = 0.05, 5

    def __init__(self, num_rows: int) -> None:
        super().__init__(num_rows)
        self.drawn, self.count = np.zeros(num_rows), np.zeros(num_rows)

    def _seen(self, rows: Any) -> dict[str, Any]:
        places = np.arange(6 * 8 * 3).reshape(6, 8, 3)
        shade = self.drawn[rows, None, None, None] + 20 * self.count[rows, None, None, None]
        return {"picture": (places + shade) % 256, "number": self.count[rows, None]}

    def reset(self, rows: Any, rng: Any, forced: Any) -> Any:
        self.drawn[rows], self.count[rows] = rng.integers(0, 99, len(rows)), 0
        return self._seen(rows), {"action_masked": np.zeros(len(rows), bool)}

    def step(self, rows: Any, actions: Any) -> Any:
        self.count[rows] += 1
        info = {"action_masked": self.count[rows] == 2}
        return self._seen(rows), self.count[rows], np.zeros(len(rows), bool), info


if "ToyPainter-v1" not in flyball.list_envs():  # this file is also imported by tests/loaders
    flyball.register(Painter, "ToyPainter-v1")


def test_pictures_are_exact(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    image = pytest.importorskip("PIL.Image")
    generate(tmp_path / "data", "ToyPainter-v1", episodes=3)
    ours = joined(tmp_path / "data", lambda e: e.observations["picture"][:-1])
    assert len({picture.tobytes() for picture in ours}) == len(ours) == 15

    said = datasets.export("lerobot", tmp_path / "data", tmp_path / "lerobot")
    assert "hidden from learners" in said[-1]
    info = json.loads((tmp_path / "lerobot/meta/info.json").read_text())
    assert info["features"]["observation.images.picture"]["dtype"] == "image"
    frames = pq.read_table(tmp_path / "lerobot/data/chunk-000/file-000.parquet").to_pylist()
    for frame, picture in zip(frames, ours, strict=True):
        stored = image.open(io.BytesIO(frame["observation.images.picture"]["bytes"]))
        equal(np.asarray(stored), picture)
    stats = json.loads((tmp_path / "lerobot/meta/stats.json").read_text())
    mean = np.array(stats["observation.images.picture"]["mean"])
    np.testing.assert_allclose(mean.ravel(), ours.mean(axis=(0, 1, 2)) / 255, atol=1e-12)

    datasets.export("robomimic", tmp_path / "data", tmp_path / "robomimic.hdf5")
    with h5py.File(tmp_path / "robomimic.hdf5") as file:
        equal(file["data/demo_0/obs/picture"], ours[:5])
    with pytest.raises(flyball.InputError, match=r"'picture' is a picture.*--field"):
        datasets.export("d4rl", tmp_path / "data", tmp_path / "d4rl.hdf5")
    datasets.export("d4rl", tmp_path / "data", tmp_path / "d4rl.hdf5", fields=["picture"])
    with h5py.File(tmp_path / "d4rl.hdf5") as file:
        equal(file["observations"], ours)
    datasets.card(tmp_path / "data", film=False)
    assert "picture" not in (tmp_path / "data/README.md").read_text()


def decoded(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """All pictures of a video."""
    command = [
        "ffmpeg",
        "-loglevel",
        "error",
        "-i",
        path,
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, *shape)


def test_video_is_exact_and_says_where_episodes_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    if shutil.which("ffmpeg") is None:
        pytest.skip("there is no ffmpeg")
    generate(tmp_path / "data", "ToyPainter-v1", episodes=4)
    monkeypatch.setattr(lerobot_export, "FILE_BYTES", 2000)  # two episodes a file
    datasets.export("lerobot", tmp_path / "data", tmp_path / "out", video=True)
    rows = pq.read_table(tmp_path / "out/meta/episodes").to_pylist()
    key = "observation.images.picture"
    seen = set()
    for row, episode in zip(rows, datasets.open(tmp_path / "data"), strict=True):
        number = row[f"videos/{key}/file_index"]
        seen.add(number)
        film = decoded(tmp_path / f"out/videos/{key}/chunk-000/file-{number:03d}.mp4", (6, 8, 3))
        begin, end = (round(20 * row[f"videos/{key}/{end}_timestamp"]) for end in ("from", "to"))
        equal(film[begin:end], episode.columns["observation/picture"][:-1])
    assert seen == {0, 1}
    info = json.loads((tmp_path / "out/meta/info.json").read_text())
    assert info["features"][key]["info"]["video.fps"] == info["fps"] == 20
    frames = pq.read_table(tmp_path / "out/data/chunk-000/file-000.parquet")
    assert key not in frames.column_names
    with pytest.raises(flyball.InputError, match="d4rl has no place for video"):
        datasets.export("d4rl", tmp_path / "data", tmp_path / "none", video=True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(flyball.InputError, match="no ffmpeg"):
        datasets.export("lerobot", tmp_path / "data", tmp_path / "none", video=True)
    assert not (tmp_path / "none").exists()


def test_agents_own_rewards_are_said_to_stay_behind(tmp_path: Path) -> None:
    multi = [i for i in flyball.list_envs() if i == "QuadMultiHover-v1"]
    if not multi:
        pytest.skip("this build has no environment of several agents")
    generate(tmp_path / "data", multi[0], max_episode_steps=5)
    said = datasets.export("neorl", tmp_path / "data", tmp_path / "out.npz")
    assert "each agent" in said[1]
    datasets.export("d4rl", tmp_path / "data", tmp_path / "out.hdf5")
    with h5py.File(tmp_path / "out.hdf5") as file:
        ours = joined(tmp_path / "data", lambda e: e.columns["agent_reward"])
        equal(file["infos/agent_reward"], ours)
    assert datasets.export("parquet", tmp_path / "data", tmp_path / "out") == ()


def test_bad_exports_are_named_and_leave_nothing(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(text: str, format: str = "d4rl", output: str = "out", **kwargs: Any) -> None:
        before = sorted(tmp_path.iterdir())
        with pytest.raises(flyball.Error, match=text):
            datasets.export(format, data, tmp_path / output, **kwargs)
        assert sorted(tmp_path.iterdir()) == before

    refused("did you mean 'd4rl'", format="d4rk")
    refused("observation field 'observatoin'.*'observation'", fields=["observatoin"])
    refused("no episode 7; 0 to 6", splits={"valid": [7]})
    refused("compression is 12", compression=12)
    refused("needs states", format="robomimic", states=False)
    (tmp_path / "out").write_text("mine")
    refused("exists")
    assert (tmp_path / "out").read_text() == "mine"
    datasets.export("d4rl", data, tmp_path / "out", overwrite=True)
    datasets.export("parquet", data, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out").is_dir()
    monkeypatch.setitem(sys.modules, "h5py", None)
    refused(r"needs h5py.*flyball\[datasets\]", output="new")


@pytest.mark.parametrize("format", sorted(datasets.FORMATS))
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, format: str) -> None:
    datasets.generate("QuadHover-v1", tmp_path / "data", policy="pid", episodes=3)
    out = tmp_path / "out"
    where = ["--id", "a/b-v0", "--root", out] if format == "minari" else ["-o", out]
    # Writes fail beyond so many bytes of a file. (HDF5 once took the process down with it.)
    full = (
        "import resource, sys; from flyball import cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", full, "export", format, tmp_path / "data", *where]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bindings" / "python")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    left = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in left if path.parts[0] != "data"] == []


def test_states_that_do_not_play_again_are_refused(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if by another build: the environment's steps differ from what was recorded."""
    step = flyball.Env.step

    def other(self: Any, action: Any) -> Any:
        observation, *rest = step(self, action)
        return np.nextafter(observation, np.float32(9)), *rest

    monkeypatch.setattr(flyball.Env, "step", other)
    with pytest.raises(flyball.DataError, match="episode 0, step 1"):
        datasets.export("d4rl", data, tmp_path / "out.hdf5")
    assert not list(tmp_path.glob("out*"))
    datasets.export("d4rl", data, tmp_path / "out.hdf5", states=False)


def test_same_data_same_bytes(tmp_path: Path, data: Path) -> None:
    for name, known in datasets.FORMATS.items():
        if name == "minari":
            continue
        for k in "ab":
            (tmp_path / k).mkdir(exist_ok=True)
            datasets.export(name, data, tmp_path / k / f"{name}{known.suffix}")
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) >= 9
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


@pytest.mark.parametrize("format", ["d4rl", "ogbench", "neorl", "parquet", "lerobot"])
def test_memory_is_flat(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH_BYTES", 1 << 15)
    monkeypatch.setattr(lerobot_export._Episodes, "ROWS", 32)
    for size, episodes in (("few", 80), ("many", 640)):
        generate(tmp_path / size, episodes=episodes, episodes_per_shard=20)
    peaks = []
    for size in ("few", "few", "many"):  # the first imports
        tracemalloc.start()
        datasets.export(format, tmp_path / size, tmp_path / "out", states=False, overwrite=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Eight times the data: a batch is held, not the data. (A few bytes an episode are footers.)
    assert peaks[2] < 1.5 * peaks[1] + 200e3


def test_command_line(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.hdf5"
    assert cli.main(["export", "robomimic", str(data), "-o", str(out), "--valid", "0.3"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == str(out)
    assert "robomimic cannot hold: full states" in captured.out
    with h5py.File(out) as file:
        assert [name.decode() for name in file["mask/valid"]] == ["demo_5", "demo_6"]
    for wrong, text in (
        (["export", "robomimik", str(data), "-o", "x"], "did you mean 'robomimic'"),
        (["export", "d4rl", str(data)], "needs --output"),
        (["export", "d4rl", str(data), "-o", "x", "--id", "a/b-v0"], "--root are Minari's"),
        (["export", "d4rl", str(data), "-o", "x", "--valid", "1.5"], "--valid is 1.5"),
        (["export", "minari", str(data), "-o", "x"], "minari takes no --output"),
    ):
        assert cli.main(wrong) == 2
        assert text in capsys.readouterr().err
    assert not (ROOT / "x").exists()
