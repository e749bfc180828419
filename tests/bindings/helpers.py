"""Shared by the tests of the bindings: the ids to test, and what is compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import flyball
import gymnasium as gym
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TOYS = Path(os.environ.get("FLYBALL_BUILD", ROOT / "build/release")) / "tests/libflyball_toys.so"
if "ToyCart-v1" not in flyball.list_envs():
    flyball.load(TOYS)


def cases() -> list[tuple[str, dict[str, Any]]]:
    """Every registered id with each of its presets."""
    found: list[tuple[str, dict[str, Any]]] = []
    for env_id in flyball.list_envs():
        options = flyball._core.registration(env_id)["options"]
        presets = [o["choices"] for o in options if o["name"] == "preset"]
        for preset in presets[0] if presets and presets[0] else [None]:
            found.append((env_id, {} if preset is None else {"preset": preset}))
    return found


CASES = cases()
NAMES = [env_id + "".join(f"-{value}" for value in options.values()) for env_id, options in CASES]


def make(env_id: str, **options: Any) -> Any:
    return gym.make(f"flyball/{env_id}", disable_env_checker=True, **options)


def make_vec(env_id: str, num_envs: int, **options: Any) -> Any:
    return gym.make_vec(
        f"flyball/{env_id}", num_envs=num_envs, vectorization_mode="vector_entry_point", **options
    )


def run_script(script: str, *, from_stdin: bool = False) -> str:
    """Run Python in a process of its own that sees the same packages; return what it printed."""
    arguments = [sys.executable, "-"] if from_stdin else [sys.executable, "-c", script]
    done = subprocess.run(
        arguments,
        input=script if from_stdin else None,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def draw_actions(space: gym.Space[Any], seed: int, steps: int) -> list[Any]:
    """Actions inside the space; unbounded ones are standard normal."""
    space.seed(seed)
    return [space.sample() for _ in range(steps)]


def same(a: Any, b: Any) -> bool:
    """Bit for bit the same arrays, numbers and dictionaries of them."""
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype == object and a.ndim == 0:
        return a.item() is b.item()  # None
    if a.dtype == object:
        return all(map(same, a, b))
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def row_of(value: Any, row: int) -> Any:
    """One row of batched results, without Gymnasium's ``_key`` masks."""
    if isinstance(value, dict):
        return {key: row_of(item, row) for key, item in value.items() if not key.startswith("_")}
    return value[row]


def assert_same(a: Any, b: Any) -> None:
    assert same(a, b), f"{a}\n!=\n{b}"
