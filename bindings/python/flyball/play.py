"""Play with an environment in a window: watch it, steer it, switch its engine, record episodes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, rows
from flyball.display import RESPONSE, Pace, Signals, changed_speed, number_names
from flyball.engines import forced_state, list_engines
from flyball.environment import Env
from flyball.policies import policy as bind_policy
from flyball.recording import Recording
from flyball.specs import EnvSpec
from flyball.teleop import Keyboard, options_by_hand

KEYBOARD = "keyboard"


class Session:
    """One window, the environment in it, and who acts.

    Parameters
    ----------
    policy
        "keyboard" (default), "random" or a baseline of the environment. Keys that are held while a
        policy acts are added to its actions. Where the keyboard begins and ``options`` choose no
        action, it is one that keys can hold: of quadcopters ``action="velocity"``.
    seed
        Of the first reset.
    folder
        Where recordings go, each a dataset: ``folder/ID-seedS``.
    gain
        Share of an action's range that a key gives.
    """

    def __init__(
        self,
        env_id: str,
        *,
        options: dict[str, Any] | None = None,
        policy: str = KEYBOARD,
        seed: int = 0,
        folder: str | os.PathLike[str] = "recordings",
        gain: float = 1.0,
        speed: float | None = None,
        paused: bool = False,
        width: int = 1200,
        height: int = 780,
        camera: str = "",
        shadows: bool = True,
    ) -> None:
        given = dict(options or {})
        self.options = options_by_hand(env_id, given) if policy == KEYBOARD else given
        self.spec: EnvSpec = EnvSpec.from_dict(_core.resolve_spec(env_id, self.options))
        self.pilots = [KEYBOARD, "random", *self.spec.policies]
        if policy not in self.pilots:
            raise _core.InputError(_core.unknown_name("policy", policy, self.pilots))
        self.pilot = policy
        self.engines = list_engines(self.spec.id)
        self.folder = Path(folder)
        self.keyboard = Keyboard(self.spec.action, gain)
        self.paused = paused
        chosen = [f"{name}={self.options[name]}" for name in self.options if name not in given]
        self.message = f"steered with {', '.join(chosen)}" if chosen else ""
        self.recording: Recording | None = None
        self.recorded: list[Path] = []
        self._chart = camera
        self.viewer = _core.Viewer(
            f"flyball {self.spec.id}", width=width, height=height, camera=camera, shadows=shadows
        )
        self.env = self._make(self.options)
        self._take_up(self.env)
        self.pace = Pace(self.spec.control_period)
        if speed is not None:
            self.pace.speed = speed
        self.reset(seed)

    @property
    def running(self) -> bool:
        """Whether the window is there."""
        return self.viewer.state == "open"

    @property
    def engine(self) -> str:
        """The engine at work; empty where there is no choice."""
        return str(self.spec.options.get("engine", "")) if self.engines else ""

    def run(self) -> None:
        """Go on until the window is closed; what is being recorded then is saved.

        Raises Error if the display went away.
        """
        try:
            while self.running:
                self.tick()
                if self.paused:
                    time.sleep(RESPONSE)
                    self.pace.restart()
                for _ in self.pace.waits():
                    self.tick(step=False)
        finally:
            self.save()
        if self.viewer.state == "display lost":
            raise _core.Error("the display was lost; what was recorded is saved")

    def tick(self, *, step: bool = True) -> None:
        """Show the row, do what was asked for, and make a step unless paused."""
        if not step or self.paused or self.pace.wants_picture():
            self.show()
            for name, number, text in self.viewer.take_commands():
                self.obey(name, number, text)
        if step and not self.paused and self.running:
            self.step()

    def obey(self, name: str, number: float, text: str) -> None:
        """Do what the window's person asks for; what cannot be done is said there."""
        actions: dict[str, Callable[[], None]] = {
            "pause": self._pause,
            "step": self._single_step,
            "reset": lambda: self.reset(self.seed, text),
            "next_seed": lambda: self.reset(self.seed + 1),
            "engine": lambda: self.switch_engine(_chosen(self.engines, self.engine, number)),
            "pilot": lambda: self._change_pilot(_chosen(self.pilots, self.pilot, number)),
            "record": self._record,
            "action_group": lambda: self.keyboard.change_group(int(number)),
        }
        try:
            if name in actions:
                actions[name]()
            else:
                self.pace.speed = changed_speed(self.pace.speed, name, number)
        except (_core.Error, OSError) as error:
            self.message = str(error)

    def reset(self, seed: int, text: str = "") -> None:
        """Start an episode from a seed (of ``text``, if there is any)."""
        if self.recording is not None:
            self.message = "the recording is dropped"
        self.recording = None
        self._start(rows.check_seed(int(text) if text else seed))

    def step(self) -> None:
        """One step under whoever acts."""
        action = self.keyboard.action(self.viewer.keys_down(), self._policy_action())
        self._observation, reward, terminated, truncated, _ = self.env.step(action)
        self.steps += 1
        self.reward = float(reward)
        self.episode_return += self.reward
        taken = np.array(self.env._core.columns()["action"][0], np.float64)
        self._taken = taken.reshape(-1)
        if self.recording is not None:
            self.recording.actions.append(taken)
        self.viewer.add_point(self._signals.values(self.episode_return))
        self.pace.step()
        limit = self.spec.max_episode_steps
        if terminated or truncated or 0 < limit <= self.steps:
            self._finish("ended" if terminated else "was cut")

    def show(self) -> None:
        """Draw the window anew."""
        frame = _core.ViewerFrame()
        frame.title = self.spec.id
        frame.time = self.steps * self.spec.control_period
        frame.step, frame.reward, frame.episode_return = (
            self.steps,
            self.reward,
            self.episode_return,
        )
        frame.message = self.message
        space = self.spec.action.field
        keys = self.keyboard.key_names()
        bounds = zip(space.low.reshape(-1), space.high.reshape(-1), strict=True)
        frame.actions = [
            _core.ViewerAction(name, keys[i], float(self._taken[i]), float(low), float(high))
            for i, (name, (low, high)) in enumerate(zip(number_names(space), bounds, strict=True))
        ]
        frame.controls = self._controls()
        self.viewer.show(self.env._core, 0, frame, self._chart)
        self.pace.drawn = time.perf_counter()

    def switch_engine(self, engine: str) -> None:
        """Go on in another engine from the state this one has reached, as far as it can be forced.

        What is forced are the fields that ``state`` and ``reset(options=)`` both have. Raises
        InputError, and changes nothing, if there is no other or the engine refuses the state.
        """
        if engine not in self.engines:
            raise _core.InputError(f"{self.spec.id} has no other engine")
        if self.recording is not None:
            raise _core.InputError("an episode is recorded in one engine: save it first")
        options = {**self.options, "engine": engine}
        other = self._make(options)
        other.reset(seed=self._episode_seed, options=forced_state(self.env))
        self.env.close()
        self.env, self.options = other, options
        self._take_up(other)
        self.message = f"engine {engine}, from the same state"

    def save(self) -> None:
        """End the recording; its episodes are a dataset, which :attr:`recorded` then names."""
        recording, self.recording = self.recording, None
        if recording is not None:
            recording.stop()
            self._note(recording)

    def close(self) -> None:
        """Close the window and the environment."""
        self.viewer.close()
        self.env.close()

    def _make(self, options: dict[str, Any]) -> Env:
        # The mode in which rows keep what their charts show.
        return Env(self.spec.id, render_mode="rgb_array", **options)

    def _take_up(self, env: Env) -> None:
        self.spec = env.flyball_spec
        self._policy = None if self.pilot == KEYBOARD else bind_policy(self.pilot, env)
        self._signals = Signals(self.spec, env._core, 0)
        self.viewer.set_signals(self._signals.names)
        self._observation, _ = env._outputs() if env._started else (None, None)

    def _start(self, seed: int, episode_seed: int | None = None) -> None:
        self.seed = seed
        self._episode_seed = seed if episode_seed is None else episode_seed
        self._observation, _ = self.env.reset(seed=self._episode_seed)
        self.steps, self.reward, self.episode_return = 0, 0.0, 0.0
        self._taken = np.zeros(max(1, self.spec.action.field.size))
        self.keyboard.release()
        self.viewer.clear_points()
        self.pace.restart()

    def _finish(self, how: str) -> None:
        """The episode is over: add it to what is recorded, and start the next."""
        self.message = f"seed {self.seed} {how} after {self.steps} steps, return "
        self.message += f"{self.episode_return:.4g}"
        if self.recording is None:
            self._start(self.seed + 1)
            return
        recording, self.recording = self.recording, None  # none if it cannot be written
        recording.end()
        self._note(recording)
        self._start(self.seed, recording.episode_seed)
        self.recording = recording

    def _note(self, recording: Recording) -> None:
        """Say what has been recorded."""
        if not recording.episodes:
            return
        if recording.folder not in self.recorded:
            self.recorded.append(recording.folder)
        count = len(recording.episodes)
        self.message = f"{count} episode{'s' * (count > 1)} in {recording.folder}"

    def _policy_action(self) -> NDArray[Any] | None:
        if self._policy is None:
            return None
        return np.asarray(self._policy(self._observation))

    def _pause(self) -> None:
        self.paused = not self.paused
        self.pace.restart()

    def _single_step(self) -> None:
        self.paused = True
        self.step()

    def _change_pilot(self, pilot: str) -> None:
        policy = None if pilot == KEYBOARD else bind_policy(pilot, self.env)
        self.pilot, self._policy = pilot, policy
        self.message = f"pilot {pilot}"

    def _record(self) -> None:
        if self.recording is not None:
            self.save()
            return
        self.recording = Recording(self.spec, self.options, self.seed, self.folder)
        self._start(self.seed, self.recording.episode_seed)
        self.message = ""

    def _controls(self) -> _core.ViewerControls:
        controls = _core.ViewerControls()
        controls.paused, controls.speed = self.paused, self.pace.speed
        controls.seed = str(self.seed)
        if len(self.engines) > 1:
            controls.engines = self.engines
            controls.engine = self.engines.index(self.engine)
        controls.pilots = self.pilots
        controls.pilot = self.pilots.index(self.pilot)
        controls.can_record, controls.recording = True, self.recording is not None
        return controls


def _chosen(names: list[str], current: str, number: float) -> str:
    """The name of an index; the one after the current for -1."""
    if not names:
        return ""
    index = names.index(current) + 1 if number < 0 else int(number)
    return names[index % len(names)]
