"""Every code block of the README and of the pages under docs/ runs."""

import ast
import importlib.util
import os
import re
import sys

import flyball
import pytest
from doc_blocks import blocks_of
from packaging_helpers import ROOT, run

# Followed in its own order, by a test of its own.
ELSEWHERE = {"add_an_environment.md"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.name not in ELSEWHERE]
RUNNABLE = {"python", "cpp", "c", "yaml"}


def pages_with(language):
    """The pages that have a block of a language."""
    pages = [page for page in PAGES if any(b.language == language for b in blocks_of(page))]
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


def test_blocks_are_of_kinds_that_are_run():
    """A block that no test runs is marked `text`, so that nobody takes it for tested code."""
    for page in PAGES:
        for block in blocks_of(page):
            assert block.language in RUNNABLE | {"text", "json"}, f"{page}: {block.text[:80]}"


def test_links_lead_somewhere():
    """The links and pictures of the pages, as they stand in the repository."""
    link = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        code = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
        for target in link.findall(code.sub("", page.read_text())):
            assert "://" in target or (page.parent / target).exists(), f"{page}: {target}"


def can_run(block):
    """Whether what a block says it needs is installed here; if not it is only checked."""
    return all(importlib.util.find_spec(name) for name in block.needs)


def check_names(page, text):
    """That a block is Python, and that every `flyball.name` in it is one."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        if node.value.id == "flyball" and node.attr not in ("sb3", "datasets"):
            assert hasattr(flyball, node.attr), f"{page}: there is no flyball.{node.attr}"


def test_wrong_names_are_found():
    with pytest.raises(AssertionError, match=r"no flyball\.polisy"):
        check_names("a page", 'flyball.polisy("pid", env)')
    with pytest.raises(SyntaxError):
        check_names("a page", "for")


@pages_with("python")
def test_python_blocks_run(page, tmp_path):
    """A page's Python blocks, one after another, as one script."""
    script = tmp_path / "blocks.py"
    blocks = [block for block in blocks_of(page) if block.language == "python"]
    for block in blocks:
        check_names(page, block.text)
    script.write_text("\n".join(block.text for block in blocks if can_run(block)))
    package = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    run([sys.executable, script], cwd=tmp_path, env=package)


@pages_with("yaml")
def test_yaml_blocks_are_plans(page, tmp_path):
    """Each YAML block of a page is a plan for datasets."""
    package = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    for number, block in enumerate(b for b in blocks_of(page) if b.language == "yaml"):
        plan = tmp_path / f"block{number}.yaml"
        plan.write_text(block.text)
        run([sys.executable, "-m", "flyball", "plan", "check", plan], cwd=tmp_path, env=package)


@pages_with("cpp")
def test_cpp_blocks_run(page, tmp_path, prefix):
    """Each C++ block of a page, as a program against the installed package."""
    lib = prefix / "lib"
    for number, block in enumerate(b for b in blocks_of(page) if b.language == "cpp"):
        source = tmp_path / f"block{number}.cc"
        source.write_text(block.text)
        program = source.with_suffix("")
        command = ["g++", "-std=c++20", "-Wall", "-Werror", source, "-o", program]
        include = [f"-I{prefix / 'include'}", f"-I{prefix / 'include' / 'flyball'}"]
        run([*command, *include, f"-L{lib}", "-lflyball", f"-Wl,-rpath,{lib}"])
        run([program], cwd=tmp_path)


@pages_with("c")
def test_c_blocks_run(page, tmp_path, prefix):
    """Each C block of a page, as a program against the installed package."""
    lib = prefix / "lib"
    for number, block in enumerate(b for b in blocks_of(page) if b.language == "c"):
        source = tmp_path / f"block{number}.c"
        source.write_text(block.text)
        program = source.with_suffix("")
        command = ["gcc", "-std=c11", "-pedantic", "-Wall", "-Werror", source, "-o", program]
        run([*command, f"-I{prefix / 'include'}", f"-L{lib}", "-lflyball", f"-Wl,-rpath,{lib}"])
        run([program], cwd=tmp_path)
