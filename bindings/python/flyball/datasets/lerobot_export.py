"""Export to LeRobot's dataset format v3.0, which ``LeRobotDataset(repo_id, root=...)`` reads."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball import _core, png
from flyball.datasets.exporting import Export, need, observation_of, whole_path
from flyball.datasets.mp4 import Mp4
from flyball.datasets.parquet_export import arrow_array
from flyball.datasets.reader import Dataset, Episode
from flyball.specs import Field

VERSION = "v3.0"
CHUNK = 1000  # files of a folder
FILE_BYTES = 100 << 20  # of a file of data, before compression
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
EPISODES_PATH = "meta/episodes/chunk-000/file-000.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
COUNTERS = ("frame_index", "episode_index", "index", "task_index")


@dataclass
class Feature:
    """One column of the frames: what LeRobot calls it, and where its rows come from."""

    key: str
    dtype: str  # numpy's name, "image" or "video"
    shape: tuple[int, ...]
    names: list[str] | None
    # Running statistics over all frames, per number (pictures: per channel, of values in [0, 1]).
    count: int = 0
    low: Any = None
    high: Any = None
    total: Any = 0.0
    squares: Any = 0.0
    rows: list[NDArray[Any]] = field(default_factory=list)  # of episodes not written yet

    @property
    def is_picture(self) -> bool:
        return self.dtype in ("image", "video")

    def measure(self, values: NDArray[Any]) -> dict[str, list[Any]]:
        """Statistics of one episode, added to those of all."""
        numbers = values.astype(np.float64).reshape(len(values), -1)
        if self.is_picture:
            numbers = values.reshape(-1, self.shape[-1]) / 255.0
        low, high = numbers.min(axis=0), numbers.max(axis=0)
        total, squares = numbers.sum(axis=0), (numbers**2).sum(axis=0)
        self.low = low if self.low is None else np.minimum(self.low, low)
        self.high = high if self.high is None else np.maximum(self.high, high)
        self.count += len(numbers)
        self.total, self.squares = self.total + total, self.squares + squares
        return self._described(len(numbers), low, high, total, squares, len(values))

    def described(self, frames: int) -> dict[str, list[Any]]:
        return self._described(self.count, self.low, self.high, self.total, self.squares, frames)

    def _described(
        self, count: int, low: Any, high: Any, total: Any, squares: Any, frames: int
    ) -> dict[str, list[Any]]:
        mean = total / count
        std = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
        shaped = {"min": low, "max": high, "mean": mean, "std": std}
        if self.is_picture:
            shaped = {name: value.reshape(-1, 1, 1) for name, value in shaped.items()}
        return {**{name: value.tolist() for name, value in shaped.items()}, "count": [frames]}


def export_lerobot(export: Export) -> tuple[str, ...]:
    """Write frames to Parquet, one for each step, pictures as PNG inside, or as video beside."""
    pa = need("pyarrow", "export to LeRobot")
    pq = need("pyarrow.parquet", "export to LeRobot")
    dataset = export.dataset
    period = _core.resolve_spec(dataset.plan["id"], dataset.plan["options"])["control_period"]
    fps = max(1, round(1.0 / period))
    task = f"{dataset.plan['id']}"
    fields = export.observation_fields()
    features = _features(dataset, fields, "video" if export.video else "image")
    if export.video and shutil.which("ffmpeg") is None:
        raise _core.InputError(
            "--video: there is no ffmpeg on the PATH; without it pictures are PNG"
        )
    with whole_path(export.output, export.overwrite) as path:
        frames = _Frames(pa, pq, path, features, fps)
        episodes = _Episodes(pa, pq, path / EPISODES_PATH)
        try:
            for batch in export.batches():
                for place, episode in batch:
                    row = frames.add(place, episode, _values(episode, fields, dataset))
                    episodes.add({**row, "tasks": [task]})
                frames.flush()
            frames.close()
        except BaseException:
            frames.abandon()
            raise
        episodes.close()
        _write_meta(pa, pq, path, export, features, fps, task)
    if abs(fps * period - 1.0) > 1e-9:
        return (
            f"the control period of {period:g} s is not one of a whole number of frames a second: "
            f"timestamps are of {fps} frames a second",
        )
    return ()


def _features(dataset: Dataset, fields: tuple[Field, ...], pictures: str) -> list[Feature]:
    found = []
    for f in fields:
        if _is_picture(f):
            names = ["height", "width", "channels"]
            found.append(Feature(f"observation.images.{f.name}", pictures, f.shape, names))
        else:
            key = "state" if f.name == "observation" or len(fields) == 1 else f.name
            found.append(_numbers(f"observation.{key}", f))
    found.append(_numbers("action", dataset.action.field))
    found.append(Feature("next.reward", "float64", (1,), None))
    found.append(Feature("next.done", "bool", (1,), None))
    found.append(Feature("next.truncated", "bool", (1,), None))
    if any(f.name == "is_success" and not f.shape for f in dataset.info):
        found.append(Feature("next.success", "bool", (1,), None))
    return found


def _is_picture(f: Field) -> bool:
    return f.dtype == "uint8" and len(f.shape) == 3 and f.shape[-1] == 3


def _numbers(key: str, f: Field) -> Feature:
    names = [e.name if e.size == 1 else f"{e.name}_{i}" for e in f.entries for i in range(e.size)]
    size = max(f.size, 1)
    if len(names) != size:  # several agents: the entries once for each
        names = [f"{name}_{k}" for k in range(size // max(len(names), 1)) for name in names]
    return Feature(key, f.dtype, (size,), names)


def _values(episode: Episode, fields: tuple[Field, ...], dataset: Dataset) -> list[NDArray[Any]]:
    """What each feature takes from an episode, in the order of :func:`_features`."""
    values = [observation_of(episode, f.name)[:-1] for f in fields]
    values.append(episode.actions)
    values += [episode.rewards, episode.terminations, episode.truncations]
    if any(f.name == "is_success" and not f.shape for f in dataset.info):
        values.append(episode.infos["is_success"][1:])
    return values


class _Frames:
    """The files of frames: one row group for each batch, a new file each 100 MiB."""

    def __init__(self, pa: Any, pq: Any, path: Path, features: list[Feature], fps: int) -> None:
        self._pa, self._pq, self._path, self._features, self._fps = pa, pq, path, features, fps
        columns = [(f.key, _kind(pa, f)) for f in features if f.dtype != "video"]
        columns += [("timestamp", pa.float32()), *((name, pa.int64()) for name in COUNTERS)]
        self._schema = pa.schema(columns)
        self._writer: Any = None
        self._videos: dict[str, Mp4] = {}  # of the file that is open, by the feature's key
        self._file = self._bytes = self._frames = self._held = 0
        self._counters: list[NDArray[np.int64]] = []  # (n, 4) of each held episode

    def add(self, place: int, episode: Episode, values: list[NDArray[Any]]) -> dict[str, Any]:
        """Take one episode; return its row of the table of episodes."""
        n = len(episode)
        size = sum(array.nbytes for array in values)
        if self._bytes and self._bytes + size > FILE_BYTES:
            self._next_file()
        self._bytes += size
        index = np.arange(self._frames, self._frames + n)
        counters = [np.arange(n), np.full(n, place), index, np.zeros(n, np.int64)]
        self._counters.append(np.stack(counters, axis=1))
        row: dict[str, Any] = {
            "episode_index": place,
            "length": n,
            "data/chunk_index": self._file // CHUNK,
            "data/file_index": self._file % CHUNK,
            "dataset_from_index": self._frames,
            "dataset_to_index": self._frames + n,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
            "flyball_seed": episode.seed,
            "flyball_hash": episode.hash,
        }
        for f, array in zip(self._features, values, strict=True):
            if f.dtype == "video":
                row |= self._film(f, array)
            else:
                f.rows.append(array)
            for name, value in f.measure(array).items():
                row[f"stats/{f.key}/{name}"] = value
        self._frames, self._held = self._frames + n, self._held + n
        return row

    def close(self) -> None:
        self._next_file()

    def abandon(self) -> None:
        """Leave no process behind after a failure."""
        for video in self._videos.values():
            video.kill()

    def _film(self, f: Feature, pictures: NDArray[Any]) -> dict[str, Any]:
        """Add pictures to the feature's video; return where they are."""
        if f.key not in self._videos:
            path = self._path / VIDEO_PATH.format(
                video_key=f.key, chunk_index=self._file // CHUNK, file_index=self._file % CHUNK
            )
            self._videos[f.key] = Mp4(path, f.shape, self._fps)
        video = self._videos[f.key]
        begin = video.frames
        video.add(pictures)
        return {
            f"videos/{f.key}/chunk_index": self._file // CHUNK,
            f"videos/{f.key}/file_index": self._file % CHUNK,
            f"videos/{f.key}/from_timestamp": begin / self._fps,
            f"videos/{f.key}/to_timestamp": video.frames / self._fps,
        }

    def _next_file(self) -> None:
        self.flush()
        for video in self._videos.values():
            video.close()
        self._videos.clear()
        if self._writer:
            self._writer.close()
            self._writer = None
            self._file, self._bytes = self._file + 1, 0

    def flush(self) -> None:
        if not self._held:
            return
        pa = self._pa
        arrays = []
        for f in self._features:
            if f.dtype == "video":
                continue
            values = np.concatenate(f.rows)
            f.rows.clear()
            arrays.append(_array(pa, f, values))
        counters = np.concatenate(self._counters)
        self._counters.clear()
        stamps = (counters[:, 0] / self._fps).astype(np.float32)
        arrays += [pa.array(stamps), *(pa.array(counters[:, i].copy()) for i in range(4))]
        if not self._writer:
            path = self._path / DATA_PATH.format(
                chunk_index=self._file // CHUNK, file_index=self._file % CHUNK
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._pq.ParquetWriter(path, self._schema)
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._held = 0


class _Episodes:
    """The table of episodes, written a batch at a time."""

    ROWS = 1024

    def __init__(self, pa: Any, pq: Any, path: Path) -> None:
        path.parent.mkdir(parents=True)
        self._pa, self._pq, self._path = pa, pq, path
        self._rows: list[dict[str, Any]] = []
        self._writer: Any = None

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= self.ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self._writer:
            self._writer.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        pa = self._pa
        if not self._writer:
            # Seeds take all 64 bits, which is not what Arrow would guess.
            seedless = {name: v for name, v in self._rows[0].items() if name != "flyball_seed"}
            guessed = pa.Table.from_pylist([seedless]).schema
            schema = guessed.append(pa.field("flyball_seed", pa.uint64()))
            self._writer = self._pq.ParquetWriter(self._path, schema)
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._writer.schema))
        self._rows.clear()


