"""Arrays in NumPy's own files: several in one .npz, or .npy files beside each other.

Source of the format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. An .npz is a ZIP
file of .npy files. Python objects in them are never loaded: that could run anything.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from nnstudio.data.arrays.dataset import ARRAY_OPTIONS, array_dataset, array_samples, refuse_pictures
from nnstudio.data.arrays.stored import INPUTS, TARGETS, TEXTS, Stored, meaning
from nnstudio.data.dataset import DataError, Dataset, FileKind, Picks, Samples, Source, sources
from nnstudio.data.npy_file import NUMBERS, parse_array, parse_header
from nnstudio.data.storage import read_bytes
from nnstudio.model.atomic_file import FileError, check_regular

# What a damaged, encrypted or strangely packed ZIP file raises.
BROKEN = (
    OSError, EOFError, RuntimeError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error
)  # fmt: skip


@sources.register
class NpzFile(Source):
    """Numbers, sequences or pictures (height, width, channels); bytes from 0 to 1, else standardised."""

    id = "npz"
    title = "NumPy arrays"
    order = 25
    picks = Picks.FILE
    suffixes = (".npz", ".npy")
    help = "Arrays saved by NumPy: an .npz with x and y, or x.npy with y.npy beside it, or a single table."
    options = ARRAY_OPTIONS
    new_samples = (FileKind.ARRAYS, FileKind.TABLE)

    def beside(self, path: Path) -> tuple[Path, ...]:
        return _read_along(path)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose an .npz or .npy file.")
        path = Path(options["path"])
        arrays = _arrays(path)
        data = array_dataset(path, arrays, options)
        if path.suffix.lower() == ".npy" and len(arrays) > 1:
            names = ", ".join(f"'{array.name}.npy'" for array in arrays)
            return data.with_notes((f"Read together, as their names belong together: {names}.",))
        return data

    def read_samples(self, path: Path, options: Mapping[str, Any], data: Dataset) -> Samples | None:
        if path.suffix.lower() in sources["hdf5"].suffixes:
            return sources["hdf5"].read_samples(path, options, data)
        if path.suffix.lower() not in self.suffixes:
            refuse_pictures(path, data)
            return None
        is_single = path.suffix.lower() == ".npy"
        return array_samples(path, [_npy(path)] if is_single else members(path), options, data)

    def example(self, folder: Path) -> dict[str, Any]:
        y = np.arange(24) % 3
        x = np.random.default_rng(1).normal(y[:, None], 0.3, (24, 4))
        np.savez_compressed(folder / "small.npz", x=x, y=y)
        return {"path": str(folder / "small.npz")}


def _arrays(path: Path) -> list[Stored]:
    """What belongs to a file. Raises DataError."""
    if path.suffix.lower() != ".npy":
        return members(path)
    return [_npy(file) for file in (path, *_read_along(path))]


def _read_along(path: Path) -> tuple[Path, ...]:
    """The .npy files that belong to one of inputs by their names."""
    own = meaning(path.stem)
    if path.suffix.lower() != ".npy" or own.role not in INPUTS:
        return ()
    others = sorted(file for file in path.parent.glob("*.npy") if file != path and file.is_file())
    return tuple(
        file
        for file in others
        if meaning(file.stem).others == own.others and meaning(file.stem).role in (own.role, *TARGETS)
    )


def _npy(path: Path) -> Stored:
    try:
        check_regular(path)
        with path.open("rb") as file:
            shape, _, dtype = parse_header(file, path.name)
    except (OSError, FileError) as error:
        raise DataError(f"'{path}' cannot be opened: {error}") from error
    return _stored(path.stem, path.name, shape, dtype, lambda: _file_content(path))


def members(path: Path) -> list[Stored]:
    """The arrays of an .npz. Raises DataError."""
    arrays = []
    try:
        check_regular(path)
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                if not info.filename.endswith(".npy"):
                    continue
                with packed.open(info) as file:
                    shape, _, dtype = parse_header(cast(BinaryIO, file), info.filename)
                name = info.filename.removesuffix(".npy")
                arrays.append(_stored(name, path.name, shape, dtype, _content(path, info)))
    except DataError:
        raise
    except FileError as error:
        raise DataError(str(error)) from error
    except BROKEN as error:
        raise DataError(
            f"'{path.name}' is damaged or no .npz file: {error or type(error).__name__}."
        ) from error
    if not arrays:
        raise DataError(f"'{path.name}' holds no arrays. Save some with numpy.savez(file, x=..., y=...).")
    return arrays


def _file_content(path: Path) -> np.ndarray:
    """All bytes of a file. Raises DataError."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return read_bytes(file, path.stat().st_size)
    except (OSError, FileError) as error:
        raise DataError(f"'{path}' cannot be opened: {error}") from error


def _content(path: Path, info: zipfile.ZipInfo) -> Callable[[], np.ndarray]:
    def content() -> np.ndarray:
        try:
            with zipfile.ZipFile(path) as packed, packed.open(info) as file:
                return read_bytes(file, info.file_size)
        except DataError:
            raise
        except BROKEN as error:
            raise DataError(f"'{info.filename}' in '{path.name}' is damaged: {error}.") from error

    return content


def _stored(
    name: str, file: str, shape: tuple[int, ...], dtype: np.dtype[Any], content: Callable[[], np.ndarray]
) -> Stored:
    """An array whose content is read once, when its rows are first asked for."""
    if any(n < 0 for n in shape):
        raise DataError(f"'{file}' is damaged: '{name}' declares a negative number of values.")

    @cache
    def whole() -> np.ndarray:
        return parse_array(content(), file, NUMBERS + TEXTS)

    # A single number has no rows.
    return Stored(name, shape, dtype, lambda start, stop: whole()[start:stop] if shape else whole())
