"""The site of documentation is built, with every page and no dead link."""

import importlib.util
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from docs_site import reference
from docs_site.comments import as_doxygen
from scripts.browser import open_page, program
from scripts.links import dead_links

pytest.importorskip("sphinx")
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "scripts" / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if shutil.which("doxygen") is None:
        pytest.skip("no doxygen on this machine")
    folder = tmp_path_factory.mktemp("docs") / "site"
    result = subprocess.run([sys.executable, DOCS, "--out", folder], capture_output=True, text=True)
    # A dead link, or a page in no table of contents, is an error.
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_every_page_is_there_and_links_resolve(site):
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").exists()
    assert dead_links(site) == []


def test_reference_tells_what_is_public(site):
    python = (site / "reference" / "python.html").read_text()
    for name in (
        "make_vec",
        "rollout_gradient",
        "class flyball.EnvSpec",
        "flyball.datasets.verify",
    ):
        words = "".join(part for part in python.split("<") for part in part.split(">")[1:])
        assert name in words or f"{name.split()[-1]}" in python
    cpp = (site / "reference" / "cpp" / "envs_core.html").read_text()
    assert 'id="_CPPv4N7flyball9VectorEnvE"' in cpp
    assert "Starts episodes." in cpp  # a comment of ours, over a function
    assert "0: as many as the machine has cores" in cpp  # and one beside a member
    commands = (site / "reference" / "command_line.html").read_text()
    for command in ("generate", "verify", "render", "export"):
        assert f"flyball {command}" in commands


def test_opens_without_errors_and_without_a_network(site, tmp_path):
    if program() is None:
        pytest.skip("no Chromium on this machine")
    with open_page(tmp_path) as page:
        page.open(f"file://{site}/index.html")
        assert page.evaluate("document.querySelector('h1').innerText").startswith("flyball")
        page.open(f"file://{site}/search.html?q=snapshot")
        page.evaluate("new Promise((done) => setTimeout(done, 1500))")
        assert page.evaluate("document.querySelectorAll('#search-results li').length") > 3
        assert page.errors == []


def test_what_is_wrong_with_a_page_fails(tmp_path, capsys):
    loader = SourceFileLoader("docs_script", str(DOCS))
    script = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(script)
    sources = tmp_path / "docs"
    (sources / "reference").mkdir(parents=True)
    index = "# A page\n\n```{toctree}\nreference/a\n```\n"
    # A comment that cannot be read is shown, and no more.
    (sources / "index.md").write_text(index)
    (sources / "reference" / "a.rst").write_text("A\n=\n\n.. cpp:function:: not c++\n")
    assert script.run_sphinx(sources, tmp_path / "good", tmp_path)
    assert "Error in declarator" in capsys.readouterr().err
    (sources / "index.md").write_text(f"{index}\n[gone](gone.md)\n")
    assert not script.run_sphinx(sources, tmp_path / "dead", tmp_path)
    assert "docs/index.md:7: WARNING: 'myst' cross-reference" in capsys.readouterr().err
    (sources / "index.md").write_text(index)
    (sources / "left_out.md").write_text("# In no table of contents\n")
    assert not script.run_sphinx(sources, tmp_path / "out", tmp_path)
    assert "left_out.md: WARNING" in capsys.readouterr().err


def test_comments_become_documentation():
    source = "// Says `what`.\nint a = 1;  // m: <long>\n            // and more\nint b;\n"
    assert as_doxygen(source) == (
        "/// Says <code>what</code>.\nint a = 1;  ///< m: \\<long\\>\n"
        "            ///< and more\nint b;\n"
    )


def test_headers_of_the_reference_are_installed_ones():
    for folder in reference.HEADERS:
        assert reference.headers_of(ROOT, folder), folder
