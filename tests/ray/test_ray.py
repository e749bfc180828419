"""Datasets made on Ray clusters of several nodes, all on this machine.

Ray is large and comes into an environment of its own: scripts/check_ray makes it and runs this.
Elsewhere these tests are skipped.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT, TOYS
from bindings.test_cli import flyball as command
from bindings.test_datasets import TOY
from bindings.test_networks import actor
from flyball import datasets

# This folder itself is found as a package "ray" where Ray is not installed.
Cluster = pytest.importorskip("ray.cluster_utils").Cluster
import ray  # noqa: E402

# Set in the driver and handed on to the nodes that a test starts.
DRIVER, DIES = "FLYBALL_TEST_DRIVER", "FLYBALL_TEST_DIES"
HANGS = "FLYBALL_TEST_HANGS"
SKEW = "FLYBALL_TEST_SKEW"


def slow(observation: Any, step: Any, seed: Any) -> Any:
    """Actions of episode and step, slowly; where there is a file to remove, dies of it."""
    time.sleep(0.002)
    target = os.environ.get(DIES, "")
    if os.getpid() != int(os.environ.get(DRIVER, os.getpid())) and os.path.exists(target):
        os.unlink(target)
        os.kill(os.getpid(), signal.SIGKILL)
    del observation
    return (np.sin(step + seed % 97) * 1.5)[:, None]


def skewed(observation: Any) -> Any:
    """As a machine might whose last bits are others."""
    action = np.full((len(observation), 1), 0.3, np.float32)
    return np.nextafter(action, np.float32(1)) if os.environ.get(SKEW) else action


def hangs(observation: Any, seed: Any) -> Any:
    """Actions of the episode; where there is a file to remove, never comes back from it."""
    target = os.environ.get(HANGS, "")
    if os.getpid() != int(os.environ.get(DRIVER, os.getpid())) and not is_probe(seed):
        while os.path.exists(target):
            if not os.path.exists(target + ".always"):
                os.unlink(target)
            time.sleep(3600)
    del observation
    return np.sin(seed % 97)[:, None]


def is_probe(seed: Any) -> bool:
    """Whether no episode but the first is played."""
    return bool((seed == np.uint64(flyball.spawn_seeds(5, 1)[0])).all())


def fails(observation: Any, seed: Any) -> Any:
    """Fails but for the first episode, which is the probe."""
    if not is_probe(seed):
        raise ValueError("no idea")
    return np.zeros((len(observation), 1))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A head without processors: the driver's machine, on which no worker runs."""
    monkeypatch.setenv(DRIVER, str(os.getpid()))
    path = os.pathsep.join([str(ROOT / "bindings/python"), str(ROOT / "tests")])
    monkeypatch.setenv("PYTHONPATH", path)  # what is installed on a node
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield made
    ray.shutdown()
    made.shutdown()


def plan(**more: Any) -> datasets.Plan:
    (made,) = datasets.load_plans({"id": TOY, "episodes": 24, "seed": 5, **more})
    return made


def on(cluster: Cluster, given: datasets.Plan, folder: Path, **more: Any) -> str:
    settings = {"episodes_per_shard": 2, "load": [str(TOYS)], **more}
    return given.generate_on_ray(folder, address=cluster.address, **settings)


def same_files(one: Path, other: Path) -> None:
    names = sorted(path.name for path in one.glob("shard-*.fly"))
    assert names == sorted(path.name for path in other.glob("shard-*.fly"))
    for name in ("plan.json", *names):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_a_cluster_makes_what_one_process_makes(tmp_path: Path, cluster: Cluster) -> None:
    for _ in range(3):
        cluster.add_node(num_cpus=1)
    networks = [actor(tmp_path / name, seed=seed) for seed, name in enumerate(["a", "b"])]
    mixture = [*map(str, networks), "random", {"policy": slow, "noise": 0.1}]
    given = plan(policies=mixture, named_state=True)
    alone = given.generate(tmp_path / "alone", episodes_per_shard=2)
    seen: list[tuple[int, int, int]] = []
    there = on(cluster, given, tmp_path / "there", progress=lambda *told: seen.append(told))
    assert there == alone
    same_files(tmp_path / "alone", tmp_path / "there")
    assert datasets.verify(tmp_path / "there").ok
    assert seen[-1] == (24, datasets.open(tmp_path / "there").num_steps, 24)
    # There is nothing left to do, and another seed is another dataset.
    assert on(cluster, given, tmp_path / "there") == alone
    other = plan(policies=mixture, named_state=True, seed=6)
    assert on(cluster, other, tmp_path / "other") != alone


