"""Environments written in Python: one class over columns, registered under an id."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from flyball import _core, checks
from flyball.registration import gymnasium_register
from flyball.specs import Action, EnvSpec, Field
from flyball.worlds import World

Array = NDArray[Any]
Results = tuple[Any, ...]
ENDS = ("reward", "terminated", "truncated")  # what a step says of rows, besides what they show


class Task:
    """N rows of a task. Derive, describe it by class attributes, write ``reset`` and ``step``.

    Both work on the rows whose numbers they are given, and what they do to a row must not depend on
    the others. What decides a row's future is kept in attributes that the core saves and loads:
    every World, the arrays (num_rows, ...) that ``state`` names, and those that ``memory`` names.
    """

    doc: ClassVar[str] = ""
    observation: ClassVar[Sequence[Field]] = ()  # one: Box; several: Dict
    action: ClassVar[Field | Action]
    info: ClassVar[Sequence[Field]] = ()
    state: ClassVar[Sequence[Field]] = ()  # attributes of these names: env.state
    forced: ClassVar[Sequence[Field]] = ()  # what reset(options=) may force
    memory: ClassVar[Sequence[str]] = ()
    options: ClassVar[Mapping[str, Any]] = {}  # name: default, or a dict as in the registry
    control_period: ClassVar[float] = 1.0  # s
    max_episode_steps: ClassVar[int] = 0  # 0: no limit
    reward_range: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    goal_conditioned: ClassVar[bool] = False
    smooth: ClassVar[bool] = False

    def __init__(self, num_rows: int, **options: Any) -> None:
        self.num_rows = num_rows

    def reset(self, rows: Array, rng: _core.Rng, forced: Mapping[str, Array]) -> Results:
        """Start episodes of rows: set their state, return (observation, info) for them.

        All draws come from ``rng``; ``forced`` holds values by name that override them.
        """
        raise NotImplementedError

    def step(self, rows: Array, actions: Array) -> Results:
        """Step rows: (observation, reward, terminated, info), each for these rows.

        A fifth item before info, truncated, is for bounds of the task's own; the time limit is the
        core's.
        """
        raise NotImplementedError


def register(task: type[Task], env_id: str) -> None:
    """Register a task, for ``gym.make``, ``gym.make_vec`` and everything else, under an id."""
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise _core.InputError(f"register: a subclass of flyball.Task is needed; got {task!r}")
    if not isinstance(env_id, str):
        raise _core.InputError(f"register: an id is a text; got {env_id!r}")
    schema = [_option(name, default) for name, default in task.options.items()]

    def resolve(options: dict[str, Any]) -> dict[str, Any]:
        return _spec(task, env_id, options)

    def make(spec: dict[str, Any], num_rows: int, columns: Any, skip: Array) -> Adapter:
        return Adapter(task, EnvSpec.from_dict(spec), num_rows, columns, skip)

    resolve({"dtype": "float32", **{option["name"]: option["default"] for option in schema}})
    _core.register_task(env_id, schema, task.max_episode_steps, resolve, make)
    gymnasium_register(env_id, task=_reference(task))


def register_again(task: Any, env_id: str) -> None:
    """Register in this process what another one registered; imports the task's module."""
    if isinstance(task, str):
        module, name = task.split(":")
        task = getattr(importlib.import_module(module), name)
    if env_id not in _core.list_envs():
        register(task, env_id)


def _reference(task: type[Task]) -> Any:
    """The task's name where it can be imported by it, else the class itself."""
    module = importlib.import_module(task.__module__)
    if getattr(module, task.__name__, None) is task:
        return f"{task.__module__}:{task.__name__}"
    return task


def _option(name: str, default: Any) -> dict[str, Any]:
    if isinstance(default, Mapping) and "kind" in default:
        return {"name": name, "default": None, **default}
    kinds = {bool: "bool", int: "integer", float: "number", str: "text", list: "list", dict: "dict"}
    if type(default) not in kinds:
        raise _core.InputError(f"option '{name}': no kind is known for its default {default!r}")
    return {"name": name, "kind": kinds[type(default)], "default": default}


