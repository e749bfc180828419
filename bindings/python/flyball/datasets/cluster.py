"""Generating on a Ray cluster: shards are made anywhere and gathered into one folder.

What the folder holds is what one process makes: the driver alone writes it, and takes from the
cluster nothing but whole shards whose content hashes are right, of workers that have shown on a
probe that they compute as the driver does.
"""

from __future__ import annotations

import importlib
import os
import re
import socket
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flyball import _core
from flyball.datasets import generation
from flyball.datasets.generation import Progress

# Of a shard that no worker finishes, be it that it kills them.
MOST_ATTEMPTS = 4


@dataclass
class Task:
    """A plan as it travels: the files of its networks inside, functions by value or by name."""

    plan: dict[str, Any]
    files: dict[str, bytes]
    functions: dict[str, Any]
    episodes_per_shard: int
    level: int
    load: tuple[str, ...]

    def unpack(self) -> tuple[dict[str, Any], Any]:
        """The plan as the core takes it, its files laid down here, and the factory of policies."""
        for name in self.load:
            if name.endswith(".so"):
                _core.load(name)
            else:
                importlib.import_module(name)
        plan, functions = dict(self.plan), dict(self.functions)
        if self.files:
            folder = tempfile.mkdtemp(prefix="flyball-networks-")
            for name, content in self.files.items():
                path = Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            plan, found = generation.name_policies(plan, folder)
            functions |= found
        return plan, generation.factory_of(functions)


class Worker:
    """What a process of the cluster runs: one thread that makes a shard at a time."""

    def prove(self, task: Task, probe: str) -> str:
        """Get ready; nothing, or the hash of the probe where it is not the driver's."""
        plan, factory = task.unpack()
        self._maker = _core.ShardMaker(plan, task.episodes_per_shard, task.level, factory)
        found: str = self._maker.probe()
        return "" if found == probe else found

    def make(self, shard: int) -> bytes:
        """Make the file of a shard."""
        made: bytes = self._maker.make(shard)
        return made


@dataclass
class Seat:
    """A processor of a node, and who works there."""

    node: str
    place: int
    worker: Any = None
    job: Any = None  # what Ray gives for the answer that is awaited
    shard: int | None = None  # None: it proves itself
    since: float = 0.0
    failures: int = 0  # in a row


