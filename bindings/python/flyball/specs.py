"""What an environment takes and gives, as data: every number has a name, a unit and bounds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core


@dataclass(frozen=True)
class Entry:
    """One named run of numbers inside a field."""

    name: str
    size: int = 1
    unit: str = "1"
    low: float = -math.inf
    high: float = math.inf
    doc: str = ""


@dataclass(frozen=True)
class Field:
    """One array of a row: an observation leaf, the action, an info column, a state."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    entries: tuple[Entry, ...]
    doc: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Field:
        entries = tuple(Entry(**entry) for entry in data["entries"])
        return cls(data["name"], data["dtype"], tuple(data["shape"]), entries, data["doc"])

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def low(self) -> NDArray[np.float64]:
        """Lower bounds, in the field's shape."""
        return self._spread([entry.low for entry in self.entries])

    @property
    def high(self) -> NDArray[np.float64]:
        """Upper bounds, in the field's shape."""
        return self._spread([entry.high for entry in self.entries])

    def slice(self, name: str) -> slice:
        """Where an entry lies in the last axis of the field."""
        start = 0
        for entry in self.entries:
            if entry.name == name:
                return slice(start, start + entry.size)
            start += entry.size
        known = [entry.name for entry in self.entries]
        raise _core.InputError(_core.unknown_name(f"entry of field '{self.name}'", name, known))

    def _spread(self, per_entry: Sequence[float]) -> NDArray[np.float64]:
        # Entries cover the flattened array, repeated if it holds several (agents).
        once = np.repeat(np.asarray(per_entry, np.float64), [entry.size for entry in self.entries])
        return np.resize(once, self.shape) if once.size else np.zeros(self.shape)


def field(
    name: str,
    shape: Sequence[int] = (),
    *,
    low: float = -math.inf,
    high: float = math.inf,
    unit: str = "1",
    doc: str = "",
    dtype: str = "float64",
    entries: Sequence[Entry] = (),
) -> Field:
    """Make a field whose numbers all have the same unit and bounds, or the given entries."""
    shape = tuple(shape)
    if not entries:
        entries = (Entry(name, math.prod(shape), unit, low, high, doc),)
    return Field(name, dtype, shape, tuple(entries), doc)


@dataclass(frozen=True)
class Action:
    """What an environment takes each step."""

    kind: str  # "box", "discrete" or "multi_discrete"
    field: Field
    choices: tuple[int, ...] = ()
    clip: bool = True  # finite actions outside the bounds are clipped to them


@dataclass(frozen=True)
class Picture:
    """What an observation field of pixels shows, and from where."""

    channel: str  # "rgb", "depth" (m) or "segmentation" (ids of EnvSpec.segments)
    cameras: tuple[str, ...]  # of the scene; several: one for each agent
    width: int
    height: int
    shadows: bool = False
    markers: bool = False  # goals are drawn


@dataclass(frozen=True)
class EnvSpec:
    """One instance of an environment, its options applied."""

    id: str
    doc: str
    observation: tuple[Field, ...]
    action: Action
    info: tuple[Field, ...]
    state: tuple[Field, ...]
    reset: tuple[Field, ...]
    control_period: float
    max_episode_steps: int
    reward_low: float
    reward_high: float
    num_agents: int
    goal_conditioned: bool
    smooth: bool
    policies: tuple[str, ...]
    unsupported: tuple[str, ...]
    options: dict[str, Any]
    pictures: tuple[Picture, ...] = ()  # the last fields of the observation
    segments: tuple[str, ...] = ()  # what ids in segmentations stand for

    @property
    def numbers(self) -> tuple[Field, ...]:
        """The observation's fields that are no pictures."""
        return self.observation[: len(self.observation) - len(self.pictures)]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EnvSpec:
        values = {item.name: data[item.name] for item in dataclass_fields(cls) if item.name in data}
        for name in ("observation", "info", "state", "reset"):
            values[name] = tuple(Field.from_dict(item) for item in data[name])
        action = data["action"]
        values["action"] = Action(
            action["kind"],
            Field.from_dict(action["field"]),
            tuple(action["choices"]),
            action["clip"],
        )
        for name in ("policies", "unsupported", "segments"):
            values[name] = tuple(data.get(name, ()))
        values["pictures"] = tuple(
            Picture(**{**picture, "cameras": tuple(picture["cameras"])})
            for picture in data.get("pictures", ())
        )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists and numbers."""
        return asdict(self)

    def to_json(self, **kwargs: Any) -> str:
        """JSON; infinite bounds are written Infinity, as Python reads them."""
        return json.dumps(self.to_dict(), **kwargs)


def spec(env_id: str, **options: Any) -> EnvSpec:
    """Describe an environment with these options, without making it."""
    return EnvSpec.from_dict(_core.resolve_spec(env_id, options))
