"""The store of runs for the window: one thread of its own reads and writes it, and the window asks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from nnstudio.runs.store import RunStore
from nnstudio.training.priority import lower_priority
from nnstudio.ui.run.inquiries import Inquiries

T = TypeVar("T")


class RunLibrary(QObject):
    """Signal: changed() when this window wrote something.

    Attributes:
        store: of which no method is ever called on the window's thread.
    """

    changed = Signal()

    def __init__(self, inquiries: Inquiries, parent: QObject) -> None:
        super().__init__(parent)
        self.store = RunStore()
        self._inquiries, self._is_closed = inquiries, False
        # One thread: what is written is written in the order in which it came about.
        self._pool = ThreadPoolExecutor(1, "nnstudio-runs", lower_priority)

    def ask(
        self, work: Callable[[RunStore], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Let the thread do something with the store, then call one of the two on the window's thread.

        Does nothing once the window is closed: a timer of its page may still ask.
        """
        if self._is_closed:
            return
        self._inquiries.follow(self._pool.submit(work, self.store), then, failed)

    def change(
        self, work: Callable[[RunStore], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """As `ask`, for what changes the store."""

        def done(result: T) -> None:
            then(result)
            self.changed.emit()

        self.ask(work, done, failed)

    def close(self) -> None:
        """What was asked is still done, and what is asked from now on is not; nobody hears of either."""
        self._is_closed = True
        self._pool.shutdown(wait=False)
