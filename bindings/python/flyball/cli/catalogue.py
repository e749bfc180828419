"""What there is: ``list``, ``info``, ``wrappers``."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from typing import Any

from flyball.cli.common import (
    OK,
    AddCommand,
    UsageError,
    allowed_text,
    pairs,
    print_table,
    takes_environment,
)


def add(command: AddCommand) -> None:
    added = command("list", _list, "List the environments.")
    added.add_argument("--family", help="only those of one family")

    added = command("info", _info, "Show what an environment takes and gives.")
    takes_environment(added)
    added.add_argument("--json", action="store_true", help="as JSON")

    added = command("wrappers", _wrappers, "List the wrappers that the option `wrap` takes.")


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

    spec = flyball.spec(parsed.id, **pairs(parsed.option))
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
            allowed_text(option),
            option["doc"],
        )
        for option in registration["options"]
    ]
    print_table([("name", "kind", "value", "allowed", ""), *rows])
    _print_policies([p for p in registration["policies"] if p["name"] in spec.policies])
    for line in spec.unsupported:
        print(f"not honoured by this engine: {line}")
    return OK


def _wrappers(parsed: argparse.Namespace) -> int:
    import flyball

    for known in flyball._core.wrapper_types():
        print(f"{known['name']}: {known['doc']}")
        rows = [
            (o["name"], o["kind"], json.dumps(o["default"]), allowed_text(o), o["doc"])
            for o in known["options"]
        ]
        print_table(rows)
    return OK


def _print_policies(policies: list[dict[str, Any]]) -> None:
    """What each baseline does, and the options it takes."""
    if policies:
        print("\npolicies")
    for policy in policies:
        print(f"  {policy['name']}: {policy['doc']}")
        for option in policy["options"]:
            default = "chosen" if option["default"] is None else json.dumps(option["default"])
            allowed = allowed_text(option)
            print(f"    {option['name']} = {default} {allowed}: {option['doc']}")


def _default_text(spec: Any, option: dict[str, Any]) -> str:
    value = spec.options.get(option["name"], option["default"])
    return "(preset's)" if value is None else json.dumps(value)


def _print_field(title: str, field: Any) -> None:
    shape = "x".join(map(str, field.shape)) or "scalar"
    print(f"\n{title} '{field.name}': {field.dtype}, {shape}. {field.doc}".rstrip())
    rows = [
        (entry.name, str(entry.size), entry.unit, f"[{entry.low:g}, {entry.high:g}]", entry.doc)
        for entry in field.entries
    ]
    print_table([("entry", "size", "unit", "bounds", ""), *rows])
