"""The command line: ``flyball list | info | plan | generate | verify | export | ...``.

Exit codes: 0 all is well, 1 verification found problems, 2 wrong usage or input, 130 interrupted.
Errors are one line on stderr.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

OK, FAILED, WRONG = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.replace("\n", " "))


class PlayParser(Parser):
    """Its help lists the keys, which the core knows."""

    def format_help(self) -> str:
        import flyball

        keys = [(name, text) for name, _, text, _ in flyball._core.viewer_keys()]
        pairs = [f"{up} / {down}" for up, down in flyball._core.teleop_keys()]
        keys += [(pair, f"number {i} of the action") for i, pair in enumerate(pairs)]
        keys.append(("0-9", "choose a discrete action"))
        lines = [f"  {name:<10} {text}" for name, text in keys]
        return super().format_help() + "\n".join(["\nkeys:", *lines, ""])


class UsageError(Exception):
    """The command line itself is wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        parsed = _parser().parse_args(arguments)
    except UsageError as error:
        return _fail(f"{error} (flyball --help)")
    # What lies in the current folder can be imported, as with `python -m`.
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    import flyball

    try:
        for name in parsed.load or ():
            _load(name)
        return int(parsed.run(parsed))
    except (flyball.Error, UsageError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `flyball list | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        return _fail(str(error))
    except KeyboardInterrupt:
        print(
            "flyball: interrupted; what is finished stays, and the same call goes on",
            file=sys.stderr,
        )
        return 130


def _fail(message: str) -> int:
    print(f"flyball: error: {' '.join(message.split())}", file=sys.stderr)
    return WRONG


def _parser() -> Parser:
    parser = Parser(prog="flyball", description=__doc__.splitlines()[0].replace("``", ""))
    parser.add_argument(
        "--load",
        action="append",
        metavar="LIBRARY",
        help="a shared library of environments (.so), or a Python module that registers some",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    def takes_environment(added: argparse.ArgumentParser) -> None:
        added.add_argument("id", help="an environment; flyball list shows them")
        added.add_argument(
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="an option of the environment; VALUE is JSON or plain text",
        )

    def takes_workers(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--workers", type=int, default=1, help="threads, 0 for all cores (default %(default)s)"
        )

    added = command("list", _list, "List the environments.")
    added.add_argument("--family", help="only those of one family")

    added = command("info", _info, "Show what an environment takes and gives.")
    takes_environment(added)
    added.add_argument("--json", action="store_true", help="as JSON")

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

    added = command("verify", _verify, "Check a dataset.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "--replay", action="store_true", help="restore, step again and compare every bit"
    )
    added.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="T",
        help="of numbers in a replay, relative to 1 or to them where they are larger: for data of "
        "another build or machine (default 0, to the bit)",
    )
    takes_workers(added)

    _add_operations(command, takes_workers)

    added = command(
        "export-fmu", _export_fmu, "Write an environment as an FMI 2.0 co-simulation unit."
    )
    takes_environment(added)
    added.add_argument(
        "-o", "--output", required=True, metavar="FILE.fmu", help="the unit to write"
    )
    added.add_argument("--seed", type=int, default=0, help="its start (default %(default)s)")

    added = command("export", _export, "Export a dataset to another format.")
    added.add_argument("format", help="minari, d4rl, robomimic, ogbench, neorl, lerobot or parquet")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "-o", "--output", metavar="PATH", help="file or folder to make (not for minari)"
    )
    added.add_argument("--id", help="Minari's id, namespace/name-v0")
    added.add_argument("--root", help="Minari's folder (default $MINARI_DATASETS_PATH)")
    added.add_argument("--overwrite", action="store_true", help="replace what is there")
    added.add_argument(
        "--field", action="append", default=[], help="an observation field to take (default all)"
    )
    added.add_argument(
        "--valid",
        type=float,
        default=0.0,
        metavar="FRACTION",
        help="of the episodes, the last ones, for validation (default %(default)s)",
    )
    added.add_argument("--no-states", action="store_true", help="leave out physical states")
    added.add_argument("--video", action="store_true", help="lerobot: pictures as MP4, not PNG")

    added = command("card", _card, "Describe a dataset: README.md and a page of HTML.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument("-o", "--output", metavar="DIR", help="where to (default: into the dataset)")
    added.add_argument(
        "--licence", default="unknown", help="of the data, as cc-by-4.0 (default %(default)s)"
    )
    added.add_argument("--title", help="instead of the environment and the policies")
    added.add_argument("--no-film", action="store_true", help="leave out the episodes' pictures")

    added = command("render", _render, "Draw a run: a picture, or a film of it.")
    added.add_argument("what", metavar="ID|DATASET", help="an environment, or a dataset's folder")
    added.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the environment"
    )
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
    added = command("compare", _compare, "Compare stored runs over seeds.")
    added.add_argument("runs", nargs="+", metavar="RUNS", help="files or folders of runs")
    added.add_argument("--step", type=int, help="scores until this step (default: the last)")
    added.add_argument(
        "--seeds-per-look", type=int, default=5, metavar="N", help="of the test (default 5)"
    )
    added.add_argument(
        "--looks", type=int, default=5, metavar="K", help="of the test at most (default 5)"
    )
    added.add_argument(
        "--alpha", type=float, default=0.05, help="error of all looks and pairs (default 0.05)"
    )
    added.add_argument("--confidence", type=float, default=0.95, help="of intervals (default 0.95)")
    added.add_argument(
        "--repetitions", type=int, default=2000, help="of the bootstrap (default 2000)"
    )
    added.add_argument("--out", metavar="DIR", help="a folder for plots (SVG)")

    added = command("wrappers", _wrappers, "List the wrappers that the option `wrap` takes.")

    added = command("bench", _bench, "Measure speeds (in a source tree).")
    added.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to scripts/bench")
    return parser


def _add_operations(command: Any, takes_workers: Any) -> None:
    """Datasets from datasets."""

    def takes_output(added: argparse.ArgumentParser) -> None:
        added.add_argument("-o", "--output", required=True, metavar="DIR", help="a new folder")
        takes_workers(added)

    def takes_packing(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--level",
            type=int,
            default=1,
            help="zstd's 1 (fast) to 19 (small), or 0, not compressed (default 1)",
        )
        added.add_argument(
            "--episodes-per-shard",
            type=int,
            default=0,
            metavar="N",
            help="of a file (default: as is)",
        )
        takes_output(added)

    added = command("merge", _merge, "Put parts of one plan together.")
    added.add_argument("dirs", nargs="+", metavar="DIR", help="parts, complete or not")
    added.add_argument("--partial", action="store_true", help="though episodes are missing")
    takes_packing(added)

    added = command("select", _select, "Write episodes that pass every rule to a dataset.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument("--episodes", metavar="A:B,C", help="indices in the plan, B left out")
    added.add_argument("--first", type=int, metavar="N", help="the first that pass")
    added.add_argument("--length", metavar="MIN:MAX", help="steps, both included")
    added.add_argument("--return", metavar="MIN:MAX", dest="returns", help="sum of rewards")
    added.add_argument("--success", choices=["yes", "no"], help="whether it ever was one")
    added.add_argument("--policy", help="name or number of the plan's policy")
    added.add_argument(
        "--split", metavar="KEY", help="of datasets.splits: train, valid, 10_percent, better, ..."
    )
    takes_packing(added)

    added = command("convert", _convert, "Pack a dataset otherwise.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    takes_packing(added)

    added = command("relabel", _relabel, "Write the same runs seen otherwise, policies not asked.")
    added.add_argument("dir", metavar="DIR", help="the dataset's folder")
    added.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the environment, instead of the plan's: another reward, other observations",
    )
    added.add_argument(
        "--id", help="another task of the same plant: PandaPushDense-v1 for PandaPush-v1"
    )
    added.add_argument(
        "--reset",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="forced at each start: goal=[0.1,0,0.2]",
    )
    added.add_argument("--reward", metavar="PACKAGE:NAME", help="a function of an episode")
    added.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="T",
        help="start from stored states, and let physical numbers differ so much: for data of "
        "another build or machine (default 0, to the bit)",
    )
    takes_output(added)


def _load(name: str) -> None:
    import flyball

    if name.endswith(".so"):
        flyball.load(name)
        return
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"--load {name}: {error}") from error


def _pairs(texts: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE texts as a dictionary."""
    pairs: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"'{text}' is not of the form NAME=VALUE")
        try:
            pairs[name] = json.loads(value)
        except json.JSONDecodeError:
            pairs[name] = {"True": True, "False": False, "None": None}.get(value, value)
    return pairs


def _list(parsed: argparse.Namespace) -> int:
    import flyball

    families = {
        env_id: flyball._core.registration(env_id)["family"] for env_id in flyball.list_envs()
    }
    known = sorted(set(families.values()))
    if parsed.family is not None and parsed.family not in known:
        raise UsageError(flyball._core.unknown_name("family", parsed.family, known))
    # A terminal gets one row an environment; a file or a pipe gets all of it.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for env_id, family in families.items():
        if parsed.family in (None, family):
            line = f"{env_id:<36} {family:<12} {flyball.spec(env_id).doc}"
            print(line if width is None or len(line) <= width else line[: width - 3] + "...")
    return OK


def _info(parsed: argparse.Namespace) -> int:
    import flyball

    spec = flyball.spec(parsed.id, **_pairs(parsed.option))
    registration = flyball._core.registration(spec.id)
    if parsed.json:
        print(
            json.dumps({**spec.to_dict(), "schema": registration["options"]}, indent=1, default=str)
        )
        return OK
    print(f"{spec.id} ({registration['family']})")
    if spec.doc:
        print(spec.doc)
    limit = spec.max_episode_steps or "unlimited"
    print(f"\ncontrol period {spec.control_period:g} s, steps of an episode {limit}")
    print(f"agents: {spec.num_agents}")
    print(f"policies: {', '.join(('random', *spec.policies))}")
    groups = [("observation", spec.observation), ("action", (spec.action.field,))]
    groups += [("info", spec.info), ("state", spec.state), ("reset(options=)", spec.reset)]
    for title, fields in groups:
        for field in fields:
            _print_field(title, field)
    if spec.action.choices:
        print(f"  choices: {', '.join(map(str, spec.action.choices))}")
    print("\noptions")
    rows = [
        (
            option["name"],
            option["kind"],
            _default_text(spec, option),
            _allowed_text(option),
            option["doc"],
        )
        for option in registration["options"]
    ]
    _print_table([("name", "kind", "value", "allowed", ""), *rows])
    _print_policies([p for p in registration["policies"] if p["name"] in spec.policies])
    for line in spec.unsupported:
        print(f"not honoured by this engine: {line}")
    return OK


def _print_policies(policies: list[dict[str, Any]]) -> None:
    """What each baseline does, and the options it takes."""
    if policies:
        print("\npolicies")
    for policy in policies:
        print(f"  {policy['name']}: {policy['doc']}")
        for option in policy["options"]:
            default = "chosen" if option["default"] is None else json.dumps(option["default"])
            allowed = _allowed_text(option)
            print(f"    {option['name']} = {default} {allowed}: {option['doc']}")


def _default_text(spec: Any, option: dict[str, Any]) -> str:
    value = spec.options.get(option["name"], option["default"])
    return "(preset's)" if value is None else json.dumps(value)


def _allowed_text(option: dict[str, Any]) -> str:
    if option["choices"]:
        return ", ".join(option["choices"])
    low, high = option["low"], option["high"]
    unit = f" {option['unit']}" if option["unit"] else ""
    if low == float("-inf") and high == float("inf"):
        return unit.strip()
    return f"[{low:g}, {high:g}]{unit}"


def _print_field(title: str, field: Any) -> None:
    shape = "x".join(map(str, field.shape)) or "scalar"
    print(f"\n{title} '{field.name}': {field.dtype}, {shape}. {field.doc}".rstrip())
    rows = [
        (entry.name, str(entry.size), entry.unit, f"[{entry.low:g}, {entry.high:g}]", entry.doc)
        for entry in field.entries
    ]
    _print_table([("entry", "size", "unit", "bounds", ""), *rows])


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print(f"  {'  '.join(cells)}".rstrip())


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
        "options": _pairs(parsed.policy_option) or None,
        "noise": parsed.noise,
        "epsilon": parsed.epsilon,
    }
    given = {key: value for key, value in flags.items() if value is not None}
    entry = {key: value for key, value in entry.items() if value is not None}
    options = _pairs(parsed.option)
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
            _fail(
                f"no step was finished in {seconds:g} s (--stall): a policy or an environment "
                "hangs; finished files stay, and the same call goes on"
            )
            sys.stderr.flush()
            os._exit(WRONG)

    return progress


def _verify(parsed: argparse.Namespace) -> int:
    import flyball
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    if parsed.tolerance and not parsed.replay:
        raise UsageError("--tolerance is of --replay")
    bar = ProgressBar("replaying" if parsed.replay else "verifying")
    try:
        report = datasets.verify(
            parsed.dir,
            replay=parsed.replay,
            tolerance=parsed.tolerance,
            workers=parsed.workers,
            progress=bar,
        )
    except flyball.DataError as error:
        bar.close()
        code = _fail(str(error))
        # Damage to what is a dataset is a failed verification; no dataset is wrong input.
        return FAILED if (Path(parsed.dir) / "plan.json").exists() else code
    finally:
        bar.close()
    if not report.ok:
        shown = 20
        for problem in report.problems[:shown]:
            print(f"flyball: {problem.text}", file=sys.stderr)
        if len(report.problems) > shown:
            print(f"flyball: and {len(report.problems) - shown} more", file=sys.stderr)
        print(f"failed: {len(report.problems)} problems in {report.episodes} episodes")
        return FAILED
    how = "checked, not replayed"
    if parsed.replay:
        how = f"replayed to {parsed.tolerance:g}" if parsed.tolerance else "replayed bit for bit"
    print(f"ok: {report.episodes} episodes, {report.steps} steps, {how}")
    print(f"content hash: {report.content_hash}")
    return OK


def _operate(what: str, operation: Any, *paths: Any, **settings: Any) -> int:
    """Run one of flyball.datasets' operations with a progress bar; print the content hash."""
    from flyball.progress_bar import ProgressBar

    bar = ProgressBar(what)
    try:
        content_hash = operation(*paths, progress=bar, **settings)
    finally:
        bar.close()
    print(f"content hash: {content_hash}")
    return OK


def _packing(parsed: argparse.Namespace) -> dict[str, int]:
    return {
        "level": parsed.level,
        "episodes_per_shard": parsed.episodes_per_shard,
        "workers": parsed.workers,
    }


def _merge(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    settings = {"partial": parsed.partial, **_packing(parsed)}
    return _operate("merging", datasets.merge, parsed.dirs, parsed.output, **settings)


def _select(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    policy = parsed.policy
    return _operate(
        "selecting",
        datasets.select,
        parsed.dir,
        parsed.output,
        episodes=parsed.episodes,
        first=parsed.first,
        length=_range("--length", parsed.length),
        returns=_range("--return", parsed.returns),
        success=None if parsed.success is None else parsed.success == "yes",
        policy=int(policy) if policy and policy.isdigit() else policy,
        split=parsed.split,
        **_packing(parsed),
    )


def _convert(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    return _operate("packing", datasets.convert, parsed.dir, parsed.output, **_packing(parsed))


def _relabel(parsed: argparse.Namespace) -> int:
    from flyball import datasets

    return _operate(
        "relabelling",
        datasets.relabel,
        parsed.dir,
        parsed.output,
        env_id=parsed.id,
        options=_pairs(parsed.option),
        reset=_pairs(parsed.reset),
        reward=parsed.reward,
        tolerance=parsed.tolerance,
        workers=parsed.workers,
    )


def _range(name: str, text: str | None) -> tuple[float, float] | None:
    """MIN:MAX, each of which may be left out."""
    if text is None:
        return None
    low, colon, high = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return (float(low) if low else float("-inf"), float(high) if high else float("inf"))
    except ValueError:
        raise UsageError(f"{name} is '{text}'; MIN:MAX is needed") from None


def _export_fmu(parsed: argparse.Namespace) -> int:
    import flyball

    path = flyball.export_fmu(parsed.id, parsed.output, seed=parsed.seed, **_pairs(parsed.option))
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return OK


def _export(parsed: argparse.Namespace) -> int:
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    if parsed.format == "minari":
        others = (parsed.output, parsed.field, parsed.valid, parsed.no_states, parsed.video)
        if any(others):
            raise UsageError("minari takes --id and --root, and everything else as it is")
    elif parsed.id or parsed.root:
        raise UsageError("--id and --root are Minari's; --output says where to write")
    elif not parsed.output:
        raise UsageError(f"{parsed.format} needs --output")
    if not 0.0 <= parsed.valid < 1.0:
        raise UsageError(f"--valid is {parsed.valid}; 0 up to below 1 is allowed")
    bar = ProgressBar("exporting")
    try:
        if parsed.format == "minari":
            path = datasets.export_minari(
                parsed.dir, parsed.id, root=parsed.root, overwrite=parsed.overwrite, progress=bar
            )
            left_behind: tuple[str, ...] = (datasets.FORMATS["minari"].cannot_hold,)
        else:
            path = Path(parsed.output)
            left_behind = datasets.export(
                parsed.format,
                parsed.dir,
                path,
                overwrite=parsed.overwrite,
                fields=parsed.field,
                splits=_last_episodes(datasets.open(parsed.dir), parsed.valid),
                states=not parsed.no_states,
                video=parsed.video,
                progress=bar,
            )
    finally:
        bar.close()
    for text in left_behind:
        print(f"{parsed.format} cannot hold: {text}")
    print(path)
    return OK


def _last_episodes(dataset: Any, fraction: float) -> dict[str, range]:
    """Split keys "train" and "valid", or none."""
    if not fraction:
        return {}
    first = len(dataset) - max(1, round(fraction * len(dataset)))
    return {"train": range(first), "valid": range(first, len(dataset))}


def _card(parsed: argparse.Namespace) -> int:
    from flyball import datasets
    from flyball.progress_bar import ProgressBar

    bar = ProgressBar("reading")
    try:
        page = datasets.card(
            parsed.dir,
            output=parsed.output,
            licence=parsed.licence,
            title=parsed.title,
            film=not parsed.no_film,
            progress=bar,
        )
    finally:
        bar.close()
    print(page)
    return OK


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
        options = _pairs(parsed.option)
        spec = flyball.spec(parsed.what, **options)
        seeds = [*(parsed.seed or ()), *(film.seed_range(parsed.seeds) if parsed.seeds else ())]
        variants = [options, *({**options, **_pairs([text])} for text in parsed.beside)]
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

    options = _pairs(parsed.option)
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


def _compare(parsed: argparse.Namespace) -> int:
    from flyball import experiments

    report = experiments.compare(
        parsed.runs,
        step=parsed.step,
        seeds_per_look=parsed.seeds_per_look,
        looks=parsed.looks,
        alpha=parsed.alpha,
        confidence=parsed.confidence,
        repetitions=parsed.repetitions,
        out=parsed.out,
    )
    print(report.text)
    for file in report.files:
        print(file)
    return OK


def _wrappers(parsed: argparse.Namespace) -> int:
    import flyball

    for known in flyball._core.wrapper_types():
        print(f"{known['name']}: {known['doc']}")
        rows = [
            (o["name"], o["kind"], json.dumps(o["default"]), _allowed_text(o), o["doc"])
            for o in known["options"]
        ]
        _print_table(rows)
    return OK


def _bench(parsed: argparse.Namespace) -> int:
    script = Path(__file__).resolve().parents[3] / "scripts" / "bench"
    if not script.is_file():
        raise UsageError("bench needs flyball's source tree; this is an installed package")
    return subprocess.run([sys.executable, str(script), *parsed.arguments], check=False).returncode
