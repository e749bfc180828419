"""flyball.Env: one environment, as Gymnasium has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from flyball import _core, checks, rows, spaces
from flyball.display import HumanWindow
from flyball.rewards import RewardFunction, own_reward, reward_factory
from flyball.specs import EnvSpec
from flyball.tasks import register_again


class Env(_core.RowStepper, gym.Env[Any, Any]):
    """One row of an environment; ``gym.make("flyball/ID", **options)`` makes it.

    ``step`` is implemented in C (RowStepper). Gymnasium's TimeLimit counts the steps; the core
    counts too only where a preset's limit is shorter than the registered one.

    Parameters
    ----------
    env_id
        An id from :func:`flyball.list_envs`.
    render_mode
        None, "rgb_array", or "human": a window that shows the run at its pace. Once that is closed
        the run goes on unseen, and :attr:`window_closed` is True.
    width, height
        Size of pictures or of the window in pixels (default 480 x 360; windows 1200 x 780).
    camera, shadows
        A camera of the model (default: one that shows all of it), or, for plants that are drawn
        as a chart, names of the observation to be in it (``"omega,torque"``); whether shadows are
        drawn.
    reward
        A function of :class:`flyball.Columns` in place of the environment's reward, or a
        dictionary: the option of that name, where the environment has it.
    options
        What :func:`flyball.spec` lists, for example ``preset="default"``.
    """

    metadata = {"render_modes": ["human", "rgb_array"]}  # noqa: RUF012

    def __init__(
        self,
        env_id: str,
        *,
        render_mode: str | None = None,
        width: int | None = None,
        height: int | None = None,
        camera: str | None = None,
        shadows: bool = False,
        reward: RewardFunction | Mapping[str, Any] | None = None,
        task: Any = None,
        **options: Any,
    ) -> None:
        if task is not None:
            register_again(task, env_id)
        self._arguments = {
            "env_id": env_id,
            "render_mode": render_mode,
            **picture_size(render_mode, width, height),
            "camera": camera,
            "shadows": shadows,
            "reward": reward,
            "task": task,
            **options,
        }
        check_render_mode(render_mode, env_id)
        function, options = own_reward(reward, options)
        registered_limit = _core.max_episode_steps(env_id)
        self.flyball_spec = EnvSpec.from_dict(_core.resolve_spec(env_id, options))
        limit = self.flyball_spec.max_episode_steps
        self._core = _core.VectorEnv(
            env_id,
            options,
            num_envs=1,
            threads=1,
            autoreset="Disabled",
            time_limit=0 < limit < registered_limit or registered_limit == 0,
            max_episode_steps=-1,
            groups=1,
            reward=None if function is None else reward_factory(self.flyball_spec, function),
            trace=render_mode is not None,
        )
        self._attach(self._core)
        self._started = False
        self._window: HumanWindow | None = None
        self._told = False
        if render_mode == "human":
            self._window = HumanWindow(self.flyball_spec, self._core, 0, self._arguments)
            # Other modes keep the step in C, without a word of Python.
            self.__dict__["step"] = self._step_and_show
        self.observation_space = spaces.observation_space(self.flyball_spec)
        self.action_space = spaces.action_space(self.flyball_spec.action)
        self.render_mode = render_mode
        fps = max(1, round(1 / self.flyball_spec.control_period))
        self.metadata = {**type(self).metadata, "render_fps": fps}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; ``options`` force initial values by the names in ``spec.reset``."""
        if seed is None and options is None and self._started and self._window is None:
            return self._restart()
        forced = rows.forced_values(self.flyball_spec, options)
        if seed is None and self._started:
            self._core.reset([], None, forced)
        else:
            seed = rows.system_seed() if seed is None else rows.check_seed(seed)
            self._core.reset([seed], None, forced)
            gym.Env.reset(self, seed=seed)
        self._started = True
        if self._window is not None:
            self._window.started()
        return self._outputs()

    def _step_and_show(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a step of ``render_mode="human"``."""
        results: tuple[Any, float, bool, bool, dict[str, Any]] = super().step(action)
        show_step(self, self._window)
        return results

    @property
    def window_closed(self) -> bool:
        """Whether the window of ``render_mode="human"`` was closed or lost its display."""
        return self._window is not None and self._window.closed

    @property
    def state(self) -> dict[str, NDArray[np.float64]]:
        """The physical state by name."""
        return rows.split(self.flyball_spec.state, self._core.read_state(0, 1)[0])

    def snapshot(self) -> bytes:
        """Everything that decides this environment's future."""
        return self._core.save(0)

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot: what follows is bit for bit what followed it."""
        self._core.load(0, snapshot)
        self._started = True

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """Rewards of goals reached and sought, one or a batch (goal-conditioned environments)."""
        return rows.compute_reward(self.flyball_spec, achieved_goal, desired_goal)

    def compute_terminated(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """Whether goals end the episode, of one pair or a batch (goal-conditioned environments)."""
        return rows.compute_terminated(self.flyball_spec, achieved_goal, desired_goal)

    def compute_truncated(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """False, of one pair or a batch: only the time limit truncates, not what is reached."""
        return rows.compute_truncated(self.flyball_spec, achieved_goal, desired_goal)

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """Draw the world, or a chart of a plant without a body (height, width, 3)."""
        if self.render_mode is None:
            gym.logger.warn("render() needs render_mode='rgb_array' when the environment is made")
            return None
        if self._window is not None:
            self._window.show()
            return None
        return draw(self._core, 0, self._arguments)

    def close(self) -> None:
        if self._window is not None:
            self._window.close()
        self._detach()

    def __reduce__(self) -> tuple[Any, ...]:
        held = {"_arguments", "_core", "flyball_spec", "_window", "step"}
        state = {name: value for name, value in self.__dict__.items() if name not in held}
        return _remake, (type(self), self._arguments), (state, self._core.save(0))

    def __setstate__(self, state: tuple[dict[str, Any], bytes]) -> None:
        self.__dict__.update(state[0])
        self._core.load(0, state[1])


def check_render_mode(render_mode: str | None, env_id: str) -> None:
    """Refuse modes that are not there."""
    if render_mode not in (None, "human", "rgb_array"):
        raise _core.InputError(
            f"{env_id}: no render_mode {render_mode!r}; 'human' and 'rgb_array' are there"
        )


def picture_size(render_mode: str | None, width: int | None, height: int | None) -> dict[str, int]:
    """The width and height of what is shown, where they are not said."""
    usual, least = ((1200, 780), 64) if render_mode == "human" else ((480, 360), 1)
    return {
        "width": usual[0] if width is None else checks.pixels("width", width, least),
        "height": usual[1] if height is None else checks.pixels("height", height, least),
    }


def show_step(env: Any, window: HumanWindow | None) -> None:
    """Show a step in the window; say once that nobody sees it any more."""
    if window is None:
        return
    window.stepped()
    if window.closed and not env._told:
        env._told = True
        gym.logger.warn(
            f"{env.flyball_spec.id}: the window is gone ({window.why_closed}); the run goes on "
            "without it, and window_closed is True"
        )


def draw(core: _core.VectorEnv, row: int, arguments: dict[str, Any]) -> NDArray[np.uint8]:
    """Draw a row as the constructor's arguments say."""
    size = arguments["width"], arguments["height"]
    return core.render(row, *size, str(arguments["camera"] or ""), bool(arguments["shadows"]))


def _remake(cls: type[Env], arguments: dict[str, Any]) -> Env:
    env = cls.__new__(cls)
    Env.__init__(env, **arguments)
    return env
