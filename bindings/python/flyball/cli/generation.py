"""Making datasets: ``plan``, ``generate``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

from flyball.cli.common import (
    FAILED,
    OK,
    WRONG,
    AddCommand,
    UsageError,
    fail,
    pairs,
    takes_environment,
    takes_workers,
)


def add(command: AddCommand) -> None:
    added = command("plan", _plan, "Check a plan file, or show all that it says.")
    added.add_argument("what", choices=["check", "show"], help="show: its canonical form, as JSON")
    added.add_argument(
        "plans", nargs="+", metavar="FILE", help="YAML or JSON; see docs/datasets.md"
    )

    added = command("generate", _generate, "Generate a dataset, or go on with one.")
    takes_environment(added)
    added.usage = "flyball generate [-h] (ID --episodes N | PLAN.yaml) --out DIR [options]"
    added.add_argument(
        "--policy",
        help="random (default), constant, oscillators, a baseline (flyball info ID), a network "
        "(FILE.onnx), or package:function",
    )
    added.add_argument(
        "--policy-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="option of the policy, or keyword argument of a Python policy",
    )
    added.add_argument("--noise", type=float, metavar="S", help="Gaussian, in half the range")
    added.add_argument("--epsilon", type=float, metavar="P", help="share of uniform actions")
    added.add_argument("--episodes", type=int, help="how many")
    added.add_argument(
        "--transitions",
        type=int,
        metavar="N",
        help="in place of episodes: as few as have N steps together (they are counted first)",
    )
    added.add_argument("--seed", type=int, help="of the dataset (default 0)")
    added.add_argument("--out", required=True, metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "--state-every",
        type=int,
        metavar="K",
        help="store the full state every K steps; 0: at both ends only (default 100)",
    )
    added.add_argument(
        "--max-episode-steps", type=int, metavar="N", help="instead of the environment's"
    )
    added.add_argument(
        "--allow-outside-band",
        action="store_true",
        help="take a dataset whose scores are not of its plan's tier",
    )
    added.add_argument(
        "--episodes-per-shard", type=int, default=0, metavar="N", help="of a new dataset's files"
    )
    takes_workers(added)
    added.add_argument(
        "--shard",
        metavar="I/N",
        help="make part I of N alone, 0 to N-1, for as many machines; flyball merge joins them",
    )
    added.add_argument(
        "--level",
        type=int,
        default=1,
        help="of the files: zstd's 1 (fast) to 19 (small), or 0, not compressed (default 1)",
    )
    added.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="have a Ray cluster make the files: the one that Ray finds, or the one at ADDRESS",
    )
    added.add_argument(
        "--stall",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="give up where no step is finished for so long; with --ray, give up the worker that "
        "has finished no file (default: wait)",
    )


def _plan(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    for path in parsed.plans:
        for plan in datasets.load_plans(path):
            if parsed.what == "show":
                print(json.dumps(plan.canonical, indent=1))
                continue
            policies = " + ".join(
                f"{entry['fraction']:.4g} {entry['policy']}" for entry in plan.canonical["policies"]
            )
            size = f"{plan.canonical['episodes']} episodes"
            if plan.canonical["transitions"]:
                size = f"{plan.canonical['transitions']} transitions"
            print(f"{plan.name}: {size} of {policies}")
            for variant, options in plan.observations.items():
                print(f"  and as {variant}: {json.dumps(options)}")
            print(f"plan hash: {plan.hash}")
    return OK


def _generate(parsed: argparse.Namespace) -> int:
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    if parsed.stall < 0:
        raise UsageError(f"--stall is {parsed.stall}; 0 (wait) or more is allowed")
    plans = _plans_of(parsed)
    part = _part_of(parsed.shard)
    if parsed.ray is not None and parsed.shard is not None:
        raise UsageError("--ray shares out all of the plan; --shard is for machines without Ray")
    code = OK
    for plan, folder in zip(plans, datasets.folders_of(plans, parsed.out), strict=True):
        bar = ProgressBar("generating")
        settings: dict[str, Any] = {
            "workers": parsed.workers,
            "episodes_per_shard": parsed.episodes_per_shard,
            "level": parsed.level,
        }
        try:
            if parsed.ray is not None:
                content_hash = plan.generate_on_ray(
                    folder,
                    address=parsed.ray or None,
                    stall=parsed.stall,
                    load=parsed.load or (),
                    progress=bar,
                    **settings,
                )
            else:
                watched = _watch_for_stall(bar, parsed.stall) if parsed.stall else bar
                content_hash = plan.generate(folder, part=part, progress=watched, **settings)
        finally:
            bar.close()
        name = f"{plan.name}: " if len(plans) > 1 else ""
        print(f"{name}content hash: {content_hash}")
        for variant, path in plan.variants(folder).items() if parsed.shard is None else ():
            print(f"{plan.name}, {variant}: content hash: {datasets.open(path).content_hash}")
        # Whether it is of its tier, only the whole tells.
        verdict = plan.judge(folder) if parsed.shard is None else None
        if verdict is not None:
            print(f"{name}{verdict}")
        if verdict is not None and not verdict.in_band and not parsed.allow_outside_band:
            print(
                f"flyball: {folder} is not of its tier; --allow-outside-band takes it as it is",
                file=sys.stderr,
            )
            code = FAILED
    return code


def _plans_of(parsed: argparse.Namespace) -> list[Any]:
    """What `generate` is to make: a plan file's datasets, or the one that the flags describe."""
    from flyball import datasets

    flags: dict[str, Any] = {
        "episodes": parsed.episodes,
        "transitions": parsed.transitions,
        "seed": parsed.seed,
        "state_every": parsed.state_every,
        "max_episode_steps": parsed.max_episode_steps,
    }
    entry: dict[str, Any] = {
        "policy": parsed.policy,
        "options": pairs(parsed.policy_option) or None,
        "noise": parsed.noise,
        "epsilon": parsed.epsilon,
    }
    given = {key: value for key, value in flags.items() if value is not None}
    entry = {key: value for key, value in entry.items() if value is not None}
    options = pairs(parsed.option)
    if parsed.id.endswith((".yaml", ".yml", ".json")):
        unwanted = [*given, *(["policy"] if entry else []), *(["option"] if options else [])]
        if unwanted:
            flag = unwanted[0].replace("_", "-")
            raise UsageError(f"--{flag}: a plan file says that; change it there")
        return datasets.load_plans(parsed.id)
    if parsed.episodes is None and parsed.transitions is None:
        raise UsageError("the following arguments are required: --episodes")
    entry.setdefault("policy", "random")
    return datasets.load_plans({"id": parsed.id, "options": options, "policies": [entry], **given})


def _part_of(text: str | None) -> tuple[int, int]:
    """(I, N) of --shard I/N."""
    if text is None:
        return 0, 1
    first, slash, last = text.partition("/")
    if not (slash and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise UsageError(f"--shard is {text!r}; I/N is needed, with I from 0 to N-1, such as 0/8")
    return int(first), int(last)


def _watch_for_stall(bar: Any, seconds: float) -> Any:
    """A progress that ends the process where no step is finished for so long.

    A thread that hangs cannot be stopped, only its process can; what is finished is in the folder.
    """
    last = (-1, time.monotonic())

    def progress(episodes: int, steps: int, total: int) -> None:
        nonlocal last
        bar(episodes, steps, total)
        now = time.monotonic()
        if steps != last[0]:
            last = (steps, now)
        elif now - last[1] > seconds:
            bar.close()
            fail(
                f"no step was finished in {seconds:g} s (--stall): a policy or an environment "
                "hangs; finished files stay, and the same call goes on"
            )
            sys.stderr.flush()
            os._exit(WRONG)

    return progress
