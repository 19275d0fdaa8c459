"""Streams as CUDA has them, in the place of the simulator's, which do all at once.

Nothing is done before somebody waits. Then it is, in turn, either all copies beside that may be, before
anything else that need not, or all that stands in the stream of programs, before a copy is begun. Whoever
reads too early, or writes over what was not copied, is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnkernels.cuda.card import Card
from nnkernels.cuda.toolkit import toolkit
from nnkernels.cuda.walker import Walker

Job = Callable[[], object]


class Stream:
    """Jobs in order, some of which wait for an event of another stream."""

    def __init__(self, name: str, streams: Streams) -> None:
        self.name, self._streams, self.jobs, self.done = name, streams, list[Job](), 0

    def later(self, name: str, job: Job) -> None:
        self._streams.log.append(name)
        self.jobs.append(job)

    def reach(self, count: int) -> None:
        """Do the first so many."""
        while self.done < count:
            self.done += 1
            self.jobs[self.done - 1]()


class Event:
    """Over when all jobs are done that stood in its stream when it was recorded."""

    def __init__(self, streams: Streams) -> None:
        self._streams, self._when = streams, (streams.main, 0)

    def record(self, stream: Stream) -> None:
        self._when = stream, len(stream.jobs)

    def wait(self, stream: Stream) -> None:
        before, count = self._when
        stream.jobs.append(lambda: before.reach(count))

    def synchronize(self) -> None:
        self._streams.log.append("wait")
        for stream in self._streams.turns():
            stream.reach(len(stream.jobs))
        stream, count = self._when
        stream.reach(count)


class Streams:
    """Puts itself in the simulator's place. ``log`` are jobs as they come: steps, copies, waits, host."""

    def __init__(self, card: Card, monkeypatch: Any) -> None:
        self.log: list[str] = []
        self.main, beside = Stream("main", self), Stream("beside", self)
        launch, library, cuda = Walker.launch, card.library, toolkit()
        array = type(card.array(card.pinned(1)))

        def launched(walker: Walker, chunks: int, stream: Stream, *arguments: Any) -> None:
            stream.later("steps", lambda: launch(walker, chunks, stream, *arguments))

        class Library:
            multiply = staticmethod(
                lambda gemm, buffers: self.main.later("product", lambda: library.multiply(gemm, buffers))
            )

        def copying(name: str) -> Callable[..., Any]:
            """A copy in a stream waits; without one, all streams end before it."""
            now = getattr(array, name)

            def copy(its: Any, other: Any = None, stream: Any = 0) -> Any:
                if isinstance(stream, Stream):
                    stream.later(stream.name, lambda: now(its, other))
                    return other
                self.finish()
                return now(its, other)

            return copy

        def to_device(*arguments: Any) -> Any:
            self.finish()
            return whole(*arguments)

        whole = cuda.to_device
        monkeypatch.setattr(cuda, "to_device", to_device)
        monkeypatch.setattr(cuda, "event", lambda: Event(self))
        monkeypatch.setattr(card, "stream", self.main)
        monkeypatch.setattr(card, "_copies", beside)
        monkeypatch.setattr(Walker, "launch", launched)
        monkeypatch.setitem(vars(card), "library", Library)
        for name in ("copy_to_device", "copy_to_host"):
            monkeypatch.setattr(array, name, copying(name))
        self._all, self._early = (self.main, beside), False

    def turns(self) -> tuple[Stream, ...]:
        """The streams of which all is done before somebody who waits goes on."""
        self._early = not self._early
        return self._all[1:] if self._early else self._all[:1]

    def finish(self) -> None:
        self.log.append("host")
        for stream in self._all:
            stream.reach(len(stream.jobs))
