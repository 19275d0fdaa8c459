"""A reading of data on another thread, which may be given up; and why it failed."""

from __future__ import annotations

import logging
from pathlib import Path

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError
from nnstudio.data.kept_files import holding
from nnstudio.data.progress import followed
from nnstudio.from_data import FromData, project_from_data, proposed_source, read_as
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.proposal import Reader

log = logging.getLogger(__name__)
AS_IN_PROJECT = "It is read with the settings of the project that is open. Change them here."


class GivenUp(Exception):
    """Nobody waits for what is being read any more."""


class Reading:
    """How far a reading is; ``share`` is 0 to 1, None before it is known.

    Attributes:
        way: how the data is read where nobody said that, and why, in a sentence; None where somebody did.
        readings: what was read, for whoever goes on with it to hold: see `holding`.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.share: float | None = None
        self.way: tuple[DataReference, str] | None = None
        self.readings: list[object] = []

    def propose(
        self,
        path: Path,
        reference: DataReference,
        guesses: bool,
        before: DataReference | None,
        reader: Reader = Reader.LSTM,
    ) -> FromData:
        """Read a file or folder, on any thread. Where that ``guesses``, it is read as data of the project
        that is open, ``before``, if it can be, else as its rows tell. A ``reader`` is proposed for a text.
        Raises as `project_from_data`.
        """
        with followed(self.advance), holding(self.readings):
            # Unless a person said something of how to read it.
            is_fresh = guesses and reference.options.keys() == {"path"}
            alike = read_as(before, path, reader) if is_fresh and before is not None else None
            if alike is not None:
                self.way = alike.project.document.data, AS_IN_PROJECT
                return alike
            way = reference
            if guesses:
                source, why = proposed_source(path, reference.options)
                way = DataReference(source.id, reference.options)
                self.way = way, why
            return project_from_data(path, way.options, kind=way.kind, reader=reader)

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
