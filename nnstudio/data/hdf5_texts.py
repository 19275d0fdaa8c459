"""The texts of an HDF5 file, read by a process of their own.

Texts of any length lie in heaps that point into the file; in a damaged one the library may follow them for
ever, or fall over. A process that does can be ended.
"""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.dataset import DataError
from nnstudio.data.hdf5_heaps import ends, has_usual_lengths, heaps_of

# So many seconds are enough for all texts of a file of few bytes, and one more for each so many.
SECONDS, BYTES_A_SECOND = 20.0, 10_000_000
# Of an array.
MOST_TEXTS = 2_000_000
COMMAND = [sys.executable, "-m", "nnstudio.data.hdf5_texts"]
# Larger files are not searched for heaps ahead.
MOST_SEARCHED = 2**31
WHAT_TO_DO = "Copy it again, or write it anew."


class Texts:
    """Texts by the names of their arrays; where an array could not be read, why."""

    def __init__(self, texts: dict[str, list[str]], errors: dict[str, str]) -> None:
        self._texts = {name: np.array(values, object) for name, values in texts.items()}
        self._errors = errors

    def get(self, path: Path, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Texts of an array, of Python's own type. Raises DataError."""
        values = self._texts.get(name)
        if values is None or values.size != np.prod(shape, dtype=np.int64):
            why = self._errors.get(name, "it holds no texts, or the file changed")
            raise DataError(f"'{name}' in '{path.name}' cannot be read: {why}.")
        return values.reshape(shape)


def read_texts(path: Path) -> Texts:
    """All texts of any length in a file; none where it is no such file. Raises DataError where reading does
    not end, or ends the process.
    """
    if not _has_heaps(path):
        return Texts({}, {})
    seconds = round(SECONDS + path.stat().st_size / BYTES_A_SECOND, 1)
    try:
        done = subprocess.run(
            [*COMMAND, str(path)], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(
            f"Reading '{path.name}' did not end within {seconds:g} s: the file seems to be damaged. "
            f"{WHAT_TO_DO}"
        ) from error
    except OSError as error:
        raise DataError(f"'{path.name}' cannot be read, as no process starts for it: {error}.") from error
    try:
        told = json.loads(done.stdout)
        return Texts(told["texts"], told["errors"])
    except (ValueError, KeyError) as error:
        raise DataError(f"'{path.name}' is damaged: HDF5 fell over it. {WHAT_TO_DO}") from error


def _has_heaps(path: Path) -> bool:
    """Whether a file may hold texts of any length. Raises DataError where they are damaged so that reading
    them would not end, and OSError or ValueError where it cannot be looked into.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(content) > MOST_SEARCHED or not has_usual_lengths(content):
            return True
        starts = list(heaps_of(content))
        if not all(ends(content, start) for start in starts):
            raise DataError(f"'{path.name}' is damaged: a list of its texts has no end. {WHAT_TO_DO}")
    return bool(starts)


def name_of(name: str | bytes) -> str:
    """What an entry is called; one whose name is damaged is given in bytes."""
    return name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")


def is_of_any_length(dtype: np.dtype[Any]) -> bool:
    """Whether values are texts that lie in a heap."""
    import h5py

    info = h5py.check_string_dtype(dtype)
    return info is not None and info.length is None


def _arrays_of_texts(path: Path) -> Iterator[tuple[str, Any]]:
    import h5py

    with h5py.File(path, "r") as file:
        entries: list[tuple[str, Any]] = []
        file.visititems(lambda name, entry: entries.append((name_of(name), entry)))
        for name, entry in entries:
            is_read = isinstance(entry, h5py.Dataset) and entry.shape is not None
            if is_read and is_of_any_length(entry.dtype) and not (entry.external or entry.is_virtual):
                yield name, entry


def write_texts(path: Path) -> str:
    """What the other process says: texts and errors by the names of arrays, as JSON."""
    texts: dict[str, list[str]] = {}
    errors: dict[str, str] = {}
    try:
        for name, entry in _arrays_of_texts(path):
            if entry.size > MOST_TEXTS:
                errors[name] = f"it holds {entry.size:,} texts, and at most {MOST_TEXTS:,} are read"
                continue
            try:
                values = np.asarray(entry.asstr("utf-8", "backslashreplace")[()], object)
                texts[name] = [str(value) for value in values.ravel()]
            except Exception as error:
                # Whatever h5py makes of damage.
                errors[name] = str(error) or type(error).__name__
    except Exception:
        # Whoever opens the file meets the same, and says it.
        texts = {}
    return json.dumps({"texts": texts, "errors": errors})


if __name__ == "__main__":
    sys.stdout.write(write_texts(Path(sys.argv[1])))
