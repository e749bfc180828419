"""Stills and films of runs: PNG by ourselves, GIF by Pillow, MP4 by the ffmpeg on the PATH."""

from __future__ import annotations

import collections
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, datasets, gif, png
from flyball.environment import Env
from flyball.policies import policy as bind_policy
from flyball.specs import spec

Picture = NDArray[np.uint8]
FORMATS = (".png", ".gif", ".mp4")
MOST_TILES = 1024
MOST_SIDE = 16384  # pixels, of all tiles together: what H.264 takes; GIF has 16 bits for it


@dataclass(frozen=True)
class Take:
    """One run to be filmed: an environment, where it starts, and who or what acts."""

    env_id: str
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    policy: str = "random"
    actions: NDArray[Any] | None = None  # played back instead of the policy's
    start: dict[str, Any] = field(default_factory=dict)  # of the reset, besides the seed

    @property
    def caption(self) -> str:
        """What tells it from other takes."""
        shown = [f"{name}={value}" for name, value in self.options.items()]
        actor = "recorded actions" if self.actions is not None else self.policy
        return ", ".join([self.env_id, *shown, actor, f"seed {self.seed}"])


def episode_take(folder: str | os.PathLike[str], episode: int) -> Take:
    """Return the take that shows an episode of a dataset again, from its seed and its actions."""
    dataset = datasets.open(folder)
    if not 0 <= episode < len(dataset):
        raise _core.InputError(
            f"{folder}: no episode {episode}; it has {len(dataset)}, counted from 0"
        )
    stored = dataset[episode]
    env_id, options = dataset.plan["id"], dict(dataset.plan["options"])
    start = dataset.start_options(stored, spec(env_id, **options).reset)
    return Take(env_id, options, stored.seed, actions=stored.actions, start=start)


def pictures(
    take: Take, steps: int, stride: int, width: int, height: int, camera: str = ""
) -> Iterator[Picture]:
    """The picture after the reset, after every ``stride`` steps of one episode, and at its end.

    The episode is cut after ``steps`` steps.
    """
    env = Env(
        take.env_id,
        render_mode="rgb_array",
        width=width,
        height=height,
        camera=camera or None,
        **take.options,
    )
    try:
        observation, _ = env.reset(seed=take.seed, options=take.start)
        act = None if take.actions is not None else bind_policy(take.policy, env)
        yield _drawn(env)
        limit = env.flyball_spec.max_episode_steps or steps
        recorded = limit if take.actions is None else len(take.actions)
        last = min(steps, limit, recorded)
        for step in range(1, last + 1):
            action = act(observation) if act else take.actions[step - 1]  # type: ignore[index]
            observation, _, terminated, truncated, _ = env.step(action)
            ended = terminated or truncated or step == last
            if ended or step % stride == 0:
                yield _drawn(env)
            if ended:
                return
    finally:
        env.close()