def _spec(task: type[Task], env_id: str, options: Mapping[str, Any]) -> dict[str, Any]:
    dtype = options["dtype"]
    given = getattr(task, "action", None)
    if not task.observation or not isinstance(given, Action | Field):
        raise _core.InputError(
            f"{env_id}: a task has one field of observation or more, and an action, which is a "
            f"field or a flyball.Action; got {task.observation!r} and {given!r}"
        )
    action = given if isinstance(given, Action) else Action("box", given)
    if action.kind != "box" and not action.choices:
        raise _core.InputError(f"{env_id}: a {action.kind} action needs its choices")
    return {
        "id": env_id,
        "doc": task.doc or (task.__doc__ or "").strip() or env_id,
        "observation": [
            {**asdict(field), "dtype": dtype if field.dtype.startswith("float") else field.dtype}
            for field in task.observation
        ],
        "action": asdict(action),
        "info": [asdict(field) for field in task.info],
        "state": [asdict(field) for field in task.state],
        "reset": [asdict(field) for field in task.forced],
        "control_period": checks.positive(f"{env_id}: control_period", task.control_period, "s"),
        "max_episode_steps": checks.whole(
            f"{env_id}: max_episode_steps", task.max_episode_steps, 0
        ),
        "reward_low": task.reward_range[0],
        "reward_high": task.reward_range[1],
        "goal_conditioned": task.goal_conditioned,
        "smooth": task.smooth,
    }


