"""Runs over seeds: stored as Parquet, tabled, plotted and compared offline.

``flyball compare`` on the command line. See docs/comparing.md.
"""

from flyball.experiments.report import compare
from flyball.experiments.runs import Runs, load, record
from flyball.experiments.sequential import Comparison, sequential_test
from flyball.experiments.statistics import (
    Interval,
    bootstrap_interval,
    interquartile_mean,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
)

__all__ = [
    "Comparison",
    "Interval",
    "Runs",
    "bootstrap_interval",
    "compare",
    "interquartile_mean",
    "load",
    "optimality_gap",
    "performance_profile",
    "probability_of_improvement",
    "record",
    "sequential_test",
]
