"""Seeing: ``render``, ``play``."""

from __future__ import annotations

import argparse
from pathlib import Path

from flyball.cli.common import (
    OK,
    AddCommand,
    Parser,
    UsageError,
    pairs,
    takes_environment,
    takes_options,
)


class PlayParser(Parser):
    """Its help lists the keys, which the core knows."""

    def format_help(self) -> str:
        import flyball

        keys = [(name, text) for name, _, text, _ in flyball._core.viewer_keys()]
        for number, (up, down) in enumerate(flyball._core.teleop_keys()):
            keys.append((f"{up} / {down}", f"number {number} of the action"))
        keys.append(("0-9", "choose a discrete action"))
        lines = [f"  {name:<10} {text}" for name, text in keys]
        return super().format_help() + "\n".join(["\nkeys:", *lines, ""])


def add(command: AddCommand) -> None:
    added = command("render", _render, "Draw a run: a picture, or a film of it.")
    added.add_argument("what", metavar="ID|DATASET", help="an environment, or a dataset's folder")
    takes_options(added, "of the environment")
    added.add_argument(
        "-o", "--output", required=True, metavar="FILE", help=".png (the last picture), .gif, .mp4"
    )
    added.add_argument("--episode", type=int, help="of the dataset (default 0)")
    added.add_argument(
        "--seed", type=int, action="append", help="of the reset (default 0); several: side by side"
    )
    added.add_argument(
        "--seeds",
        metavar="FIRST:LAST",
        help="a contact sheet: side by side the seeds from FIRST to just before LAST",
    )
    added.add_argument(
        "--policy", action="append", help="that acts (default random); several: side by side"
    )
    added.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the same with this option, side by side: engine=bullet",
    )
    added.add_argument("--steps", type=int, help="at most (default: 0 for .png, else an episode)")
    added.add_argument("--camera", default="", help="of the model (default: one that shows it all)")
    added.add_argument(
        "--speed",
        type=float,
        help="seconds of the plant in one of the film (default 1; what is over sooner is slowed)",
    )
    added.add_argument("--width", type=int, default=480, help="of each picture")
    added.add_argument("--height", type=int, default=360)

    added = command("play", _play, "Watch and steer an environment in a window.")
    added.__class__ = PlayParser
    takes_environment(added)
    added.add_argument("--engine", help="the option engine: mujoco, bullet, ...")
    added.add_argument(
        "--policy",
        default="keyboard",
        help="keyboard, random or a baseline (default %(default)s); keys are added to a policy's",
    )
    added.add_argument("--seed", type=int, default=0, help="of the first reset (default 0)")
    added.add_argument(
        "--record",
        default="recordings",
        metavar="DIR",
        help="where recordings go, each a dataset (default %(default)s)",
    )
    added.add_argument(
        "--gain", type=float, default=1.0, help="share of an action's range a key gives (default 1)"
    )
    added.add_argument("--speed", type=float, help="seconds of the plant in one of the wall clock")
    added.add_argument("--paused", action="store_true", help="begin with a pause")
    added.add_argument("--camera", default="", help="of the model, where the view begins")
    added.add_argument("--no-shadows", action="store_true", help="draw faster")
    added.add_argument("--width", type=int, default=1200, help="of the window")
    added.add_argument("--height", type=int, default=780)


def _render(parsed: argparse.Namespace) -> int:
    import flyball
    from flyball import film
    from flyball.progress_bar import ProgressBar

    output = film.check_output(parsed.output)
    if parsed.speed is not None and not parsed.speed > 0:
        raise UsageError(f"--speed is {parsed.speed}; it must be above 0")
    if parsed.steps is not None and parsed.steps < 0:
        raise UsageError(f"--steps is {parsed.steps}; it cannot be below 0")
    if Path(parsed.what).is_dir():
        if parsed.option or parsed.policy or parsed.seed or parsed.seeds or parsed.beside:
            raise UsageError("a dataset's episode has its own options, policy and seed")
        takes = [film.episode_take(parsed.what, parsed.episode or 0)]
        steps = len(takes[0].actions) if takes[0].actions is not None else 0
    else:
        if parsed.episode is not None:
            raise UsageError(f"--episode is of a dataset; there is no folder '{parsed.what}'")
        options = pairs(parsed.option)
        spec = flyball.spec(parsed.what, **options)
        seeds = [*(parsed.seed or ()), *(film.seed_range(parsed.seeds) if parsed.seeds else ())]
        variants = [options, *({**options, **pairs([text])} for text in parsed.beside)]
        takes = [
            film.Take(spec.id, variant, seed, policy)
            for variant in variants
            for policy in parsed.policy or ["random"]
            for seed in seeds or [0]
        ]
        steps = 0 if output.suffix == ".png" else spec.max_episode_steps or 1000
    bar = ProgressBar("filming", unit="pictures")
    try:
        film.save(
            takes,
            output,
            steps=steps if parsed.steps is None else parsed.steps,
            width=parsed.width,
            height=parsed.height,
            camera=parsed.camera,
            speed=parsed.speed,
            progress=bar,
        )
    finally:
        bar.close()
    if len(takes) > 1:
        for number, take in enumerate(takes, start=1):
            print(f"{number}: {take.caption}")
    print(output)
    return OK


def _play(parsed: argparse.Namespace) -> int:
    from flyball.play import Session

    options = pairs(parsed.option)
    if parsed.engine is not None:
        options["engine"] = parsed.engine
    if parsed.speed is not None and not 0 < parsed.speed <= 16:
        raise UsageError(f"--speed is {parsed.speed}; above 0 and up to 16 is allowed")
    session = Session(
        parsed.id,
        options=options,
        policy=parsed.policy,
        seed=parsed.seed,
        folder=parsed.record,
        gain=parsed.gain,
        speed=parsed.speed,
        paused=parsed.paused,
        width=parsed.width,
        height=parsed.height,
        camera=parsed.camera,
        shadows=not parsed.no_shadows,
    )
    try:
        session.run()
    finally:
        session.close()
        for folder in session.recorded:
            print(folder)
    return OK
