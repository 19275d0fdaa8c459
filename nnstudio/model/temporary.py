"""A folder for what nobody keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError

ROOM = "Make room there, or name another one in the environment variable TMPDIR."


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, gone afterwards with all that is in it. Raises FileError."""
    try:
        temporary = tempfile.TemporaryDirectory(prefix="nnstudio-", ignore_cleanup_errors=True)
    except OSError as error:
        raise FileError(
            f"No temporary folder can be made: {disk_faults.reason(error)}. {ROOM}",
            reason=error.strerror or str(error),
        ) from error
    with temporary as folder:
        yield Path(folder)
