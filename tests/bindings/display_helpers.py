"""A display of the tests' own, and a person at it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

import numpy as np


class Display:
    """An X server without a screen (Xvfb), and keys pressed and pictures moved there (xdotool)."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-noreset"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._server.stdout is not None
        self.name = f":{self._server.stdout.readline().strip()}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.name}

    def do(self, *words: str) -> None:
        """Run xdotool: ``do("key", "space")``."""
        subprocess.run(["xdotool", *words], env=self.environment, check=True)

    def key(self, *names: str) -> None:
        """Press keys with the pointer in the window, where no window manager gives the focus."""
        self.do("mousemove", "200", "200", "key", "--delay", "30", *names)

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


def until(done: Callable[[], Any], act: Callable[[], Any], seconds: float = 20.0) -> None:
    """Act until something is so; events take their time. Fails long after it must have been."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came about"
        act()


def share_changed(a: Any, b: Any) -> float:
    """Share of the pixels in which two pictures differ."""
    return float((a != b).any(axis=2).mean())


def is_drawn(picture: Any) -> bool:
    return picture.size > 0 and len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
