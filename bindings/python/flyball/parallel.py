"""PettingZoo's parallel interface over per-agent columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv


def parallel_env(env_id: str, **options: Any) -> ParallelEnv[str, Any, Any]:
    """Make an environment whose agents act each on their own (``pettingzoo`` is needed).

    ``render_mode``, ``width``, ``height``, ``camera`` and ``shadows`` are as in Gymnasium; the rest
    are the environment's options.
    """
    from flyball.pettingzoo_env import FlyballParallelEnv

    return FlyballParallelEnv(env_id, **options)
