"""Checks of arguments: what is refused is an InputError that says what, and what is allowed."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core

MOST = 2**31 - 1  # of the core's whole numbers
MOST_PIXELS = 4096  # of a picture's side, as render/picture.h has it


def whole(name: str, value: Any, least: int, most: int = MOST) -> int:
    """Return a whole number between two bounds, which belong to what is allowed."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if not least <= number <= most:
        upwards = f"{least} or more" if most == MOST else f"{least} to {most}"
        raise _core.InputError(f"{name} is {value!r}; a whole number, {upwards}, is needed")
    return number


def integer(name: str, value: Any) -> int:
    """Return a whole number within what the core can hold; what is allowed of it is the core's."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise _core.InputError(f"{name} is {value!r}; an integer is needed")
    return int(value)


def pixels(name: str, value: Any, least: int = 1) -> int:
    """Return a side of a picture."""
    return whole(name, value, least, MOST_PIXELS)


def row(value: Any) -> int:
    """Return a row's number; the core knows which there are."""
    try:
        return min(operator.index(value), MOST)
    except TypeError:
        raise _core.InputError(f"row is {value!r}; a whole number is needed") from None


def positive(name: str, value: Any, unit: str) -> float:
    """Return a finite number above zero."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0.0 < number < math.inf:
        raise _core.InputError(f"{name} is {value!r}; a number above 0 {unit} is needed")
    return number


def numbers(name: str, value: Any) -> NDArray[np.float64]:
    """Return an array of numbers."""
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise _core.InputError(f"{name} is {value!r}; numbers are needed") from None


def dictionary(name: str, given: Any) -> dict[str, Any]:
    """Return a copy of a dictionary by name; None: an empty one."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise _core.InputError(f"{name} is {given!r}; a dictionary of values by name is needed")
    return dict(given)
