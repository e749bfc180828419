"""flyball.VectorEnv: N rows stepped by the native core, as Gymnasium's vector environments are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from flyball import _core, checks, rows, spaces
from flyball.display import HumanWindow
from flyball.environment import Env, check_render_mode, draw, picture_size, show_step
from flyball.rewards import RewardFunction, own_reward, reward_factory
from flyball.specs import EnvSpec
from flyball.tasks import register_again

Seeds = int | Sequence[int | None] | None


class VectorEnv(_core.BatchStepper, gym.vector.VectorEnv[Any, Any, Any]):
    """N rows; ``gym.make_vec("flyball/ID", num_envs=N, **options)`` makes it.

    ``step``, ``send`` and ``recv`` are implemented in C (BatchStepper).

    Parameters
    ----------
    num_envs
        Rows.
    threads
        Threads that step them, the caller's included; 0: one for each core. Results do not depend
        on it.
    autoreset_mode
        NEXT_STEP (default), SAME_STEP or DISABLED, as AutoresetMode or its value.
    copy
        True: every step returns fresh arrays. False: the same arrays, valid until the next step.
    groups
        ``send(actions, group)`` and ``recv(group)`` step this many contiguous groups of rows apart.
    max_episode_steps
        The core counts: None, the environment's own limit; -1, none.
    camera, shadows
        A camera of the model (default: one that shows all of it), or, for plants that are drawn
        as a chart, names of the observation to be in it (``"omega,torque"``); whether shadows are
        drawn.
    shown_row
        The row that the window of ``render_mode="human"`` shows.
    reward
        A function of :class:`flyball.Columns` in place of the environment's reward, or a
        dictionary: the option of that name, where the environment has it.
    options
        What :func:`flyball.spec` lists.
    """

    def __init__(
        self,
        env_id: str,
        num_envs: int = 1,
        *,
        threads: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        groups: int = 1,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        width: int | None = None,
        height: int | None = None,
        camera: str | None = None,
        shadows: bool = False,
        shown_row: int = 0,
        reward: RewardFunction | Mapping[str, Any] | None = None,
        task: Any = None,
        **options: Any,
    ) -> None:
        if task is not None:
            register_again(task, env_id)
        self._arguments = {
            "env_id": env_id,
            "num_envs": checks.whole("num_envs", num_envs, 1),
            "threads": checks.whole("threads", threads, 0),
            "autoreset_mode": autoreset_mode,
            "copy": copy,
            "groups": checks.whole("groups", groups, 1),
            "max_episode_steps": max_episode_steps,
            "render_mode": render_mode,
            **picture_size(render_mode, width, height),
            "camera": camera,
            "shadows": shadows,
            "shown_row": shown_row,
            "reward": reward,
            "task": task,
            **options,
        }
        check_render_mode(render_mode, env_id)
        function, options = own_reward(reward, options)
        limit = core_limit(env_id, max_episode_steps)
        mode = autoreset_mode_of(autoreset_mode)
        self.flyball_spec = EnvSpec.from_dict(_core.resolve_spec(env_id, options))
        self._core = _core.VectorEnv(
            env_id,
            options,
            num_envs=num_envs,
            threads=threads,
            autoreset=mode.value,
            time_limit=True,
            max_episode_steps=limit,
            groups=groups,
            reward=None if function is None else reward_factory(self.flyball_spec, function),
            trace=render_mode is not None,
        )
        self._attach(self._core, bool(copy))
        self._started = False
        self.num_envs = num_envs
        self._window: HumanWindow | None = None
        self._told = False
        if render_mode == "human":
            if not 0 <= shown_row < num_envs:
                raise _core.InputError(
                    f"{env_id}: shown_row is {shown_row}; 0 to {num_envs - 1} are allowed"
                )
            self._window = HumanWindow(self.flyball_spec, self._core, shown_row, self._arguments)
            self.__dict__.update(step=self._step_and_show, recv=self._recv_and_show)
        self.single_observation_space = spaces.observation_space(self.flyball_spec)
        self.single_action_space = spaces.action_space(self.flyball_spec.action)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.render_mode = render_mode
        fps = max(1, round(1 / self.flyball_spec.control_period))
        self.metadata = {
            "render_modes": ["human", "rgb_array"],
            "render_fps": fps,
            "autoreset_mode": mode,
        }

    def reset(
        self, *, seed: Seeds = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes in all rows, or in those of ``options["reset_mask"]``.

        ``seed``: None goes on with each row's generator; an int gives row i seed + i; a list gives
        each row its own. Other ``options`` force initial values by name, one row's or all rows'.
        """
        forced = checks.dictionary(f"{self.flyball_spec.id}, reset: options", options)
        mask = self._check_mask(forced.pop("reset_mask", None))
        forced = rows.forced_values(self.flyball_spec, forced)
        if isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str):
            self._reset_with_list(list(seed), mask, forced)
        elif seed is None and self._started:
            self._core.reset([], mask, forced)
        else:
            seed = rows.system_seed() if seed is None else rows.check_seed(seed)
            self._core.reset([seed], mask, forced)
            gym.vector.VectorEnv.reset(self, seed=seed)
        self._started = True
        if self._window is not None and (mask is None or mask[self._arguments["shown_row"]]):
            self._window.started()
        return self._outputs(mask)

    def _step_and_show(self, actions: Any) -> Any:
        """Take a step of ``render_mode="human"``."""
        results = super().step(actions)
        show_step(self, self._window)
        return results

    def _recv_and_show(self, group: int = 0) -> Any:
        """Take in a group of ``render_mode="human"``."""
        results = super().recv(group)
        begin, end = self._core.group_rows(group)
        if begin <= self._arguments["shown_row"] < end:
            show_step(self, self._window)
        return results

    @property
    def window_closed(self) -> bool:
        """Whether the window of ``render_mode="human"`` was closed or lost its display."""
        return self._window is not None and self._window.closed

    @property
    def state(self) -> dict[str, NDArray[np.float64]]:
        """The physical states by name, (num_envs, ...) each."""
        return rows.split(self.flyball_spec.state, self._core.read_state(0, self.num_envs))

    @property
    def columns(self) -> dict[str, Any]:
        """Views of the core's arrays in place: observation, action, reward, info, ended, ..."""
        return self._core.columns()

    @property
    def row_status(self) -> NDArray[np.uint8]:
        """What became of each row in the last step: 0 well, 1 diverged, 2 its engine raised."""
        return self._core.status()

    def snapshot(self, row: int) -> bytes:
        """Everything that decides this row's future."""
        return self._core.save(checks.row(row))

    def restore(self, row: int, snapshot: bytes) -> None:
        """Take a row back to a snapshot, from this or another row of an equal environment."""
        self._core.load(checks.row(row), snapshot)

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """Rewards of goals reached and sought, one or a batch (goal-conditioned environments)."""
        return rows.compute_reward(self.flyball_spec, achieved_goal, desired_goal)

    def compute_terminated(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """Whether goals end the episode, of one pair or a batch (goal-conditioned environments)."""
        return rows.compute_terminated(self.flyball_spec, achieved_goal, desired_goal)

    def compute_truncated(self, achieved_goal: Any, desired_goal: Any, info: Any = None) -> Any:
        """False, of one pair or a batch: only the time limit truncates, not what is reached."""
        return rows.compute_truncated(self.flyball_spec, achieved_goal, desired_goal)

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:  # type: ignore[override]
        """Draw every row (height, width, 3); None without a render mode, or into a window."""
        if self._window is not None:
            self._window.show()
        if self.render_mode != "rgb_array":
            return None
        return tuple(draw(self._core, row, self._arguments) for row in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        if self._window is not None:
            self._window.close()
        self._detach()

    def _reset_with_list(self, seeds: list[int | None], mask: Any, forced: dict[str, Any]) -> None:
        if len(seeds) != self.num_envs:
            raise _core.InputError(
                f"reset: {len(seeds)} seeds given for {self.num_envs} environments"
            )
        given = np.array([seed is not None for seed in seeds])
        numbers = [0 if seed is None else rows.check_seed(seed) for seed in seeds]
        rest = ~given if mask is None else ~given & mask
        self._core.reset(numbers, given if mask is None else given & mask, forced)
        if rest.any():
            self._core.reset([], rest, forced)
        if given.any():
            gym.vector.VectorEnv.reset(self, seed=numbers[int(given.argmax())])

    def _check_mask(self, mask: Any) -> NDArray[np.bool_] | None:
        if mask is None:
            return None
        good = isinstance(mask, np.ndarray) and mask.dtype == np.bool_
        if not good or mask.shape != (self.num_envs,) or not mask.any():
            raise _core.InputError(
                f"reset: reset_mask is a bool array of shape ({self.num_envs},) with at least one "
                f"True; got {mask!r}"
            )
        return np.ascontiguousarray(mask)

    def __reduce__(self) -> tuple[Any, ...]:
        held = {"_arguments", "_core", "flyball_spec", "_window", "step", "recv"}
        state = {name: value for name, value in self.__dict__.items() if name not in held}
        snapshots = [self._core.save(row) for row in range(self.num_envs)]
        return _remake, (type(self), self._arguments), (state, snapshots)

    def __setstate__(self, state: tuple[dict[str, Any], list[bytes]]) -> None:
        self.__dict__.update(state[0])
        for row, snapshot in enumerate(state[1]):
            self._core.load(row, snapshot)


def unwrapped(env: Any, what: str) -> Env | VectorEnv:
    """Return the flyball environment inside of its wrappers; InputError if there is none."""
    inner = getattr(env, "unwrapped", env)
    if not isinstance(inner, Env | VectorEnv):
        raise _core.InputError(f"{what}: a flyball environment is needed; got {inner!r}")
    return inner


def core_limit(env_id: str, max_episode_steps: int | None) -> int:
    """Return the limit as the core takes it: -1, the spec's; 0, none."""
    # make_vec passes the registered limit on; a preset's own may be shorter.
    if max_episode_steps is None or max_episode_steps == _core.max_episode_steps(env_id):
        return -1
    limit = checks.whole("max_episode_steps", max_episode_steps, -1)
    if limit == 0:
        raise _core.InputError("max_episode_steps is 0; at least 1 is needed, or -1 for no limit")
    return max(limit, 0)


def autoreset_mode_of(mode: AutoresetMode | str) -> AutoresetMode:
    """Accept a mode, its value ("NextStep") or its name ("NEXT_STEP", "next_step")."""
    if isinstance(mode, AutoresetMode):
        return mode
    for known in AutoresetMode:
        if mode == known.value or str(mode).upper() == known.name:
            return known
    values = [known.value for known in AutoresetMode]
    raise _core.InputError(_core.unknown_name("autoreset_mode", str(mode), values))


def _remake(cls: type[VectorEnv], arguments: dict[str, Any]) -> VectorEnv:
    envs = cls.__new__(cls)
    VectorEnv.__init__(envs, **arguments)
    return envs