def test_a_killed_node_and_a_killed_worker(tmp_path: Path, cluster: Cluster) -> None:
    os.environ[DIES] = str(tmp_path / "dies")
    nodes = [cluster.add_node(num_cpus=1, env_vars={DIES: os.environ[DIES]}) for _ in range(3)]
    given = plan(policy=slow)
    alone = given.generate(tmp_path / "alone", episodes_per_shard=2)
    killed: list[int] = []

    def progress(episodes: int, steps: int, total: int) -> None:
        if episodes >= 2 and not killed:  # in the middle of the work
            killed.append(episodes)
            cluster.remove_node(nodes.pop(), allow_graceful=False)
            Path(os.environ[DIES]).touch()

    try:
        assert on(cluster, given, tmp_path / "there", progress=progress) == alone
    finally:
        died = not Path(os.environ.pop(DIES)).exists()
    assert killed
    assert killed[0] < 24
    assert died
    same_files(tmp_path / "alone", tmp_path / "there")


def test_nodes_may_come_while_the_work_goes_on(tmp_path: Path, cluster: Cluster) -> None:
    first = cluster.add_node(num_cpus=1)
    given = plan(policy=slow)
    swapped: list[Any] = []

    def progress(episodes: int, steps: int, total: int) -> None:
        if episodes >= 2 and not swapped:
            swapped.append(cluster.add_node(num_cpus=1))
            cluster.remove_node(first, allow_graceful=False)

    there = on(cluster, given, tmp_path / "there", progress=progress)
    assert there == given.generate(tmp_path / "alone")


def test_a_node_whose_numbers_come_out_otherwise_is_refused(
    tmp_path: Path, cluster: Cluster
) -> None:
    cluster.add_node(num_cpus=2, env_vars={SKEW: "1"})
    given = plan(policies=["random", skewed])
    with pytest.raises(flyball.DataError, match="no machine of the cluster is left to work; the"):
        on(cluster, given, tmp_path / "there")
    assert not list((tmp_path / "there").glob("shard-*"))
    cluster.add_node(num_cpus=1)
    assert on(cluster, given, tmp_path / "there") == given.generate(tmp_path / "alone")


def test_what_fails_on_the_cluster_is_told(tmp_path: Path, cluster: Cluster) -> None:
    cluster.add_node(num_cpus=1)
    given = plan(policy=fails)
    with pytest.raises(flyball.InputError, match=r"fails' raised ValueError: no idea"):
        on(cluster, given, tmp_path / "there", episodes_per_shard=1)


def test_workers_that_hang_are_given_up(tmp_path: Path, cluster: Cluster) -> None:
    target = tmp_path / "hangs"
    cluster.add_node(num_cpus=1, env_vars={HANGS: str(target)})
    given = plan(policy=hangs)
    alone = given.generate(tmp_path / "alone", episodes_per_shard=2)
    # One does once: another makes its shard.
    target.touch()
    assert on(cluster, given, tmp_path / "once", stall=20) == alone
    assert not target.exists()
    same_files(tmp_path / "alone", tmp_path / "once")
    # All do: the call ends. (Where the machine is so slow that no worker is ready in this time,
    # nobody is left to work.)
    for name in ("hangs", "hangs.always"):
        (tmp_path / name).touch()
    with pytest.raises(flyball.DataError, match=r"(lost with shard 0|is left to work).*nothing in"):
        on(cluster, given, tmp_path / "always", stall=3, episodes_per_shard=24)
    for name in ("hangs", "hangs.always"):
        (tmp_path / name).unlink()
    assert on(cluster, given, tmp_path / "always", episodes_per_shard=24) == alone


def test_the_command_goes_on_without_ray_and_with_it(tmp_path: Path, cluster: Cluster) -> None:
    cluster.add_node(num_cpus=2)
    call = ("generate", TOY, "--episodes", 30, "--out", tmp_path / "there")
    assert command(*call, "--shard", "0/1", "--ray").returncode == 2
    # Half of it here, the rest on the cluster.
    (made,) = datasets.load_plans({"id": TOY, "episodes": 30})

    def stop(episodes: int, steps: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on(cluster, made, tmp_path / "there", progress=stop)
    finished = command(*call, "--ray", cluster.address, "--level", 0)
    assert finished.returncode == 0, finished.stderr
    assert made.generate(tmp_path / "alone") in finished.stdout
    wrong = command(*call[:-1], tmp_path / "wrong", "--ray", "127.0.0.1:1")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("flyball: error: --ray 127.0.0.1:1: ")
