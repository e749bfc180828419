"""The body of scripts/demo: generates, verifies, exports and draws, then writes report.md."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import flyball
import gymnasium as gym
import minari
import numpy as np


@dataclass(frozen=True)
class Part:
    """One dataset of the demo."""

    name: str
    env_id: str
    policy: str
    episodes: int
    options: dict[str, str] = field(default_factory=dict)


PARTS = [
    Part("arm-mujoco", "PandaReach-v1", "scripted", 20, {"engine": "mujoco"}),
    Part("arm-bullet", "PandaReach-v1", "scripted", 20, {"engine": "bullet"}),
    Part("quadcopter", "QuadHover-v1", "pid", 8),
    Part("motor", "Motor-Cont-CC-PMSM-v1", "foc", 4),
    Part("linear", "Linear-he1-v1", "lqr", 8),
    Part("pde", "PDE-burgers-v1", "lqr", 8),
]
SEED = 1


def command(*words: object) -> str:
    """Runs the `flyball` command and returns what it printed; ends the demo if it failed."""
    line = [sys.executable, "-m", "flyball", *map(str, words)]
    print("  flyball", *words, flush=True)
    result = subprocess.run(line, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"demo: the command above failed with status {result.returncode}")
    return result.stdout


def content_hash(text: str) -> str:
    """The hash that generate and verify print."""
    return next(line for line in text.splitlines() if line.startswith("content hash:")).split()[-1]


def draw(part: Part, options: list[str], out: Path) -> Path | None:
    """A picture of an environment that has bodies to draw; None for one that has not."""
    try:
        gym.make(f"flyball/{part.env_id}", render_mode="rgb_array", **part.options).close()
    except flyball.InputError:
        return None
    picture = out / f"{part.name}.png"
    command("render", part.env_id, *options, "--policy", part.policy, "--steps", 3, "-o", picture)
    return picture


def run(part: Part, out: Path) -> list[str]:
    """Makes, checks and exports one dataset; returns its row of the report."""
    print(f"{part.name}: {part.env_id}", flush=True)
    folder = out / part.name
    options = [
        word for key, value in part.options.items() for word in ("--option", f"{key}={value}")
    ]
    what = [part.env_id, *options, "--policy", part.policy, "--episodes", part.episodes]
    made = content_hash(command("generate", *what, "--seed", SEED, "--workers", 2, "--out", folder))
    checked = content_hash(command("verify", "--replay", "--workers", 2, folder))
    if made != checked:
        sys.exit(f"demo: {folder} was generated as {made} and verified as {checked}")
    dataset_id = f"flyball-demo/{part.name}-v0"
    root = out / "minari"
    command("export", "minari", folder, "--id", dataset_id, "--root", root, "--overwrite")
    dataset = minari.load_dataset(dataset_id)
    returns = [float(np.sum(episode.rewards)) for episode in dataset.iterate_episodes()]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    picture = draw(part, options, out)
    shown = f"![{part.name}]({picture.name})" if picture else ""
    cells = [part.name, f"`{part.env_id}`", part.policy, str(dataset.total_episodes)]
    cells += [str(dataset.total_steps), f"{np.mean(returns):.4g}", f"{size / 1024:.0f} KiB"]
    return [*cells, f"`{made}`", shown]


def main() -> None:
    """Runs all parts and writes the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out.resolve()
    os.environ["MINARI_DATASETS_PATH"] = str(out / "minari")
    rows = [run(part, out) for part in PARTS]
    titles = ["part", "environment", "policy", "episodes", "steps", "mean return", "size"]
    titles += ["content hash", "picture"]
    lines = [f"# flyball {flyball.__version__}: demo", ""]
    lines += [
        "Each dataset was generated, verified by restoring its stored states and stepping again,",
        "and opened by Minari. Content hashes do not depend on the number of workers.",
        "",
    ]
    lines += ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    (out / "report.md").write_text("\n".join(lines) + "\n")
    print(f"\nall verified; report: {out / 'report.md'}")


if __name__ == "__main__":
    main()
