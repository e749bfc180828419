"""Plan files: YAML or JSON that says what is to be generated."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flyball import _core, scores
from flyball.datasets import cluster, generation, operations, tiers

# What a plan of one environment may say; the core checks what stands under each.
CORE_KEYS = (
    "id",
    "options",
    "policy",
    "policy_options",
    "policies",
    "order",
    "paired",
    "branch",
    "episodes",
    "transitions",
    "seed",
    "state_every",
    "max_episode_steps",
    "named_state",
)
# What stands beside it in the file.
FILE_KEYS = ("environments", "name", "description")
TIER_KEYS = ("tier", "band", "checkpoints")
VARIANT_KEYS = ("observations",)
# What one of several environments may say for itself; the rest of the file is for all of them.
ENVIRONMENT_KEYS = ("name", *CORE_KEYS, *TIER_KEYS, *VARIANT_KEYS)


@dataclass(frozen=True)
class Plan:
    """One dataset to generate."""

    name: str  # of the folder, where a file plans several datasets
    data: dict[str, Any]  # as the core takes it
    canonical: dict[str, Any]  # everything filled in
    hash: str  # of the canonical form
    functions: dict[str, Any] = field(default_factory=dict)  # its policies of Python, by name
    tier: str | None = None
    band: tuple[float, float] = (-math.inf, math.inf)  # where its mean score must lie, x 100
    observations: dict[str, dict[str, Any]] = field(default_factory=dict)  # options by variant

    def generate(self, folder: str | os.PathLike[str], **settings: Any) -> str:
        """Generate, or go on; return the content hash. Settings: workers, rows, ...

        Of a whole plan's, not a part's episodes, the variants of ``observations`` are made too.
        """
        content_hash = generation.fill(self.data, folder, functions=self.functions, **settings)
        if settings.get("part", (0, 1)) == (0, 1):
            self._show_otherwise(folder, settings)
        return content_hash

    def generate_on_ray(self, folder: str | os.PathLike[str], **settings: Any) -> str:
        """Do the same on a Ray cluster. Settings: those of ``datasets.cluster.generate``."""
        content_hash = cluster.generate(self.data, self.functions, folder, **settings)
        self._show_otherwise(folder, settings)
        return content_hash

    def variants(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Where the variants of the dataset in a folder are: beside it."""
        base = Path(folder)
        return {name: base.with_name(f"{base.name}-{name}") for name in self.observations}

    def _show_otherwise(self, folder: str | os.PathLike[str], settings: Mapping[str, Any]) -> None:
        """The same episodes as other options show them: the actions are taken again."""
        for name, path in self.variants(folder).items():
            operations.relabel(
                folder,
                path,
                options=self.observations[name],
                workers=settings.get("workers", 1),
                progress=settings.get("progress"),
            )

    def judge(self, folder: str | os.PathLike[str]) -> tiers.Verdict | None:
        """Measure what was generated there; None for a plan without tier and band."""
        if self.tier is None and self.band == (-math.inf, math.inf):
            return None
        return tiers.judge(folder, self.tier or "of the plan", self.band)


def load_plans(source: str | os.PathLike[str] | Mapping[str, Any]) -> list[Plan]:
    """Read a plan file, or take its contents; every dataset it plans, checked.

    Raises InputError that names the file, the line where it is known, and the key.
    """
    if isinstance(source, Mapping):
        return _plans(dict(source))
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    try:
        return _plans(_parse(path, text), path.parent)
    except _core.InputError as error:
        raise _core.InputError(f"{path}{_line_of(str(error), text)}: {error}") from error


def folders_of(plans: list[Plan], folder: str | os.PathLike[str]) -> list[Path]:
    """Where each dataset goes: the folder itself, or one folder each in it."""
    base = Path(folder)
    return [base] if len(plans) == 1 else [base / plan.name for plan in plans]


