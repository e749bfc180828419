"""A progress bar on stderr, for work that takes longer than a second."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class ProgressBar:
    """Shows nothing where nobody watches, or while it is soon over.

    Callable as the progress of ``flyball.datasets.generate`` and ``verify``.
    """

    WIDTH = 30

    def __init__(
        self,
        what: str,
        stream: TextIO | None = None,
        delay: float = 1.0,
        unit: str = "episodes",
    ) -> None:
        self._what = what
        self._unit = unit
        self._stream = stream or sys.stderr
        self._watched = self._stream.isatty()
        self._start = time.monotonic()
        self._delay = delay
        self._shown = False

    def __call__(self, episodes: int, steps: int, total: int) -> None:
        seconds = time.monotonic() - self._start
        if not self._watched or seconds < self._delay:
            return
        done = episodes / max(total, 1)
        bar = "#" * int(done * self.WIDTH)
        self._stream.write(
            f"\r{self._what} [{bar:<{self.WIDTH}}] {episodes}/{total} {self._unit}, "
            f"{_short(steps / seconds)} steps/s\x1b[K"
        )
        self._stream.flush()
        self._shown = True

    def close(self) -> None:
        """Clear the line."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False


def _short(number: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:.0f} "
