"""Export to plain Parquet: everything that a dataset holds, for any reader of tables."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flyball.datasets.exporting import Export, need, whole_path
from flyball.datasets.reader import Episode
from flyball.specs import Field


def export_parquet(export: Export) -> tuple[str, ...]:
    """Write a folder of three tables.

    ``steps.parquet`` has n + 1 rows for each episode of n steps, one for each state: its
    observations and infos, and what was done from there (action, reward, flags), null in the last
    row. Arrays are lists of a fixed size, flattened in C order, their shape in the metadata.
    ``episodes.parquet`` has seed, length, return and content hash, ``states.parquet`` the full
    states.
    """
    pa = need("pyarrow", "export to Parquet")
    pq = need("pyarrow.parquet", "export to Parquet")
    dataset = export.dataset
    per_step = dataset.step_columns
    names = [*dataset.state_columns, *per_step]
    schema = pa.schema(
        [("episode", pa.int64()), ("step", pa.int64())]
        + [_arrow_field(pa, name, dataset.columns[name]) for name in names],
        metadata={"flyball_columns": json.dumps(names), **export.provenance()},
    )
    episodes_schema = pa.schema(
        [
            ("episode", pa.int64()),
            ("seed", pa.uint64()),
            ("length", pa.int64()),
            ("return", pa.float64()),
            ("content_hash", pa.string()),
        ]
    )
    states_schema = pa.schema(
        [("episode", pa.int64()), ("step", pa.int64()), ("state", pa.binary())]
    )
    with whole_path(export.output, export.overwrite) as path:
        path.mkdir()
        with (
            pq.ParquetWriter(path / "steps.parquet", schema, compression="zstd") as steps,
            pq.ParquetWriter(path / "episodes.parquet", episodes_schema) as episodes,
            pq.ParquetWriter(path / "states.parquet", states_schema, compression="zstd") as states,
        ):
            for batch in export.batches():
                held = [episode for _, episode in batch]
                steps.write_table(_steps_table(pa, schema, names, per_step, held))
                episodes.write_table(_episodes_table(pa, episodes_schema, held))
                states.write_table(_states_table(pa, states_schema, held))
    return ()


def _arrow_field(pa: Any, name: str, field: Field) -> Any:
    kind = pa.from_numpy_dtype(np.dtype(field.dtype))
    if field.shape:
        kind = pa.list_(kind, field.size)
    return pa.field(name, kind, metadata={"shape": json.dumps(list(field.shape))})


def arrow_array(pa: Any, values: NDArray[Any], kind: Any, valid: NDArray[np.bool_] | None) -> Any:
    """Rows of any shape as an Arrow array of scalars or of lists of a fixed size."""
    mask = None if valid is None else ~valid
    if not pa.types.is_fixed_size_list(kind):
        return pa.array(values, kind, mask=mask)
    flat = pa.array(np.ascontiguousarray(values).reshape(-1), kind.value_type)
    return pa.FixedSizeListArray.from_arrays(
        flat, type=kind, mask=None if mask is None else pa.array(mask)
    )


def _steps_table(
    pa: Any,
    schema: Any,
    names: list[str],
    per_step: tuple[str, ...],
    episodes: list[Episode],
) -> Any:
    lengths = np.array([len(episode) + 1 for episode in episodes])
    numbers = np.repeat([episode.index for episode in episodes], lengths)
    steps = np.concatenate([np.arange(length) for length in lengths])
    valid = np.ones(lengths.sum(), bool)
    valid[np.cumsum(lengths) - 1] = False
    arrays = [pa.array(numbers, pa.int64()), pa.array(steps, pa.int64())]
    for name in names:
        padded = []
        for episode in episodes:
            array = episode.columns[name]
            padded.append(array)
            if name in per_step:
                padded.append(np.zeros((1, *array.shape[1:]), array.dtype))
        kind = schema.field(name).type
        mask = valid if name in per_step else None
        arrays.append(arrow_array(pa, np.concatenate(padded), kind, mask))
    return pa.Table.from_arrays(arrays, schema=schema)


def _episodes_table(pa: Any, schema: Any, episodes: list[Episode]) -> Any:
    return pa.Table.from_arrays(
        [
            pa.array([e.index for e in episodes], pa.int64()),
            pa.array([e.seed for e in episodes], pa.uint64()),
            pa.array([len(e) for e in episodes], pa.int64()),
            pa.array([float(e.rewards.sum()) for e in episodes], pa.float64()),
            pa.array([e.hash for e in episodes], pa.string()),
        ],
        schema=schema,
    )


def _states_table(pa: Any, schema: Any, episodes: list[Episode]) -> Any:
    rows = [(e.index, s, b) for e in episodes for s, b in zip(e.state_steps, e.states, strict=True)]
    numbers, steps, states = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.Table.from_arrays(
        [
            pa.array(numbers, pa.int64()),
            pa.array(steps, pa.int64()),
            pa.array(states, pa.binary()),
        ],
        schema=schema,
    )
