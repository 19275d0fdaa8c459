"""The table that a project brought, as a file that its source can read; it lies in the cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from nnstudio.model.atomic_file import make_folder, write_atomically


def unpacked(table: bytes, name: str) -> Path:
    """A file of this name that holds the table. Raises FileError where it cannot be written."""
    folder = Path(platformdirs.user_cache_dir("nnstudio", False)) / "tables"
    folder /= hashlib.sha256(table).hexdigest()
    file = folder / (Path(name).name or "data.csv")
    if not _holds(file, table):
        make_folder(folder)
        write_atomically(file, table)
    return file


def _holds(file: Path, table: bytes) -> bool:
    try:
        return file.stat().st_size == len(table) and file.read_bytes() == table
    except OSError:
        return False
