"""HDF5 files whose writes may fail.

HDF5 cannot close a file of which a write has failed, and crashes when the process ends. Here a
failure is kept from it until it has closed the file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from flyball.datasets.exporting import need

T = TypeVar("T")
Checked = Callable[[Iterable[T]], Iterator[T]]


class _Bytes(io.FileIO):
    """A file on the disk. After a write that failed, more of them are made believe."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) > 0 and self.failure is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.failure = error
        return size

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.failure = self.failure or error
            return size or 0

    def raise_failure(self, path: Path) -> None:
        if self.failure is not None:
            raise OSError(self.failure.errno, f"cannot write '{path}': {self.failure.strerror}")


@contextmanager
def new_hdf5(path: Path, what: str) -> Iterator[tuple[Any, Checked[Any]]]:
    """Make an HDF5 file; gives it, and what goes through items until a write fails."""
    h5py = need("h5py", what)
    with _Bytes(path, "w+") as stored:

        def checked(items: Iterable[T]) -> Iterator[T]:
            for item in items:
                yield item
                stored.raise_failure(path)

        try:
            with h5py.File(stored, "w") as file:
                yield file, checked
        except (OSError, RuntimeError):
            stored.raise_failure(path)  # what HDF5 says of it is no use
            raise
        stored.raise_failure(path)
