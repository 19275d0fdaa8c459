"""What is being worked out elsewhere, and who wants to know: looked at now and then, never waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Inquiries:
    """Futures with what follows from them; `poll` is called from the window's timer."""

    def __init__(self) -> None:
        self._open: list[tuple[Future[Any], Callable[[Any], None], Callable[[Exception], None]]] = []
        self._files = ThreadPoolExecutor(1, "nnstudio-files")

    def follow(
        self, future: Future[T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call one of the two on the window's thread when the future is done."""
        self._open.append((future, then, failed))

    def in_background(
        self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Read or write a file on a thread of its own, one after the other."""
        self.follow(self._files.submit(work), then, failed)

    def look_up(
        self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Read what nobody misses where it never comes, as from a drive that does not respond: a save must
        not wait behind it, nor the end of the program.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=run, name="nnstudio-look-up", daemon=True).start()
        self.follow(future, then, failed)

    @property
    def are_open(self) -> bool:
        """Whether somebody waits for something."""
        return bool(self._open)

    def poll(self) -> None:
        """Tell what is known by now; what follows may ask again."""
        for item in [item for item in self._open if item[0].done()]:
            # What followed another may have closed this.
            if item not in self._open:
                continue
            # One by one: what follows may raise, and the others are told the next time.
            self._open.remove(item)
            future, then, failed = item
            error = future.exception()
            if error is None:
                then(future.result())
            elif isinstance(error, Exception):
                failed(error)

    def close(self) -> None:
        """Nobody wants to know any more; what is being written is still written."""
        self._open.clear()
        self._files.shutdown(wait=False)
