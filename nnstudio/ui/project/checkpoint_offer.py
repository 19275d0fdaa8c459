"""A checkpoint that goes on from the project that is opened: read elsewhere, and offered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.model import projectfile
from nnstudio.project import Project
from nnstudio.training.checkpointer import Content
from nnstudio.training.checkpoints import Beside, checkpoints_beside, forget_saved, put_aside
from nnstudio.training.session import TrainingState
from nnstudio.training.training_lock import is_being_trained
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.widgets.question import ask

TITLE = "Go on from the checkpoint?"
TRAINED_NOW = "{} is being trained by another process now. It is shown as it was saved."
TAKE, LEAVE = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


@dataclass(frozen=True)
class Opened:
    """A project as it was saved.

    Attributes:
        further: the same as its newest checkpoint has it; None where there is none to take.
        beside: what lies beside it.
        is_trained_now: whether another process is still writing these checkpoints.
    """

    project: Project
    further: Project | None
    beside: Beside
    is_trained_now: bool


def open_with_checkpoint(path: Path) -> Opened:
    """Read a project and what lies beside it; on any thread. Raises ProjectError."""
    project, beside = Project.open(path), checkpoints_beside(path, path)
    is_trained_now = bool(beside.newer) and is_being_trained(path)
    further = None
    if beside.newer and not is_trained_now:
        further = Project.open(beside.newer[0].path)
        further.path = project.path
    return Opened(project, further, beside, is_trained_now)


def write_project(
    path: Path, content: Content, state: TrainingState | None, cancel_point: Callable[[], None]
) -> None:
    """As `projectfile.write`, of a project with this state; checkpoints that it holds go."""
    projectfile.write(path, *content, cancel_point=cancel_point)
    if state is not None:
        forget_saved(path, state)


class CheckpointOffer:
    """Asks whether to go on from a checkpoint, and keeps one that is left under a name of its own."""

    def __init__(self, parent: QWidget, inquiries: Inquiries, messages: Messages) -> None:
        self._parent, self._inquiries, self._messages = parent, inquiries, messages

    def chosen(self, opened: Opened, path: Path) -> Project:
        """The project as it was saved, or as its checkpoint has it, as a person decides."""
        if opened.is_trained_now:
            self._messages.note(TRAINED_NOW.format(path.name))
        if opened.further is None:
            return opened.project
        text = (
            f"{path.name} was trained further than it was saved: beside it lies a checkpoint of "
            f"{opened.beside.newer[0].described}. Take goes on from the checkpoint. Leave shows the project "
            "as it was saved, and keeps the checkpoint as a project of its own."
        )
        if ask(self._parent, TITLE, text, TAKE | LEAVE, {TAKE: "&Take", LEAVE: "&Leave"}) == TAKE:
            return opened.further
        self._inquiries.in_background(
            partial(put_aside, opened.beside, path, None),
            lambda told: self._messages.note(" ".join(told)),
            self._messages.fail,
        )
        return opened.project
