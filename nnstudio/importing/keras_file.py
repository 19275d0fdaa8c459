"""Files of Keras: a .keras archive, or a configuration in JSON; nothing in them is run.

Memory is bounded by the size of the file: archives that unpack to much more, arrays that claim more than they
hold, links to other files and pickled objects are refused.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.hdf5_heaps import is_readable
from nnstudio.importing.importer import Imported, Importer, importers
from nnstudio.importing.keras_graph import read_model
from nnstudio.model.atomic_file import FileError

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MOST_TEXT = 2**26
MOST_BYTES = 2**32
# Weights hardly shrink: an archive of which more comes out was made to fill memory.
MOST_RATIO = 100
SPARE = 2**20
DAMAGED = "The weights in '{}' are damaged. Save it again with Keras 3."
# What h5py raises for files that are damaged.
DAMAGE = (
    LookupError,
    ValueError,
    OSError,
    RuntimeError,
    TypeError,
    ArithmeticError,
    AttributeError,
    MemoryError,
)


@importers.register
class KerasFile(Importer):
    """Sequential and Functional models, with weights from a .keras file, without from JSON."""

    id = "keras"
    title = "Keras"
    help = "Written by Keras 3: model.save('model.keras'), or model.to_json() without weights."
    suffixes = (".keras", ".json")

    def read(self, path: Path) -> Imported:
        if path.suffix.lower() == ".json":
            return read_model(path.name, _json(_text(path), path), None)
        try:
            with zipfile.ZipFile(path) as archive:
                config = _json(_entry(archive, CONFIG, path, MOST_TEXT), path)
                weights = _entry(archive, WEIGHTS, path, MOST_BYTES)
        except OSError as error:
            raise FileError(f"'{path}' cannot be read: {error.strerror or error}.") from error
        # Damage shows as any of these.
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            if isinstance(error, FileError):
                raise
            raise FileError(
                f"'{path.name}' is not a .keras file, or is damaged. Save it again with Keras 3."
            ) from error
        with Weights(weights, path.name) as stored:
            return read_model(path.name, config, stored)


def _text(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_TEXT:
            raise FileError(f"'{path.name}' is larger than {MOST_TEXT >> 20} MiB, too much for a model.")
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror}.") from error


def _entry(archive: zipfile.ZipFile, name: str, path: Path, most: int) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise FileError(
            f"'{path.name}' holds no {name}; it is not a .keras file of Keras 3. Save it again."
        ) from error
    size = path.stat().st_size
    if info.file_size > most or info.file_size > MOST_RATIO * size + SPARE:
        raise FileError(
            f"{name} in '{path.name}' claims {info.file_size:,} bytes, too much for a file of {size:,}. "
            "Save it again with Keras 3."
        )
    # What claims less than it holds is cut off there, and its checksum is wrong.
    with archive.open(info) as file:
        return file.read(info.file_size)


def _json(content: bytes, path: Path) -> dict[str, Any]:
    try:
        config = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileError(f"The configuration in '{path.name}' is no JSON, or nested too deeply.") from error
    if not isinstance(config, dict):
        raise FileError(f"'{path.name}' holds no model of Keras: its configuration is no object.")
    return config


class Weights:
    """The arrays of a model.weights.h5, by layer."""

    def __init__(self, content: bytes, file: str) -> None:
        import h5py

        self.name = file
        self._left = len(content)
        if not is_readable(content):
            raise FileError(DAMAGED.format(file))
        try:
            self._file = h5py.File(io.BytesIO(content), "r")
        except DAMAGE as error:
            raise FileError(DAMAGED.format(file)) from error

    def __enter__(self) -> Weights:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def group(self, *path: str) -> Any:
        """What lies under names inside this file, or None; links to elsewhere lead nowhere."""
        import h5py

        at: Any = self._file
        try:
            for name in path:
                link = at.get(name, getlink=True) if isinstance(at, h5py.Group) and name in at else None
                if not isinstance(link, h5py.HardLink):
                    return None
                at = at[name]
        except DAMAGE as error:
            raise self._damaged("/".join(path)) from error
        return at

    def title(self, *path: str) -> str:
        """The name that a layer says it has, or ""."""
        try:
            group = self.group(*path, "vars")
            title = group.attrs["name"] if group is not None and _has_text(group, b"name") else ""
        except DAMAGE as error:
            raise self._damaged("/".join(path)) from error
        return title if isinstance(title, str) else ""

    def arrays(self, *path: str) -> list[np.ndarray]:
        """The arrays of a layer in their order. Raises FileError."""
        import h5py

        arrays: list[np.ndarray] = []
        while (stored := self.group(*path, "vars", str(len(arrays)))) is not None:
            where = "/".join([*path, str(len(arrays))])
            try:
                if not isinstance(stored, h5py.Dataset) or stored.is_virtual or stored.external:
                    raise self._damaged(where)
                if stored.dtype.kind not in "fiu" or stored.nbytes > self._left or stored.chunks:
                    raise FileError(
                        f"The array '{where}' of '{self.name}' is no plain array of numbers that its file "
                        "holds. Save it again with Keras 3."
                    )
                self._left -= stored.nbytes
                arrays.append(np.asarray(stored[()], np.float32))
            except DAMAGE as error:
                if isinstance(error, FileError):
                    raise
                raise self._damaged(where) from error
        return arrays

    def _damaged(self, where: str) -> FileError:
        return FileError(f"'{where}' in the weights of '{self.name}' is damaged. Save it again with Keras 3.")


def _has_text(group: Any, name: bytes) -> bool:
    """Whether a group has such an attribute with one text: where another type claims lists of any length,
    reading it would crash.
    """
    import h5py

    if not h5py.h5a.exists(group.id, name):
        return False
    attribute = h5py.h5a.open(group.id, name)
    return attribute.shape == () and isinstance(attribute.get_type(), h5py.h5t.TypeStringID)
