"""Makes lessons: opens the editor on drafts, keeps them, and proves, tries and gives away what is written."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

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
from nnstudio.lessons.positions import Positions, read_start
from nnstudio.lessons.progress import MOST_PROJECT_BYTES
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import read_regular, write_atomically
from nnstudio.model.document import Document
from nnstudio.model.quantity import counted
from nnstudio.training.state import TrainingState
from nnstudio.ui.lessons import lesson_editor
from nnstudio.ui.lessons.judge import Docks
from nnstudio.ui.lessons.lesson_names import LessonNames
from nnstudio.ui.lessons.lesson_run import LessonRun
from nnstudio.ui.lessons.lessons_page import LessonsPage
from nnstudio.ui.lessons.making_bar import MakingBar
from nnstudio.ui.lessons.proof import Proof
from nnstudio.ui.lessons.recording import Recording
from nnstudio.ui.lessons.step_recorder import StepRecorder
from nnstudio.ui.lessons.trial import Trial
from nnstudio.ui.lessons.usual_words import UsualWords
from nnstudio.ui.project.file_names import completed
from nnstudio.ui.project.keeper import Keeper
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.file_dialogs import ask_save
from nnstudio.ui.widgets.question import agrees

NO_PROJECT = "Open a project first, or begin one: the lesson starts with it."
ONE_AT_A_TIME = "This lesson is being written. To begin another one, close it first: it is kept."
FIRST = "Some things are missing before the lesson can be played. Click on one to go to its step."
OPENING = "Opening the lesson in the studio…"
TRIED = "The lesson is open in the studio. “Back to the editor” there brings your own project back."
UNTRIED = "Your own project is open again, as you left it."
OLD = " You changed something since this check began: check again."


class Authoring(QObject):
    """One draft is open at a time. Signal: left_empty() where nothing was open before a trial, and is now.

    Attributes:
        editor: the window that it is written in; None while there is none.
    """

    left_empty = Signal()

    def __init__(
        self, parent: QWidget, workspace: Workspace, runner: Runner, messages: Messages, docks: Docks,
        lessons: LessonRun, run_bar: RunBar, keeper: Keeper, page: LessonsPage, bar: MakingBar,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.parent_widget, self.workspace, self.runner = parent, workspace, runner
        self.messages, self.lessons, self.bar = messages, lessons, bar
        self.trial = Trial(workspace, keeper, lessons)
        self.names = LessonNames(workspace, docks)
        self.recorder = StepRecorder(workspace, runner, docks, run_bar, lessons.judge.showing)
        self.editor: lesson_editor.LessonEditor | None = None
        # What is proved: the editor's changes when that began, the steps that were played, and what follows.
        self._changes, self._done = 0, 0
        self._then: Callable[[list[Fault]], None] = lambda _faults: None
        self.proof, self.usual = Proof(runner, self), UsualWords(runner, self)
        self.proof.advanced.connect(self._on_advanced)
        self.proof.finished.connect(self._on_proved)
        self.proof.ended.connect(self._on_proof_ended)
        self._connect_studio(page)

    def _connect_studio(self, page: LessonsPage) -> None:
        page.make.begin_requested.connect(self.begin)
        page.make.draft_requested.connect(self.edit)
        page.make.copy_requested.connect(self.copy)
        self.trial.began.connect(self._on_trial_began)
        self.trial.ended.connect(self._on_trial_ended)
        self.lessons.panel.leave_requested.connect(self.trial.end)
        self.lessons.panel.answered.connect(self.recorder.note_answer)
        self.bar.stop_requested.connect(self.recorder.stop)
        self.bar.back_requested.connect(self._back)
        self.recorder.refused.connect(self._on_refused)
        self.recording = Recording(self.recorder)
        self.recording.changed.connect(self._show_making)

    # Opening and closing

    def begin(self) -> None:
        """A new draft, which begins with the project that is open; not beside one that is being written."""
        if self.editor is not None:
            self.editor.say(ONE_AT_A_TIME)
            self.editor.raise_()
            self.editor.activateWindow()
            return
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
        self.names.start, self.names.positions = None, {}
        editor = self.editor = lesson_editor.LessonEditor(self.parent_widget, draft, self.names.offered)
        editor.keep_requested.connect(self._keep)
        editor.check_requested.connect(lambda: self._check(self._show_result))
        editor.cancel_requested.connect(self._cancel)
        editor.try_requested.connect(self._try)
        editor.give_requested.connect(self._give)
        editor.delete_requested.connect(self._delete)
        editor.start_requested.connect(self._replace_start)
        editor.record_requested.connect(self.recording.record)
        editor.left.connect(self._on_left)
        self.usual.follow(editor)
        editor.show()
        self._read_start()

    def leave(self) -> None:
        """Close the editor; the draft is kept."""
        if self.editor is not None:
            self.editor.close()

    def _on_left(self) -> None:
        self.proof.end()
        self.recorder.stop()
        self.trial.end()
        self._keep()
        self.usual.follow(None)
        self.editor = None

    def _delete(self) -> None:
        """Take the draft away, once a person agreed."""
        editor = self.editor
        if editor is None:
            return
        draft = editor.draft
        text = (
            f"“{draft.title}” is deleted for good, with the project that it begins with. What you gave away "
            "stays."
        )
        if agrees(editor, "Delete the draft?", text, "Delete"):
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

        def known(start: tuple[Document, Positions]) -> None:
            if editor is self.editor:
                self.names.start, self.names.positions = start

        self._in_background(lambda: read_start(path), known)

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
        panels = dict(self.names.panels())

        def read() -> tuple[list[Fault], LessonFolder | None]:
            keep(draft, text)
            faults = faults_of_draft(draft, panels)
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
        if not self.proof.is_on:
            self._prepare(lambda lesson: self._prove(lesson, then))

    def _prove(self, lesson: LessonFolder, then: Callable[[list[Fault]], None]) -> None:
        assert self.editor is not None
        self._changes, self._then = self.editor.changes, then
        self.proof.begin(lesson)

    def _on_advanced(self, done: int, steps: int) -> None:
        if self.editor is not None:
            self.editor.show_progress(done, steps)

    def _on_proved(self, faults: list[Fault], done: int) -> None:
        self._done = done
        self._then(faults)

    def _on_proof_ended(self) -> None:
        if self.editor is not None:
            self.editor.end_progress()

    def _cancel(self) -> None:
        self.proof.end()
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
        if self.editor is not None:
            self.editor.say(OPENING)
        self._prepare(self._begin_trial)

    def _begin_trial(self, lesson: LessonFolder) -> None:
        self.trial.begin(lesson, self._fail)

    def _on_trial_began(self) -> None:
        if self.editor is not None:
            self.editor.say(TRIED)
            self.parent_widget.raise_()
            self.parent_widget.activateWindow()
        self._show_making()

    def _on_trial_ended(self, had_project: bool) -> None:
        self._show_making()
        if not had_project:
            self.left_empty.emit()

    def _back(self) -> None:
        """End the trial, and show the editor."""
        self.trial.end()
        if self.editor is not None:
            self.editor.say(UNTRIED)
            self.editor.raise_()
            self.editor.activateWindow()

    def _show_making(self) -> None:
        what, editor = self.recording.what, self.editor
        recorded = f"{what} of step {editor.steps.number}" if what and editor is not None else ""
        self.bar.show_making(recorded, self.trial.title if self.trial.is_on else "")

    def _give(self) -> None:
        """Check it, and write it into a file to give away."""
        self._check(self._offer_to_give)

    def _offer_to_give(self, faults: list[Fault]) -> None:
        self._show_result(faults)
        editor = self.editor
        if editor is None or self._changes != editor.changes:
            return
        if faults and not agrees(
            editor, "Give it away with faults?",
            f"The check found {counted(len(faults), 'fault')}: a learner may get stuck.", "Give it away",
        ):  # fmt: skip
            return
        name = f"{name_for(editor.draft.title)}{SUFFIX}"
        chosen, _ = ask_save(editor, "Give the lesson away", name, f"nnstudio lessons (*{SUFFIX})")
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

    def _on_refused(self, sentence: str) -> None:
        if self.editor is not None:
            self.editor.say(sentence)
