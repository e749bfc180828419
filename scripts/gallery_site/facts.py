"""What a card says of an environment: all of it read from the registry or measured here.

Scores and speeds are measured while the gallery is built, how near a peer is comes from the tests
of parity. No number is typed in.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
from flyball import _core

ROOT = Path(__file__).resolve().parents[2]
LATEST, SHIPPED = ROOT / "build" / "parity.json", ROOT / "docs" / "parity.json"
EPISODES = 8  # of a score
ROWS = 64  # of a speed


@dataclass(frozen=True)
class Score:
    """What a policy reached: the mean return of some episodes, and how many succeeded."""

    policy: str
    episodes: int
    mean_return: float
    success: float | None  # a share; None where the task has no such thing


@dataclass(frozen=True)
class Speed:
    """Environment steps in a second of one core under random actions."""

    one_row: float
    many_rows: float
    rows: int


@dataclass(frozen=True)
class Facts:
    """One environment, as its card and its page show it."""

    spec: flyball.EnvSpec
    family: str
    option_rows: list[dict[str, Any]]
    policy_rows: list[dict[str, Any]]
    scores: tuple[Score, ...]
    speed: Speed
    parity: tuple[dict[str, Any], ...]

    @property
    def baseline(self) -> str:
        """The policy that is shown at work."""
        return self.spec.policies[0] if self.spec.policies else "random"

    @property
    def engines(self) -> tuple[str, ...]:
        """What steps it: engines to choose from, or nothing but its own equations."""
        return self._choices("engine")

    @property
    def presets(self) -> tuple[str, ...]:
        """The task as it should be, and as each peer has it."""
        return self._choices("preset")

    @property
    def has_body(self) -> bool:
        """Whether its pictures show bodies in space, not charts."""
        return bool(self.engines)

    def _choices(self, name: str) -> tuple[str, ...]:
        found = [option["choices"] for option in self.option_rows if option["name"] == name]
        return tuple(found[0]) if found else ()


def parity_records() -> dict[str, list[dict[str, Any]]]:
    """What the last run of the parity tests here measured, and the shipped figures of the rest."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in (SHIPPED, LATEST):  # a run of some of the tests has some of the ids
        latest: dict[str, list[dict[str, Any]]] = {}
        for record in json.loads(path.read_text()) if path.exists() else []:
            latest.setdefault(record["id"], []).append(record)
        found |= latest
    return found


def rows_of(env_id: str, num_envs: int, **arguments: Any) -> Any:
    """Native rows of an environment."""
    return gym.make_vec(
        f"flyball/{env_id}",
        num_envs=num_envs,
        vectorization_mode="vector_entry_point",
        **arguments,
    )


def score(env_id: str, policy: str, episodes: int = EPISODES) -> Score:
    """One episode in each of some rows, seeds 0 and on."""
    envs = rows_of(env_id, episodes, autoreset_mode="Disabled")
    act = flyball.policy(policy, envs)
    observation, _ = envs.reset(seed=0)
    total, going, success = np.zeros(episodes), np.ones(episodes, bool), None
    limit = envs.flyball_spec.max_episode_steps or 1000
    for _ in range(limit):
        observation, reward, terminated, truncated, info = envs.step(act(observation))
        total[going] += np.asarray(reward)[going]
        if "is_success" in info:
            success = np.zeros(episodes) if success is None else success
            success[going] = np.asarray(info["is_success"]).reshape(episodes, -1).min(1)[going]
        ended = terminated | truncated
        going &= ~ended
        if not going.any():
            break
        if ended.any():  # rows that ended go on, unseen: the core refuses to step them otherwise
            observation, _ = envs.reset(options={"reset_mask": ended})
    envs.close()
    share = None if success is None else float(success.mean())
    return Score(policy, episodes, float(total.mean()), share)


def rate(env_id: str, rows: int, seconds: float) -> float:
    """Steps of all rows in a second of processor time, one thread, without a picture."""
    envs = rows_of(env_id, rows, copy=False)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(4)]
    steps, start = 0, time.process_time()
    while (taken := time.process_time() - start) < seconds:
        for action in actions:
            envs.step(action)
        steps += len(actions)
    envs.close()
    return rows * steps / taken


def gather(env_id: str, parity: list[dict[str, Any]], seconds: float) -> Facts:
    """Read and measure one environment; ``seconds`` is how long each speed is measured."""
    spec = flyball.spec(env_id)
    registration = _core.registration(env_id)
    policies = ["random", *spec.policies[:1]]
    return Facts(
        spec=spec,
        family=registration["family"],
        option_rows=registration["options"],
        policy_rows=registration["policies"],
        scores=tuple(score(env_id, policy) for policy in policies),
        speed=Speed(rate(env_id, 1, seconds), rate(env_id, ROWS, seconds), ROWS),
        parity=tuple(parity),
    )
