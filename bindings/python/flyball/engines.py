"""The engines of an environment, and going on in another from where one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.environment import Env


def list_engines(env_id: str) -> list[str]:
    """The values of the environment's option ``engine``; none where it has no such option."""
    for option in _core.registration(env_id)["options"]:
        if option["name"] == "engine":
            return [str(choice) for choice in option["choices"]]
    return []


def forced_state(env: Env) -> dict[str, NDArray[np.float64]]:
    """What ``reset(options=)`` takes to begin where ``env`` is now.

    Where positions and velocities are given whole (qpos, qvel), parts of them are left out.
    """
    sizes = {field.name: field.size for field in reversed(env.flyball_spec.reset)}
    state = {name: value for name, value in env.state.items() if sizes.get(name) == value.size}
    if "qpos" in state:
        parts = {"joints", "object", "object1", "object2"}
        state = {name: value for name, value in state.items() if name not in parts}
    return state
