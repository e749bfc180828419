"""Aggregates, intervals and the sequential test, against what is known of them."""

import json
import re
import xml.etree.ElementTree as ElementTree

import flyball
import numpy as np
import pytest
import scipy.stats
from flyball import experiments
from flyball.cli import main
from flyball.experiments import svg

RNG = np.random.default_rng


def test_interquartile_mean_is_scipys_trimmed_mean():
    rng = RNG(0)
    for size in range(1, 40):
        scores = rng.normal(size=size) ** 3
        expected = scipy.stats.trim_mean(scores, 0.25)
        assert experiments.interquartile_mean(scores) == pytest.approx(expected, rel=1e-12)
    # An outlier moves the mean, not this.
    assert experiments.interquartile_mean([1, 2, 3, 4, 5, 6, 7, 1e9]) == 4.5


def test_profiles_gaps_and_improvement_by_hand():
    scores = {"a": np.array([0.0, 1.0, 2.0, 3.0]), "b": np.array([1.0, 1.0])}
    # Above 0.5: 3/4 and all; above 1 (strictly): 2/4 and none.
    profile = experiments.performance_profile(scores, [0.5, 1.0, 5.0])
    np.testing.assert_allclose(profile, [(0.75 + 1) / 2, 0.25, 0.0])
    assert experiments.optimality_gap([0.5, 2.0], 1.0) == 0.25
    other = {"a": np.array([1.0]), "b": np.array([0.0, 2.0])}
    # a: 2, 3 above 1 and a tie; b: above 0, below 2.
    expected = ((2 + 0.5) / 4 + 0.5) / 2
    assert experiments.probability_of_improvement(scores, other) == expected
    ours, theirs = RNG(1).normal(0.3, 1, 30), RNG(2).normal(0, 1, 20)
    u = scipy.stats.mannwhitneyu(ours, theirs).statistic / 600
    assert experiments.probability_of_improvement({"t": ours}, {"t": theirs}) == pytest.approx(u)


def test_bootstrap_intervals_cover_as_often_as_they_say():
    """Of the mean of normal scores, 300 times: the percentile interval of 20 covers a bit less."""
    rng = RNG(3)

    def mean(scores):
        return float(np.mean([part.mean() for part in scores.values()]))

    covered = 0
    for number in range(300):
        # Tasks apart by 100: an interval that mixed the strata would be far too wide.
        scores = {"a": rng.normal(0, 1, 20), "b": rng.normal(100, 1, 20)}
        interval = experiments.bootstrap_interval(scores, mean, repetitions=300, seed=number)
        assert interval.value == mean(scores)
        assert interval.high - interval.low < 2.0
        covered += interval.low <= 50.0 <= interval.high
    # 0.94 expected of 20 runs; five standard deviations of 300 trials are 0.068.
    assert 0.87 < covered / 300 < 0.995


def draw(rng, shift, seeds, tasks):
    return {
        "a": {t: rng.standard_t(3, seeds) for t in tasks},
        "b": {t: rng.standard_t(3, seeds) + shift for t in tasks},
    }


@pytest.mark.parametrize("tasks", [["t"], ["t", "u"]])
def test_sequential_test_errs_as_often_as_it_may(tasks):
    """Under equal distributions (with heavy tails) all looks together reject alpha at most."""
    rng, trials, alpha = RNG(4), 400, 0.1
    rejected, looked = 0, []
    for number in range(trials):
        (found,) = experiments.sequential_test(
            draw(rng, 0.0, 20, tasks),
            seeds_per_look=5,
            looks=4,
            alpha=alpha,
            permutations=399,
            seed=number,
        )
        rejected += found.decision in ("larger", "smaller")
        looked.append(found.looks)
    # Exact up to ties: alpha, and no less than half of it; 4 standard deviations are 0.06.
    assert 0.04 < rejected / trials < alpha + 0.06
    assert max(looked) == 4


def test_a_single_look_is_scipys_permutation_test():
    for seed in range(6):
        scores = draw(RNG(seed), 1.0, 8, ["t"])
        ours, theirs = scores["a"]["t"], scores["b"]["t"]
        p = scipy.stats.permutation_test(
            (ours, theirs),
            lambda x, y, axis: np.mean(x, axis) - np.mean(y, axis),
            vectorized=True,
            n_resamples=np.inf,
        ).pvalue
        (found,) = experiments.sequential_test(
            scores, seeds_per_look=8, looks=1, alpha=0.05, permutations=19_999
        )
        if abs(p - 0.05) < 0.01:  # sampled against counted: too near to tell
            continue
        assert (found.decision == "smaller") == (p <= 0.05)


def test_it_stops_early_where_the_difference_is_large_and_asks_for_more_where_not():
    (found,) = experiments.sequential_test(draw(RNG(5), 9.0, 25, ["t"]))
    assert (found.first, found.second, found.decision, found.looks) == ("a", "b", "smaller", 1)
    assert found.seeds_used == 5
    assert found.more_seeds == 0
    few = draw(RNG(6), 0.0, 7, ["t"])
    (found,) = experiments.sequential_test(few)
    assert found.decision == "undecided"
    assert found.more_seeds == 3  # of ten for the second look
    (found,) = experiments.sequential_test(draw(RNG(6), 0.0, 3, ["t"]))
    assert found.more_seeds == 2
    # More seeds go on from there: what was seen at a look does not change.
    more = {n: {"t": np.concatenate([s["t"], RNG(9).normal(size=18)])} for n, s in few.items()}
    (later,) = experiments.sequential_test(more)
    assert later.looks >= 2
    # Each pair gets its share of the error: with three pairs a first look cannot decide.
    three = {**draw(RNG(5), 9.0, 5, ["t"]), "c": {"t": RNG(8).normal(size=5)}}
    assert {c.decision for c in experiments.sequential_test(three)} == {"undecided"}


