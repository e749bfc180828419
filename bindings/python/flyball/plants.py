"""The constants of a plant, for use outside of its environment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.vector import unwrapped


def plant(env: Any, **options: Any) -> dict[str, NDArray[np.float64]]:
    """Return the constant arrays of an environment's plant by name.

    ``env`` is an id, to which ``options`` are applied, or an environment. Linear plants give the
    matrices of continuous time (A, B1, B2, C, C1, D11, D12, D21), those of one step with the inputs
    held (Ad, B1d, B2d) and the weights of the cost (Q, R, S)::

        p = flyball.plant("Linear-he1-v1")
        control.ss(p["A"], p["B2"], p["C"], 0)

    PDEs give the ``target`` of their state, and ``actuator_places`` and ``sensor_places``, (count,
    dimensions) fractions of the domain, x first. Drives give what ends an episode, as it is shown:
    ``i_sd_limit`` of a state, ``i_sd_i_sq_limit`` of the length of two together.
    """
    if isinstance(env, str):
        return _core.plant(env.removeprefix("flyball/"), options)
    given = unwrapped(env, "plant, unless an id is given")
    if options:
        raise _core.InputError(f"plant: an environment has its options; got {options} besides")
    return _core.plant(given.flyball_spec.id, given.flyball_spec.options)
