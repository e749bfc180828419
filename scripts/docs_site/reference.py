"""The reference's pages: Python from docstrings, C++ from the headers, commands from argparse."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path

# Who embeds flyball or writes environments includes these; the rest of the headers are inner parts.
HEADERS = {
    "envs/core": "Environments: what steps rows, and what an author writes",
    "envs/dataset": "Datasets",
    "physics/world": "Worlds of bodies",
    "physics/numeric": "Numbers: errors, random numbers, lanes, assets",
    "physics/drive": "Electric drives",
    "physics/rotorcraft": "Rotorcraft",
    "physics/linear": "Linear plants",
    "physics/field": "Fields",
    "render": "Pictures",
    "bindings/c": "The C face",
}
# Not shown: an engine's own, and what is made of macros that Doxygen cannot follow. Authors of
# kernels read physics/numeric/lanes.h itself.
INNER = (
    "spec_json.h",
    "bullet",
    "mujoco",
    "fft_stage.h",
    "lane_transform_loops.h",
    "lanes.h",
    "ode.h",
    "simd.h",
    "sleef.h",
    "isa.h",
)
MODULES = ("datasets", "film", "sb3")


def headers_of(root: Path, folder: str) -> list[Path]:
    """The headers of a folder that are installed, relative to the root."""
    found = sorted((root / folder).rglob("*.h"))
    return [path.relative_to(root) for path in found if not set(INNER) & set(path.parts)]


def underlined(title: str, line: str = "=") -> str:
    """A heading in reStructuredText."""
    return f"{title}\n{line * len(title)}\n\n"


def cpp_pages(root: Path) -> dict[str, str]:
    """One page for each folder of headers, one section for each header."""
    pages = {}
    for folder, title in HEADERS.items():
        text = underlined(title)
        for header in headers_of(root, folder):
            text += underlined(f"{header.name}", "-")
            included = header.name if folder == "bindings/c" else f"flyball/{header}"
            text += f"``#include <{included}>``\n\n"
            text += f".. doxygenfile:: {header}\n   :sections: briefdescription detaileddescription"
            text += " innerclass innernamespace define enum func typedef var user-defined"
            text += " public-attrib public-func public-static-func public-type\n\n"
        pages[f"reference/cpp/{folder.replace('/', '_')}.rst"] = text
    names = "\n".join(f"   cpp/{folder.replace('/', '_')}" for folder in HEADERS)
    pages["reference/cpp.rst"] = (
        underlined("C++")
        + "Made from the public headers. Start at ``VectorEnv`` (``envs/core/vector_env.h``),\n"
        "or at ``World`` (``physics/world/world.h``) to simulate bodies without a task.\n\n"
        f".. toctree::\n   :maxdepth: 2\n\n{names}\n"
    )
    return pages


def python_page() -> str:
    """What `flyball` offers, and its modules."""
    import flyball

    text = underlined("Python") + "Made from the docstrings.\n\n"
    kinds = {"Functions": inspect.isroutine, "Classes": inspect.isclass}
    for title, is_kind in kinds.items():
        names = [name for name in flyball.__all__ if is_kind(getattr(flyball, name))]
        if title == "Classes":
            errors = [name for name in names if issubclass(getattr(flyball, name), Exception)]
            names = [name for name in names if name not in errors]
        text += underlined(title, "-")
        for name in sorted(names):
            directive = "autofunction" if title == "Functions" else "autoclass"
            text += f".. {directive}:: flyball.{name}\n"
            text += "   :members:\n\n" if directive == "autoclass" else "\n"
    text += underlined("Errors", "-")
    for name in errors:
        text += f".. autoexception:: flyball.{name}\n\n"
    for name in MODULES:
        text += underlined(f"flyball.{name}", "-")
        text += f".. automodule:: flyball.{name}\n   :members:\n"
        text += "   :imported-members:\n\n" if name == "datasets" else "\n"
    return text


def command_page() -> str:
    """Every command with its arguments, from the parser itself."""
    from flyball import cli

    parser = cli.make_parser()
    text = "# Command line\n\nMade from the parser.\n\n"
    text += (
        "Exit codes: 0 all is well, 1 verification found problems, 2 wrong usage or input, 130\n"
    )
    text += "interrupted. Errors are one line on stderr.\n\n"
    text += _arguments(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                text += _command(f"flyball {name}", command, "##")
    return text


def _command(name: str, parser: argparse.ArgumentParser, mark: str) -> str:
    text = f"{mark} {name}\n\n{(parser.description or '').strip()}\n\n"
    parser.prog = name
    text += f"```text\n{parser.format_usage().removeprefix('usage: ').strip()}\n```\n\n"
    text += _arguments(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner, command in action.choices.items():
                text += _command(f"{name} {inner}", command, mark + "#")
    return text


def _arguments(parser: argparse.ArgumentParser) -> str:
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        shown = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        if action.option_strings and action.nargs != 0:
            shown += f" {action.metavar or action.dest.upper()}"
        help_text = parser._get_formatter()._expand_help(action) if action.help else ""
        choices = f" One of {', '.join(map(str, action.choices))}." if action.choices else ""
        rows.append(f"| `{shown}` | {help_text}{choices} |".replace("ID|DATASET", "ID\\|DATASET"))
    return "| argument | |\n|---|---|\n" + "\n".join(rows) + "\n\n" if rows else ""


def write(root: Path, folder: Path) -> None:
    """All pages of the reference into the sources of the site."""
    pages = cpp_pages(root)
    pages["reference/python.rst"] = python_page()
    pages["reference/command_line.md"] = command_page()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
