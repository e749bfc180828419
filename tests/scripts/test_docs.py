"""The site of documentation is built, with every page and no dead link."""

import shutil
import subprocess
import sys
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
    # Warnings are errors: a dead link, a page in no table of contents, a name that is not there.
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


def test_a_dead_link_fails(tmp_path):
    settings = ROOT / "scripts" / "docs_site"
    (tmp_path / "index.md").write_text("# A page\n\n[gone](gone.md)\n")
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "-c", settings]
    result = subprocess.run([*sphinx, tmp_path, tmp_path / "site"], capture_output=True, text=True)
    assert result.returncode != 0
    assert "gone.md" in result.stderr


def test_comments_become_documentation():
    source = "// Says `what`.\nint a = 1;  // m: <long>\n            // and more\nint b;\n"
    assert as_doxygen(source) == (
        "/// Says <code>what</code>.\nint a = 1;  ///< m: \\<long\\>\n"
        "            ///< and more\nint b;\n"
    )


def test_headers_of_the_reference_are_installed_ones():
    for folder in reference.HEADERS:
        assert reference.headers_of(ROOT, folder), folder
