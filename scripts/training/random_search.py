"""Policies that are linear in what is shown, found by random search: no gradient and no critic.

Augmented random search, version 1 of Mania, Guy and Recht, Simple random search provides a
competitive approach to reinforcement learning (arXiv 1803.07055), without its scaling of
observations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flyball
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from training.recipes import Recipe
from training.scoring import Curve, Policy

Weights = NDArray[np.float64]  # (numbers of the action, numbers shown + 1 for a constant)


def search(
    play: Callable[[Weights], NDArray[np.float64]],
    start: Weights,
    rng: np.random.Generator,
    *,
    step: float,
    noise: float,
    tries: int,
) -> Iterator[Weights]:
    """The weights after each round, without end.

    `play` gives the values (n,) of n weights (n, ...). A round compares `tries` random ways, each
    gone both ways by `noise`, and moves by `step` along their mean, weighed by what they gained in
    units of the deviation of all values.
    """
    weights = start
    while True:
        ways = rng.normal(size=(tries, *weights.shape))
        values = play(np.concatenate([weights + noise * ways, weights - noise * ways]))
        up, down = values[:tries], values[tries:]
        spread = max(values.std(), 1e-9)
        weights = weights + step / spread * np.tensordot((up - down) / tries, ways, 1)
        yield weights


class Players:
    """So many policies side by side, each over the same episodes."""

    def __init__(self, env_id: str, policies: int, episodes: int, seed: int) -> None:
        self.envs = flyball.VectorEnv(
            env_id, policies * episodes, autoreset_mode=AutoresetMode.NEXT_STEP
        )
        self.policies, self.episodes, self.steps = policies, episodes, 0
        self.next_seed = seed
        space = self.envs.single_action_space
        self.low, self.high = space.low, space.high

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """The value of each policy (policies, ...): -ln(1 - return), mean of its episodes.

        Returns here are costs and at most 0; those of policies that let an unstable plant go are so
        many powers of ten apart that nothing but the worst would count among them.
        """
        seeds = [self.next_seed + k for k in range(self.episodes)]
        self.next_seed += self.episodes
        observation, _ = self.envs.reset(seed=seeds * self.policies)
        returns, running = np.zeros(len(observation)), np.ones(len(observation), bool)
        while running.any():
            shown = observation.reshape(self.policies, self.episodes, -1)
            actions = np.clip(act(weights, shown), self.low, self.high)
            observation, reward, terminated, truncated, _ = self.envs.step(
                actions.reshape(len(returns), -1)
            )
            returns += np.where(running, reward, 0.0)
            self.steps += int(running.sum())
            running &= ~(terminated | truncated)
        return -np.log1p(-returns).reshape(self.policies, -1).mean(axis=1)


def act(weights: Weights, shown: NDArray[Any]) -> NDArray[np.float64]:
    """Actions (..., n, k) of weights (..., k, m + 1) for what is shown (..., n, m)."""
    return shown @ np.swapaxes(weights[..., :-1], -1, -2) + weights[..., None, :, -1]


def train(recipe: Recipe, seed: int, curve: Curve) -> Policy:
    """Search; the policy is that of the last round."""
    settings = dict(recipe.settings)
    tries, episodes = settings["tries"], settings.pop("episodes")
    play = Players(recipe.env_id, 2 * tries, episodes, seed * 10_000)
    weights = np.zeros((len(play.low), play.envs.single_observation_space.shape[0] + 1))

    def export(path: Path) -> Any:
        import torch

        layer = torch.nn.Linear(weights.shape[1] - 1, len(weights), dtype=torch.float64)
        with torch.no_grad():
            layer.weight[:] = torch.from_numpy(weights[:, :-1])
            layer.bias[:] = torch.from_numpy(weights[:, -1])
        bounds = {"low": play.low, "high": play.high}
        return flyball.export_policy(torch.nn.Sequential(layer), path, **bounds)

    found = Policy(lambda shown: np.clip(act(weights, shown), play.low, play.high), export)
    rounds = search(play, weights, np.random.default_rng(seed), **settings)
    while play.steps < recipe.steps:
        weights = next(rounds)
        if curve.due(play.steps):
            curve.add(play.steps, found)
    return found
