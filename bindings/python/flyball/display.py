"""What a window shows of a row, at which pace: shared by ``render_mode="human"`` and ``play``."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core
from flyball.specs import EnvSpec, Field

#: Numbers of one field that can be plotted; of a long field the rest is left out.
MOST_PER_FIELD = 64
#: Between two pictures, where the plant is behind the clock (s).
LEAST_PAUSE = 0.05
#: Seconds without a picture or an event that a person notices.
RESPONSE = 1 / 30


def number_names(field: Field) -> list[str]:
    """A name for each number of a field, flattened: ``position[0]``, ``agent 1 rpm[3]``."""
    once = [
        entry.name if entry.size == 1 else f"{entry.name}[{i}]"
        for entry in field.entries
        for i in range(entry.size)
    ]
    size = math.prod(field.shape)
    if not once or size <= len(once):
        return once[:size]
    return [f"agent {i // len(once)} {once[i % len(once)]}" for i in range(size)]


def number_units(field: Field) -> list[str]:
    """The unit of each number of a field, flattened."""
    once = [entry.unit for entry in field.entries for _ in range(entry.size)]
    return [once[i % len(once)] for i in range(math.prod(field.shape))] if once else []


class Signals:
    """The numbers of a row that can be plotted: reward, return, costs, observation, info."""

    def __init__(self, spec: EnvSpec, core: _core.VectorEnv, row: int) -> None:
        self.names: list[tuple[str, str]] = [("reward", "1"), ("return", "1")]
        self._reward: NDArray[Any] = core.columns()["reward"][row : row + 1]
        self._sources: list[NDArray[Any]] = []
        columns = core.columns()
        costs = [field for field in spec.info if field.name.startswith("cost")]
        others = [field for field in spec.info if field not in costs]
        groups = [("info", costs), ("observation", spec.observation), ("info", others)]
        for kind, fields in groups:
            for field in fields:
                # A view of the row's numbers in place.
                numbers = columns[kind][field.name][row : row + 1].reshape(-1)[:MOST_PER_FIELD]
                self._sources.append(numbers)
                labels = zip(number_names(field), number_units(field), strict=True)
                for name, unit in list(labels)[: len(numbers)]:
                    group = "info" if kind == "info" else field.name
                    alone = kind == "info" and name.endswith(field.name)
                    inner = name if alone or kind != "info" else f"{field.name}/{name}"
                    self.names.append((f"{group}/{inner}", unit))

    def values(self, episode_return: float) -> NDArray[np.float64]:
        """Return them as they stand."""
        start = np.array([self._reward[0], episode_return], np.float64)
        return np.concatenate([start, *(part.astype(np.float64) for part in self._sources)])


def default_speed(control_period: float) -> float:
    """Seconds of the plant in one of the wall clock, a power of two.

    1, unless it would make more than 500 steps a second, or fewer than 10.
    """
    rate = 1.0 / control_period
    if rate > 500:
        return 2.0 ** math.floor(math.log2(500 / rate))
    return 2.0 ** math.ceil(math.log2(10 / rate)) if rate < 10 else 1.0


class Pace:
    """Keeps a plant's time to the wall clock's, at ``speed``; nothing but the eye depends on it."""

    def __init__(self, control_period: float) -> None:
        self.period = control_period
        self.speed = default_speed(control_period)
        self.drawn = 0.0  # when the last picture was done
        self._due = 0.0

    def restart(self) -> None:
        """Count from now: after a reset or a pause."""
        self._due = time.perf_counter()

    def step(self) -> None:
        """Count a step: the next is due a period later."""
        now = time.perf_counter()
        self._due += self.period / self.speed
        if self._due < now - 0.5:
            self._due = now  # too slow for its pace: what was missed is not made up for

    def wants_picture(self) -> bool:
        """Whether to draw now: there is time, or it has been too long."""
        now = time.perf_counter()
        return self._due > now or now - self.drawn > LEAST_PAUSE

    def waits(self) -> Iterator[None]:
        """Sleep until the next step is due, letting a picture be drawn now and then."""
        while (left := self._due - time.perf_counter()) > 0:
            time.sleep(min(left, RESPONSE))
            if left > RESPONSE:
                yield


class HumanWindow:
    """The window of ``render_mode="human"``: shows one row as whoever owns it steps it.

    Steps return when their time has come, and wait while the person pauses. When the window is
    closed, or its display goes away, the run goes on without pictures: :attr:`closed` is True.
    """

    def __init__(
        self, spec: EnvSpec, core: _core.VectorEnv, row: int, arguments: dict[str, Any]
    ) -> None:
        self._core, self._row, self._spec = core, row, spec
        self._chart = arguments["camera"] or ""
        # What a picture of this size is refused for, a window is refused for.
        self._viewer = _core.Viewer(
            f"flyball {spec.id}",
            width=arguments["width"],
            height=arguments["height"],
            camera=arguments["camera"] or "",
            shadows=bool(arguments["shadows"]),
            panels=arguments["width"] >= 720,
        )
        self._signals = Signals(spec, core, row)
        self._viewer.set_signals(self._signals.names)
        self._pace = Pace(spec.control_period)
        self._frame = _core.ViewerFrame()
        self._frame.title = spec.id
        self._paused, self._single = False, False

    @property
    def closed(self) -> bool:
        """Whether nobody sees it any more."""
        return self._viewer.state != "open"

    @property
    def why_closed(self) -> str:
        """``closed``, ``display lost``, or ``open`` while it is not."""
        return self._viewer.state

    def picture(self) -> NDArray[np.uint8]:
        """What the window shows (height, width, 3)."""
        return self._viewer.picture()

    def started(self) -> None:
        """Show the row after a reset."""
        self._viewer.clear_points()
        self._frame.step, self._frame.episode_return = 0, 0.0
        self._note(started=True)
        self._pace.restart()
        self.show()

    def stepped(self) -> None:
        """Show the row after a step, and wait until the next is due."""
        if self.closed:
            return
        self._note(started=False)
        self._pace.step()
        if self._pace.wants_picture() or self._paused:
            self.show()
        for _ in self._pace.waits():
            self.show()
        self._single = False
        while self._paused and not self._single and not self.closed:
            time.sleep(RESPONSE)
            self.show()
            self._pace.restart()

    def show(self) -> None:
        """Draw the row as it stands, and do what the person asks for."""
        controls = self._frame.controls
        controls.paused, controls.speed = self._paused, self._pace.speed
        self._frame.controls = controls
        self._viewer.show(self._core, self._row, self._frame, self._chart)
        self._pace.drawn = time.perf_counter()
        for name, number, _ in self._viewer.take_commands():
            if name == "pause":
                self._paused = not self._paused
                self._pace.restart()
            elif name == "step":
                self._paused, self._single = True, True
            elif name in ("slower", "faster", "speed"):
                self._pace.speed = changed_speed(self._pace.speed, name, number)

    def close(self) -> None:
        """Close the window."""
        self._viewer.close()

    def _note(self, *, started: bool) -> None:
        """Take the row's numbers into the frame and the plots."""
        frame = self._frame
        if not started:
            frame.step += 1
            frame.reward = float(self._core.columns()["reward"][self._row])
            frame.episode_return += frame.reward
        clock = self._core.clock(self._row)[2]
        if clock < frame.step:  # the core has begun another episode in this step
            self._viewer.clear_points()
            frame.step, frame.episode_return = clock, 0.0
        frame.time = frame.step * self._spec.control_period
        if not started:  # a reset has no reward to plot
            self._viewer.add_point(self._signals.values(frame.episode_return))


def changed_speed(speed: float, command: str, number: float) -> float:
    """Speed after a command: half, twice, or the number; 2^-12 to 2^4."""
    wanted = {"slower": speed / 2, "faster": speed * 2}.get(command, number)
    return min(max(wanted, 2.0**-12), 16.0)
