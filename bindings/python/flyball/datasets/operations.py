"""Datasets from datasets: merged, selected from, packed otherwise, relabelled."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flyball import _core, checks
from flyball.datasets.generation import Progress, load_function
from flyball.datasets.reader import Dataset, Episode
from flyball.datasets.splitting import splits

Path = str | os.PathLike[str]


def merge(
    sources: Sequence[Path],
    folder: Path,
    *,
    partial: bool = False,
    level: int = 1,
    episodes_per_shard: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Put parts of one plan together; return the content hash, that of a single run.

    Parts may be complete or not, and may overlap where they agree; an episode that differs between
    two of them is refused.

    Parameters
    ----------
    partial
        Merge although episodes of the plan are in none of the parts.
    level
        zstd's 1 (fast) to 19 (small), or 0, not compressed.
    episodes_per_shard
        0: as the first part has it.
    """
    paths = [os.fspath(source) for source in sources]
    totals = _core.merge_datasets(
        paths,
        os.fspath(folder),
        partial,
        level,
        checks.integer("episodes_per_shard", episodes_per_shard),
        checks.integer("workers", workers),
        progress,
    )
    return str(totals["content_hash"])


def select(
    source: Path,
    folder: Path,
    *,
    episodes: str | Sequence[int] | None = None,
    first: int | None = None,
    length: tuple[float, float] | None = None,
    returns: tuple[float, float] | None = None,
    success: bool | None = None,
    policy: str | int | None = None,
    split: str | None = None,
    where: Callable[[Episode], bool] | None = None,
    level: int = 1,
    episodes_per_shard: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Write the episodes that pass every rule to a dataset of their own; return its content hash.

    They keep their index in the plan, their seed, their states and their hash, so that the result
    verifies and replays, and parts can be merged again.

    Parameters
    ----------
    episodes
        Indices in the plan, as a list or as "0:100,150" (ends left out, as in slices).
    first
        That many, from the beginning: nested sizes.
    length, returns
        Least and most steps, and sums of rewards; both included.
    success
        Whether info "is_success" was true in any state.
    policy
        Name or number of the plan's policy that acted.
    split
        A key of ``datasets.splits``: "train", "valid", "10_percent", "better", ...
    where
        A function of an episode; the history calls it by its name.
    """
    dataset = Dataset(source)
    rule = {
        "episodes": episodes if episodes is None or isinstance(episodes, str) else "listed",
        "first": first,
        "length": None if length is None else list(length),
        "returns": None if returns is None else list(returns),
        "success": success,
        "policy": policy,
        "split": split,
        "where": where and f"{where.__module__}:{where.__qualname__}",
    }
    rule = {name: value for name, value in rule.items() if value is not None}
    listed = None if episodes is None else set(_indices(episodes, dataset.plan["episodes"]))
    if split is not None:
        keys = splits(dataset)
        if split not in keys:
            raise _core.InputError(_core.unknown_name("split", split, list(keys)))
        drawn = {dataset.index_of(place) for place in keys[split]}
        listed = drawn if listed is None else listed & drawn
    if success is not None and not any(f.name == "is_success" for f in dataset.info):
        raise _core.InputError(f"{dataset.plan['id']} has no info 'is_success' to select by")
    number = None if policy is None else _policy_number(dataset, policy)
    if first is not None and first < 1:
        raise _core.InputError(f"first is {first}; 1 or more is allowed")

    def passes(episode: Episode) -> bool:
        if length is not None and not length[0] <= len(episode) <= length[1]:
            return False
        if returns is not None and not returns[0] <= episode.rewards.sum() <= returns[1]:
            return False
        if success is not None and bool(episode.infos["is_success"].any()) != success:
            return False
        if number is not None and episode.columns["policy_id"][-1] != number:
            return False
        return where is None or bool(where(episode))

    looks = any(rule.get(name) is not None for name in ("length", "returns", "success", "where"))
    looks = looks or number is not None
    chosen: list[int] = []
    for place in range(len(dataset)):
        index = dataset.index_of(place)
        if listed is not None and index not in listed:
            continue
        if not looks or passes(dataset[place]):
            chosen.append(index)
        if first is not None and len(chosen) == first:
            break
    if episodes is not None and split is None and not looks and first is None and listed:
        chosen = sorted(listed)  # one that is not there is an error, not left out
    totals = _core.select_episodes(
        os.fspath(source),
        chosen,
        os.fspath(folder),
        rule,
        level,
        episodes_per_shard,
        checks.integer("workers", workers),
        progress,
    )
    return str(totals["content_hash"])


def convert(
    source: Path,
    folder: Path,
    *,
    level: int = 1,
    episodes_per_shard: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Write the same dataset with another compression or size of files; return its content hash."""
    dataset = Dataset(source)
    totals = _core.select_episodes(
        os.fspath(source),
        [dataset.index_of(place) for place in range(len(dataset))],
        os.fspath(folder),
        {"convert": {"level": level, "episodes_per_shard": episodes_per_shard}},
        level,
        episodes_per_shard,
        checks.integer("workers", workers),
        progress,
    )
    return str(totals["content_hash"])


def relabel(
    source: Path,
    folder: Path,
    *,
    env_id: str | None = None,
    options: Mapping[str, Any] | None = None,
    reset: Mapping[str, Any] | None = None,
    reward: str | Callable[[Episode], Any] | None = None,
    tolerance: float = 0.0,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Write the same runs seen otherwise; return the content hash. No policy is asked.

    Parameters
    ----------
    env_id
        Another task of the same plant: PandaPushDense-v1 for PandaPush-v1.
    options
        Of the environment, instead of the plan's: another reward, other observations. The stored
        actions are taken again from each start; the physical state must be the same at every step.
        An episode that ends sooner now is cut there; one that would go on now ends where it did.
    reset
        Values forced at each start, by field of ``reset(options=)``: {"goal": [0.1, 0, 0.2]}.
    reward
        A function of an :class:`Episode` that gives its rewards (n,), or "package:name" of one. It
        looks at observations, actions, infos and flags (``rewards`` are NaN). Nothing is stepped.
        ``verify(replay=True)`` calls it again.
    tolerance
        For data of another build or machine: each episode starts from its stored physical state, as
        far as the new environment's reset takes it, and physical numbers a and b may differ by
        tolerance * max(1, abs(a), abs(b)). Verify what comes of it to the same tolerance.
    """
    if reward is not None:
        if env_id or options or reset or tolerance:
            raise _core.InputError("relabel by options and reset, or by a reward, one at a time")
        name = reward if isinstance(reward, str) else f"{reward.__module__}:{reward.__qualname__}"
        function = load_function(name, "reward") if isinstance(reward, str) else reward
        dataset = Dataset(source)
        totals = _core.replace_rewards(
            os.fspath(source),
            os.fspath(folder),
            name,
            lambda data: rewards_of(function, name, dataset.episode(data)),
        )
    else:
        if not (env_id or options or reset):
            raise _core.InputError("relabel needs an id, options, reset values or a reward")
        forced = {name: np.ravel(value).tolist() for name, value in (reset or {}).items()}
        totals = _core.relabel_dataset(
            os.fspath(source),
            os.fspath(folder),
            env_id or "",
            dict(options or {}),
            forced,
            tolerance,
            checks.integer("workers", workers),
            progress,
        )
    return str(totals["content_hash"])


def rewards_of(function: Callable[[Episode], Any], name: str, episode: Episode) -> Any:
    """Call a reward function; its failures are the user's."""
    try:
        hidden = np.full(len(episode), np.nan)
        rewards = np.asarray(function(replace(episode, rewards=hidden)), np.float64)
    except Exception as error:
        raise _core.InputError(f"reward '{name}' raised {type(error).__name__}: {error}") from error
    if not np.isfinite(rewards).all():
        raise _core.InputError(
            f"reward '{name}' gave {rewards[~np.isfinite(rewards)][0]} in episode {episode.index}"
        )
    return rewards


def _indices(episodes: str | Sequence[int], total: int) -> list[int]:
    if not isinstance(episodes, str):
        return [int(index) for index in episodes]
    found: list[int] = []
    for part in episodes.split(","):
        begin, colon, end = part.partition(":")
        try:
            low = int(begin) if begin or not colon else 0
            high = (int(end) if end else total) if colon else low + 1
        except ValueError:
            raise _core.InputError(
                f"episodes '{episodes}': '{part}' is not a number or a range like 0:100"
            ) from None
        if not 0 <= low < high <= total:
            raise _core.InputError(
                f"episodes '{episodes}': '{part}' leaves the plan's 0:{total} or is empty"
            )
        found.extend(range(low, high))
    return found


def _policy_number(dataset: Dataset, policy: str | int) -> int:
    if isinstance(policy, int):
        if not 0 <= policy < len(dataset.policies):
            raise _core.InputError(
                f"policy {policy}: the plan has 0 to {len(dataset.policies) - 1}"
            )
        return policy
    if policy not in dataset.policies:
        raise _core.InputError(_core.unknown_name("policy", policy, list(dataset.policies)))
    if dataset.policies.count(policy) > 1:
        raise _core.InputError(f"policy '{policy}' is in the plan more than once; say its number")
    return dataset.policies.index(policy)
