"""MP4 that loses nothing: H.264 of RGB at quantiser 0, by ffmpeg."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core


class Mp4:
    """One file that is being written."""

    frames: int  # so far

    def __init__(self, path: Path, shape: tuple[int, ...], fps: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.frames = 0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        size = f"{shape[1]}x{shape[0]}"
        command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", size, "-r", str(fps), "-i", "-", "-c:v", "libx264rgb", "-qp", "0"]
        command += ["-g", "2", "-bf", "0", str(path)]  # any frame is found soon
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors
        )

    def add(self, pictures: NDArray[Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(pictures).data)
        except BrokenPipeError:
            self.close()
        self.frames += len(pictures)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        if code:
            raise _core.DataError(f"ffmpeg failed: {said[-1] if said else code}")
