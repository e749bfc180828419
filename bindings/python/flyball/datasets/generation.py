"""Generating datasets, with baselines in C++ or policies in Python."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, checks, networks
from flyball.specs import EnvSpec

Progress = Callable[[int, int, int], None]


def generate(
    env_id: str,
    folder: str | os.PathLike[str],
    *,
    episodes: int,
    policy: str | Callable[..., Any] = "random",
    policies: Sequence[Any] | None = None,
    seed: int = 0,
    workers: int = 1,
    options: Mapping[str, Any] | None = None,
    policy_options: Mapping[str, Any] | None = None,
    state_every: int = 100,
    max_episode_steps: int = -1,
    named_state: bool = False,
    order: str = "spread",
    paired: bool = False,
    branch: int = 0,
    rows: int = 0,
    episodes_per_shard: int = 0,
    level: int = 1,
    part: tuple[int, int] = (0, 1),
    progress: Progress | None = None,
) -> str:
    """Generate a dataset, or go on with one; return its content hash.

    Parameters
    ----------
    policy
        "random", "constant", "oscillators", a baseline of the environment, or a Python policy:
        "package:name" or a callable that can be named so. A function is called with the
        observations of all rows and returns their actions, or actions and log-probabilities; it
        may also take ``step`` (0 starts an episode) and ``seed`` of each row. A class is called
        with the environment's spec and gives such a callable, one a worker. What a row gets may
        depend only on what that row has shown.
    policies
        Instead of ``policy``, a mixture: policies, or dicts of ``policy``, ``options``,
        ``fraction``, ``noise``, ``noise_correlation`` and ``epsilon`` (docs/datasets.md).
    seed
        Episode i is reset with ``flyball.spawn_seeds(seed, i + 1)[i]``.
    workers
        Threads, each with an environment of its own; 0: all cores. Like ``rows`` (of each
        environment) and ``episodes_per_shard``, they do not change what is generated.
    state_every
        Steps between full states inside an episode; 0: only at both ends.
    named_state
        Record the physical state by name (``env.unwrapped.state``) at every step.
    order
        "spread": every stretch of episodes holds each policy's share; "in_order": one policy's
        episodes after the other's.
    paired
        Episodes in groups of one a policy, which start from the same seed.
    branch
        With ``paired``: until this step the first policy acts in all of a group, so that the others
        go on from one state in the middle of its episode.
    level
        Of the files: 0 (not compressed), or zstd's 1 (fast) to 19 (small).
    part
        (i, n): make part i of n alone, counted from 0, in a folder of its own; ``merge`` puts the
        parts together to the dataset, and the content hash, of one run.
    progress
        Called with the episodes and steps made so far and the episodes to make.
    """
    if policies is not None and (policy != "random" or policy_options):
        raise _core.InputError("policies and policy exclude each other")
    if policies is None:
        policies = [
            {"policy": policy, "options": checks.dictionary("policy_options", policy_options)}
        ]
    plan: dict[str, Any] = {
        "id": env_id,
        "options": checks.dictionary("options", options),
        "policies": list(policies),
        "order": order,
        "paired": paired,
        "branch": checks.integer("branch", branch),
        "episodes": checks.integer("episodes", episodes),
        "seed": checks.integer("seed", seed),
        "state_every": checks.integer("state_every", state_every),
        "max_episode_steps": checks.integer("max_episode_steps", max_episode_steps),
        "named_state": named_state,
    }
    return fill(
        plan,
        folder,
        workers=workers,
        rows=rows,
        episodes_per_shard=episodes_per_shard,
        level=level,
        part=part,
        progress=progress,
    )


def fill(
    plan: Mapping[str, Any],
    folder: str | os.PathLike[str],
    *,
    workers: int = 1,
    rows: int = 0,
    episodes_per_shard: int = 0,
    level: int = 1,
    part: tuple[int, int] = (0, 1),
    progress: Progress | None = None,
    functions: dict[str, Callable[..., Any]] | None = None,
) -> str:
    """Generate the dataset of a plan (docs/datasets.md), or go on with it; return its hash.

    ``functions``: what ``name_policies`` gave beside the plan; None: the plan has not been there.
    """
    named = dict(plan)
    if functions is None:
        named, functions = name_policies(plan)
    factory = factory_of(functions)
    totals = _core.generate_dataset(
        os.fspath(folder),
        named,
        checks.integer("workers", workers),
        checks.integer("rows", rows),
        checks.integer("episodes_per_shard", episodes_per_shard),
        checks.integer("level", level),
        part,
        factory,
        progress,
    )
    content_hash: str = totals["content_hash"]
    return content_hash


def name_policies(
    plan: Mapping[str, Any], base: str | os.PathLike[str] = ""
) -> tuple[dict[str, Any], dict[str, Callable[..., Any]]]:
    """The plan as the core takes it, and the Python policies by the names it has for them.

    Networks are looked for beside the plan, in the folder ``base``. One that is no perceptron is
    a Python policy, under the name of its class and its checkpoint.
    """
    functions: dict[str, Callable[..., Any]] = {}

    def entry(given: Any) -> Any:
        made = dict(given) if isinstance(given, Mapping) else {"policy": given}
        policy = made.get("policy")
        if callable(policy):
            made["policy"] = f"{policy.__module__}:{policy.__qualname__}"
            functions[made["policy"]] = policy
        elif isinstance(policy, str | os.PathLike) and str(policy).endswith(".onnx"):
            made["policy"] = os.path.join(base, policy)
            if not networks.is_perceptron(made["policy"]):
                act, options = networks.runtime_network(made["policy"])
                made |= {"policy": f"{networks.__name__}:RuntimeNetwork", "options": options}
                functions[key_of(made)] = act
        elif isinstance(policy, str) and ":" in policy:
            functions[policy] = load_function(policy, "policy")
        return made

    copy = dict(plan)
    if "policy" in copy and "policies" not in copy:
        copy["policies"] = [{"policy": copy.pop("policy")}]
        if "policy_options" in copy:
            copy["policies"][0]["options"] = copy.pop("policy_options")
    if isinstance(copy.get("policies"), list | tuple):
        copy["policies"] = [entry(given) for given in copy["policies"]]
    return copy, functions


def key_of(entry: Mapping[str, Any]) -> str:
    """Name the Python policy of an entry among a plan's functions."""
    checkpoint = (entry.get("options") or {}).get("checkpoint")
    return f"{entry['policy']}#{checkpoint}" if checkpoint else str(entry["policy"])


