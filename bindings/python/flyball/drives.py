"""Machines of drives from their makers' data sheets."""

from collections.abc import Mapping
from typing import Any

from flyball import _core
from flyball.specs import spec

# Where a machine of each kind is described.
_KINDS = {"brushless": "Motor-Cont-CC-PMSM-v1", "brushed": "Motor-Cont-CC-PermExDc-v1"}


def machine_from_datasheet(sheet: Mapping[str, Any], kind: str = "brushless") -> dict[str, Any]:
    """The option ``motor`` of a ``brushless`` (PMSM) or ``brushed`` (PermExDc) drive from a sheet.

    The keys, their meanings and the checks between them are in docs/drives.md. Raises InputError
    for figures that are missing, cannot be, or disagree, with the reason. ``motor={"datasheet":
    sheet}`` does the same where an environment is made, and sets its supply to the sheet's voltage.
    """
    if kind not in _KINDS:
        raise _core.InputError(
            f"machine_from_datasheet: {_core.unknown_name('kind', kind, list(_KINDS))}"
        )
    motor: dict[str, Any] = spec(_KINDS[kind], motor={"datasheet": dict(sheet)}).options["motor"]
    return motor
