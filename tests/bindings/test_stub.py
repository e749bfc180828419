"""The shipped stub, _core.pyi, tells what the compiled module has: names, members, arity."""

import ast
import inspect
import re
from pathlib import Path

import flyball
from flyball import _core

STUB = ast.parse(Path(flyball.__file__).with_name("_core.pyi").read_text())
# What every Python object has.
COMMON = set(dir(object)) | {"__module__", "__doc__", "__dict__", "__weakref__"}


def public(names):
    """Without names of Python's and pybind11's own; what has a single underscore is ours."""
    return {n for n in names if not n.startswith("__") and not n.startswith("_pybind11_")}


def definitions(body):
    """Functions and classes of a stub by name."""
    return {n.name: n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def members(node):
    """Names that a stub's class has: methods, properties and annotated attributes."""
    attributes = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)}
    return set(definitions(node.body)) | attributes


def arity(function):
    """How many arguments a stub's function takes, and how many it must be given."""
    given = function.args
    count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
    optional = len(given.defaults) + sum(d is not None for d in given.kw_defaults)
    return count - optional, count


def documented_arity(text):
    """The same of a compiled function, from the signature that pybind11 writes; None: has none."""
    head = text.split("\n")[0]
    if "Overloaded" in text or not re.match(r"\w+\(.*\) -> ", head):
        return None
    # Annotations hold commas of their own, inside brackets.
    inside = head[head.index("(") + 1 : head.rindex(")")]
    while re.search(r"\[[^\[\]]*\]", inside):
        inside = re.sub(r"\[[^\[\]]*\]", "", inside)
    inside = re.sub(r"\([^()]*\)|\{[^{}]*\}|<[^<>]*>", "", inside)
    parts = [p for p in (p.strip() for p in inside.split(",")) if p and p not in ("*", "/")]
    optional = sum("=" in part for part in parts)
    return len(parts) - optional, len(parts)


def test_the_stub_names_what_the_module_has():
    declared = set(definitions(STUB.body))
    present = public(n for n in dir(_core) if not inspect.ismodule(getattr(_core, n)))
    assert {name for name in present if not name.startswith("_")} == declared


def test_each_class_has_the_members_that_the_stub_declares():
    for name, node in definitions(STUB.body).items():
        if isinstance(node, ast.ClassDef) and not issubclass(getattr(_core, name), Exception):
            present = public(set(vars(getattr(_core, name))) - COMMON)
            assert present == public(members(node)), name


def test_functions_take_as_many_arguments_as_declared():
    checked = 0
    for name, node in definitions(STUB.body).items():
        owners = {name: (node, _core)}
        if isinstance(node, ast.ClassDef):
            owners = {n: (d, getattr(_core, name)) for n, d in definitions(node.body).items()}
        for function, (declared, owner) in owners.items():
            if any(
                getattr(d, "id", "") in ("property", "overload") for d in declared.decorator_list
            ):
                continue
            found = documented_arity(getattr(owner, function).__doc__ or "")
            if found is None:
                continue
            assert found == arity(declared), f"{name}.{function}"
            checked += 1
    assert checked > 20