@dataclass
class Gathering:
    """The driver's side: who works, what is to do, what has been gathered."""

    ray: Any
    writer: Any
    task: Any  # in Ray's store
    probe: str
    stall: float
    progress: Progress | None
    todo: deque[int]
    seats: dict[tuple[str, int], Seat] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # nodes and what they gave for the probe
    attempts: dict[int, int] = field(default_factory=dict)
    loss: str = ""  # why the last worker was lost
    episodes: int = 0
    steps: int = 0

    def run(self, total: int) -> None:
        """Hand out and gather until nothing is left to do."""
        while self.todo or any(seat.shard is not None for seat in self.seats.values()):
            self._take_seats()
            self._hand_out()
            jobs = [seat.job for seat in self.seats.values() if seat.job is not None]
            if not jobs:
                self._nobody_is_left()
            done, _ = self.ray.wait(jobs, timeout=0.2)
            for seat in list(self.seats.values()):
                if seat.job is not None and seat.job in done:
                    self._answer(seat)
                elif seat.job is not None and 0 < self.stall < time.monotonic() - seat.since:
                    self._lost(seat, f"a worker finished nothing in {self.stall:g} s")
            if self.progress is not None:
                self.progress(self.episodes, self.steps, total)

    def _nodes(self) -> Iterator[tuple[str, int]]:
        for node in self.ray.nodes():
            if node["Alive"] and node["NodeID"] not in self.refused:
                yield node["NodeID"], int(node["Resources"].get("CPU", 0))

    def _take_seats(self) -> None:
        """A worker on every processor there is; nodes may come and go."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        alive = dict(self._nodes())
        for key, seat in list(self.seats.items()):
            if seat.node not in alive and seat.job is None:
                del self.seats[key]
        busy = sum(seat.worker is not None for seat in self.seats.values())
        for node, places in alive.items():
            for place in range(places):
                seat = self.seats.setdefault((node, place), Seat(node, place))
                wanted = len(self.todo) + sum(s.shard is not None for s in self.seats.values())
                if seat.worker is not None or seat.failures >= MOST_ATTEMPTS or busy >= wanted:
                    continue
                strategy = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
                made = self.ray.remote(num_cpus=1, max_restarts=0)(Worker)
                seat.worker = made.options(scheduling_strategy=strategy).remote()
                seat.job, seat.shard = seat.worker.prove.remote(self.task, self.probe), None
                seat.since = time.monotonic()
                busy += 1

    def _hand_out(self) -> None:
        for seat in self.seats.values():
            if seat.worker is not None and seat.job is None and self.todo:
                seat.shard = self.todo.popleft()
                seat.job = seat.worker.make.remote(seat.shard)
                seat.since = time.monotonic()

    def _answer(self, seat: Seat) -> None:
        """Take what a worker gives: a proof, a shard, or the news of its end."""
        try:
            answer = self.ray.get(seat.job)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise (
                cause
                if isinstance(cause, _core.Error)
                else _core.InputError(
                    f"a worker on the cluster raised {type(cause).__name__}: {cause}"
                )
            ) from error
        except self.ray.exceptions.RayError as error:  # it died, or its node, or what it made
            return self._lost(seat, _short(str(error)))
        shard, seat.job, seat.shard, seat.failures = seat.shard, None, None, 0
        if shard is not None:
            self._hand_out()  # it need not wait for the disk
            self.writer.adopt(shard, answer)
            episodes, steps = self.writer.sums(shard)
            self.episodes, self.steps = self.episodes + episodes, self.steps + steps
        elif answer:
            self._refuse(seat.node, answer)
        return None

    def _refuse(self, node: str, probe: str) -> None:
        self.refused[node] = probe
        for key, seat in list(self.seats.items()):
            if seat.node == node:
                self._dismiss(seat)
                del self.seats[key]

    def _lost(self, seat: Seat, why: str) -> None:
        """Somebody else makes what this worker had in hand."""
        shard, self.loss = seat.shard, why
        self._dismiss(seat)
        seat.failures += 1
        if shard is None:
            return
        self.attempts[shard] = self.attempts.get(shard, 0) + 1
        if self.attempts[shard] >= MOST_ATTEMPTS:
            raise _core.DataError(
                f"{MOST_ATTEMPTS} workers were lost with shard {shard}, the last because: {why}; "
                "what is finished stays, and the same call goes on"
            )

    def _dismiss(self, seat: Seat) -> None:
        if seat.shard is not None:
            self.todo.appendleft(seat.shard)
        if seat.worker is not None:
            self.ray.kill(seat.worker)
        seat.worker = seat.job = seat.shard = None

    def _nobody_is_left(self) -> None:
        told = f"; the last worker was lost because: {self.loss}" if self.loss else ""
        if self.refused:
            given = ", ".join(f"{node[:8]}: {probe}" for node, probe in self.refused.items())
            told += f"; the probe is {self.probe} here, and was refused of nodes {given}"
        raise _core.DataError(
            "no machine of the cluster is left to work"
            + told
            + "; what is finished stays, and the same call goes on"
        )


def generate(
    plan: Mapping[str, Any],
    functions: Mapping[str, Any],
    folder: str | os.PathLike[str],
    *,
    address: str | None = None,
    workers: int = 1,
    episodes_per_shard: int = 0,
    level: int = 1,
    stall: float = 0.0,
    load: Sequence[str] = (),
    progress: Progress | None = None,
) -> str:
    """Generate a plan's dataset on a cluster, or go on with one; return its content hash.

    Parameters
    ----------
    plan, functions
        As ``generation.name_policies`` gives them. Functions of Python are found on the nodes by
        their names; those of ``__main__`` travel.
    address
        Of the cluster; None: the one that ``ray.init`` finds or has found, or one on this machine.
    workers
        Threads that count the episodes of a plan of ``transitions``, here.
    stall
        Seconds after which a worker that has finished nothing is given up, and its shard is made by
        another; 0: never.
    load
        Libraries (``.so``) and modules of environments that the workers load first.
    """
    try:
        import ray
    except ImportError as error:
        raise _core.InputError(
            "--ray needs Ray, which is not installed: pip install 'flyball[ray]'"
        ) from error
    ours = not ray.is_initialized()
    if ours:
        _check_address(address)
    factory = generation.factory_of(functions)
    writer = _core.ShardWriter(
        os.fspath(folder), dict(plan), episodes_per_shard, level, workers, factory
    )
    missing = writer.missing
    if not missing:
        return str(writer.totals()["content_hash"])
    task = _pack(plan, functions, writer, level, tuple(load))
    # As a worker reads it, so that what does not travel is found here.
    here, factory = task.unpack()
    probe = _core.ShardMaker(here, task.episodes_per_shard, level, factory).probe()
    if ours:
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise _core.InputError(f"--ray {address or ''}: {error}") from error
    gathering = Gathering(ray, writer, ray.put(task), probe, stall, progress, deque(missing))
    try:
        per_shard = writer.episodes_per_shard
        gathering.run(
            sum(min(per_shard, writer.num_episodes - per_shard * shard) for shard in missing)
        )
    finally:
        for seat in gathering.seats.values():
            gathering._dismiss(seat)
        if ours:
            ray.shutdown()
    return str(writer.totals()["content_hash"])


def _check_address(address: str | None) -> None:
    """Knock, since Ray waits minutes for a cluster that is not there."""
    host, colon, port = (address or "").rpartition(":")
    if not colon or "/" in host:
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError) as error:
        raise _core.InputError(f"--ray {address}: there is no cluster: {error}") from error


def _short(text: str) -> str:
    """What is told at the end of what Ray says, in one line and without colours."""
    words = " ".join(re.sub(r"\x1b\[\d*m", "", text).split())
    return words if len(words) < 300 else "... " + words[-300:]


def _pack(
    plan: Mapping[str, Any],
    functions: Mapping[str, Any],
    writer: Any,
    level: int,
    load: tuple[str, ...],
) -> Task:
    """Put what the plan needs into it: the nodes need not see the driver's files."""
    files: dict[str, bytes] = {}
    entries = []
    travelling = dict(functions)
    for number, given in enumerate(plan.get("policies", [{"policy": "random"}])):
        entry = dict(given)
        path = str(entry["policy"])
        key = generation.key_of(entry)
        network = getattr(travelling.get(key), "path", "")
        if network:  # evaluated by onnxruntime: by a class that knows its file
            path = network
            del travelling[key], entry["options"]
        if path.endswith(".onnx"):
            # Of the path a plan keeps the name alone, and two may have the same.
            entry["policy"] = f"{number}/{Path(path).name}"
            files[entry["policy"]] = Path(path).read_bytes()
        entries.append(entry)
    made = {**plan, "policies": entries, "episodes": writer.num_episodes}
    return Task(made, files, travelling, writer.episodes_per_shard, level, load)
