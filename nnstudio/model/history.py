"""Undo and redo: a line of commands and a place on it."""

from __future__ import annotations

from typing import Protocol

from nnstudio.model.event import Event


class Command(Protocol):
    """One change that can be taken back."""

    title: str

    def redo(self) -> None:
        """Make the change."""

    def undo(self) -> None:
        """Take it back exactly."""

    def merge(self, later: Command) -> bool:
        """Take a later command into this one (a drag, typing); False if they are two steps."""


class Joined:
    """Two commands that are one step."""

    def __init__(self, first: Command, second: Command) -> None:
        self.first, self.second, self.title = first, second, second.title

    def redo(self) -> None:
        self.first.redo()
        self.second.redo()

    def undo(self) -> None:
        self.second.undo()
        self.first.undo()

    def merge(self, later: Command) -> bool:
        return False


class History:
    """Commands done and undone. ``changed`` is emitted after every push, undo, redo and mark."""

    def __init__(self) -> None:
        self._commands: list[Command] = []
        self._index = 0
        self._clean = 0
        self.changed = Event()

    def push(self, command: Command) -> None:
        """Do a command; what was undone before it is forgotten."""
        command.redo()
        del self._commands[self._index :]
        if self._clean > self._index:
            self._clean = -1
        last = self._commands[-1] if self._commands and self._clean != self._index else None
        if last is None or not last.merge(command):
            self._commands.append(command)
            self._index += 1
        self.changed.emit()

    def join(self, command: Command) -> None:
        """Do a command as a part of the last step, which ended in it: a drag that drops something."""
        done = self._index
        self.push(command)
        if self._index == done + 1 and done and self._clean != done:
            second, first = self._commands.pop(), self._commands.pop()
            self._commands.append(Joined(first, second))
            self._index -= 1
            self.changed.emit()

    def undo(self) -> None:
        """Take back the last command, if there is one."""
        if self._index:
            self._index -= 1
            self._commands[self._index].undo()
            self.changed.emit()

    def redo(self) -> None:
        """Do again what was undone last, if there is something."""
        if self._index < len(self._commands):
            self._commands[self._index].redo()
            self._index += 1
            self.changed.emit()

    @property
    def commands(self) -> tuple[Command, ...]:
        """All steps, done and undone, the oldest first."""
        return tuple(self._commands)

    @property
    def done(self) -> int:
        """How many of the steps are done; the others were taken back."""
        return self._index

    @property
    def last(self) -> Command | None:
        """The step that undo would take back."""
        return self._commands[self._index - 1] if self._index else None

    @property
    def next(self) -> Command | None:
        """The step that redo would make."""
        return self._commands[self._index] if self._index < len(self._commands) else None

    @property
    def clean(self) -> bool:
        """Whether the document is as it was at the last `mark_clean`."""
        return self._clean == self._index

    def mark_clean(self) -> None:
        """The document is saved as it is now."""
        self._clean = self._index
        self.changed.emit()
