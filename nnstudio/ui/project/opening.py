"""Opens a project, offers a checkpoint that goes on from it, and removes what a save made needless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.changed_data import told_of_loss
from nnstudio.model import projectfile
from nnstudio.model.arrange import are_piled, arranged
from nnstudio.model.document import Document
from nnstudio.model.file_mark import FileMark
from nnstudio.project import Project
from nnstudio.training.checkpointer import Content
from nnstudio.training.checkpoints import Beside, checkpoints_beside, forget_saved, put_aside
from nnstudio.training.state import TrainingState
from nnstudio.training.training_lock import is_being_trained
from nnstudio.ui.project.questions import Ask, Choice, ask_of_checkpoint, ask_of_open

if TYPE_CHECKING:
    from nnstudio.ui.project.files import Action, Files

TRAINED_NOW = "{} is being trained by another process now. It is shown as it was saved."


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
    """Read a project and what lies beside it; on any thread. Nodes that lie on one another are laid out,
    which is no edit. Raises ProjectError.
    """
    project, beside = Project.open(path), checkpoints_beside(path, path)
    is_trained_now = bool(beside.newer) and is_being_trained(path)
    further = None
    if beside.newer and not is_trained_now:
        further = Project.open(beside.newer[0].path)
        further.path, further.mark = project.path, project.mark
    for opened in (project, further):
        if opened is not None:
            _lay_out(opened.document)
    return Opened(project, further, beside, is_trained_now)


def _lay_out(document: Document) -> None:
    """Give the nodes of each graph in which nobody could tell them apart positions of their own."""
    for graph in (document.graph, *(s.graph for s in document.subnetworks.values())):
        if are_piled(graph):
            for node, (x, y) in arranged(graph).items():
                graph.put(node, x, y)


def begin(files: Files, ask: Ask, path: Path, failed: Action) -> None:
    """Read a project elsewhere and show it; a person decides where another window has it open."""
    told = files.claim.told_of_holder(path)
    choice = ask_of_open(ask, told) if told else Choice.ITSELF
    if choice == Choice.NEITHER:
        failed()
        return
    show = _show_copy if choice == Choice.ANOTHER else partial(_show, ask=ask)
    work, then = partial(open_with_checkpoint, path), partial(show, files, path)
    files.in_background(f"Opening {path.name}", work, then, failed)


def _show_copy(files: Files, path: Path, opened: Opened) -> None:
    """Show it as a project that was never saved; what lies beside it is the other window's affair."""
    project = opened.project
    project.path = project.mark = None
    files.show(project, f"Open {path.name}")
    files.messages.say(told_of_loss(project, path.name))
    files.messages.tell(f"This is a copy of {path.name}. Saving it asks for a name.")


def _show(files: Files, path: Path, opened: Opened, ask: Ask) -> None:
    further = opened.further
    takes = further is not None and ask_of_checkpoint(ask, path.name, opened.beside.newer[0].described)
    files.show(further if further is not None and takes else opened.project, f"Open {path.name}")
    files.messages.say(told_of_loss(opened.project, path.name))
    files.recent.remember(path)
    if opened.is_trained_now:
        files.messages.note(TRAINED_NOW.format(path.name))
    elif takes:
        # It is on disk, but not in the project's own file.
        files.workspace.note_trained()
    elif further is not None:
        files.runner.inquiries.in_background(
            partial(put_aside, opened.beside, path, None),
            lambda told: files.messages.note(" ".join(told)),
            files.messages.fail,
        )


def write(
    path: Path,
    content: Content,
    state: TrainingState | None,
    cancel_point: Callable[[], None],
    mark: FileMark | None,
) -> FileMark:
    """As `projectfile.write`, of a project with this state; checkpoints that it holds go."""
    new = projectfile.write(path, *content, cancel_point=cancel_point, mark=mark)
    if state is not None:
        forget_saved(path, state)
    return new
