"""Arrays that lie in a file instead of memory: which they are, their parts, and reading ahead of them."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# Bytes of rows that are taken at once where all of them would be too many.
PIECE_BYTES = 2**20
PAGE = mmap.PAGESIZE


class FileMap(mmap.mmap):
    """A file without a name: once the last array on it is gone, so is the file."""

    descriptor: int
    folder: Path


def create(folder: Path, size: int) -> FileMap:
    """A map of ``size`` zeros in a new file of this folder. Raises OSError, also where the disk is full."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size:
        raise OSError(28, "no space is left on the disk")
    with tempfile.TemporaryFile(dir=folder, prefix="samples-") as file:
        # A file with holes would fail only when they are written to, and then kill the process.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        new = FileMap(file.fileno(), size)
        new.descriptor, new.folder = os.dup(file.fileno()), folder
    weakref.finalize(new, os.close, new.descriptor)
    return new


def root_of(array: np.ndarray) -> Any:
    """What owns the memory of an array."""
    owner: Any = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return owner


def map_of(array: np.ndarray) -> FileMap | None:
    """The file that an array lies in; None where it lies in memory."""
    owner = root_of(array)
    return owner if isinstance(owner, FileMap) else None


def on_disk(arrays: Sequence[np.ndarray]) -> int:
    """Bytes of those that lie in files."""
    return sum(array.nbytes for array in arrays if map_of(array) is not None)


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """All rows of some arrays one after the other: a view to read where they lie so, else a copy."""
    first, root, end = arrays[0], root_of(arrays[0]), arrays[0].ctypes.data
    for array in arrays:
        is_next = array.flags.c_contiguous and array.ctypes.data == end and array.dtype == first.dtype
        if not is_next or root_of(array) is not root or array.shape[1:] != first.shape[1:]:
            return np.concatenate(arrays)
        end += array.nbytes
    shape = (sum(map(len, arrays)), *first.shape[1:])
    return np.lib.stride_tricks.as_strided(first, shape, first.strides, writeable=False)


def pieces(array: np.ndarray, count: int | None = None) -> Iterator[slice]:
    """Rows of an array (n, ...), or of ``count`` like them, some at once, so that what is computed of them
    takes little memory.
    """
    rows = len(array) if count is None else count
    step = max(1, PIECE_BYTES * len(array) // max(array.nbytes, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def all_alike(array: np.ndarray, rows: np.ndarray) -> bool:
    """Whether these rows of an array (n, ...), at least one, are the same."""
    return all((array[rows[piece]] == array[rows[0]]).all() for piece in pieces(array, len(rows)))


def moments(array: np.ndarray, rows: np.ndarray | None = None, axis: int | None = None) -> tuple[Any, Any]:
    """Mean and standard deviation of an array (n, ...), or of some rows of it, float64, without a copy of it.

    Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
    1979. ``axis``: 0 for those of each value of a row, None for those of all.
    """
    count, done = len(array) if rows is None else len(rows), 0
    mean: Any = 0.0
    squares: Any = 0.0
    for piece in pieces(array, count):
        values = array[piece if rows is None else rows[piece]]
        if len(values) == count:
            return values.mean(axis, dtype=np.float64), values.std(axis, dtype=np.float64)
        both = done + len(values)
        away = values.mean(axis, dtype=np.float64) - mean
        squares = squares + values.var(axis, dtype=np.float64) * len(values)
        squares = squares + away**2 * (done * len(values) / both)
        mean, done = mean + away * (len(values) / both), both
    return mean, np.sqrt(squares / max(done, 1))


def read_ahead(array: np.ndarray, rows: np.ndarray) -> None:
    """Have these rows of a mapped array (n, ...) read into memory; hardly waits for it where it can."""
    mapped = map_of(array)
    if mapped is None or not array.nbytes or not len(rows):
        return
    if not hasattr(os, "posix_fadvise"):
        _touch(array, rows)
        return
    begin = array.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
    each = array.nbytes // len(array)
    starts = np.sort(rows) * each + begin
    first, last = starts // PAGE, (starts + each - 1) // PAGE
    # Runs of pages that touch each other are asked for together.
    is_new = np.concatenate([[True], first[1:] > last[:-1] + 1])
    ends = np.concatenate([last[:-1][is_new[1:]], last[-1:]])
    for start, end in zip(first[is_new].tolist(), ends.tolist(), strict=True):
        os.posix_fadvise(mapped.descriptor, start * PAGE, (end + 1 - start) * PAGE, os.POSIX_FADV_WILLNEED)


def _touch(array: np.ndarray, rows: np.ndarray) -> None:
    """Read a value of each page of these rows."""
    flat = array.reshape(len(array), -1)
    for row in rows.tolist():
        flat[row, :: max(1, PAGE // array.itemsize)].sum()
