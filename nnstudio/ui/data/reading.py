"""A reading of data on another thread, which may be given up; and why it failed."""

from __future__ import annotations

import logging

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError
from nnstudio.model.atomic_file import FileError

log = logging.getLogger(__name__)


class GivenUp(Exception):
    """Nobody waits for what is being read any more."""


class Reading:
    """How far a reading is; ``share`` is 0 to 1, None before it is known."""

    def __init__(self) -> None:
        self.is_over = False
        self.share: float | None = None

    def advance(self, share: float) -> None:
        """So much is done, told by the thread that reads. Raises GivenUp where nobody waits."""
        if self.is_over:
            raise GivenUp
        self.share = share


def sentence_on(error: Exception) -> str:
    """Why data cannot be used."""
    if isinstance(error, DataError | FileError | SpecError | UnknownName):
        return str(error)
    if isinstance(error, MemoryError):
        return "The data does not fit into memory."
    log.error("Data could not be read.", exc_info=error)
    return f"The data cannot be read ({type(error).__name__}: {error}). This is a bug in nnstudio."
