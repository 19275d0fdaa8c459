"""Arrays in an HDF5 file, read some rows at once; h5py reads it and is imported when first needed.

Source of the format: https://docs.hdfgroup.org/hdf5/. The file is never written. What lies in other files, by
a link or as raw storage, is left out: a file from elsewhere must not name files of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.arrays.dataset import ARRAY_OPTIONS, array_dataset, array_samples
from nnstudio.data.arrays.stored import Stored
from nnstudio.data.dataset import DataError, Dataset, FileKind, Picks, Samples, Source, sources
from nnstudio.data.hdf5_texts import Texts, is_of_any_length, name_of, read_texts
from nnstudio.data.kept_files import KeptFiles
from nnstudio.model.atomic_file import FileError, check_regular

# Texts of some files, which have been read by another process.
KEPT: KeptFiles[Texts] = KeptFiles(2, 2**40)
# What h5py raises for damaged files.
BROKEN = (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError, UnicodeError)


@sources.register
class Hdf5File(Source):
    """Numbers, sequences or pictures (height, width, channels); bytes from 0 to 1, else standardised."""

    id = "hdf5"
    title = "HDF5 file"
    order = 26
    picks = Picks.FILE
    suffixes = (".h5", ".hdf5")
    embeds = True
    help = "Arrays in an HDF5 file, such as x and y, or train/x, train/y, test/x and test/y."
    options = ARRAY_OPTIONS
    new_samples = (FileKind.ARRAYS, FileKind.TABLE)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose an HDF5 file.")
        path = Path(options["path"])
        with _arrays(path) as (arrays, elsewhere):
            return array_dataset(path, arrays, options).with_notes(elsewhere)

    def read_samples(self, path: Path, options: Mapping[str, Any], data: Dataset) -> Samples | None:
        if path.suffix.lower() in self.suffixes:
            with _arrays(path) as (arrays, _):
                return array_samples(path, arrays, options, data)
        # Arrays saved by NumPy are prepared alike.
        return sources["npz"].read_samples(path, options, data)

    def example(self, folder: Path) -> dict[str, Any]:
        import h5py

        y = np.arange(24) % 3
        with h5py.File(folder / "small.h5", "w") as file:
            file["train/x"] = np.random.default_rng(1).normal(y[:, None], 0.3, (24, 4))
            file["train/y"] = y
            file["test/x"], file["test/y"] = file["train/x"][:6], y[:6]
        return {"path": str(folder / "small.h5")}


@contextmanager
def _arrays(path: Path) -> Iterator[tuple[list[Stored], tuple[str, ...]]]:
    """What the open file holds, and notes on what is left out. Raises DataError."""
    import h5py

    try:
        check_regular(path)
        texts = KEPT.get(path, "texts", lambda: read_texts(path))
        opened = h5py.File(path, "r")
    except FileError as error:
        raise DataError(str(error)) from error
    except DataError:
        raise
    except BROKEN as error:
        raise DataError(f"'{path.name}' cannot be read as an HDF5 file: {error}.") from error
    with opened as file:
        arrays: list[Stored] = []
        elsewhere: list[str] = []

        def visit(given: str | bytes, entry: Any) -> None:
            name = name_of(given)
            if not isinstance(entry, h5py.Dataset) or entry.shape is None:
                return
            if entry.external or entry.is_virtual:
                elsewhere.append(name)
            else:
                arrays.append(Stored(name, entry.shape, _dtype(entry), _rows(path, name, entry, texts)))

        try:
            file.visititems(visit)
        except BROKEN as error:
            raise DataError(f"'{path.name}' is damaged: {error}.") from error
        names = ", ".join(f"'{name}'" for name in elsewhere[:3])
        yield arrays, (f"Not read, as their values lie in other files: {names}.",) if elsewhere else ()


def _dtype(entry: Any) -> np.dtype[Any]:
    import h5py

    is_text = h5py.check_string_dtype(entry.dtype) is not None
    dtype: np.dtype[Any] = np.dtype("U") if is_text else entry.dtype
    return dtype


def _rows(path: Path, name: str, entry: Any, texts: Texts) -> Callable[[int, int], np.ndarray]:
    if is_of_any_length(entry.dtype):
        return lambda start, stop: texts.get(path, name, entry.shape)[start:stop].astype(str)
    is_text = _dtype(entry).kind == "U"

    def rows(start: int, stop: int) -> np.ndarray:
        try:
            if is_text:
                return np.asarray(entry.asstr("utf-8", "backslashreplace")[start:stop].astype(str))
            return np.asarray(entry[start:stop])
        except (*BROKEN, MemoryError) as error:
            raise DataError(f"'{name}' in '{path.name}' cannot be read: {error}.") from error

    return rows
