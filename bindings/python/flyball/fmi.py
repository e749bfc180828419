"""Environments as FMI 2.0 co-simulation units, for Simulink, OpenModelica, FMPy and the like."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from flyball import _core
from flyball.specs import EnvSpec, Field, spec

# The longest number an FMI Integer holds.
_INT_MAX = 2**31 - 1


@dataclass
class _Variable:
    """A variable of the unit, and how flyball_fmu.so finds its number."""

    name: str
    type: str  # Real, Integer, Boolean, String
    kind: str  # input, output, option, seed
    doc: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    start: Any = None
    where: dict[str, Any] = field(default_factory=dict)


def export_fmu(env_id: str, path: str | os.PathLike[str], *, seed: int = 0, **options: Any) -> Path:
    """Write an environment as a co-simulation unit that carries all it needs; return its path.

    Inputs are the action's numbers, outputs the observation's, ``reward``, ``terminated``,
    ``truncated`` and the info's; parameters are ``seed`` and the options that are one number, truth
    value or text. A step is one control period. Observations are float64 unless ``dtype`` says
    otherwise.
    """
    path = Path(path)
    if path.suffix != ".fmu":
        raise _core.InputError(f"export_fmu: '{path}' does not end in .fmu")
    if not 0 <= seed <= _INT_MAX:
        raise _core.InputError(f"export_fmu: seed is {seed}; 0 to {_INT_MAX} are allowed")
    options = {"dtype": "float64", **options}
    described = spec(env_id, **options)
    registration = _core.registration(described.id)
    variables = _variables(described, registration, seed)
    fixed = {k: v for k, v in described.options.items() if f"option.{k}" not in _names(variables)}
    table = {
        "version": _version(),
        "id": described.id,
        "options": fixed,
        "variables": [_entry(variable) for variable in variables],
    }
    # The same environment, options and flyball give the same file.
    guid = hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:32]
    identifier = re.sub(r"\W", "_", described.id)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as unit:
        _add(unit, "modelDescription.xml", _description(described, variables, guid, identifier))
        _add(unit, "resources/flyball.json", json.dumps({"guid": guid, **table}))
        for name, file in _files(identifier):
            _add(unit, f"binaries/linux64/{name}", file.read_bytes())
    return path


def _version() -> str:
    from flyball import __version__

    return __version__


def _add(unit: zipfile.ZipFile, name: str, data: str | bytes) -> None:
    """A file of a date that is always the same, so that equal units are equal files."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    unit.writestr(info, data)


def _names(variables: list[_Variable]) -> set[str]:
    return {variable.name for variable in variables}


# ---- Variables -----------------------------------------------------------------------------------


def _numbers(of: Field, prefix: str) -> Iterator[tuple[str, Any]]:
    """A field's numbers in order: their names, and the entry each belongs to."""
    size = math.prod(of.shape)
    once = sum(entry.size for entry in of.entries)
    repeats = size // once if once else 0
    for repeat in range(repeats):
        # Several agents' numbers follow one another.
        owner = prefix if repeats == 1 else f"{prefix}[{repeat}]"
        for entry in of.entries:
            name = owner if prefix.endswith(f".{entry.name}") else f"{owner}.{entry.name}"
            for i in range(entry.size):
                yield (name if entry.size == 1 else f"{name}[{i}]"), entry


def _outputs_of(of: Field, prefix: str, column: str) -> Iterator[_Variable]:
    kinds = {"bool": "Boolean", "int64": "Integer", "uint8": "Integer"}
    for index, (name, entry) in enumerate(_numbers(of, prefix)):
        yield _Variable(
            name,
            kinds.get(of.dtype, "Real"),
            "output",
            entry.doc or of.doc,
            entry.unit,
            entry.low,
            entry.high,
            where={"column": column, "index": index},
        )


def _inputs(described: EnvSpec) -> Iterator[_Variable]:
    action = described.action
    for index, (name, entry) in enumerate(_numbers(action.field, "action")):
        if action.kind == "box":
            start = min(max(0.0, entry.low), entry.high)
            low, high, kind = entry.low, entry.high, "Real"
        else:
            start, low, high, kind = 0, 0, action.choices[index] - 1, "Integer"
        yield _Variable(
            name, kind, "input", entry.doc, entry.unit, low, high, start, {"index": index}
        )


def _options(described: EnvSpec, registration: dict[str, Any]) -> Iterator[_Variable]:
    """The options that are one number, truth value or text, as parameters."""
    types = {"bool": "Boolean", "integer": "Integer", "number": "Real", "text": "String"}
    for option in registration["options"]:
        value = described.options.get(option["name"])
        kind = types.get(option["kind"])
        if kind is None or value is None:
            continue
        if kind == "Integer" and abs(value) > _INT_MAX:
            continue
        if kind == "Real" and not math.isfinite(value):
            continue
        yield _Variable(
            f"option.{option['name']}",
            kind,
            "option",
            option["doc"],
            option["unit"],
            option["low"],
            option["high"],
            value,
        )


