"""The reader in C++ that docs/datasets.md points to, without flyball, against ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bindings.helpers import ROOT
from bindings.test_datasets import IDS, TOY, generate
from flyball import datasets


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("g++") is None:
        pytest.skip("there is no g++")
    program = tmp_path_factory.mktemp("reader") / "read_shard"
    source = ROOT / "docs/examples/read_shard.cc"
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", source, "-lzstd", "-o", program]
    subprocess.run(command, check=True)
    return program


def read(reader: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([reader, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("env_id", IDS)
def test_every_column_is_read(tmp_path: Path, reader: Path, env_id: str) -> None:
    level = 0 if env_id == TOY else 1
    generate(tmp_path, env_id, max_episode_steps=6, episodes_per_shard=3, level=level)
    dataset = datasets.open(tmp_path)
    for name in dataset.columns:
        run = read(reader, tmp_path / "shard-00001.fly", name)
        assert run.returncode == 0, run.stderr
        rows = np.array([line.split() for line in run.stdout.splitlines()], float)
        wanted = [
            [place, row, *np.ravel(values).astype(float)]
            for place in (3, 4, 5)
            for row, values in enumerate(dataset[place].columns[name])
        ]
        np.testing.assert_array_equal(rows, np.array(wanted))


def test_it_says_what_is_wrong(tmp_path: Path, reader: Path) -> None:
    generate(tmp_path / "data", episodes=2)
    shard = tmp_path / "data/shard-00000.fly"
    (tmp_path / "short").write_bytes(shard.read_bytes()[:-9])
    (tmp_path / "text").write_text("no shard")
    for path, column, text in (
        (shard, "rewards", "no column rewards"),
        (tmp_path / "short", "reward", "cut short"),
        (tmp_path / "text", "reward", "is not a shard"),
        (tmp_path / "none", "reward", "is not a shard"),
    ):
        run = read(reader, path, column)
        assert run.returncode == 1
        assert text in run.stderr
