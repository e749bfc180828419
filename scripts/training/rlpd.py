"""Learning online with a dataset beside: SAC as RLPD does it, on stable-baselines3.

Ball et al., Efficient Online Reinforcement Learning with Offline Data (2023): half of each batch is
the dataset's, critics normalise their layers, and there are several updates a step.
"""

from __future__ import annotations

from typing import Any

import flyball.sb3
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.policies import ContinuousCritic
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.sac.policies import SACPolicy
from torch import nn

from training.offline import Transitions
from training.online import CurveCallback
from training.recipes import Recipe
from training.scoring import Curve, Policy


class NormalisingCritic(ContinuousCritic):
    """Critics with layer normalisation before each activation."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for number, network in enumerate(self.q_networks):
            layers: list[nn.Module] = []
            for layer in network:
                layers.append(layer)
                if isinstance(layer, nn.Linear) and layer.out_features > 1:
                    layers.append(nn.LayerNorm(layer.out_features))
            self.q_networks[number] = nn.Sequential(*layers)
            setattr(self, f"qf{number}", self.q_networks[number])


class NormalisingPolicy(SACPolicy):
    """SAC's policy with those critics."""

    def make_critic(self, features_extractor: Any = None) -> NormalisingCritic:
        settings = self._update_features_extractor(self.critic_kwargs, features_extractor)
        return NormalisingCritic(**settings).to(self.device)


class HalfOfDataset(ReplayBuffer):
    """Every batch is half the dataset's, half its own."""

    def __init__(self, *arguments: Any, data: Transitions, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.data = ReplayBufferSamples(
            *(
                torch.from_numpy(column)
                for column in (
                    data.observations,
                    data.actions,
                    data.next_observations,
                    data.terminals,
                    data.rewards,
                )
            )
        )

    def sample(self, batch_size: int, env: Any = None) -> ReplayBufferSamples:
        """As a replay buffer's: own rows first."""
        half = batch_size // 2
        own = super().sample(batch_size - half, env)
        rows = torch.randint(len(self.data.rewards), (half,))
        pairs = zip(own[:5], self.data[:5], strict=True)
        return ReplayBufferSamples(*(torch.cat([mine, other[rows]]) for mine, other in pairs))


def train(recipe: Recipe, seed: int, curve: Curve, data: Transitions) -> Policy:
    """Learn beside a dataset of the same environment."""
    settings = dict(recipe.settings)
    envs = flyball.sb3.make(recipe.env_id, num_envs=recipe.num_envs)
    envs.seed(seed * 10_000)
    model = SAC(
        NormalisingPolicy,
        envs,
        seed=seed,
        device="cpu",
        replay_buffer_class=HalfOfDataset,
        replay_buffer_kwargs={"data": data},
        policy_kwargs={"net_arch": settings.pop("net_arch"), "n_critics": settings.pop("critics")},
        **settings,
    )

    def act(observation: Any) -> Any:
        return model.predict(observation, deterministic=True)[0]

    found = Policy(act, lambda path: flyball.export_policy(model, path))
    model.learn(recipe.steps, callback=CurveCallback(curve, found), progress_bar=False)
    return found
