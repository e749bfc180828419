"""A stable-baselines3 VecEnv over the native one (``stable-baselines3`` is needed)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from flyball import _core, checks, rows
from flyball.vector import VectorEnv, autoreset_mode_of


def make(env_id: str, num_envs: int = 1, **options: Any) -> FlyballVecEnv:
    """Make an environment of stable-baselines3; options are those of ``flyball.VectorEnv``.

    Seeds are set by ``seed``, of the environment or of the algorithm; the mode of autoreset is
    stable-baselines3's own, SAME_STEP.
    """
    return FlyballVecEnv(env_id, num_envs, **options)


class FlyballVecEnv(VecEnv):  # type: ignore[misc]
    """N rows that reset in the step they end, with ``terminal_observation`` in their info."""

    def __init__(self, env_id: str, num_envs: int = 1, **options: Any) -> None:
        mode = autoreset_mode_of(options.pop("autoreset_mode", AutoresetMode.SAME_STEP))
        if mode != AutoresetMode.SAME_STEP:
            raise _core.InputError(
                f"{env_id}: autoreset_mode is {mode.value}; stable-baselines3 works with SameStep"
            )
        options = {"copy": False, **options, "autoreset_mode": mode}
        self.envs = VectorEnv(env_id, num_envs, **options)
        self._columns = self.envs.columns
        self._is_dict = len(self.envs.flyball_spec.observation) > 1
        self._info_names = [field.name for field in self.envs.flyball_spec.info]
        self._sent: Any = None
        super().__init__(
            num_envs, self.envs.single_observation_space, self.envs.single_action_space
        )

    def reset(self) -> Any:
        seeds = self._seeds if any(seed is not None for seed in self._seeds) else None
        options = self._options[0] if self._options and self._options[0] else None
        observation, _ = self.envs.reset(seed=seeds, options=options)
        self.reset_infos = [self._info(row, self._columns["info"]) for row in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return self._copied(observation)

    def step_async(self, actions: NDArray[Any]) -> None:
        self._sent = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        observation, rewards, terminated, truncated, _ = self.envs.step(self._sent)
        dones = terminated | truncated
        infos = [self._info(row, self._columns["info"]) for row in range(self.num_envs)]
        for row in map(int, np.flatnonzero(dones)):
            infos[row] = self._info(row, self._columns["final_info"])
            final = {name: leaf[row].copy() for name, leaf in self._final().items()}
            infos[row]["terminal_observation"] = (
                final if self._is_dict else next(iter(final.values()))
            )
            infos[row]["TimeLimit.truncated"] = bool(truncated[row] and not terminated[row])
            infos[row]["episode"] = {
                "r": float(self._columns["episode_return"][row]),
                "l": int(self._columns["episode_length"][row]),
                "t": 0.0,  # no wall clock
            }
        return self._copied(observation), rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        value = getattr(self.envs, attr_name)
        return [value for _ in self._rows(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise _core.InputError(f"'{attr_name}': rows share one object and have no own attributes")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of the vector environment, once for each of the indices."""
        method = getattr(self.envs, method_name)
        return [method(*method_args, **method_kwargs) for _ in self._rows(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False for _ in self._rows(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        frames: Any = self.envs.render()
        return list(frames) if frames is not None else [None] * self.num_envs

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Row i's next reset takes seed + i."""
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        self._seeds = [rows.check_seed(seed) + row for row in range(self.num_envs)]
        return self._seeds

    def _rows(self, indices: Any) -> list[int]:
        """Return the rows that indices mean, which are there."""
        chosen = list(self._get_indices(indices))
        for row in chosen:
            if not -self.num_envs <= checks.row(row) < self.num_envs:
                raise _core.InputError(f"row {row} does not exist; 0 to {self.num_envs - 1} do")
        return chosen

    def _final(self) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = self._columns["final_observation"]
        return found

    def _info(self, row: int, columns: dict[str, NDArray[Any]]) -> dict[str, Any]:
        found = {}
        for name in self._info_names:
            value = columns[name][row]
            found[name] = value.item() if value.ndim == 0 else value.copy()
        return found

    def _copied(self, observation: Any) -> Any:
        return deepcopy(observation)