def test_power_grows_with_the_difference():
    def power(shift):
        rng = RNG(7)
        found = [
            experiments.sequential_test(
                draw(rng, shift, 15, ["t"]), looks=3, permutations=299, seed=number
            )[0].decision
            for number in range(60)
        ]
        return found.count("smaller") / 60

    weak, strong = power(0.5), power(2.0)
    assert weak < strong
    assert strong > 0.8


@pytest.fixture
def runs(tmp_path):
    rng = RNG(0)
    for algorithm, level in (("bc", 0.2), ("cql", 0.9)):
        for task in ("PandaReach-v1", "family/Other-v0"):
            for seed in range(6):
                scores = {s: rng.normal(level, 0.05, 4) for s in (0, 1000, 2000)}
                experiments.record(
                    tmp_path / "runs",
                    algorithm=algorithm,
                    task=task,
                    seed=seed,
                    scores=scores,
                    settings={"rate": 1e-3},
                )
    return tmp_path / "runs"


def test_runs_come_back_and_are_compared(runs, tmp_path, capsys):
    loaded = experiments.load(runs)
    assert loaded.algorithms == ["bc", "cql"]
    assert loaded.runs[0].settings == {"rate": 1e-3}
    assert loaded.runs[0].steps.tolist() == [0, 1000, 2000]
    report = experiments.compare(runs, repetitions=200, out=tmp_path / "out")
    (pair,) = report.comparisons
    assert (pair.decision, pair.looks, report.more_seeds) == ("smaller", 1, 0)
    assert report.improvements["cql", "bc"].value == 1.0
    mean = report.interquartile_means["cql"]
    assert mean.low <= mean.value <= mean.high
    assert mean.value == pytest.approx(0.9, abs=0.05)
    assert len(report.files) == 4
    for file in report.files:
        root = ElementTree.parse(file).getroot()
        assert root.tag.endswith("svg")
        assert "nan" not in file.read_text()
    # A long name makes the picture wider: a letter of the usual fonts is 7 pixels wide at most.
    name = "a-name-of-an-algorithm-that-says-all-about-it"
    point = np.array([0.0, 1.0])
    for text in (
        svg.lines("t", "x", "y", [svg.Line(name, point, point, point, point)]),
        svg.intervals("t", "x", [(name, (1.0, 0.5, 2.0))]),
    ):
        root = ElementTree.fromstring(text)
        (shown,) = [element for element in root if element.text == name]
        assert float(shown.get("x")) + 7 * len(name) < float(root.get("width"))

    assert main(["compare", str(runs), "--step", "1000", "--repetitions", "50"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"cql\s+6\s+0\.\d+ \[", printed)
    assert "bc < cql after 5 seeds" in printed
    # Normalised scores are what is compared.
    halves = experiments.compare(runs, repetitions=50, normalize=lambda task, x: x / 2)
    assert halves.means["cql"].value == pytest.approx(report.means["cql"].value / 2)


def test_bad_runs_and_settings_are_refused(runs, tmp_path, capsys):
    with pytest.raises(flyball.InputError, match=r"seed 3: score nan at step 5"):
        experiments.record(
            tmp_path, algorithm="a", task="t", seed=3, scores={5: [1.0, float("nan")]}
        )
    with pytest.raises(flyball.InputError, match="no scores"):
        experiments.record(tmp_path, algorithm="a", task="t", seed=3, scores={})
    with pytest.raises(flyball.DataError, match="there is no"):
        experiments.load(tmp_path / "nowhere")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(flyball.DataError, match=r"broken\.parquet' holds no run"):
        experiments.load(broken)
    twice = tmp_path / "twice"
    experiments.record(twice / "x.parquet", algorithm="a", task="t", seed=1, scores={0: 1.0})
    experiments.record(twice / "y.parquet", algorithm="a", task="t", seed=1, scores={0: 1.0})
    with pytest.raises(flyball.DataError, match="two runs of a on t have the seed 1"):
        experiments.load(twice)
    loaded = experiments.load(runs)
    with pytest.raises(flyball.InputError, match="did you mean 'cql'"):
        loaded.scores("cqll")
    with pytest.raises(flyball.DataError, match="until step -1; the first is 0"):
        loaded.scores("cql", -1)
    for wrong, why in (
        ({"seeds_per_look": 1}, "seeds_per_look is 1"),
        ({"looks": 0}, "looks is 0"),
        ({"alpha": 1.5}, "alpha is 1.5"),
        ({"confidence": 0.0}, "confidence is 0.0"),
        ({"repetitions": 0}, "repetitions is 0"),
    ):
        with pytest.raises(flyball.InputError, match=why):
            experiments.compare(runs, **wrong)
    assert main(["compare", str(tmp_path / "nowhere")]) == 2
    assert "there is no" in capsys.readouterr().err


def test_a_run_is_plain_parquet(runs):
    parquet = pytest.importorskip("pyarrow.parquet")
    file = sorted(runs.glob("*.parquet"))[0]
    table = parquet.read_table(file)
    assert table.column_names == ["algorithm", "task", "seed", "step", "episode", "score"]
    assert table.num_rows == 12
    assert json.loads(table.schema.metadata[b"flyball"])["settings"] == {"rate": 1e-3}
