"""Orders from one thread to another, obeyed in their order; whoever asks something gets a future."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class CommandQueue:
    """Any thread may put and ask; one obeys."""

    def __init__(self) -> None:
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def put(self, command: Callable[[], None]) -> None:
        """Have this called by the thread that obeys; returns at once."""
        self._commands.put(command)

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Have this computed by the thread that obeys; returns at once."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # the caller gets it
                future.set_exception(error)

        self.put(run)
        return future

    def obey(self, wait: bool) -> None:
        """Call all that was put; ``wait`` for a first one where there is none."""
        with contextlib.suppress(queue.Empty):
            command = self._commands.get() if wait else self._commands.get_nowait()
            while True:
                command()
                command = self._commands.get_nowait()
