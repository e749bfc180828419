"""A flyball environment of several agents as a PettingZoo ParallelEnv."""

from __future__ import annotations

import dataclasses
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces as gym_spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from flyball import _core, rows, spaces
from flyball.display import HumanWindow
from flyball.environment import check_render_mode, draw, picture_size, show_step
from flyball.specs import Action, EnvSpec, Field


class FlyballParallelEnv(ParallelEnv):  # type: ignore[misc]
    """Agents "agent_0" ... over the per-agent columns of one row.

    An agent that terminates leaves ``agents`` and is given no more results; its action no longer
    counts (zeros are taken). The episode ends when the row's does. An environment of one agent is
    one of "agent_0".

    Parameters
    ----------
    render_mode
        None, "rgb_array", or "human": a window that shows the run at its pace.
    width, height, camera, shadows
        Of pictures or the window, as of :class:`flyball.Env`.
    options
        What :func:`flyball.spec` lists.
    """

    metadata: dict[str, Any] = {"name": "flyball", "render_modes": ["human", "rgb_array"]}  # noqa: RUF012

    def __init__(
        self,
        env_id: str,
        *,
        render_mode: str | None = None,
        width: int | None = None,
        height: int | None = None,
        camera: str | None = None,
        shadows: bool = False,
        **options: Any,
    ) -> None:
        check_render_mode(render_mode, env_id)
        self.flyball_spec = EnvSpec.from_dict(_core.resolve_spec(env_id, options))
        spec = self.flyball_spec
        fps = max(1, round(1 / spec.control_period))
        self.metadata = {
            **type(self).metadata,
            "name": spec.id,
            "render_fps": fps,
        }
        self.render_mode = render_mode
        self._picture = {
            **picture_size(render_mode, width, height),
            "camera": camera,
            "shadows": shadows,
        }
        self._core = _core.VectorEnv(
            env_id,
            options,
            num_envs=1,
            threads=1,
            autoreset="Disabled",
            time_limit=True,
            max_episode_steps=-1,
            groups=1,
            trace=render_mode is not None,
        )
        self._window: HumanWindow | None = None
        self._told = False
        if render_mode == "human":
            self._window = HumanWindow(spec, self._core, 0, self._picture)
        self._columns = self._core.columns()
        self._started = False
        self.possible_agents = [f"agent_{i}" for i in range(spec.num_agents)]
        self.agents: list[str] = []
        count = spec.num_agents
        leaves = [_of_one_agent(field, count) for field in spec.observation]
        one = dataclasses.replace(spec, observation=tuple(leaves))
        observation = spaces.observation_space(one)
        self._is_dict = len(leaves) > 1
        self._shapes = [(count, *leaf.shape) for leaf in leaves]
        action = _action_of_one_agent(spec.action, count)
        # A space of its own for each agent: each has its own generator.
        self.observation_spaces = dict.fromkeys(self.possible_agents, observation)
        self.action_spaces = {agent: spaces.action_space(action) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> gym_spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym_spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Start an episode of all agents."""
        # PettingZoo's own tests pass {"options": 1} to see whether options are taken at all.
        given = {name: value for name, value in (options or {}).items() if name != "options"}
        forced = rows.forced_values(self.flyball_spec, given)
        if seed is None and not self._started:
            seed = rows.system_seed()
        self._core.reset([] if seed is None else [rows.check_seed(seed)], None, forced)
        self._started = True
        self.agents = list(self.possible_agents)
        if self._window is not None:
            self._window.started()
        return self._observations(), self._infos()

    def step(self, actions: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """Step with an action of each living agent."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        if set(actions) != set(self.agents):
            raise _core.InputError(
                f"{self.flyball_spec.id}: actions of {sorted(actions)} given; {self.agents} act"
            )
        self._write_actions(actions)
        self._core.step()
        show_step(self, self._window)
        observations, infos = self._observations(), self._infos()
        ended = bool(self._columns["ended"][0])
        rewards, terminations, truncations = {}, {}, {}
        for agent in self.agents:
            at = (0, self.possible_agents.index(agent))
            rewards[agent] = float(self._columns["agent_reward"][at])
            terminations[agent] = bool(self._columns["agent_terminated"][at])
            truncations[agent] = bool(self._columns["agent_truncated"][at])
            if ended and not terminations[agent]:
                # The row's end is every agent's: its own kind of end, or the time limit's.
                terminations[agent] = bool(self._columns["terminated"][0])
                truncations[agent] = truncations[agent] or bool(self._columns["truncated"][0])
        self.agents = [a for a in self.agents if not (terminations[a] or truncations[a])]
        return observations, rewards, terminations, truncations, infos

    def state(self) -> NDArray[np.float64]:
        """The whole physical state, flat."""
        state: NDArray[np.float64] = self._core.read_state(0, 1)[0]
        return state

    @property
    def window_closed(self) -> bool:
        """Whether the window of ``render_mode="human"`` was closed or lost its display."""
        return self._window is not None and self._window.closed

    def render(self) -> NDArray[np.uint8] | None:
        """Draw the world of all agents (height, width, 3), or show it in the window."""
        if self.render_mode is None:
            gym.logger.warn("render() needs render_mode='rgb_array' when the environment is made")
            return None
        if self._window is not None:
            self._window.show()
            return None
        return draw(self._core, 0, self._picture)

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()

    def _write_actions(self, actions: dict[str, Any]) -> None:
        joint = self._columns["action"].reshape(len(self.possible_agents), -1)
        joint[...] = 0
        for agent, action in actions.items():
            space = self.action_spaces[agent]
            if not _fits(space, action):
                raise _core.InputError(
                    f"{self.flyball_spec.id}: action of {agent} {action!r} is not in {space}"
                )
            joint[self.possible_agents.index(agent)] = np.ravel(action)

    def _observations(self) -> dict[str, Any]:
        columns = self._columns["observation"]
        found = {}
        for agent in self.agents:
            i = self.possible_agents.index(agent)
            leaves = {
                name: column[0].reshape(shape)[i].copy()
                for (name, column), shape in zip(columns.items(), self._shapes, strict=True)
            }
            found[agent] = leaves if self._is_dict else next(iter(leaves.values()))
        return found

    def _infos(self) -> dict[str, dict[str, Any]]:
        count = len(self.possible_agents)
        infos: dict[str, dict[str, Any]] = {}
        for agent in self.agents:
            i = self.possible_agents.index(agent)
            infos[agent] = {}
            for field in self.flyball_spec.info:
                value = self._columns["info"][field.name][0]
                per_agent = len(field.shape) > 0 and field.shape[0] == count
                infos[agent][field.name] = np.copy(value[i] if per_agent else value)[()]
        return infos


def _fits(space: gym_spaces.Space[Any], action: Any) -> bool:
    """Whether the core would take the action: Box bounds are clipped to, not required."""
    array = np.asarray(action)
    if array.shape != space.shape or array.dtype.kind not in "iuf":
        return False
    if isinstance(space, gym_spaces.Box):
        return bool(np.isfinite(array).all())
    return bool(array.dtype.kind in "iu" and space.contains(array.astype(np.int64)[()]))


def _of_one_agent(field: Field, count: int) -> Field:
    if count == 1 and field.shape[:1] != (1,):
        return field  # of an environment of one agent, without their axis
    if field.shape[:1] != (count,):
        raise _core.InputError(f"field '{field.name}' has no axis of {count} agents")
    entries, total = [], 0
    for entry in field.entries:  # the first agent's
        if total >= field.size // count:
            break
        entries.append(entry)
        total += entry.size
    return Field(field.name, field.dtype, field.shape[1:], tuple(entries), field.doc)


def _action_of_one_agent(action: Action, count: int) -> Action:
    if action.kind == "box":
        return Action("box", _of_one_agent(action.field, count), (), action.clip)
    choices = action.choices[: len(action.choices) // count]
    one = _of_one_agent(action.field, count)
    return Action("discrete" if one.shape == () else "multi_discrete", one, choices, action.clip)
