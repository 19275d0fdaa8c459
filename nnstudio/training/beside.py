"""Long work that the compute thread does piece by piece while it does not train, such as other trainings."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from typing import Any

log = logging.getLogger(__name__)


class Beside:
    """Pieces of work, made one by one by the compute thread; the window's thread takes what they give.

    Attributes:
        error: what ended it before its time; None where nothing did.
    """

    def __init__(self, pieces: Iterator[Any]) -> None:
        self._pieces: Iterator[Any] | None = pieces
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_cancelled = False
        self.error: Exception | None = None

    @property
    def is_over(self) -> bool:
        """Whether no piece is left to do."""
        return self._pieces is None or self._is_cancelled

    def cancel(self) -> None:
        """Do no further piece."""
        self._is_cancelled = True

    def take(self) -> list[Any]:
        """What was given since the last time, in order."""
        return [self._given.get() for _ in range(self._given.qsize())]

    def advance(self) -> None:
        """Do a piece, on the compute thread."""
        if self.is_over or self._pieces is None:
            return
        try:
            self._given.put(next(self._pieces))
        except StopIteration:
            self._pieces = None
        except Exception as error:  # whoever asked tells it
            log.debug("Work beside the training ended.", exc_info=True)
            self.error, self._pieces = error, None
