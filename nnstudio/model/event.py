"""A fact that others may listen to; the model's replacement for Qt signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Event:
    """Calls its listeners in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> None:
        """Add a listener; it is called with whatever `emit` is given."""
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[..., Any]) -> None:
        """Remove a listener; unknown ones are ignored."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, *args: Any) -> None:
        """Tell all listeners."""
        for listener in list(self._listeners):
            listener(*args)


def listen(listeners: Iterable[tuple[Event, Callable[..., Any]]], on: bool) -> None:
    """Connect all of them to their events, or disconnect them."""
    for event, listener in listeners:
        event.connect(listener) if on else event.disconnect(listener)
