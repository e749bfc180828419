"""flyball: one environment interface over robots, quadcopters, drives, linear plants and PDEs.

Importing registers every environment with Gymnasium under ``flyball/``::

    import gymnasium as gym, flyball
    env = gym.make("flyball/QuadHover-v1")
    envs = gym.make_vec("flyball/QuadHover-v1", num_envs=4096, threads=0)
"""

import importlib
from typing import TYPE_CHECKING, Any

from flyball._core import (
    DataError,
    Error,
    InputError,
    Perceptron,
    PhysicsError,
    Rng,
    spawn_seeds,
)
from flyball.drives import machine_from_datasheet
from flyball.environment import Env
from flyball.gradients import RolloutGradient, rollout_gradient
from flyball.linearization import linearize
from flyball.parallel import parallel_env
from flyball.plants import plant
from flyball.policies import Policy, policy
from flyball.registration import assets_folder, library_path, list_envs, load, register_all
from flyball.rewards import Columns
from flyball.specs import Action, Entry, EnvSpec, Field, field, spec
from flyball.tasks import Task, register
from flyball.vector import VectorEnv
from flyball.worlds import World

if TYPE_CHECKING:
    from flyball import datasets as datasets
    from flyball import sb3 as sb3
    from flyball.fmi import export_fmu
    from flyball.meshes import panda_meshes
    from flyball.networks import export_policy
    from flyball.scores import normalized_score

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
    "assets_folder",
    "export_fmu",
    "export_policy",
    "field",
    "library_path",
    "linearize",
    "list_envs",
    "load",
    "machine_from_datasheet",
    "normalized_score",
    "panda_meshes",
    "parallel_env",
    "plant",
    "policy",
    "register",
    "rollout_gradient",
    "spawn_seeds",
    "spec",
]

register_all()

# What takes long to import, or needs an extra: brought when first asked for. Names of modules, and
# of what lies in one.
_LAZY = {
    "datasets": "datasets",
    "export_fmu": "fmi",
    "export_policy": "networks",
    "experiments": "experiments",
    "normalized_score": "scores",
    "panda_meshes": "meshes",
    "sb3": "sb3",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'flyball' has no attribute {name!r}")
    module = importlib.import_module(f"flyball.{_LAZY[name]}")
    return module if name == _LAZY[name] else getattr(module, name)