class Adapter:
    """Stands between the core's columns and a task; the core calls its methods."""

    def __init__(
        self,
        task: type[Task],
        spec: EnvSpec,
        num_rows: int,
        columns: Mapping[str, Any],
        skip: Array,
    ) -> None:
        # What every id takes is the core's business.
        options = {name: value for name, value in spec.options.items() if name in task.options}
        self.spec = spec
        self.columns = columns
        self.skip = skip
        self.task = task(num_rows, **options)
        self.worlds = {n: v for n, v in vars(self.task).items() if isinstance(v, World)}
        names = [*(field.name for field in spec.state), *task.memory]
        self.arrays = [name for name in names if isinstance(vars(self.task).get(name), np.ndarray)]
        self._check_arrays(task.memory, num_rows)
        self.low, self.high = spec.action.field.low, spec.action.field.high
        self.clips = spec.action.kind == "box" and spec.action.clip

    def _check_arrays(self, memory: Sequence[str], num_rows: int) -> None:
        """Refuse names of state and memory that snapshots could not hold."""
        where = self.spec.id
        missing = [name for name in memory if name not in self.arrays]
        if missing:
            raise _core.InputError(f"{where}: memory {missing} are no arrays of the task")
        shapes = {field.name: (num_rows, *field.shape) for field in self.spec.state}
        for name in shapes:
            if name not in self.arrays and (
                name in vars(self.task) or not hasattr(self.task, name)
            ):
                raise _core.InputError(
                    f"{where}: state '{name}' is neither an array nor a property of the task"
                )
        for name in self.arrays:
            array = vars(self.task)[name]
            wanted = shapes.get(name, (num_rows, *array.shape[1:]))
            if array.shape[:1] != (num_rows,) or array.size != math.prod(wanted):
                raise _core.InputError(
                    f"{where}: array '{name}' of the task has shape {array.shape}; {wanted} is "
                    "needed"
                )

    def reset(self, row: int, rng: _core.Rng, forced: dict[str, Array]) -> None:
        shapes = {field.name: field.shape for field in self.spec.reset}
        given = {name: value.reshape(1, *shapes[name]) for name, value in forced.items()}
        rows = np.array([row])
        results = self.task.reset(rows, rng, given)
        if not isinstance(results, tuple) or len(results) != 2:
            raise _core.InputError(
                f"{self.spec.id}: reset returns (observation, info); got {results!r}"
            )
        observations, infos = self._leaves(results[0], 1), self._infos(results[1], 1)
        self._write(rows, observations, infos)

    def step(self, begin: int, end: int) -> list[int] | None:
        rows = begin + np.flatnonzero(self.skip[begin:end] == 0)
        if not rows.size:
            return None
        actions = self.columns["action"][rows]
        if self.clips:
            actions = np.clip(actions, self.low, self.high).astype(actions.dtype, copy=False)
        results = self.task.step(rows, actions)
        if not isinstance(results, tuple) or len(results) not in (4, 5):
            raise _core.InputError(
                f"{self.spec.id}: step returns (observation, reward, terminated, info), with "
                f"truncated before info or without; got {results!r}"
            )
        count = len(rows)
        observations, infos = self._leaves(results[0], count), self._infos(results[-1], count)
        reward, terminated, *truncated = (
            self._fitted(name, np.full(count, value) if np.ndim(value) == 0 else value, (count,))
            for name, value in zip(ENDS, results[1:-1], strict=False)
        )

        # Rows that came out as numbers; the others are cut by the core, their columns left alone.
        good = np.isfinite(reward)
        for world in self.worlds.values():
            good &= ~world.failed[rows]
        for leaf in (*observations.values(), *infos.values()):
            good &= np.isfinite(leaf).reshape(count, -1).all(axis=1)
        kept = rows[good]
        self._write(
            kept,
            {name: leaf[good] for name, leaf in observations.items()},
            {name: leaf[good] for name, leaf in infos.items()},
        )
        self.columns["reward"][kept] = reward[good]
        self.columns["terminated"][kept] = terminated[good]
        self.columns["truncated"][kept] = truncated[0][good] if truncated else False
        for name in ENDS:
            self.columns["agent_" + name][kept, 0] = self.columns[name][kept]
        return None if good.all() else [int(row) for row in rows[~good]]

    def read_state(self, row: int) -> NDArray[np.float64]:
        parts = [np.ravel(getattr(self.task, field.name)[row]) for field in self.spec.state]
        return np.concatenate([np.zeros(0), *parts])

    def save(self, row: int) -> bytes:
        parts = [getattr(self.task, name)[row].tobytes() for name in self.arrays]
        parts += [world.snapshot(row) for world in self.worlds.values()]
        header = json.dumps([*self.arrays, *self.worlds, *map(len, parts)]).encode()
        return len(header).to_bytes(8, "little") + header + b"".join(parts)

    def load(self, row: int, saved: bytes) -> None:
        start = 8 + int.from_bytes(saved[:8], "little")
        names = [*self.arrays, *self.worlds]
        header = json.loads(saved[8:start])
        if header[: len(names)] != names or len(header) != 2 * len(names):
            raise _core.DataError(f"{self.spec.id}: snapshot of another version of the task")
        for name, size in zip(names, header[len(names) :], strict=True):
            part, start = saved[start : start + size], start + size
            if name in self.worlds:
                self.worlds[name].restore(row, part)
            else:
                array = getattr(self.task, name)
                array[row] = np.frombuffer(part, array.dtype).reshape(array[row].shape)

    def memory_bytes(self) -> int:
        arrays: int = sum(getattr(self.task, name)[0].nbytes for name in self.arrays)
        return arrays + sum(world.memory_bytes_per_row for world in self.worlds.values())

    def _leaves(self, observation: Any, count: int) -> dict[str, Array]:
        """Return the fields of an observation of so many rows."""
        fields = self.spec.observation
        if len(fields) == 1 and not isinstance(observation, Mapping):
            observation = {fields[0].name: observation}
        names = [field.name for field in fields]
        if not isinstance(observation, Mapping) or sorted(observation) != sorted(names):
            raise _core.InputError(
                f"{self.spec.id}: an observation is a dictionary of {names}; got {observation!r}"
            )
        return {
            field.name: self._fitted(field.name, observation[field.name], (count, *field.shape))
            for field in fields
        }

    def _infos(self, info: Mapping[str, Any] | None, count: int) -> dict[str, Array]:
        """Return the given fields of info of so many rows."""
        shapes = {field.name: field.shape for field in self.spec.info}
        infos = {}
        for name, value in dict(info or {}).items():
            if name not in shapes:
                text = _core.unknown_name("info field", name, list(shapes))
                raise _core.InputError(f"{self.spec.id}: {text}")
            infos[name] = self._fitted(name, value, (count, *shapes[name]))
        return infos

    def _fitted(self, name: str, value: Any, shape: tuple[int, ...]) -> Array:
        """Return numbers in a shape of as many."""
        array = np.asarray(value)
        if array.size != math.prod(shape) or array.dtype.kind not in "biuf":
            raise _core.InputError(
                f"{self.spec.id}: '{name}' is an array of shape {array.shape} and dtype "
                f"{array.dtype}; numbers of shape {shape} are needed"
            )
        return array.reshape(shape)

    def _write(
        self, rows: Array, observations: Mapping[str, Array], infos: Mapping[str, Array]
    ) -> None:
        for name, leaf in observations.items():
            self.columns["observation"][name][rows] = leaf
        for name, column in self.columns["info"].items():
            # An info field that a step leaves out is zero.
            column[rows] = infos.get(name, 0)
