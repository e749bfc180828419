"""Datasets from Python: policies, reading, damage, and Minari's layout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import ROOT, TOYS, make
from flyball import datasets

# One id of each family that this build has, with its cheapest options, and the toys.
TOY = "ToyCart-v1"
SLICE = [
    env_id
    for env_id in (
        "PandaReach-v1",
        "QuadHover-v1",
        "Motor-Cont-CC-PMSM-v1",
        "Motor-Finite-CC-PMSM-v1",
        "Linear-he1-v1",
        "PDE-burgers-v1",
    )
    if env_id in flyball.list_envs()
]
IDS = [TOY, *SLICE]


def tagged(observation: Any, step: Any, seed: Any) -> Any:
    """Actions that tell episode and step apart."""
    del observation
    return (np.sin(step + seed % 97) * 1.5)[:, None]


class Integrator:
    """A policy with a memory, one a worker: the sum of what each row has shown."""

    def __init__(self, spec: flyball.EnvSpec, gain: float = 0.1) -> None:
        self.gain = gain
        self.sum: Any = None

    def __call__(self, observation: Any, step: Any) -> Any:
        if self.sum is None:
            self.sum = np.zeros(len(observation))
        self.sum = np.where(step == 0, 0.0, self.sum) + observation[:, 0]
        return -self.gain * self.sum[:, None]


def broken(observation: Any) -> Any:
    return observation[:1, :1]


def generate(folder: Path, env_id: str = TOY, **kwargs: Any) -> str:
    return datasets.generate(env_id, folder, **{"episodes": 7, "seed": 3, **kwargs})


@pytest.mark.parametrize("env_id", IDS)
def test_each_family_is_the_same_for_any_workers_and_replays(tmp_path: Path, env_id: str) -> None:
    kwargs: dict[str, Any] = {"episodes": 5, "max_episode_steps": 12, "state_every": 5}
    hashes = {
        generate(tmp_path / str(workers), env_id, workers=workers, episodes_per_shard=2, **kwargs)
        for workers in (1, 2, 5)
    }
    hashes.add(generate(tmp_path / "row", env_id, rows=1, **kwargs))
    assert len(hashes) == 1
    assert generate(tmp_path / "seed", env_id, **{**kwargs, "seed": 4}) not in hashes
    report = datasets.verify(tmp_path / "2", replay=True, workers=2)
    assert report.problems == ()
    assert {report.content_hash} == hashes


@pytest.mark.parametrize("env_id", SLICE)
def test_baselines_drive(tmp_path: Path, env_id: str) -> None:
    for name in flyball.spec(env_id).policies:
        kwargs = {"policy": name, "episodes": 3, "max_episode_steps": 10}
        one = generate(tmp_path / name, env_id, **kwargs)
        assert generate(tmp_path / f"{name}2", env_id, workers=2, rows=1, **kwargs) == one
        assert datasets.verify(tmp_path / name, replay=True).ok


@pytest.mark.parametrize("env_id", IDS)
def test_episodes_are_what_the_environment_does(tmp_path: Path, env_id: str) -> None:
    generate(tmp_path, env_id, max_episode_steps=9, state_every=4)
    episode = datasets.open(tmp_path)[2]
    assert episode.seed == flyball.spawn_seeds(3, 3)[2]
    env = make(env_id)
    observation, info = env.reset(seed=episode.seed)

    def row(arrays: Any, t: int) -> Any:
        return {k: v[t] for k, v in arrays.items()} if isinstance(arrays, dict) else arrays[t]

    for t in range(len(episode)):
        np.testing.assert_equal(row(episode.observations, t), observation)
        np.testing.assert_equal({k: info[k] for k in episode.infos}, row(episode.infos, t))
        observation, reward, terminated, _, info = env.step(episode.actions[t])
        assert reward == episode.rewards[t]
        assert terminated == episode.terminations[t]
    np.testing.assert_equal(row(episode.observations, len(episode)), observation)
    assert episode.truncations[-1] != episode.terminations[-1]
    # A full state goes on where it was taken.
    env.unwrapped.restore(episode.states[1])
    observation, *_ = env.unwrapped.step(episode.actions[4])
    np.testing.assert_equal(row(episode.observations, 5), observation)


def test_python_policies(tmp_path: Path) -> None:
    for policy in (tagged, Integrator):
        one = generate(tmp_path / policy.__name__, policy=policy)
        again = generate(tmp_path / f"{policy.__name__}5", policy=policy, workers=5, rows=3)
        assert again == one
        assert datasets.verify(tmp_path / policy.__name__, replay=True).ok
    options = {"gain": 0.3}
    assert generate(tmp_path / "gain", policy=Integrator, policy_options=options) != one
    # Actions are stored as the plant takes them: inside its bounds.
    actions = datasets.open(tmp_path / "tagged")[0].actions
    assert actions.dtype == np.float32
    assert np.abs(actions).max() <= 2.0


def test_bad_input_is_named(tmp_path: Path) -> None:
    def refused(text: str, env_id: str = TOY, **kwargs: Any) -> None:
        with pytest.raises(flyball.InputError, match=text):
            generate(tmp_path / "new", env_id, **kwargs)
        assert not (tmp_path / "new" / "journal").exists()

    refused("ToyCart-v1", env_id="ToyCrat-v1")
    refused("random", policy="ramdom")
    refused("preset", options={"persets": "x"})
    refused("nosuchmodule", policy="nosuchmodule:f")
    refused("did you mean 'load'", policy="json:load_")
    refused("an integer is needed", episodes=2.5)
    refused("workers is 'all'; an integer is needed", workers="all")
    refused("rows is 1.5; an integer is needed", rows=1.5)
    refused("episodes_per_shard is None", episodes_per_shard=None)
    refused("options is 3; a dictionary", options=3)
    refused("shape", policy=broken)
    with pytest.raises(flyball.DataError, match="no dataset"):
        datasets.open(tmp_path / "none")


def test_progress_is_told_and_can_stop(tmp_path: Path) -> None:
    told: list[tuple[int, int, int]] = []
    generate(tmp_path / "a", progress=lambda *numbers: told.append(numbers))
    assert told[-1][0] == told[-1][2] == 7

    def stop(*_: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        generate(tmp_path / "b", progress=stop)


def test_kill_and_resume(tmp_path: Path) -> None:
    """Killed by SIGKILL at ten moments, the command comes to the same hash."""
    reference = generate(tmp_path / "reference", episodes=300, policy="random")
    call = [sys.executable, "-m", "flyball", "--load", str(TOYS), "generate", TOY]
    call += ["--episodes", "300", "--seed", "3", "--workers", "2", "--out", str(tmp_path / "data")]
    call += ["--episodes-per-shard", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bindings/python")}
    for attempt in range(10):
        process = subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL)
        # From the moment it begins to write.
        while process.poll() is None and not (tmp_path / "data" / "journal").exists():
            time.sleep(0.002)
        time.sleep(0.004 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
    run = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, f"content hash: {reference}\n"), run.stderr
    assert datasets.verify(tmp_path / "data", replay=True).ok


def observations_of(episode: Any) -> dict[str, Any]:
    found = episode.observations
    return found if isinstance(found, dict) else {"": found}


@pytest.mark.parametrize("env_id", IDS)
def test_minari_opens_what_is_exported(
    tmp_path: Path, env_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    minari = pytest.importorskip("minari")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    generate(tmp_path / "data", env_id, max_episode_steps=8)
    path = datasets.export_minari(tmp_path / "data", "flyball/test/tagged-v0")
    assert path == tmp_path / "minari" / "flyball/test/tagged-v0"

    ours = datasets.open(tmp_path / "data")
    theirs = minari.load_dataset("flyball/test/tagged-v0")
    assert theirs.total_episodes == len(ours)
    assert theirs.total_steps == sum(len(episode) for episode in ours)
    seeds = [int(m["seed"]) for m in theirs.storage.get_episode_metadata(range(len(ours)))]
    assert seeds == [episode.seed for episode in ours]
    for episode, other in zip(ours, theirs.iterate_episodes(), strict=True):
        assert other.id == episode.index
        np.testing.assert_array_equal(other.actions, episode.actions, strict=True)
        np.testing.assert_array_equal(other.rewards, episode.rewards, strict=True)
        np.testing.assert_array_equal(other.terminations, episode.terminations, strict=True)
        np.testing.assert_array_equal(other.truncations, episode.truncations, strict=True)
        for name, array in observations_of(episode).items():
            np.testing.assert_array_equal(observations_of(other)[name], array, strict=True)
        for name, array in episode.infos.items():
            np.testing.assert_array_equal(other.infos[name], array, strict=True)
    env = theirs.recover_environment()
    assert env.observation_space == theirs.observation_space
    assert env.action_space == theirs.action_space
    observation, _ = env.reset(seed=ours[1].seed)
    for name, array in observations_of(ours[1]).items():
        np.testing.assert_array_equal(observation[name] if name else observation, array[0])


def test_minari_export_refuses_and_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path / "data")
    root = tmp_path / "minari"
    path = datasets.export_minari(tmp_path / "data", root=root)
    assert path == root / "flyball/ToyCart-v1/random-v0"
    metadata = json.loads((path / "data/metadata.json").read_text())
    assert metadata["dataset_id"] == "flyball/ToyCart-v1/random-v0"
    with pytest.raises(flyball.DataError, match="exists"):
        datasets.export_minari(tmp_path / "data", root=root)
    datasets.export_minari(tmp_path / "data", root=root, overwrite=True)
    with pytest.raises(flyball.InputError, match="not of the form"):
        datasets.export_minari(tmp_path / "data", "no version", root=root)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(flyball.DataError, match=r"flyball\[datasets\]"):
        datasets.export_minari(tmp_path / "data", "a/b-v0", root=root)
    assert not (root / "a").exists()


def test_gymnasium_knows_the_toy() -> None:
    assert f"flyball/{TOY}" in gym.registry
