"""How far a long reading is, told to whoever follows it from the same thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
# Called with the share that is done, 0 to 1; what it raises ends the reading.
Follower = Callable[[float], None]
_follower: ContextVar[Follower | None] = ContextVar("follower", default=None)


@contextmanager
def followed(follower: Follower) -> Iterator[None]:
    """Tell ``follower`` of what is read meanwhile in this thread."""
    token = _follower.set(follower)
    try:
        yield
    finally:
        _follower.reset(token)


@contextmanager
def part(start: float, end: float) -> Iterator[None]:
    """What is told of meanwhile is that part of the whole, from one share to another."""
    whole = _follower.get() or (lambda _share: None)
    with followed(lambda share: whole(start + share * (end - start))):
        yield


def tell(share: float) -> None:
    """Tell how much is done. Raises what the follower raises, such as where a person cancelled it."""
    follower = _follower.get()
    if follower is not None:
        follower(share)


def each(items: Sequence[T]) -> Iterator[T]:
    """The items one by one, telling how far it is before each."""
    for i, item in enumerate(items):
        tell(i / len(items))
        yield item