def _parse(path: Path, text: str) -> dict[str, Any]:
    if path.suffix == ".json":
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise _core.InputError(f"no JSON: {error}") from error
    else:
        try:
            import yaml
        except ImportError as error:
            raise _core.InputError(
                "a YAML plan needs PyYAML, which is not installed: pip install "
                "'flyball[datasets]' (or write the plan as .json)"
            ) from error
        try:
            data = yaml.load(text, _loader(yaml))
        except yaml.YAMLError as error:
            raise _core.InputError(f"no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise _core.InputError("a plan is a mapping of keys to values")
    return data


def _loader(yaml: Any) -> Any:
    """A loader that refuses a key given twice, of which YAML's would keep the last."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise _core.InputError(f"plan: key '{key}' is given twice")
            found: dict[Any, Any] = super().construct_mapping(node, deep)
            return found

    return Loader


def _line_of(message: str, text: str) -> str:
    """', line n' if the key that an error names stands in one line of the file."""
    found = re.search(r"(?:key '|\.|plan: '?)(\w+)(?:'|:| is)", message)
    if found is None:
        return ""
    key = re.compile(rf"""^[\s-]*["']?{re.escape(found[1])}["']?\s*:""")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if key.match(line)]
    return f", line {lines[0]}" if len(lines) == 1 else ""


def _plans(data: dict[str, Any], base: Path = Path()) -> list[Plan]:
    _check_keys(data, (*FILE_KEYS, *CORE_KEYS, *TIER_KEYS, *VARIANT_KEYS), "plan")
    _check_counts(data, "plan")
    common = {key: value for key, value in data.items() if key not in FILE_KEYS}
    if "environments" not in data:
        return [_plan(data.get("name"), common, base)]
    if "id" in data:
        raise _core.InputError("plan: 'environments' and 'id' exclude each other")
    environments = data["environments"]
    if not isinstance(environments, list) or not environments:
        raise _core.InputError("plan: 'environments' is a list of environments")
    plans: list[Plan] = []
    for index, given in enumerate(environments):
        where = f"plan: environments[{index}]"
        own = {"id": given} if isinstance(given, str) else given
        if not isinstance(own, dict):
            raise _core.InputError(f"{where} is {own!r}; an id or a mapping is needed")
        _check_keys(own, ENVIRONMENT_KEYS, where)
        _check_counts(own, where)
        single = {"policy", "policy_options"}
        hidden = {"policies"} if single & own.keys() else single if "policies" in own else set()
        hidden |= {"episodes", "transitions"} if {"episodes", "transitions"} & own.keys() else set()
        if "tier" in own:  # the file's policies are not of this tier
            hidden |= {"policy", "policy_options", "policies"} - own.keys()
        merged = {key: value for key, value in common.items() if key not in hidden}
        options = {**(common.get("options") or {}), **(own.get("options") or {})}
        merged |= {key: value for key, value in own.items() if key != "name"}
        if options:
            merged["options"] = options
        try:
            plans.append(_plan(own.get("name"), merged, base))
        except _core.InputError as error:
            raise _core.InputError(f"environments[{index}]: {error}") from error
    names = [plan.name for plan in plans]
    for name in names:
        if names.count(name) > 1:
            raise _core.InputError(
                f"plan: two of the environments are called '{name}'; give each a 'name' "
                "(it is the name of its folder)"
            )
    return plans


def _plan(name: Any, data: dict[str, Any], base: Path) -> Plan:
    tier, own_band = data.get("tier"), data.get("band")
    band = tiers.band_of(tier, own_band)
    data = {key: value for key, value in data.items() if key not in ("tier", "band")}
    checkpoints = data.pop("checkpoints", None)
    observations = data.pop("observations", None) or {}
    if checkpoints is not None:
        _check_checkpoints(checkpoints, tier)
    given = _core.resolve_plan(  # the environment's id and options, checked
        {**{k: data[k] for k in ("id", "options", "max_episode_steps") if k in data}, "episodes": 1}
    )[0]
    if tier is not None or own_band is not None:
        if not {"policy", "policies"} & data.keys():
            if tier is None:
                raise _core.InputError("plan: a band needs a tier or policies")
            data |= tiers.policies_of(tier, given["id"], given["options"], checkpoints or ())
        if band != (-math.inf, math.inf):  # what will be needed to measure it
            scores.normalized_score(given["id"], 0.0, **given["options"])
    named, functions = generation.name_policies(data, base)
    canonical, plan_hash = _core.resolve_plan(named)
    name = canonical["id"] if name is None else name
    if not isinstance(name, str) or not re.fullmatch(r"[\w.+-]+", name) or name.startswith("."):
        raise _core.InputError(
            f"plan: name is {name!r}; letters, digits, '_', '-', '+' and '.' are allowed"
        )
    _check_observations(observations, canonical)
    return Plan(name, named, canonical, plan_hash, functions, tier, band, observations)


def _check_checkpoints(checkpoints: Any, tier: str | None) -> None:
    """Networks, or what learned otherwise and is called from Python: a baseline learns nothing."""
    if tier != "medium-replay":
        raise _core.InputError("plan: 'checkpoints' are of the tier medium-replay")
    if not isinstance(checkpoints, list | tuple) or not checkpoints:
        raise _core.InputError(
            f"plan: checkpoints is {checkpoints!r}; a list of networks of a training is needed"
        )
    for index, given in enumerate(checkpoints):
        policy = given.get("policy") if isinstance(given, Mapping) else given
        if callable(policy) or (policy and (":" in str(policy) or str(policy).endswith(".onnx"))):
            continue
        raise _core.InputError(
            f"plan: checkpoints[{index}] is {policy!r}; a network (FILE.onnx) or package:name "
            "is needed"
        )


def _check_observations(observations: Any, canonical: dict[str, Any]) -> None:
    if not isinstance(observations, dict):
        raise _core.InputError("plan: 'observations' is a mapping of variants to their options")
    for name, options in observations.items():
        if not re.fullmatch(r"[\w.+-]+", str(name)) or not isinstance(options, dict) or not options:
            raise _core.InputError(
                f"plan: observations: {name!r} is {options!r}; a name of letters, digits, '_', '-' "
                "'+' '.', with options of the environment is needed"
            )
        try:
            _core.resolve_spec(canonical["id"], {**canonical["options"], **options})
        except _core.InputError as error:
            raise _core.InputError(f"plan: observations.{name}: {error}") from error


def _check_counts(data: Mapping[Any, Any], where: str) -> None:
    if data.get("episodes") and data.get("transitions"):  # a canonical plan has a 0 for the other
        raise _core.InputError(f"{where}: 'episodes' and 'transitions' exclude each other")


def _check_keys(data: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in known:
            raise _core.InputError(f"{where}: {_core.unknown_name('key', str(key), list(known))}")