def pace(rate: float, steps: int, speed: float | None) -> tuple[int, float]:
    """Steps between pictures, and pictures a second, of a film of ``steps`` steps.

    ``rate`` is steps in a second of the plant's time, ``speed`` seconds of the plant shown in one
    of the film, at about 30 pictures a second. None: 1, except that what is over in less than two
    seconds is slowed down to at most 300 pictures.
    """
    if speed is None and steps / rate < 2.0:
        return max(1, -(-steps // 300)), 30.0
    rate *= speed or 1.0
    stride = max(1, round(rate / 30))
    return stride, rate / stride


def check_output(output: str | os.PathLike[str]) -> Path:
    """Say before the run whether the file can be written: format, encoder, folder."""
    path = Path(output)
    if path.suffix not in FORMATS:
        raise _core.InputError(_core.unknown_name("kind of picture file", path.suffix, FORMATS))
    if path.suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise _core.InputError(
            f"{path}: no ffmpeg on the PATH to write MP4 with; install it, or write a .gif or .png"
        )
    if path.suffix == ".gif":
        try:
            import PIL.Image  # noqa: F401
        except ImportError:
            raise _core.InputError(
                f"{path}: GIF needs Pillow (pip install 'flyball[viewer]'); .png needs nothing"
            ) from None
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise _core.InputError(f"{path}: the folder {path.parent} cannot be written to")
    if path.is_dir():
        raise _core.InputError(f"{path}: this is a folder, not a picture file")
    return path


def seed_range(text: str) -> range:
    """Read FIRST:LAST, the seeds from FIRST to just before LAST, as Python counts."""
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal()):
        raise _core.InputError(f"seeds '{text}' are not of the form FIRST:LAST, such as 0:12")
    seeds = range(int(first), int(last))
    if not 0 < len(seeds) <= MOST_TILES:
        raise _core.InputError(
            f"seeds '{text}' are {len(seeds)}; from 1 to {MOST_TILES} stand on a sheet"
        )
    return seeds


def save(
    takes: Sequence[Take],
    output: str | os.PathLike[str],
    *,
    steps: int,
    width: int = 480,
    height: int = 360,
    camera: str = "",
    speed: float | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> int:
    """Film the takes side by side into ``output``; a PNG holds the last picture of each.

    Takes that end early keep their last picture. For ``speed`` see :func:`pace`. Returns the number
    of pictures written.
    """
    path = check_output(output)
    columns = _columns(len(takes))
    sides = {"width": columns * width, "height": -(-len(takes) // columns) * height}
    for name, side in sides.items():
        if side > MOST_SIDE:
            raise _core.InputError(
                f"{path}: {len(takes)} pictures of {width} x {height} side by side have a {name} "
                f"of {side} pixels; at most {MOST_SIDE} are allowed"
            )
    if path.suffix == ".png":
        stride, fps = max(1, steps), 1.0
    else:
        period = _core.resolve_spec(takes[0].env_id, takes[0].options)["control_period"]
        stride, fps = pace(1.0 / period, steps, speed)
    runs = [pictures(take, steps, stride, width, height, camera) for take in takes]
    frames = _side_by_side(runs, columns, 1 + -(-steps // stride), progress)
    writer = {".png": _write_png, ".gif": _write_gif, ".mp4": _write_mp4}[path.suffix]
    counted = 0

    def write(partial: Path) -> None:
        nonlocal counted
        counted = writer(partial, frames, fps)

    _write(path, write)
    return counted


def _drawn(env: Env) -> Picture:
    picture = env.render()
    assert picture is not None
    return picture


def _columns(tiles: int) -> int:
    """Of as square a grid as so many tiles make."""
    return int(np.ceil(np.sqrt(tiles)))


def _side_by_side(
    runs: list[Iterator[Picture]],
    columns: int,
    total: int,
    progress: Callable[[int, int, int], None] | None,
) -> Iterator[Picture]:
    """Pictures of all runs as one, in a grid, until the last run ends."""
    latest = [next(run) for run in runs]
    count = 0
    while True:
        count += 1
        if progress is not None:
            progress(count, count * len(runs), total)
        yield _grid(latest, columns)
        going = False
        for i, run in enumerate(runs):
            following = next(run, None)
            if following is not None:
                latest[i], going = following, True
        if not going:
            return


def _grid(tiles: list[Picture], columns: int) -> Picture:
    blank = np.full_like(tiles[0], 255)
    padded = tiles + [blank] * (-len(tiles) % columns)
    lines = [
        np.concatenate(padded[first : first + columns], axis=1)
        for first in range(0, len(padded), columns)
    ]
    return np.concatenate(lines, axis=0)


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the target and rename: a failed run leaves nothing half-written."""
    handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=".flyball.", dir=path.parent)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_png(path: Path, frames: Iterator[Picture], fps: float) -> int:
    (last,) = collections.deque(frames, maxlen=1)
    path.write_bytes(png.encode(last))
    return 1


def _write_gif(path: Path, frames: Iterator[Picture], fps: float) -> int:
    # GIF counts hundredths of a second, and viewers slow down what is shorter than two.
    with path.open("wb") as file:
        return gif.write(file, frames, max(2, round(100 / fps)))


def _write_mp4(path: Path, frames: Iterator[Picture], fps: float) -> int:
    """Hand each picture to ffmpeg as it is drawn: a film may be longer than memory holds."""
    first = next(frames)
    height, width, _ = first.shape
    command = [
        *("ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"),
        # H.264's usual form needs even sides.
        *("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", str(path)),
    ]
    count = 0
    with tempfile.TemporaryFile() as said:
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)
        assert encoder.stdin is not None
        try:
            for picture in itertools.chain([first], frames):
                encoder.stdin.write(picture.tobytes())
                count += 1
            encoder.stdin.close()
        except BrokenPipeError:  # it gave up: its own words follow
            pass
        except BaseException:
            encoder.kill()
            raise
        finally:
            status = encoder.wait()
        said.seek(0)
        reason = said.read().decode(errors="replace").strip().splitlines()
    if status:
        raise OSError(f"{path.name}: ffmpeg failed: {reason[-1] if reason else status}")
    return count
