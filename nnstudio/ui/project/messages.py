"""Sentences and work in progress, from whoever has them to whoever shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError
from nnstudio.model.atomic_file import FileError

T = TypeVar("T")
Done = Callable[[T], None]
# What a person can mend; anything else is a fault of the program.
EXPECTED = (DataError, FileError, SpecError, UnknownName, MemoryError)

# Added to what is written while the timeline shows an earlier step.
LATEST = " These are the weights as they are now, not those of the step that the timeline shows."


class Cancelled(Exception):
    """A person cancelled what was going on; nothing was written."""


class Task(QObject):
    """Something that takes time elsewhere. Signals: cancelled() when a person asks for that; ended().

    Attributes:
        is_over: whether it ended, so that what still comes of it comes too late.
        share: how much of it is done, 0 to 1; None where that is not known.
        replaces: whether what comes of it takes the place of what is open.
    """

    cancelled = Signal()
    ended = Signal()

    def __init__(self, text: str, parent: QObject, replaces: bool = False) -> None:
        super().__init__(parent)
        self.text, self.replaces = text, replaces
        self.is_over = self._cancelled = False
        self.share: float | None = None

    def cancel(self) -> None:
        """Ask it to stop; it ends when it comes to a point where it can."""
        if not self._cancelled:
            self._cancelled = True
            self.cancelled.emit()

    def check(self) -> None:
        """Raise Cancelled where it was cancelled; any thread may call this."""
        if self._cancelled:
            raise self.why()

    def advance(self, share: float) -> None:
        """So much is done; as `check`."""
        self.check()
        self.share = share

    def why(self) -> Cancelled:
        """What says that a person cancelled it."""
        return Cancelled(f"{self.text} was cancelled.")

    def end(self) -> None:
        """It is through, however it went."""
        self.is_over = True
        self.ended.emit()
        self.deleteLater()


class Messages(QObject):
    """Signals: said(sentence) stands above the canvas until it is replaced, "" hides it; told(remark) goes by
    itself, "" lets that before go; wrote(sentence, path) of a file for other programs, or of what has no
    file; began(Task).
    """

    said = Signal(str)
    told = Signal(str)
    wrote = Signal(str, object)
    began = Signal(object)

    def say(self, text: str) -> None:
        """Show a sentence above the canvas; empty hides it."""
        self.said.emit(text)

    def tell(self, text: str) -> None:
        """Show a passing remark in the status bar."""
        self.told.emit(text)

    def tell_written(self, text: str, path: Path) -> None:
        """Say that a file was written, where the person looks, with a way to its folder."""
        self.tell(text)
        self.wrote.emit(text, path)

    def note(self, text: str) -> None:
        """Say what is to know of something that went well, until it is dismissed; "" says nothing."""
        if text:
            self.wrote.emit(text, None)

    def fail(self, error: Exception) -> None:
        """Say why something could not be done; what nobody expected goes to the reporter of errors."""
        if isinstance(error, Cancelled):
            self.tell(str(error))
            return
        self.say(str(error) or "This machine does not have enough memory.")
        if not isinstance(error, EXPECTED):
            raise error

    def begin(self, text: str, replaces: bool = False) -> Task:
        """Show that something is going on, with a way to cancel it; see `Task` for ``replaces``."""
        task = Task(text, self, replaces)
        self.began.emit(task)
        return task

    def ending(self, task: Task, then: Callable[[T], None]) -> tuple[Done[T], Done[Exception]]:
        """What ends a task: a function that hands its result to ``then``, and one that says why it has none.

        What comes after a person cancelled it is dropped.
        """

        def done(result: T) -> None:
            if not task.is_over:
                task.end()
                then(result)

        def failed(error: Exception) -> None:
            if task.is_over:
                return
            task.end()
            self.fail(error)

        task.cancelled.connect(lambda: failed(task.why()))
        return done, failed
