"""Runs CleanRL's ppo_continuous_action.py as it is, and scores the agent it leaves behind.

CleanRL is a collection of scripts, not a library: version 1.2.0 is downloaded from PyPI (without
its pinned requirements, which are of 2023) and its script is run unchanged, with the id and the
seed on its command line. It was written for Gymnasium 0.29; three of that version's ways are lent
to it from outside where Gymnasium 1 has changed them, see `gymnasium_029`. The script of CleanRL's
repository, which asks for same-step resets itself, runs in the same way.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import TransformObservation

from training.recipes import Recipe
from training.scoring import Curve, Policy

VERSION = "1.2.0"
SCRIPT = "cleanrl/ppo_continuous_action.py"


def fetch(folder: Path) -> Path:
    """The script of CleanRL's wheel, unpacked under `folder` at the first call."""
    script = folder / SCRIPT
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
        subprocess.run([*pip, "--ignore-requires-python", f"cleanrl=={VERSION}"], check=True)
        zipfile.ZipFile(folder / f"cleanrl-{VERSION}-py3-none-any.whl").extract(SCRIPT, folder)
    return script


class OldTransformObservation(TransformObservation):
    """The observation space stays as it is unless told otherwise."""

    def __init__(self, env: Any, func: Any, observation_space: Any = None) -> None:
        super().__init__(env, func, observation_space)


class OldSyncVectorEnv(SyncVectorEnv):
    """Resets within the step that ends an episode; one info dict, or None, for each environment.

    Not for a script that names an autoreset mode: that one knows Gymnasium 1.
    """

    def __init__(self, env_fns: Any, **settings: Any) -> None:
        self.is_old = "autoreset_mode" not in settings
        super().__init__(env_fns, **{"autoreset_mode": AutoresetMode.SAME_STEP, **settings})

    def step(self, actions: Any) -> Any:
        """As SyncVectorEnv's, with `final_info` turned from a dict of columns into a list."""
        *results, infos = super().step(actions)
        if self.is_old and "final_info" in infos:
            episode, ended = infos["final_info"]["episode"], infos["_final_info"]
            infos["final_info"] = [
                {"episode": {key: episode[key][row] for key in ("r", "l")}} if end else None
                for row, end in enumerate(ended)
            ]
        return *results, infos


@contextlib.contextmanager
def gymnasium_029() -> Any:
    """Within the block, Gymnasium has the three ways of version 0.29 that the script relies on."""
    gym.wrappers.TransformObservation = OldTransformObservation
    gym.vector.SyncVectorEnv = OldSyncVectorEnv
    try:
        yield
    finally:
        gym.wrappers.TransformObservation = TransformObservation
        gym.vector.SyncVectorEnv = SyncVectorEnv


def train(recipe: Recipe, seed: int, curve: Curve, folder: Path) -> Policy:
    """Trains by the script; the policy is the mean action, seen as the script sees.

    The curve's points on the way are episodes of the training, with its noise.
    """
    script = fetch(folder)
    argv, printed = sys.argv, io.StringIO()
    sys.argv = [str(script), "--env-id", f"flyball:flyball/{recipe.env_id}", "--seed", str(seed)]
    sys.argv += ["--total-timesteps", str(recipe.steps)]
    try:
        with (
            gymnasium_029(),
            contextlib.chdir(script.parent),  # its logs go to `runs` there
            contextlib.redirect_stdout(printed),
        ):
            left = runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = argv
    _add_episodes(curve, printed.getvalue())

    env = left["envs"].envs[0]
    while not isinstance(env, gym.wrappers.NormalizeObservation):
        env = env.env
    mean, scale = env.obs_rms.mean, np.sqrt(env.obs_rms.var + env.epsilon)
    actor = left["agent"].actor_mean.cpu()

    def act(observation: Any) -> Any:
        seen = np.clip((observation - mean) / scale, -10, 10).astype(np.float32)
        with torch.no_grad():
            return np.clip(actor(torch.from_numpy(seen)).numpy(), -1.0, 1.0)

    settings = {"mean": mean, "std": scale, "clip_observation": 10.0, "low": -1.0, "high": 1.0}
    return Policy(act, lambda path: flyball.export_policy(actor, path, **settings))


def _add_episodes(curve: Curve, printed: str) -> None:
    """Returns that the script printed, in as many bins as a curve has evaluations."""
    ended = re.findall(r"global_step=(\d+), episodic_return=\[?([-+.e\d]+)", printed)
    for step, value in ended:
        bin_end = (
            -(-int(step) * curve.evaluations // curve.steps) * curve.steps // curve.evaluations
        )
        if bin_end < curve.steps:
            score = flyball.normalized_score(curve.env_id, float(value))
            curve.points[bin_end] = np.append(curve.points.get(bin_end, []), score)