def _kind(pa: Any, f: Feature) -> Any:
    if f.dtype == "image":
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    kind = pa.from_numpy_dtype(np.dtype(f.dtype))
    return kind if f.shape == (1,) else pa.list_(kind, f.shape[0])


def _array(pa: Any, f: Feature, values: NDArray[Any]) -> Any:
    if f.dtype == "image":
        pictures = [{"bytes": png.encode(picture), "path": None} for picture in values]
        return pa.array(pictures, _kind(pa, f))
    if f.shape == (1,):
        values = values.reshape(-1)
    return arrow_array(pa, values, _kind(pa, f), None)


def _write_meta(
    pa: Any,
    pq: Any,
    path: Path,
    export: Export,
    features: list[Feature],
    fps: int,
    task: str,
) -> None:
    episodes, frames = len(export.dataset), export.dataset.num_steps
    described: dict[str, dict[str, Any]] = {
        f.key: {"dtype": f.dtype, "shape": list(f.shape), "names": f.names} for f in features
    }
    for f in features:
        if f.dtype == "video":
            described[f.key]["info"] = {
                "video.height": f.shape[0],
                "video.width": f.shape[1],
                "video.channels": f.shape[2],
                "video.codec": "h264",
                "video.pix_fmt": "gbrp",
                "video.is_depth_map": False,
                "video.fps": fps,
                "has_audio": False,
            }
    described["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
    for name in COUNTERS:
        described[name] = {"dtype": "int64", "shape": [1], "names": None}
    info = {
        "codebase_version": VERSION,
        "robot_type": None,
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": 1,
        "chunks_size": CHUNK,
        "data_files_size_in_mb": FILE_BYTES >> 20,
        "video_files_size_in_mb": 200,
        "fps": fps,
        "splits": {"train": f"0:{episodes}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if export.video else None,
        "features": described,
        **export.provenance(),
    }
    _write_json(path / "meta/info.json", info)
    _write_json(path / "meta/stats.json", {f.key: f.described(frames) for f in features})
    # A pandas table whose index is the task's text, written without pandas.
    column = {
        "field_name": None,
        "metadata": None,
        "numpy_type": "object",
        "pandas_type": "unicode",
    }
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [{**column, "name": None, "metadata": {"encoding": "UTF-8"}}],
        "columns": [
            {**column, "name": "task_index", "field_name": "task_index", "numpy_type": "int64",
             "pandas_type": "int64"},
            {**column, "name": "task", "field_name": "task"},
        ],
        "pandas_version": "2.0.0",
    }  # fmt: skip
    tasks = pa.table({"task_index": pa.array([0], pa.int64()), "task": pa.array([task])})
    pq.write_table(
        tasks.replace_schema_metadata({"pandas": json.dumps(pandas)}), path / "meta/tasks.parquet"
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
