"""Every code block of the README and of the pages under docs/ runs."""

import ast
import importlib.util
import os
import re
import shlex
import sys

import flyball
import pytest
from doc_blocks import blocks_of
from flyball.cli import make_parser
from flyball.cli.common import UsageError, pairs
from packaging_helpers import ROOT, run

# Followed in its own order, by a test of its own.
ELSEWHERE = {"add_an_environment.md"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.name not in ELSEWHERE]
COMPILERS = {"c": ["gcc", "-std=c11", "-pedantic"], "cpp": ["g++", "-std=c++20"]}
RUNNABLE = {"python", "yaml", *COMPILERS}


def pages_with(*languages):
    """The pages that have a block of a language, each with the language."""
    cases = [
        pytest.param(page, language, id=f"{page.relative_to(ROOT)}-{language}")
        for language in languages
        for page in PAGES
        if any(block.language == language for block in blocks_of(page))
    ]
    return pytest.mark.parametrize(("page", "language"), cases)


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


def commands_of(page):
    """The lines of a page's text blocks that call `flyball`, as words."""
    for block in blocks_of(page):
        for line in (
            block.text.replace("\\\n", " ").splitlines() if block.language == "text" else ()
        ):
            called = re.match(r"\s*(?:\.venv/bin/)?flyball (.*)", line)
            if called:
                yield shlex.split(called[1], comments=True)


def test_commands_can_be_given():
    """Every `flyball ...` of the pages: its words are taken, its environment takes its options."""
    count = 0
    for page in PAGES:
        for words in commands_of(page):
            parsed = make_parser().parse_args(words)
            count += 1
            env_id = getattr(parsed, "id", None) or getattr(parsed, "what", "")
            if not parsed.load and env_id in flyball.list_envs():
                options = pairs(getattr(parsed, "option", []))
                known = ["random", "keyboard", *flyball.spec(env_id, **options).policies]
                policies = getattr(parsed, "policy", None) or ()
                for policy in [policies] if isinstance(policies, str) else policies:
                    assert policy in known or ":" in policy, f"{page}: {words}"
    assert count > 30


def test_wrong_commands_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```text\nflyball list --famly arms  # no such flag\ncd build\n```\n")
    (words,) = commands_of(page)
    with pytest.raises(UsageError, match="famly"):
        make_parser().parse_args(words)


@pages_with("python")
def test_python_blocks_run(page, language, tmp_path):
    """A page's Python blocks, one after another, as one script."""
    script = tmp_path / "blocks.py"
    blocks = [block for block in blocks_of(page) if block.language == language]
    for block in blocks:
        check_names(page, block.text)
    script.write_text("\n".join(block.text for block in blocks if can_run(block)))
    package = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    run([sys.executable, script], cwd=tmp_path, env=package)


@pages_with("yaml")
def test_yaml_blocks_are_plans(page, language, tmp_path):
    """Each YAML block of a page is a plan for datasets."""
    package = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    for number, block in enumerate(b for b in blocks_of(page) if b.language == language):
        plan = tmp_path / f"block{number}.yaml"
        plan.write_text(block.text)
        run([sys.executable, "-m", "flyball", "plan", "check", plan], cwd=tmp_path, env=package)


@pages_with("c", "cpp")
def test_compiled_blocks_run(page, language, tmp_path, prefix):
    """Each C or C++ block of a page, as a program against the installed package."""
    lib = prefix / "lib"
    flags = [f"-I{prefix / 'include'}", f"-I{prefix / 'include' / 'flyball'}", f"-L{lib}"]
    flags += ["-lflyball", f"-Wl,-rpath,{lib}"]
    for number, block in enumerate(b for b in blocks_of(page) if b.language == language):
        source = tmp_path / f"block{number}.{language}"
        source.write_text(block.text)
        program = source.with_suffix("")
        run([*COMPILERS[language], "-Wall", "-Werror", source, "-o", program, *flags])
        run([program], cwd=tmp_path)
