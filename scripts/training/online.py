"""Learning online with stable-baselines3: PPO, and SAC with hindsight replay."""

from __future__ import annotations

from typing import Any

import flyball.sb3
import stable_baselines3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecNormalize

from training.recipes import Recipe
from training.scoring import Curve, Policy

HINDSIGHT = {"n_sampled_goal": 4, "goal_selection_strategy": "future"}


class CurveCallback(BaseCallback):
    """Evaluates where the curve is due."""

    def __init__(self, curve: Curve, policy: Policy) -> None:
        super().__init__()
        self.curve, self.policy_so_far = curve, policy

    def _on_step(self) -> bool:
        if self.curve.due(self.num_timesteps):
            self.curve.add(self.num_timesteps, self.policy_so_far)
        return True


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The recipe's, with a falling learning rate as the function that the library takes."""
    settings = dict(recipe.settings)
    rate = settings.get("learning_rate")
    if isinstance(rate, list):
        settings["learning_rate"] = lambda left: rate[0] * left
    return settings


def train(recipe: Recipe, seed: int, curve: Curve) -> Policy:
    envs: Any = flyball.sb3.make(recipe.env_id, num_envs=recipe.num_envs)
    settings = settings_of(recipe)
    hindsight = recipe.method.endswith("+HER")
    if hindsight:
        settings["replay_buffer_class"] = stable_baselines3.HerReplayBuffer
        settings["replay_buffer_kwargs"] = HINDSIGHT
    else:
        envs = VecNormalize(envs, clip_obs=10.0, gamma=settings["gamma"])
    envs.seed(seed * 10_000)
    algorithm = getattr(stable_baselines3, recipe.method.removesuffix("+HER"))
    policy = "MultiInputPolicy" if hindsight else "MlpPolicy"
    model = algorithm(policy, envs, seed=seed, verbose=0, device="cpu", **settings)

    def act(observation: Any) -> Any:
        seen = observation if hindsight else envs.normalize_obs(observation)
        return model.predict(seen, deterministic=True)[0]

    found = Policy(act, lambda path: flyball.export_policy(model, path))
    model.learn(recipe.steps, callback=CurveCallback(curve, found), progress_bar=False)
    return found
