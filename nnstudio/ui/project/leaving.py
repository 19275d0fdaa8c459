"""A project gives way to another, or the program ends: asks where something would be lost, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from nnstudio.lessons.progress import lesson_of
from nnstudio.project import Project
from nnstudio.training.messages import Phase
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.questions import told_of_left, told_of_unsaved

if TYPE_CHECKING:
    from nnstudio.ui.project.files import Files

Action = Callable[[], object]
Button = QMessageBox.StandardButton


class Leaving:
    """What is trained is kept under Runs, so that it is at stake only where the project has a file, which
    would not have it, or where runs cannot be kept. Edits are always at stake.

    Attributes:
        before: called before another project takes the place of the one that is open.
        keeps_runs: whether what is trained is kept under Runs.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.before: Action = lambda: None
        self.keeps_runs: Callable[[], bool] = lambda: False
        # The project that a person discarded last, after so many moves of its history.
        self._discarded: tuple[Project, int] | None = None
        # Recovery copies of projects that were left with edits and nobody was asked about.
        self._copies: dict[Project, Autosave] = {}
        files.workspace.shown.connect(self._forget_copy)

    def keep_copy(self) -> None:
        """The open project gives way with edits that are not saved: a crash must not lose them."""
        project = self.files.workspace.project
        if project not in self._copies:
            self._copies[project] = Autosave()
        self._copies[project].save(project)

    def _forget_copy(self) -> None:
        """A project that is open again has the copy that all open ones have."""
        copy = self._copies.pop(self.files.workspace.project, None)
        if copy is not None:
            copy.discard()
            copy.close()

    def close(self, keep: bool) -> None:
        """The program ends; without ``keep``, as a person wanted."""
        for copy in self._copies.values():
            if not keep:
                copy.discard()
            copy.close()

    def leave(self, then: Action, closes: bool = False, comes_back: bool = False) -> None:
        """Call ``then`` when the project may be closed: at once, or once a person has chosen.

        What is being written is waited for, so that it is known whether the project is safe. Where the
        program ``closes``, undo will not bring it back; where a person was told that it ``comes_back`` by
        undo, nothing is asked before the program closes.
        """
        files, workspace = self.files, self.files.workspace
        if files.wait_for_saves(lambda: self.leave(then, closes, comes_back)):
            return
        self.before()
        if comes_back or not self._is_at_stake():
            then()
            return
        project = workspace.project

        def save() -> None:
            # What was edited while it was written is asked about again.
            # Training that goes on is not asked about again, or there would be no end of it.
            files.save(
                lambda: (
                    then()
                    if project is workspace.project and not project.is_edited
                    else self.leave(then, closes)
                )
            )

        if lesson_of(project.path) and not files.has_failed:
            # A learner made no file: their work in a lesson is kept by itself, if that can be done.
            save()
            return
        back = "" if closes else " After Discard, Undo still brings it back until the program is closed."
        choice = files.ask(
            "Save changes?", lambda: self._what_is_lost() + back, Button.Save | Button.Discard | Button.Cancel
        )
        if choice == Button.Save:
            save()
        elif choice == Button.Discard:
            self._discarded = project, project.document.history.moves
            then()

    def leave_all(self, then: Action) -> None:
        """As `leave`, for the program: what only undo or redo would show goes, too, and is asked about
        before.
        """
        lost = self.left_behind
        if not lost or Button.Discard == self.files.ask(
            "Discard unsaved changes?", told_of_left(lost), Button.Discard | Button.Cancel
        ):
            self.leave(then, closes=True)

    @property
    def left_behind(self) -> list[Project]:
        """Projects that undo or redo would show, with something unsaved that nobody was asked about."""
        workspace = self.files.workspace
        undone = [] if self.keeps_runs() else workspace.undone_training
        return list(dict.fromkeys((*workspace.left_unsaved, *undone)))

    @property
    def was_discarded(self) -> bool:
        """Whether a person said that the open project, as it is, may go."""
        project = self.files.workspace.project
        return self._discarded == (project, project.document.history.moves)

    def _is_at_stake(self) -> bool:
        project = self.files.workspace.project
        return project.needs_saving or self._would_forget()

    def _would_forget(self) -> bool:
        """Whether something was learned that is in no file, and would not be kept under Runs alone."""
        project = self.files.workspace.project
        # After a Reset nothing is learned that could be saved.
        _epoch, steps = self._learned()
        has_learned = project.was_trained and steps > 0
        return has_learned and (project.path is not None or not self.keeps_runs())

    def _learned(self) -> tuple[int, int]:
        """Epoch and step up to which it is trained."""
        runner = self.files.runner
        # Of a state that waits for its data, the worker knows nothing yet.
        to_come = runner.planner.state_to_come
        if to_come is not None:
            return to_come.epoch, to_come.step
        return runner.snapshot.epoch, runner.snapshot.steps

    def _what_is_lost(self) -> str:
        """What of the open project is not saved, in a sentence or two."""
        project, snapshot = self.files.workspace.project, self.files.runner.snapshot
        name = project.path.name if project.path else "This project"
        epoch, _steps = self._learned()
        goes_on = snapshot.phase == Phase.RUNNING
        return told_of_unsaved(name, project.needs_saving, self._would_forget(), epoch, goes_on)
