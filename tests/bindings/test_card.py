"""Cards: the numbers are the data's, the command makes it again, the page needs nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import flyball
import numpy as np
import pytest
from bindings.test_datasets import TOY, generate
from flyball import cli, datasets
from flyball.datasets import charts
from flyball.datasets.summary import mean_interval, summarise

MIXED: list[Any] = [{"policy": "random", "fraction": 2}, {"policy": "oscillators"}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    generate(tmp_path / "data", episodes=23, policies=MIXED, episodes_per_shard=4)
    return tmp_path / "data"


def test_the_card_says_what_the_data_are(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["card", str(data), "--licence", "cc-by-4.0", "--no-film"]) == 0
    assert capsys.readouterr().out == f"{data / 'card.html'}\n"
    readme, page = (data / "README.md").read_text(), (data / "card.html").read_text()
    dataset = datasets.open(data)
    returns = np.array([episode.rewards.sum() for episode in dataset])
    acted = np.array([episode.columns["policy_id"][0] for episode in dataset])
    for text in (readme, page):
        assert dataset.content_hash in text
        assert dataset.plan_hash in text
        assert "cc-by-4.0" in text
        assert f"{returns.mean():.6g}" in text
        assert f"{returns[acted == 1].mean():.6g}" in text
    front = readme.split("---\n")[1]
    assert 'license: "cc-by-4.0"\n' in front
    assert f'content_hash: "{dataset.content_hash}"' in front
    # The page is whole by itself; what the README shows is there.
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    for name in re.findall(r"\]\((card/[^)]+)\)", readme):
        ElementTree.parse(data / name)
    # The dataset is none the worse for it, and a card can be made again.
    assert datasets.verify(data, replay=True).ok
    assert generate(data, episodes=23, policies=MIXED, episodes_per_shard=4) == dataset.content_hash
    datasets.card(data, film=False)
    assert "unknown" in (data / "README.md").read_text()


def test_its_command_makes_the_dataset_again(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.card(data, film=False)
    block = re.search(r"```text\n(.*?)```", (data / "README.md").read_text(), re.DOTALL)
    assert block is not None
    generate_line, verify_line = block[1].splitlines()
    monkeypatch.chdir(data)
    for line in (generate_line.replace("--out data", "--out again"), verify_line + "/again"):
        assert line.startswith("flyball ")
        arguments = line.replace("data/again", "again").split()[1:]
        assert cli.main(arguments) == 0
        assert datasets.open(data).content_hash in capsys.readouterr().out


def test_films_are_of_the_best_to_the_worst(tmp_path: Path) -> None:
    if "QuadHover-v1" not in flyball.list_envs():
        pytest.skip("this build has no quadcopters")
    generate(tmp_path / "data", "QuadHover-v1", policy="pid", episodes=3, max_episode_steps=4)
    datasets.card(tmp_path / "data", output=tmp_path / "out")
    page = (tmp_path / "out/card.html").read_text()
    assert (tmp_path / "out/card/episodes.gif").stat().st_size > 1000
    assert "data:image/gif;base64," in page
    assert "From best to worst" in page
    assert not (tmp_path / "data/README.md").exists()


def test_a_browser_shows_the_page(tmp_path: Path, data: Path) -> None:
    browser = pytest.importorskip("scripts.browser")
    if browser.program() is None:
        pytest.skip("there is no browser")
    page = datasets.card(data, film=False)
    with browser.open_page(tmp_path / "profile") as shown:
        shown.open(page.as_uri())
        bars = "document.querySelectorAll('svg .bar').length"
        assert shown.evaluate(bars) > 100
        wide = "document.documentElement.scrollWidth <= innerWidth"
        assert shown.evaluate(wide)
        heights = "Math.min(...[...document.querySelectorAll('svg')].map(s => s.clientHeight))"
        assert shown.evaluate(heights) > 100


def test_the_sample_of_steps_is_spread_over_all(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = summarise(datasets.open(data))
    assert len(whole.rewards) == datasets.open(data).num_steps
    monkeypatch.setattr("flyball.datasets.summary.ROWS", 100)
    some = summarise(datasets.open(data))
    stride = datasets.open(data).num_steps // 100
    np.testing.assert_array_equal(some.rewards, whole.rewards[::stride])
    np.testing.assert_array_equal(some.observations, whole.observations[::stride])
    np.testing.assert_array_equal(some.returns, whole.returns)
    assert (whole.covered() == 1.0).all()


def test_numbers_that_are_known() -> None:
    # Of n normal numbers the interval is 1.96 / sqrt(n) to each side, to its own scatter.
    values = np.random.default_rng(1).normal(3.0, 1.0, 400)
    mean, low, high = mean_interval(values)
    assert mean == values.mean()
    assert low < mean < high
    np.testing.assert_allclose(high - low, 2 * 1.96 * values.std() / 20.0, rtol=0.1)
    # A histogram has a bar for each value that occurs, with its count.
    svg = charts.histogram(np.array([1.0, 2.0, 2.0, 4.0, np.nan]), "numbers & more", "x")
    root = ElementTree.fromstring(svg)
    titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]
    assert [title.split()[0] for title in titles if title] == ["1", "2", "1"]
    assert "numbers &amp; more (1 not finite)" in svg
    for empty in (np.zeros(0), np.full(3, np.inf), np.full(3, 7.0)):
        ElementTree.fromstring(charts.histogram(empty, "t", "x"))


def test_what_is_incomplete_has_no_card(data: Path) -> None:
    journal = data / "journal"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(flyball.DataError, match="not complete"):
        datasets.card(data)
    assert not (data / "README.md").exists()
    assert TOY in flyball.list_envs()


def test_scores_stand_on_the_card_where_there_is_a_scale(tmp_path: Path) -> None:
    for name, options in (("arm", {}), ("unscaled", {"ends_on_success": False})):
        datasets.generate(
            "PandaReach-v1", tmp_path / name, episodes=12, policy="scripted", options=options
        )
        datasets.card(tmp_path / name, film=False)
    returns = [episode.rewards.sum() for episode in datasets.open(tmp_path / "arm")]
    score = 100 * flyball.normalized_score("PandaReach-v1", returns).mean()
    for file in ("README.md", "card.html"):
        text = (tmp_path / "arm" / file).read_text()
        row = re.search(r"normalised score \(0 random, 100 expert\)\D+([\d.]+)", text)
        assert row is not None
        assert float(row[1]) == pytest.approx(score, abs=1e-3)
        assert "normalised score" not in (tmp_path / "unscaled" / file).read_text()
