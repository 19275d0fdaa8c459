"""What is asked about a project that is left, or that somebody else has or changed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from PySide6.QtWidgets import QMessageBox

from nnstudio.model.quantity import counted
from nnstudio.project import Project
from nnstudio.project_name import name_of
from nnstudio.ui.widgets.question import Names, Text

Button = QMessageBox.StandardButton


class Ask(Protocol):
    """Shows a question; returns the button that was chosen."""

    def __call__(self, title: str, text: Text, buttons: Button, names: Names) -> Button:
        """As `nnstudio.ui.widgets.question.ask`."""


def told_of_unsaved(name: str, is_edited: bool, was_trained: bool, epoch: int, goes_on: bool = False) -> str:
    """What of a project is not saved; ``epoch`` counts those that it was trained through, unless training
    ``goes_on``.
    """
    if not was_trained:
        return f"{name} has unsaved changes."
    if goes_on:
        # How far it is by the time that this is read, nobody knows.
        learned = "is being trained, and what it learned is not saved. Training will stop."
        return f"{name} has unsaved changes. It {learned}" if is_edited else f"{name} {learned}"
    how_far = f"for {counted(epoch, 'whole epoch')}" if epoch else "for less than an epoch"
    learned = f"was trained {how_far}, and what it learned is not saved."
    return f"{name} has unsaved changes. It {learned}" if is_edited else f"{name} {learned}"


def told_of_left(projects: Sequence[Project]) -> str:
    """What closing loses of projects that undo or redo would show."""
    names = ", ".join(p.path.name if p.path else f"“{name_of(p)}” (no file yet)" for p in projects)
    have = "has" if len(projects) == 1 else "have"
    text = f"{names} {have} changes that are not saved. Undo or Redo shows them again; closing discards them."
    return text[0].upper() + text[1:]


class Choice(Enum):
    """What a person wants."""

    ITSELF = auto()
    ANOTHER = auto()
    NEITHER = auto()


def ask_of_open(ask: Ask, told: str) -> Choice:
    """Open a project itself or a copy of it, where another window has it open; ``told`` says so."""
    choice = ask(
        "Open it here, too?",
        f"{told} A window does not show what the other one saves. Open a copy to work on it apart.",
        Button.Open | Button.Yes | Button.Cancel,
        {Button.Open: "Open a copy", Button.Yes: "Open it anyway"},
    )
    return {Button.Yes: Choice.ITSELF, Button.Open: Choice.ANOTHER}.get(choice, Choice.NEITHER)


def ask_of_changed(ask: Ask, name: str) -> Choice:
    """Overwrite a file that was changed since, or save another one."""
    choice = ask(
        "Overwrite the file?",
        f"'{name}' was changed by another program or window since it was opened or saved here. "
        "Overwrite replaces what is in it now; Save as keeps both.",
        Button.Save | Button.Yes | Button.Cancel,
        {Button.Save: "Save as…", Button.Yes: "Overwrite"},
    )
    return {Button.Yes: Choice.ITSELF, Button.Save: Choice.ANOTHER}.get(choice, Choice.NEITHER)


def ask_of_checkpoint(ask: Ask, name: str, described: str) -> bool:
    """Whether to go on from a checkpoint that is newer than its project."""
    choice = ask(
        "Go on from the checkpoint?",
        f"'{name}' was trained further than it was saved: beside it lies a checkpoint of {described}. Take "
        "goes on from the checkpoint; Leave shows the project as it was saved, and keeps the checkpoint as a "
        "project of its own.",
        Button.Yes | Button.No,
        {Button.Yes: "&Take", Button.No: "&Leave"},
    )
    return choice == Button.Yes
