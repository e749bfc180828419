"""The gallery of a few environments, built and looked at in a browser."""

import subprocess
import sys
from pathlib import Path

import pytest
from scripts.browser import open_page, program
from scripts.links import Reader, dead_links

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "scripts" / "gallery"
IDS = ["Linear-he1-v1", "Motor-Cont-CC-PMSM-v1", "PDE-burgers-v1", "PandaReach-v1", "QuadHover-v1"]
SHOWN = '[...document.querySelectorAll(".card:not([hidden]) h3")].map((h) => h.textContent)'


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery") / "site"
    command = [sys.executable, GALLERY, "--out", folder, "--seconds", "0.01", "--ids", *IDS]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(folder / "index.html")
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    if program() is None:
        pytest.skip("no Chromium on this machine")
    with open_page(tmp_path_factory.mktemp("profile")) as page:
        yield page


def test_links_resolve_and_stay_inside(gallery):
    assert sorted(path.stem for path in (gallery / "envs").iterdir()) == sorted(IDS)
    assert dead_links(gallery) == []
    for html in gallery.rglob("*.html"):
        outside = [target for target in Reader(html).targets if "//" in target]
        assert outside == [], html


def test_dead_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id=x><a href="b.html">b</a> <a href="#x">x</a>')
    (tmp_path / "c.html").write_text('<a href="a.html#y">y</a><a href="a.html#x">x</a>')
    assert dead_links(tmp_path) == ["a.html: b.html", "c.html: a.html#y"]


def test_pages_tell_every_field_and_option(gallery):
    import flyball
    from flyball import _core

    for env_id in IDS:
        text = (gallery / "envs" / f"{env_id}.html").read_text()
        spec = flyball.spec(env_id)
        for field in (*spec.observation, spec.action.field, *spec.info):
            for entry in field.entries:
                assert f"<code>{entry.name}</code>" in text
        for option in _core.registration(env_id)["options"]:
            assert f"<code>{option['name']}</code>" in text
        assert "largest difference" in text  # all of these have recorded peers


def test_opens_without_errors_and_with_every_picture(gallery, page):
    for name in ("index.html", "envs/QuadHover-v1.html", "envs/PDE-burgers-v1.html"):
        page.open(f"file://{gallery}/{name}")
        # Pictures far down are loaded when they come into sight: ask for all of them now.
        page.evaluate('document.querySelectorAll("img").forEach((i) => i.loading = "eager")')
        widths = page.evaluate(
            "Promise.all([...document.images].map((i) => i.decode().then(() => i.naturalWidth)))"
        )
        assert widths == [400] * (len(IDS) if name == "index.html" else 1)
    assert page.errors == []


def test_search_finds(gallery, page):
    page.open(f"file://{gallery}/index.html")
    assert sorted(page.evaluate(SHOWN)) == sorted(IDS)
    page.evaluate('document.getElementById("search").focus()')
    page.type("bullet goal")
    assert sorted(page.evaluate(SHOWN)) == ["PandaReach-v1", "QuadHover-v1"]
    page.evaluate("document.querySelector('.chip[data-family=quadcopter]').click()")
    assert page.evaluate(SHOWN) == ["QuadHover-v1"]
    assert page.evaluate("location.hash") == "#q=bullet+goal&family=quadcopter"
    assert page.evaluate("document.getElementById('count').textContent") == f"1 of {len(IDS)}"
    page.type(" nosuchword")
    assert page.evaluate(SHOWN) == []
    assert page.evaluate("document.getElementById('nothing').offsetHeight > 0")
    # An address that was passed on shows the same.
    page.open("about:blank")
    page.open(f"file://{gallery}/index.html#q=i_sq+pmsm")
    assert page.evaluate(SHOWN) == ["Motor-Cont-CC-PMSM-v1"]
    assert page.errors == []


def test_cards_lead_to_pages(gallery, page):
    page.open(f"file://{gallery}/index.html")
    href = page.evaluate("document.querySelector('.card').href")
    page.open(href)
    assert page.evaluate("document.querySelector('h1').textContent") in IDS
    assert page.errors == []


def test_light_and_dark(gallery, page):
    paint = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.command("Emulation.setEmulatedMedia", features=[feature])
        page.open(f"file://{gallery}/index.html")
        seen[scheme] = page.evaluate(paint)
    assert seen == {"light": "rgb(246, 247, 249)", "dark": "rgb(17, 21, 26)"}


def test_bad_input(tmp_path):
    for arguments, message in (
        (["--ids", "QuadHovr-v1"], "did you mean 'QuadHover-v1'"),
        (["--out", str(ROOT / "docs")], "is not a gallery"),
    ):
        result = subprocess.run(
            [sys.executable, GALLERY, *arguments], capture_output=True, text=True
        )
        assert result.returncode != 0
        assert message in result.stderr
