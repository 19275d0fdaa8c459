"""Where samples lie: in memory as far as they fit there, else in a file that is mapped into it."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from nnkernels import cache
from nnkernels.planning.memory_limits import free_memory
from nnkernels.spec import Shape
from nnstudio.data.dataset import DataError
from nnstudio.data.mapped import PIECE_BYTES, create, pieces, root_of
from nnstudio.data.progress import tell

# One array takes this share of the memory that is free: training and the rest of the machine need some.
MEMORY_SHARE = 0.5
# Smaller arrays are always in memory: to ask what is free takes longer than to fill them.
ALWAYS_FITS = 16 * 2**20
# From here on an array has pages of its own.
OWN_PAGES = 2**20
# Megabytes that an array may take in memory, where a person says so.
VARIABLE = "NNSTUDIO_MEMORY"


def folder() -> Path:
    """Where the files of samples lie while their data is open."""
    return cache.base().parent / "samples"


def fits(size: int) -> bool:
    """Whether an array of so many bytes is kept in memory. Raises DataError where `VARIABLE` is none."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen:
        try:
            return size <= float(chosen) * 2**20
        except ValueError as error:
            raise DataError(
                f"The environment variable {VARIABLE} is '{chosen}'; it takes a number of megabytes, such as "
                "4000."
            ) from error
    if size <= ALWAYS_FITS:
        return True
    free = free_memory()
    return free is None or size <= free * MEMORY_SHARE


def _own_pages(size: int) -> mmap.mmap:
    """Memory that goes back to the system as soon as it is let go of, which the allocator does not promise:
    the columns of a table would stay until its inputs are there.
    """
    if hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size)


def zeros(shape: Shape, dtype: Any = np.float32, beside: int = 0) -> np.ndarray:
    """An array of zeros, in memory where it fits, else in a file. Raises DataError where neither holds it.

    ``beside``: bytes of others that will be filled, too.
    """
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=object)) * kind.itemsize
    if not size or fits(size + beside):
        try:
            return np.zeros(shape, kind) if size < OWN_PAGES else np.ndarray(shape, kind, _own_pages(size))
        except (MemoryError, OSError):
            # What is free is not known everywhere.
            pass
    try:
        return np.ndarray(shape, kind, buffer=create(folder(), size))
    except (OSError, ValueError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"The samples take {size / 2**20:,.0f} MB, which do not fit into memory, nor into a file in "
            f"'{folder()}' ({why}). Free some space, name another folder in the environment variable "
            "NNSTUDIO_CACHE, or take fewer or smaller samples."
        ) from error


def filled(
    parts: Sequence[tuple[np.ndarray, np.ndarray]], convert: Callable[[np.ndarray], np.ndarray]
) -> list[np.ndarray]:
    """Inputs of each part, float32, one after the other in one array: what ``convert`` makes of its rows.

    A part is an array (n, ...) and the indices of its rows; some are converted at once. Raises DataError.
    """
    counts = [len(rows) for _source, rows in parts]
    whole = zeros((sum(counts), *convert(parts[0][0][:1]).shape[1:]))
    inputs = cut(whole, counts)
    for x, (source, rows) in zip(inputs, parts, strict=True):
        for piece in pieces(x):
            # Whoever cancels need not wait for the rest.
            tell(1.0)
            x[piece] = convert(source[rows[piece]])
    return inputs


def read_bytes(file: IO[bytes], size: int) -> np.ndarray:
    """What an open file holds from here on, uint8: up to ``size`` bytes, and one more where it holds more."""
    content, at = zeros((size + 1,), np.uint8), 0
    while at <= size:
        tell(at / (size + 1))
        block = file.read(min(PIECE_BYTES, size + 1 - at))
        if not block:
            break
        content[at : at + len(block)] = np.frombuffer(block, np.uint8)
        at += len(block)
    return content[:at]


def cut(whole: np.ndarray, counts: Sequence[int]) -> list[np.ndarray]:
    """Parts of an array (n, ...) one after the other, with so many rows each: views."""
    return np.split(whole, np.cumsum(counts)[:-1])


def side_by_side(blocks: Sequence[np.ndarray], split: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Rows of each part with the values of all blocks (rows, columns), float32. No row is in two parts; the
    memory of the blocks is let go of meanwhile, so that they hold nothing afterwards.

    To fill in one block after the other would take the memory of all before the first is let go of. So would
    one row of a part after the other, as rows come from everywhere. Hence rows are put near to where they go,
    in their old order, and only then into their new one.
    """
    whole = zeros((sum(map(len, split)), sum(block.shape[1] for block in blocks)))
    comes_from = np.concatenate(split, dtype=np.int32, casting="same_kind")
    regions = list(pieces(whole))
    region_of = np.full(len(blocks[0]), len(regions), np.int32)
    for at, region in enumerate(regions):
        region_of[comes_from[region]] = at
    ends = [region.start for region in regions]
    for piece in pieces(whole, len(region_of)):
        rows = np.concatenate([block[piece] for block in blocks], 1)
        _let_go(blocks, piece)
        order = np.argsort(region_of[piece], kind="stable")
        stops = np.bincount(region_of[piece], minlength=len(regions)).cumsum()[: len(regions)]
        for at, some in enumerate(np.split(order, stops)[: len(regions)]):
            whole[ends[at] : ends[at] + len(some)] = rows[some]
            ends[at] += len(some)
    for region in regions:
        whole[region] = whole[region][np.argsort(np.argsort(comes_from[region]))]
    return cut(whole, list(map(len, split)))


def _let_go(blocks: Sequence[np.ndarray], rows: slice) -> None:
    """Give the memory of rows back, and of those before them that begin on the same page."""
    if not hasattr(mmap, "MADV_DONTNEED"):
        return
    for block in blocks:
        owner = root_of(block)
        if isinstance(owner, mmap.mmap) and block.nbytes == len(owner) and block.flags.c_contiguous:
            each = block.nbytes // len(block)
            start, stop = (row * each // mmap.PAGESIZE * mmap.PAGESIZE for row in (rows.start, rows.stop))
            if stop > start:
                owner.madvise(mmap.MADV_DONTNEED, start, stop - start)
