"""Offline datasets: generated to a plan, readable as arrays, verified by replay, exported.

The same is done by the command line (``flyball generate``, ``verify``, ``export``) and in C++
(``envs/dataset``). The files are described in docs/datasets.md.
"""

from flyball.datasets.card import card
from flyball.datasets.formats import FORMATS, Format, export
from flyball.datasets.generation import generate
from flyball.datasets.measurement import Outcomes, measure
from flyball.datasets.minari_export import export_minari
from flyball.datasets.operations import convert, merge, relabel, select
from flyball.datasets.plans import Plan, folders_of, load_plans
from flyball.datasets.reader import Dataset, Episode, open
from flyball.datasets.recording import record
from flyball.datasets.splitting import splits
from flyball.datasets.tiers import Verdict
from flyball.datasets.verification import Problem, Report, verify

__all__ = [
    "FORMATS",
    "Dataset",
    "Episode",
    "Format",
    "Outcomes",
    "Plan",
    "Problem",
    "Report",
    "Verdict",
    "card",
    "convert",
    "export",
    "export_minari",
    "folders_of",
    "generate",
    "load_plans",
    "measure",
    "merge",
    "open",
    "record",
    "relabel",
    "select",
    "splits",
    "verify",
]
