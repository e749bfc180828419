"""Acting by keys: held keys as the action an environment takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.specs import Action

# What a person steers where the environment lets one choose: rotor speeds, a few hundredths of a
# second from a crash, are no matter for keys.
_BY_HAND = {"action": "velocity"}


def options_by_hand(env_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return ``options`` with an action that keys can hold, if there is one and none was chosen."""
    choices = {
        option["name"]: option["choices"] for option in _core.registration(env_id)["options"]
    }
    wanted = {
        name: value
        for name, value in _BY_HAND.items()
        if name not in options and value in choices.get(name, ())
    }
    try:
        _core.resolve_spec(env_id, {**options, **wanted})
    except _core.InputError:  # not in this preset
        return dict(options)
    return {**options, **wanted}


class Keyboard:
    """Turns keys that are held down into actions.

    A pair of keys moves one number of a continuous action to ``gain`` of its range about the middle
    (of an unbounded one to plus and minus ``gain``); without a key it rests in the middle. Where
    there are more numbers than pairs, ``group`` says which the keys move: an agent's, or six at a
    time. Of a discrete action digits choose, and the pair steps up and down; the choice stays.
    """

    def __init__(self, action: Action, gain: float = 1.0) -> None:
        if not 0 < gain <= 1:
            raise _core.InputError(f"gain is {gain}; above 0 and up to 1 is allowed")
        self._action = action
        self._pairs = [tuple(pair) for pair in _core.teleop_keys()]
        self._shape = tuple(action.field.shape)
        self.size = max(1, action.field.size)
        last = self._shape[-1] if len(self._shape) > 1 else len(self._pairs)
        self.group_size = min(last, len(self._pairs))
        self.group = 0
        low = np.resize(action.field.low.reshape(-1), self.size)
        high = np.resize(action.field.high.reshape(-1), self.size)
        bounded = np.isfinite(low) & np.isfinite(high)
        with np.errstate(invalid="ignore"):
            self._middle = np.where(bounded, (low + high) / 2, np.clip(0.0, low, high))
            self._reach = gain * np.where(bounded, (high - low) / 2, 1.0)
        self._low, self._high = low, high
        self._choice = np.zeros(self.size, np.int64)
        self._held: set[str] = set()

    @property
    def num_groups(self) -> int:
        """How many groups of numbers the keys can be turned to."""
        return -(-self.size // self.group_size)

    def change_group(self, by: int) -> None:
        """Turn the keys to other numbers."""
        self.group = (self.group + by) % self.num_groups

    def release(self) -> None:
        """Forget the choice, at the start of an episode."""
        self._choice[:] = 0
        self._held = set()

    def key_names(self) -> list[str]:
        """For each number of the action the keys that move it now; empty: none."""
        names = ["" for _ in range(self.size)]
        for i, (up, down) in self._assigned():
            names[i] = f"{up} / {down}"
        if self._action.kind == "discrete":
            names[0] += ", 0-9"
        return names

    def action(self, keys: list[str], base: NDArray[Any] | None = None) -> Any:
        """Return the action under these keys, in the form the environment takes it.

        ``base`` is what a policy does: keys are added to it.
        """
        down = set(keys)
        if self._action.kind == "box":
            flat = self._middle.copy() if base is None else np.array(base, np.float64).reshape(-1)
            for i, (up, back) in self._assigned():
                flat[i] += self._reach[i] * ((up in down) - (back in down))
            inside = np.clip(flat, self._low, self._high)
            return inside.astype(self._action.field.dtype).reshape(self._shape)
        self._choose(down)
        flat = self._choice if base is None else np.array(base, np.int64).reshape(-1)
        if base is not None and down:
            touched = [i for i, pair in self._assigned() if down & set(pair)]
            if self._action.kind == "discrete" and any(key.isdigit() for key in down):
                touched = [0]
            flat[touched] = self._choice[touched]
        return int(flat[0]) if self._shape == () else flat.reshape(self._shape).copy()

    def _choose(self, down: set[str]) -> None:
        choices = self._action.choices or (10,)
        for key in sorted(down - self._held):
            if key.isdigit() and self._action.kind == "discrete" and int(key) < choices[0]:
                self._choice[0] = int(key)
            for i, (up, back) in self._assigned():
                step = (key == up) - (key == back)
                self._choice[i] = (self._choice[i] + step) % choices[i % len(choices)]
        self._held = down

    def _assigned(self) -> list[tuple[int, tuple[str, ...]]]:
        first = self.group * self.group_size
        last = min(first + self.group_size, self.size)
        return list(zip(range(first, last), self._pairs, strict=False))