def _variables(described: EnvSpec, registration: dict[str, Any], seed: int) -> list[_Variable]:
    variables = list(_inputs(described))
    for observed in described.observation:
        prefix = "observation"
        if len(described.observation) > 1:
            prefix += f".{observed.name}"
        variables += _outputs_of(observed, prefix, f"observation/{observed.name}")
    for name, kind, doc in (
        ("reward", "Real", "the step's reward"),
        ("terminated", "Boolean", "the task ended: a further step is discarded"),
        ("truncated", "Boolean", "the episode was cut: a further step is discarded"),
    ):
        where = {"column": name, "index": 0}
        variables.append(_Variable(name, kind, "output", doc, where=where))
    for column in described.info:
        variables += _outputs_of(column, f"info.{column.name}", f"info/{column.name}")
    variables += _options(described, registration)
    variables.append(
        _Variable("seed", "Integer", "seed", "of the episode", "", 0, _INT_MAX, start=seed)
    )
    names = [variable.name for variable in variables]
    assert len(set(names)) == len(names), "two variables of a unit have one name"
    return variables


def _entry(variable: _Variable) -> dict[str, Any]:
    start = {} if variable.start is None else {"start": variable.start}
    return {"name": variable.name, "kind": variable.kind, **variable.where, **start}


# ---- modelDescription.xml ------------------------------------------------------------------------


def _number(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(variable: _Variable, reference: int) -> str:
    causality = {"input": "input", "output": "output"}.get(variable.kind, "parameter")
    variability = "fixed" if causality == "parameter" else "discrete"
    initial = {"output": ' initial="calculated"', "parameter": ' initial="exact"'}.get(
        causality, ""
    )
    inside = ""
    if variable.type == "Real" and variable.unit not in ("", "1"):
        inside += f" unit={quoteattr(variable.unit)}"
    if variable.type in ("Real", "Integer"):
        for name, bound in (("min", variable.low), ("max", variable.high)):
            if math.isfinite(bound):
                bound = int(bound) if variable.type == "Integer" else float(bound)
                inside += f' {name}="{bound}"'
    if variable.start is not None:
        start = float(variable.start) if variable.type == "Real" else variable.start
        inside += f" start={quoteattr(_number(start))}"
    return (
        f'    <ScalarVariable name={quoteattr(variable.name)} valueReference="{reference}" '
        f'causality="{causality}" variability="{variability}"{initial} '
        f"description={quoteattr(variable.doc)}><{variable.type}{inside}/></ScalarVariable>"
    )


def _description(described: EnvSpec, variables: list[_Variable], guid: str, identifier: str) -> str:
    units = sorted({v.unit for v in variables if v.type == "Real" and v.unit not in ("", "1")})
    outputs = [i for i, v in enumerate(variables, start=1) if v.kind == "output"]
    unknowns = "\n".join(f'      <Unknown index="{i}"/>' for i in outputs)
    period = described.control_period
    stop = period * (described.max_episode_steps or 100)
    definitions = "\n".join(f"    <Unit name={quoteattr(unit)}/>" for unit in units)
    definitions = (
        f"  <UnitDefinitions>\n{definitions}\n  </UnitDefinitions>\n" if definitions else ""
    )
    scalars = "\n".join(_scalar(variable, i) for i, variable in enumerate(variables))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName={quoteattr(described.id)} guid="{guid}"
    description={quoteattr(described.doc)} generationTool="flyball {_version()}"
    variableNamingConvention="flat" numberOfEventIndicators="0">
  <CoSimulation modelIdentifier="{identifier}" canHandleVariableCommunicationStepSize="false"
      canNotUseMemoryManagementFunctions="true" canGetAndSetFMUstate="true"
      canSerializeFMUstate="true"/>
{definitions}  <DefaultExperiment startTime="0" stopTime="{stop!r}" stepSize="{period!r}"/>
  <ModelVariables>
{scalars}
  </ModelVariables>
  <ModelStructure>
    <Outputs>
{unknowns}
    </Outputs>
    <InitialUnknowns>
{unknowns}
    </InitialUnknowns>
  </ModelStructure>
</fmiModelDescription>
"""


# ---- What it carries -----------------------------------------------------------------------------


def _files(identifier: str) -> Iterator[tuple[str, Path]]:
    """What binaries/linux64 holds: the unit's code, libflyball, its libraries and its assets."""
    library = Path(_core.library_path())
    code = library.with_name("flyball_fmu.so")
    if not code.exists():
        raise _core.DataError(f"export_fmu: no {code}, the code of units, beside libflyball")
    yield f"{identifier}.so", code
    yield library.name, library
    yield from _needed(library)
    assets = Path(_core.assets_folder())
    for file in sorted(assets.rglob("*")):
        if file.is_file():
            yield f"assets/{file.relative_to(assets)}", file


def _needed(library: Path) -> Iterator[tuple[str, Path]]:
    """The libraries that libflyball names and no system promises, where this process has them."""
    named = set(re.findall(rb"\0(lib(?:mujoco|sleef|zstd)\.so[.\d]*)(?=\0)", library.read_bytes()))
    maps = Path("/proc/self/maps").read_text().splitlines()
    mapped = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    for soname in sorted(name.decode() for name in named):
        file = next((Path(p) for p in mapped if Path(p).name.startswith(soname)), None)
        if file is None:
            raise _core.DataError(f"export_fmu: cannot tell where {soname} was loaded from")
        yield soname, file
