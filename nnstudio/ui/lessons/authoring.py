"""Makes lessons: opens the editor on drafts, keeps them, and proves, tries and gives away what is written."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from nnstudio.lessons.draft import (
    Draft,
    copied,
    delete,
    faults_of_draft,
    keep,
    new_draft,
    read_draft,
)
from nnstudio.lessons.giving import give_away, name_for
from nnstudio.lessons.lesson import Fault, LessonFolder
from nnstudio.lessons.package import SUFFIX
from nnstudio.lessons.player import proving
from nnstudio.lessons.progress import MOST_PROJECT_BYTES
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import read_regular, write_atomically
from nnstudio.model.document import Document
from nnstudio.model.quantity import counted
from nnstudio.training.beside import Beside
from nnstudio.training.messages import Phase
from nnstudio.training.state import TrainingState
from nnstudio.ui.lessons.judge import Docks
from nnstudio.ui.lessons.lesson_editor import LessonEditor
from nnstudio.ui.lessons.lesson_names import LessonNames
from nnstudio.ui.lessons.lesson_run import LessonRun
from nnstudio.ui.lessons.step_recorder import StepRecorder
from nnstudio.ui.lessons.ways import ActionList
from nnstudio.ui.project.file_names import completed
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.question import ask

NO_PROJECT = "Open a project first, or begin one: the lesson starts with it."
FIRST = "Some things are missing before the lesson can be played. Click on one to go to its step."
OLD = " You changed something since this check began: check again."


class Authoring(QObject):
    """One draft is open at a time.

    Attributes:
        editor: the window that it is written in; None while there is none.
    """

    def __init__(
        self, parent: QWidget, workspace: Workspace, runner: Runner, messages: Messages, docks: Docks,
        lessons: LessonRun, run_bar: RunBar,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.parent_widget, self.workspace, self.runner = parent, workspace, runner
        self.messages, self.lessons = messages, lessons
        self.names = LessonNames(workspace, docks)
        self.recorder = StepRecorder(workspace, runner, docks, run_bar)
        self.editor: LessonEditor | None = None
        self._target: ActionList | None = None
        # What is being proved: its pieces, the editor's changes when that began, and what follows.
        self._beside: Beside | None = None
        self._changes, self._done, self._faults = 0, 0, list[Fault]()
        self._then: Callable[[list[Fault]], None] = lambda _faults: None
        runner.ticked.connect(self._look)
        self.recorder.recorded.connect(self._on_recorded)
        self.recorder.refused.connect(self._on_refused)
        self.recorder.ended.connect(self._on_recording_ended)

    # Opening and closing

    def begin(self) -> None:
        """A new draft, which begins with the project that is open."""
        if not self.workspace.has_project:
            self.messages.say(NO_PROJECT)
            return
        self._take_project(lambda content: self._in_background(lambda: new_draft(content), self._open))

    def edit(self, folder: Path) -> None:
        """Go on with a draft."""
        if self.editor is not None and self.editor.draft.folder == folder:
            self.editor.raise_()
            self.editor.activateWindow()
            return
        self.leave()
        # What was written last is written before it is read.
        self._in_background(lambda: read_draft(folder), self._open)

    def copy(self, folder: LessonFolder) -> None:
        """A new draft that is as a lesson is."""
        self._in_background(lambda: copied(folder), self._open)

    def _open(self, draft: Draft) -> None:
        self.leave()
        self.names.start = None
        editor = self.editor = LessonEditor(self.parent_widget, draft, self.names.offered)
        editor.keep_requested.connect(self._keep)
        editor.check_requested.connect(lambda: self._check(self._show_result))
        editor.cancel_requested.connect(self._cancel)
        editor.try_requested.connect(self._try)
        editor.give_requested.connect(self._give)
        editor.delete_requested.connect(self._delete)
        editor.start_requested.connect(self._replace_start)
        editor.record_requested.connect(self._record)
        editor.left.connect(self._on_left)
        editor.show()
        self._read_start()

    def leave(self) -> None:
        """Close the editor; the draft is kept."""
        if self.editor is not None:
            self.editor.close()

    def _on_left(self) -> None:
        self._end_proof()
        self.recorder.stop()
        self._keep()
        self.editor = None

    def _delete(self) -> None:
        """Take the draft away, once a person agreed."""
        editor, button = self.editor, QMessageBox.StandardButton
        if editor is None:
            return
        draft = editor.draft
        text = (
            f"“{draft.title}” is deleted for good, with the project that it begins with. What you gave away "
            "stays."
        )
        if ask(editor, "Delete the draft?", text, button.Yes | button.No) == button.Yes:
            self.leave()
            # Behind what was written when it was left.
            self._in_background(
                lambda: delete(draft), lambda _none: self.messages.tell(f"Deleted “{draft.title}”.")
            )

    def _keep(self) -> None:
        """Write the draft as it is now."""
        if self.editor is not None:
            draft, text = self.editor.draft, self.editor.draft.text()
            self._in_background(lambda: keep(draft, text), lambda _none: None)

    def _in_background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.runner.inquiries.in_background(work, then, self._fail)

    def _fail(self, error: Exception) -> None:
        if self.editor is not None:
            self.editor.say(str(error))
        self.messages.fail(error)

    # The project that it begins with

    def _take_project(self, then: Callable[[memoryview], None]) -> None:
        """Call ``then`` with the open project as a file holds it."""
        project = self.workspace.project

        def taken(state: TrainingState | None) -> None:
            project.state = state
            content = project.content()
            self._in_background(lambda: projectfile.packed(*content), then)

        self.runner.ask_state(taken)

    def _read_start(self) -> None:
        """Learn which nodes the lesson's project has, so that they can be picked."""
        editor = self.editor
        if editor is None:
            return
        path = editor.draft.start

        def read() -> Document:
            document = Document()
            projectfile.read(path, document)
            return document

        def known(document: Document) -> None:
            if editor is self.editor:
                self.names.start = document

        self._in_background(read, known)

    def _replace_start(self) -> None:
        editor = self.editor
        if editor is None or not self.workspace.has_project:
            self.messages.say(NO_PROJECT)
            return
        path = editor.draft.start

        def replace(content: bytes | memoryview) -> Callable[[], bytes]:
            def write() -> bytes:
                before = read_regular(path, MOST_PROJECT_BYTES)
                write_atomically(path, content)
                return before

            return write

        def written(before: bytes) -> None:
            if editor is self.editor:
                editor.note_change()
                editor.offer_back(
                    "The lesson begins with the project that is open now.",
                    lambda: self._in_background(replace(before), lambda _now: self._read_start()),
                )
                self._read_start()

        self._take_project(lambda content: self._in_background(replace(content), written))

    # Proving it

    def _prepare(self, then: Callable[[LessonFolder], None]) -> None:
        """Keep the draft, and call ``then`` with the lesson where nothing is missing; else say what is."""
        editor = self.editor
        if editor is None:
            return
        draft, text = Draft(editor.draft.folder, deepcopy(editor.draft.content)), editor.draft.text()

        def read() -> tuple[list[Fault], LessonFolder | None]:
            keep(draft, text)
            faults = faults_of_draft(draft)
            return faults, None if faults else draft.lesson()

        def told(result: tuple[list[Fault], LessonFolder | None]) -> None:
            faults, lesson = result
            if editor is not self.editor:
                return
            editor.show_faults(faults)
            if lesson is None:
                editor.say(FIRST)
            else:
                then(lesson)

        self._in_background(read, told)

    def _check(self, then: Callable[[list[Fault]], None]) -> None:
        """Prove the lesson on the worker, and call ``then`` with what is wrong."""
        if self._beside is None:
            self._prepare(lambda lesson: self._prove(lesson, then))

    def _prove(self, lesson: LessonFolder, then: Callable[[list[Fault]], None]) -> None:
        assert self.editor is not None
        # Both would wait for each other's slices.
        if self.runner.snapshot.phase == Phase.RUNNING:
            self.runner.orders.pause()
        self._changes, self._done, self._faults, self._then = self.editor.changes, 0, [], then
        self._beside = Beside(proving(lesson))
        self.runner.worker.work_beside(self._beside)
        self.editor.show_progress(0, len(lesson.lesson.steps))

    def _look(self) -> None:
        """Show what was proved since the last look."""
        beside, editor = self._beside, self.editor
        if beside is None or editor is None:
            return
        is_over = beside.is_over
        for piece in beside.take():
            if isinstance(piece, Fault):
                self._faults.append(piece)
            elif piece is not None:
                self._done = piece
                editor.show_progress(piece, len(editor.steps.steps))
        if is_over:
            self._end_proof()
            if beside.error is not None:
                self._faults.append(Fault(self._done + 1, f"it cannot be played: {beside.error}"))
            self._then(self._faults)

    def _end_proof(self) -> None:
        if self._beside is not None:
            self._beside.cancel()
            self._beside = None
            if self.editor is not None:
                self.editor.end_progress()

    def _cancel(self) -> None:
        self._end_proof()
        if self.editor is not None:
            self.editor.say("The check was cancelled.")

    def _show_result(self, faults: list[Fault]) -> None:
        if self.editor is None:
            return
        is_old = self._changes != self.editor.changes
        self.editor.show_faults(faults)
        steps = counted(self._done, "step")
        told = (
            f"The check found {counted(len(faults), 'fault')}. Click on one to go to its step."
            if faults
            else f"{steps[0].upper()}{steps[1:]} can be done, and refuse what is not."
        )
        self.editor.say(told + OLD * is_old, is_good=not faults and not is_old)

    # Trying it, and giving it away

    def _try(self) -> None:
        """Open it as a learner would, from its beginning."""
        self.recorder.stop()
        self._prepare(self._begin_trial)

    def _begin_trial(self, lesson: LessonFolder) -> None:
        assert self.editor is not None
        self.editor.say("The lesson is open in the studio. Edit > Undo brings your own project back.")
        self.lessons.begin_anew(lesson)

    def _give(self) -> None:
        """Check it, and write it into a file to give away."""
        self._check(self._offer_to_give)

    def _offer_to_give(self, faults: list[Fault]) -> None:
        self._show_result(faults)
        editor, button = self.editor, QMessageBox.StandardButton
        if editor is None or self._changes != editor.changes:
            return
        if faults and button.Yes != ask(
            editor, "Give it away with faults?",
            f"The check found {counted(len(faults), 'fault')}: a learner may get stuck. Give it away anyway?",
            button.Yes | button.No,
        ):  # fmt: skip
            return
        name = f"{name_for(editor.draft.title)}{SUFFIX}"
        chosen, _ = QFileDialog.getSaveFileName(
            editor, "Give the lesson away", name, f"nnstudio lessons (*{SUFFIX})"
        )
        path = completed(editor, chosen, SUFFIX)
        if path is not None:
            self.give_to(path)

    def give_to(self, path: Path) -> None:
        """Write the lesson into a file, and say so."""

        def given(_none: None) -> None:
            told = f"Written to '{path}'. Whoever opens it in nnstudio has the lesson."
            self.messages.tell_written(told, path)
            if self.editor is not None:
                self.editor.say(told, is_good=True)

        def give(lesson: LessonFolder) -> None:
            self._in_background(lambda: give_away(lesson, path), given)

        self._prepare(give)

    # Recording

    def _record(self, target: ActionList, on: bool) -> None:
        self.recorder.stop()
        target.show_recording(on)
        if on:
            self._target = target
            self.recorder.begin()

    def _on_recorded(self, item: dict[str, Any], replaces: bool) -> None:
        target = self._target
        if target is None:
            return
        if replaces and target.items and target.items[-1].get("do") == item["do"]:
            target.items.pop()
        target.extend([item])

    def _on_refused(self, sentence: str) -> None:
        if self.editor is not None:
            self.editor.say(sentence)

    def _on_recording_ended(self) -> None:
        if self._target is not None:
            self._target.show_recording(False)
            self._target = None
