"""Environments of the core's registry under Gymnasium ids ``flyball/...``."""

from __future__ import annotations

import os
from typing import Any

import gymnasium as gym

from flyball import _core


def list_envs() -> list[str]:
    """Sort and return the ids of all environments, without the ``flyball/`` of Gymnasium."""
    return _core.list_envs()


def gymnasium_register(env_id: str, **kwargs: Any) -> None:
    """Make an id of the core's registry known to Gymnasium."""
    limit = _core.max_episode_steps(env_id)
    gym.register(
        id=f"flyball/{env_id}",
        entry_point="flyball.environment:Env",
        vector_entry_point="flyball.vector:VectorEnv",
        max_episode_steps=limit or None,
        kwargs={"env_id": env_id, **kwargs},
    )


def register_all() -> None:
    """Make every environment of the core's registry known to Gymnasium."""
    for env_id in _core.list_envs():
        if f"flyball/{env_id}" not in gym.registry:
            gymnasium_register(env_id)


def assets_folder() -> str:
    """The folder of robots, objects, drones and plant data; `FLYBALL_ASSETS` overrides it."""
    return _core.assets_folder()


def library_path() -> str:
    """Return where libflyball lies; its C face, ``flyball.h``, is for ctypes and the like."""
    return _core.library_path()


def load(path: str | os.PathLike[str]) -> list[str]:
    """Load a shared library of environments; return the ids it added."""
    added = _core.load(os.fspath(path))
    register_all()
    return added
