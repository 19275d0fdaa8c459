"""Orders from one thread to another, obeyed in their order; whoever asks something gets a future."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class CommandQueue:
    """Any thread may put and ask; one obeys, and one alone hurries."""

    def __init__(self) -> None:
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._answers = True
        # One is written by who hurries, the other by who obeys.
        self._hurried = self._done = 0

    @property
    def is_hurried(self) -> bool:
        """Whether somebody waits for a command that is not obeyed yet."""
        return self._hurried != self._done

    def put(self, command: Callable[[], None]) -> None:
        """Have this called by the thread that obeys; returns at once."""
        self._commands.put(command)

    def hurry(self, command: Callable[[], None]) -> None:
        """As `put`, of what a person waits for: what takes long gives way to it."""

        def obeyed() -> None:
            self._done += 1
            command()

        self._hurried += 1
        self.put(obeyed)

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Have this computed by the thread that obeys; returns at once."""
        future: Future[T] = Future()
        if not self._answers:
            future.cancel()
            return future

        def run() -> None:
            if not self._answers:
                future.cancel()
                return
            try:
                future.set_result(work())
            except Exception as error:  # the caller gets it
                future.set_exception(error)

        self.put(run)
        return future

    def close(self, last: Callable[[], None]) -> None:
        """Answer nothing any more: what was asked is cancelled, what was put is still obeyed, then ``last``.
        Only the thread that asks may call this, for what is asked behind it would never be come to.
        """
        self._answers = False
        self.hurry(last)

    def obey(self, wait: bool) -> None:
        """Call all that was put; ``wait`` for a first one where there is none."""
        with contextlib.suppress(queue.Empty):
            command = self._commands.get() if wait else self._commands.get_nowait()
            while True:
                command()
                command = self._commands.get_nowait()
