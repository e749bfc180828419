"""docs/motor_baselines.md is what the baselines of the drives do."""

import importlib.machinery
import importlib.util
from pathlib import Path

import flyball
import pytest

ROOT = Path(__file__).resolve().parents[2]


def script():
    loader = importlib.machinery.SourceFileLoader(
        "motor_baselines", str(ROOT / "scripts/motor_baselines")
    )
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("motor_baselines", loader)
    )
    loader.exec_module(module)
    return module


BASELINES = script()
TABLE = {}
for line in (ROOT / "docs/motor_baselines.md").read_text().splitlines():
    if line.startswith("| `Motor-"):
        env_id, policy, violations, error, settling, overshoot = line.strip("| ").split(" | ")
        TABLE[env_id.strip("`"), policy.strip("`")] = violations, error, settling, overshoot


def test_every_baseline_of_every_drive_is_tabled_without_a_violation():
    drives = [name for name in flyball.list_envs() if name.startswith("Motor-")]
    assert len(drives) == 60
    assert list(TABLE) == [
        (name, policy) for name in drives for policy in flyball.spec(name).policies
    ]
    assert {row[0] for row in TABLE.values()} == {"0 of 1000"}


# Switched drives take 20,000 steps to follow a speed: their first baseline only.
QUICK = [
    (name, policy)
    for name, policy in TABLE
    if "Finite-SC" not in name or policy == flyball.spec(name).policies[0]
]


@pytest.mark.parametrize(("env_id", "policy"), QUICK)
def test_step_responses_are_as_tabled(env_id, policy):
    settling, overshoot = BASELINES.step(env_id, policy)
    # The same rows of the same seed: the same bits.
    assert (f"{settling:.1f}", f"{overshoot:.2f}") == TABLE[env_id, policy][2:]


@pytest.mark.parametrize(
    ("env_id", "policy"), [pair for pair in TABLE if "Finite-SC" not in pair[0]]
)
def test_tracking_errors_are_as_tabled(env_id, policy):
    violations, errors = BASELINES.walk(env_id, policy, 48)
    assert violations == 0
    # Four standard errors of the mean, which spread as the walks' paces do, and rounding.
    allowed = 4 * errors.std() / len(errors) ** 0.5 + 1e-4
    assert errors.mean() == pytest.approx(float(TABLE[env_id, policy][1]), abs=allowed)
