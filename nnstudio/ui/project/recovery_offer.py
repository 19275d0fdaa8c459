"""Offers what sessions left that ended in a crash, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from nnstudio.changed_data import told_of_loss
from nnstudio.model.file_mark import FileMark
from nnstudio.project import Project
from nnstudio.ui.project import recovery

if TYPE_CHECKING:
    from nnstudio.ui.project.files import Action, Files

Ask = Callable[[str, str, QMessageBox.StandardButton], QMessageBox.StandardButton]
NEWER = (
    "The last edits came after the last copy of the weights, and do not fit them: this network begins anew. "
    "Undo shows the one before it, with what it learned."
)


def offer(files: Files, ask: Ask, copies: list[Path], then: Action, otherwise: Action) -> None:
    """Offer copies until one is shown; calls one of the two."""
    if not copies:
        otherwise()
        return
    path, *others = copies
    # That file may have been saved since, by whoever; work in a lesson is the program's own.
    work = recovery.lesson_work(path)
    if work is not None and files.claim.told_of_holder(work):
        work = None
    if work is not None:
        ways = "Open goes on with the lesson; Discard deletes the copy, and the lesson stays as it was saved."
    elif recovery.has_file(path):
        ways = "Open opens the copy and leaves that file alone; Discard deletes the copy."
    else:
        ways = "Open opens the copy; Discard deletes it, and there is no other."
    choice = ask(
        "Recover the last session?",
        f"nnstudio did not close properly. It kept a copy of {recovery.described(path)}. {ways}",
        QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Discard,
    )
    if choice == QMessageBox.StandardButton.Discard:
        recovery.forget(path)
        offer(files, ask, others, then, otherwise)
        return

    def show(projects: list[Project]) -> None:
        for project in projects:
            project.path, project.mark = work, FileMark.of(work) if work is not None else None
            files.show(project, "Recover a project")
            files.workspace.note_trained()
        files.messages.say(NEWER if len(projects) > 1 else told_of_loss(projects[0], "The copy"))
        # The old copy goes when the new one is on disk.
        files.autosave.save(projects[-1], partial(recovery.forget, path))
        then()

    files.in_background(
        "Recovering the last session",
        lambda: recovery.recovered(path),
        show,
        lambda: offer(files, ask, others, then, otherwise),
    )