def load_function(name: str, kind: str) -> Callable[..., Any]:
    """Import "package:name"; `kind` says in errors what it is for."""
    module_name, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise _core.InputError(f"{kind} '{name}': {error}") from error
    for part in path.split("."):
        known = [key for key in dir(found) if not key.startswith("_")]
        if not hasattr(found, part):
            raise _core.InputError(
                f"{kind} '{name}': {_core.unknown_name('name', part, known or ['(nothing)'])}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise _core.InputError(f"{kind} '{name}' is not callable: {found!r}")
    function: Callable[..., Any] = found
    return function


def factory_of(
    functions: Mapping[str, Callable[..., Any]],
) -> Callable[[dict[str, Any], dict[str, Any], int], Callable[..., Any]] | None:
    """Make what the core calls: a factory of policies, one for each worker; None: no need."""
    if not functions:
        return None

    def make(
        entry: dict[str, Any], spec_data: dict[str, Any], num_rows: int
    ) -> Callable[..., tuple[NDArray[Any], Any]]:
        name, fixed = entry["policy"], entry["options"]
        spec = EnvSpec.from_dict(spec_data)
        act: Any = functions[key_of(entry) if key_of(entry) in functions else name]
        if isinstance(act, type):
            make_policy: Any = act
            act, fixed = make_policy(spec, **fixed), {}
        extra = {"step", "seed", "active"} & _parameters(act)
        names = [field.name for field in spec.observation]
        shape = (num_rows, *spec.action.field.shape)

        def call(
            leaves: list[NDArray[Any]],
            steps: NDArray[np.int64],
            seeds: NDArray[np.uint64],
            active: NDArray[np.bool_],
        ) -> tuple[NDArray[Any], Any]:
            given = {"step": steps, "seed": seeds, "active": active}
            observation = leaves[0] if len(leaves) == 1 else dict(zip(names, leaves, strict=True))
            try:
                actions = act(observation, **{key: given[key] for key in extra}, **fixed)
                log_probabilities = None
                if isinstance(actions, tuple) and len(actions) == 2:
                    actions, log_probabilities = actions
                actions = np.asarray(actions, np.float64)
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
                raise _core.InputError(f"policy '{name}' raised {what}") from error
            if actions.shape != shape:
                raise _core.InputError(
                    f"policy '{name}' returned actions of shape {actions.shape}; {shape} is needed"
                )
            return actions, log_probabilities

        return call

    return make


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some builtins tell nothing
        return set()
