"""flyball: one environment interface over robots, quadcopters, drives, linear plants and PDEs.

Importing registers every environment with Gymnasium under ``flyball/``::

    import gymnasium as gym, flyball
    env = gym.make("flyball/QuadHover-v1")
    envs = gym.make_vec("flyball/QuadHover-v1", num_envs=4096, threads=0)
"""

import importlib
from types import ModuleType

from flyball._core import (
    DataError,
    Error,
    InputError,
    Perceptron,
    PhysicsError,
    Rng,
    spawn_seeds,
)
from flyball.environment import Env
from flyball.gradients import RolloutGradient, rollout_gradient
from flyball.linearization import linearize
from flyball.networks import export_policy
from flyball.parallel import parallel_env
from flyball.plants import plant
from flyball.policies import Policy, policy
from flyball.registration import library_path, list_envs, load, register_all
from flyball.rewards import Columns
from flyball.specs import Action, Entry, EnvSpec, Field, field, spec
from flyball.tasks import Task, register
from flyball.vector import VectorEnv
from flyball.worlds import World

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Columns",
    "DataError",
    "Entry",
    "Env",
    "EnvSpec",
    "Error",
    "Field",
    "InputError",
    "Perceptron",
    "PhysicsError",
    "Policy",
    "Rng",
    "RolloutGradient",
    "Task",
    "VectorEnv",
    "World",
    "export_policy",
    "field",
    "library_path",
    "linearize",
    "list_envs",
    "load",
    "parallel_env",
    "plant",
    "policy",
    "register",
    "rollout_gradient",
    "spawn_seeds",
    "spec",
]

register_all()

# Modules that need an extra, imported when first asked for.
_LAZY = ("datasets", "sb3")


def __getattr__(name: str) -> ModuleType:
    if name in _LAZY:
        return importlib.import_module(f"flyball.{name}")
    raise AttributeError(f"module 'flyball' has no attribute {name!r}")
