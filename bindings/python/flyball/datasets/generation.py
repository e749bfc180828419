"""Generating datasets, with baselines in C++ or policies in Python."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.specs import EnvSpec

Progress = Callable[[int, int, int], None]


def generate(
    env_id: str,
    folder: str | os.PathLike[str],
    *,
    episodes: int,
    policy: str | Callable[..., Any] = "random",
    seed: int = 0,
    workers: int = 1,
    options: Mapping[str, Any] | None = None,
    policy_options: Mapping[str, Any] | None = None,
    state_every: int = 100,
    max_episode_steps: int = -1,
    rows: int = 0,
    episodes_per_shard: int = 0,
    progress: Progress | None = None,
) -> str:
    """Generate a dataset, or go on with one; return its content hash.

    Parameters
    ----------
    policy
        "random", a baseline of the environment, or a Python policy: "package:name" or a callable
        that can be named so. A function is called with the observations of all rows and returns
        their actions; it may also take ``step`` (0 starts an episode) and ``seed`` of each row. A
        class is called with the environment's spec and gives such a callable, one a worker. What a
        row gets may depend only on what that row has shown.
    seed
        Episode i is reset with ``flyball.spawn_seeds(seed, i + 1)[i]``.
    workers
        Threads, each with an environment of its own; 0: all cores. Like ``rows`` (of each
        environment) and ``episodes_per_shard``, they do not change what is generated.
    state_every
        Steps between full states inside an episode; 0: only at both ends.
    progress
        Called with the episodes and steps made so far and the episodes to make.
    """
    name = policy if isinstance(policy, str) else f"{policy.__module__}:{policy.__qualname__}"
    plan: dict[str, Any] = {
        "id": env_id,
        "options": dict(options or {}),
        "policy": name,
        "policy_options": dict(policy_options or {}),
        "episodes": _integer("episodes", episodes),
        "seed": _integer("seed", seed),
        "state_every": _integer("state_every", state_every),
        "max_episode_steps": _integer("max_episode_steps", max_episode_steps),
    }
    factory = None
    if ":" in name:
        function = _load(name) if isinstance(policy, str) else policy
        factory = _factory(name, function, plan["policy_options"])
    totals = _core.generate_dataset(
        os.fspath(folder), plan, workers, rows, episodes_per_shard, factory, progress
    )
    content_hash: str = totals["content_hash"]
    return content_hash


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise _core.InputError(f"{name} is {value!r}; an integer is needed")
    return int(value)


def _load(name: str) -> Callable[..., Any]:
    module_name, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise _core.InputError(f"policy '{name}': {error}") from error
    for part in path.split("."):
        known = [key for key in dir(found) if not key.startswith("_")]
        if not hasattr(found, part):
            raise _core.InputError(
                f"policy '{name}': {_core.unknown_name('name', part, known or ['(nothing)'])}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise _core.InputError(f"policy '{name}' is not callable: {found!r}")
    function: Callable[..., Any] = found
    return function


def _factory(
    name: str, policy: Callable[..., Any], options: dict[str, Any]
) -> Callable[[dict[str, Any], int], Callable[..., Any]]:
    """Make what the core calls: a factory of policies, one for each worker."""

    def make(spec_data: dict[str, Any], num_rows: int) -> Callable[..., Any]:
        spec = EnvSpec.from_dict(spec_data)
        act: Any = policy
        fixed = options
        if isinstance(policy, type):
            make_policy: Any = policy
            act, fixed = make_policy(spec, **options), {}
        extra = {"step", "seed", "active"} & _parameters(act)
        names = [field.name for field in spec.observation]
        shape = (num_rows, *spec.action.field.shape)

        def call(
            leaves: list[NDArray[Any]],
            steps: NDArray[np.int64],
            seeds: NDArray[np.uint64],
            active: NDArray[np.bool_],
        ) -> NDArray[Any]:
            given = {"step": steps, "seed": seeds, "active": active}
            observation = leaves[0] if len(leaves) == 1 else dict(zip(names, leaves, strict=True))
            try:
                actions = act(observation, **{key: given[key] for key in extra}, **fixed)
                actions = np.asarray(actions, np.float64)
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
                raise _core.InputError(f"policy '{name}' raised {what}") from error
            if actions.shape != shape:
                raise _core.InputError(
                    f"policy '{name}' returned actions of shape {actions.shape}; {shape} is needed"
                )
            return actions

        return call

    return make


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some builtins tell nothing
        return set()
