"""Undo and redo: a line of commands and a place on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol
from weakref import WeakSet

from nnstudio.model.event import Event


class Command(Protocol):
    """One change that can be taken back; ``needs_saving`` where leaving the project unsaved loses it,
    ``moves_alone`` where it changes where nodes and notes stand, and nothing else.
    """

    title: str
    needs_saving: bool
    moves_alone: bool

    def redo(self) -> None:
        """Make the change."""

    def undo(self) -> None:
        """Take it back exactly."""

    def merge(self, later: Command) -> bool:
        """Take a later command into this one (a drag, typing); False if they are two steps."""


class Step:
    """Base of commands: a title, and no merging."""

    title = ""
    needs_saving = True
    moves_alone = False

    def merge(self, later: Command) -> bool:
        return False

    def may_merge(self, later: Command) -> bool:
        """Whether `merge` would take a later command in; asked by steps that are made of several."""
        return False


class Compound(Step):
    """A step made of child commands; where one of them refuses, those before it are undone.

    `steps` is gone through anew each time the step is done, and each child is made after those before it were
    done, so that it sees what they did.
    """

    def __init__(self) -> None:
        self._done: list[Command] = []

    def steps(self) -> Iterator[Command]:
        """The child commands, in order."""
        raise NotImplementedError

    def redo(self) -> None:
        self._done = []
        try:
            for command in self.steps():
                command.redo()
                self._done.append(command)
        except Exception:
            self.undo()
            raise

    def undo(self) -> None:
        while self._done:
            self._done.pop().undo()


class Together(Compound):
    """Several commands as one step; with ``done`` they were done before."""

    def __init__(self, title: str, commands: Sequence[Command], done: bool = False) -> None:
        super().__init__()
        self.title, self.commands = title, list(commands)
        if done:
            self._done = list(self.commands)

    def steps(self) -> Iterator[Command]:
        return iter(self.commands)

    def merge(self, later: Command) -> bool:
        """Typing in one field of several nodes is one step, as it is with one."""
        if not isinstance(later, Together) or len(later.commands) != len(self.commands):
            return False
        pairs = list(zip(self.commands, later.commands, strict=True))
        if not all(isinstance(first, Step) and first.may_merge(second) for first, second in pairs):
            return False
        return all(first.merge(second) for first, second in pairs)


class Mark:
    """A position on the line of commands, which stays right while old ones are forgotten.

    Attributes:
        at: how many commands are done there; None once no step leads there any more.
    """

    def __init__(self, at: int) -> None:
        self.at: int | None = at


class History:
    """Commands done and undone. ``changed`` is emitted after every push, undo and redo.

    Attributes:
        moves: how often something was done, undone or redone, so that who waits knows whether anything was.
    """

    def __init__(self) -> None:
        self._commands: list[Command] = []
        self._index = 0
        self.moves = 0
        self._marks: WeakSet[Mark] = WeakSet()
        self.changed = Event()

    def push(self, command: Command) -> None:
        """Do a command; what was undone before it is forgotten."""
        undone = [(mark, mark.at) for mark in self._marks if mark.at is not None and mark.at > self._index]
        for mark, _at in undone:
            mark.at = None
        try:
            command.redo()
        except Exception:
            for mark, at in undone:
                mark.at = at
            raise
        del self._commands[self._index :]
        last = self._commands[-1] if self._commands and not self._is_marked(self._index) else None
        if last is None or not last.merge(command):
            self._commands.append(command)
            self._index += 1
        self._moved()

    def join(self, command: Command, title: str = "") -> None:
        """Do a command as a part of the last step, which led to it: a drag that drops something.

        The two are called ``title``, by default as the command is.
        """
        done = self._index
        self.push(command)
        if self._index == done + 1 and done and not self._is_marked(done):
            second, first = self._commands.pop(), self._commands.pop()
            self._commands.append(Together(title or second.title, [first, second], done=True))
            self._index -= 1
            self.changed.emit()

    def undo(self) -> None:
        """Take back the last command, if there is one."""
        if self._index:
            self._commands[self._index - 1].undo()
            self._index -= 1
            self._moved()

    def redo(self) -> None:
        """Do again what was undone last, if there is something."""
        if self._index < len(self._commands):
            self._commands[self._index].redo()
            self._index += 1
            self._moved()

    def _moved(self) -> None:
        self.moves += 1
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

    def mark(self, ahead: int = 0) -> Mark:
        """Where it stands now, or so many commands later; nothing is merged into a step that led there."""
        mark = Mark(self._index + ahead)
        self._marks.add(mark)
        return mark

    def _is_marked(self, at: int) -> bool:
        return any(mark.at == at for mark in self._marks)

    def forget(self, steps: int) -> None:
        """Let the oldest steps go, to save memory; they can no longer be taken back."""
        steps = min(steps, self._index)
        del self._commands[:steps]
        self._index -= steps
        for mark in self._marks:
            if mark.at is not None:
                mark.at = mark.at - steps if mark.at >= steps else None
        self.changed.emit()
