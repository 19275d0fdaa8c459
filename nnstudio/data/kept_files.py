"""What was read of files is kept for those who ask next, as long as a file stays as it is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")
_holders: ContextVar[list[object] | None] = ContextVar("holders", default=None)


@contextmanager
def holding(readings: list[object]) -> Iterator[None]:
    """Put what is shared meanwhile in this thread into the list: it stays shared as long as that is there, so
    that who looks at it afterwards does not read the file again.
    """
    token = _holders.set(readings)
    try:
        yield
    finally:
        _holders.reset(token)


class KeptFiles(Generic[T]):
    """The newest ``most`` readings, none of a file larger than ``most_bytes``; for any thread.

    A file is the same while its path, size and time of change are. ``shares``: what was read of a larger one
    is there for others while somebody holds it.
    """

    def __init__(self, most: int, most_bytes: int, shares: bool = False) -> None:
        self._most, self._most_bytes, self._shares = most, most_bytes, shares
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._shared: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        # Who asks for what another thread reads waits for it; small files do not wait for large ones.
        self._lock, self._large_lock = Lock(), Lock()

    def get(self, path: Path, how: Hashable, read: Callable[[], T]) -> T:
        """What ``read`` gave for this file and this way of reading, or gives now. Raises what it raises."""
        try:
            state = path.stat()
        except OSError:
            # Reading says why.
            return read()
        key = (path.absolute(), state.st_mtime_ns, state.st_size, state.st_ino, how)
        if state.st_size > self._most_bytes:
            return self._share(key, read) if self._shares else read()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            result = self._kept[key] = read()
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return result

    def _share(self, key: Hashable, read: Callable[[], T]) -> T:
        with self._large_lock:
            shared: T | None = self._shared.get(key)
            if shared is None:
                shared = self._shared[key] = read()
            if (readings := _holders.get()) is not None:
                readings.append(shared)
            return shared
