"""Leads through a lesson: opens the learner's project, keeps how far they came, and leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from msgspec import structs
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.lessons.begun import Begun, read_begun
from nnstudio.lessons.condition import Verdict
from nnstudio.lessons.lesson import Lesson, LessonFolder, Step
from nnstudio.lessons.library import Library, read_library
from nnstudio.lessons.progress import Progress, lesson_of, prepare, put_aside, work_file, write_progress
from nnstudio.lessons.showing import Showing
from nnstudio.lessons.step_panels import asked, named_fields, needed
from nnstudio.ui.lessons.judge import Docks, Judge
from nnstudio.ui.lessons.lesson_panel import EARLIER, LOST, NEEDS, SKIPPED, LessonPanel
from nnstudio.ui.lessons.pointing import Pointing
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.question import ask


class Layout(Protocol):
    """Puts the panels where a lesson needs them, and back."""

    def begin(self, forward: Sequence[str], mentioned: Sequence[str]) -> None:
        """Put panels forward."""

    def follow_step(self, needed: Sequence[str]) -> bool:
        """Another step: show those beside the canvas that it needs; whether any came or went."""

    def end(self) -> None:
        """Everything where it stood before."""


@dataclass(frozen=True)
class Open:
    """The lesson that is open, and how far the learner came in it."""

    folder: LessonFolder
    progress: Progress

    @property
    def lesson(self) -> Lesson:
        """What its file says."""
        return self.folder.lesson

    @property
    def step(self) -> Step:
        """The one that is shown."""
        return self.lesson.steps[self.progress.step]


class LessonRun(QObject):
    """A lesson is open as long as the learner's project in it is. Signals: changed() when one is begun or
    left, or a step is done; wanted() when what is open should be seen; lessons_wanted() when all of them
    should; array_wanted(name) when a step is about that array of the selected node; begun() when a lesson is.

    Attributes:
        open: None while there is none.
    """

    changed = Signal()
    wanted = Signal()
    lessons_wanted = Signal()
    array_wanted = Signal(str)
    begun = Signal()

    def __init__(
        self, parent: QWidget, workspace: Workspace, runner: Runner, files: Files, messages: Messages,
        docks: Docks, layout: Layout, panel: LessonPanel, run_bar: RunBar,
        showing: Callable[[str], Showing | None],
    ) -> None:  # fmt: skip
        """``showing`` is as in `Judge`."""
        super().__init__(parent)
        self.parent_widget, self.workspace, self.runner = parent, workspace, runner
        self.files, self.messages, self.docks, self.layout, self.panel = files, messages, docks, layout, panel
        self.pointing = Pointing(workspace.editor, docks, run_bar)
        self.judge = Judge(workspace, runner, docks, showing)
        self.open: Open | None = None
        # What was read of the lesson whose project is being opened; and whether it was asked for on the page
        # of all lessons, or by another one.
        self._begun: Begun | None = None
        self._is_from_page = False
        # The network that each step was done with since the lesson was opened.
        self._done_with: dict[int, tuple[int, ...]] = {}
        # Whether somebody else begins a lesson anew.
        self.anew: Callable[[LessonFolder], bool] = lambda _folder: False
        workspace.shown.connect(self._follow_project)
        self.judge.looked.connect(self._on_looked)
        panel.step_requested.connect(self.go)
        panel.answered.connect(self._on_answered)
        panel.hint_told.connect(self._on_hint)
        panel.leave_requested.connect(self._on_leave_asked)
        panel.end.next_requested.connect(self._begin_next)
        panel.end.lessons_requested.connect(self.lessons_wanted)
        panel.reset_requested.connect(self._reset_open)

    # Beginning and leaving

    def begin(self, folder: LessonFolder) -> None:
        """Open a lesson where the learner left it."""
        self._is_from_page = True
        if self.is_shown(folder):
            if self.open is None:
                self._follow_project()
            self.wanted.emit()
            return
        self._open_work(folder)

    def _open_work(self, folder: LessonFolder) -> None:
        """Open the learner's project, once all is read that is shown with it."""

        def read() -> Begun | None:
            prepare(folder)
            return read_begun(folder.id)

        def show(begun: Begun | None) -> None:
            self._begun = begun
            self.files.open(work_file(folder.id))

        self._in_background(read, show)

    def _follow_project(self) -> None:
        """Begin the lesson that the project which is shown is the work in, and leave the one before."""
        project, begun = self.workspace.project, self._begun
        name, self._begun = lesson_of(project.path), None
        self.leave()
        if begun is not None and begun.folder.id == name:
            # At once: the studio with all of its panels would be seen for a moment.
            self._begin(begun)
            return
        if not name:
            return
        self._is_from_page = False

        def show(read: Begun | None) -> None:
            if read is not None and project is self.workspace.project and self.open is None:
                self._begin(read)

        self._in_background(lambda: read_begun(name), show)

    def _begin(self, begun: Begun) -> None:
        self.wanted.emit()
        if begun.problem:
            # Once all have heard of the project: what was said before it is taken away then.
            QTimer.singleShot(0, self, lambda: self.messages.say(begun.problem))
        self.open = Open(begun.folder, begun.progress)
        self._done_with.clear()
        self.begun.emit()
        mentioned = [name for step in begun.folder.lesson.steps for name in needed(step)]
        self.layout.begin(begun.folder.lesson.panels, mentioned)
        before = " and ".join(f"“{title}”" for title in begun.undone)
        needs = NEEDS.format(before) if before and not begun.progress.step else ""
        # What a crash left is not saved yet, and not lost.
        is_lost = begun.is_lost and not self.workspace.is_modified
        self._show_step(LOST if is_lost else needs)
        self.changed.emit()

    def _on_leave_asked(self) -> None:
        if self.open is not None and self.is_shown(self.open.folder) and self.workspace.is_modified:
            # What was learned in it is theirs: other projects may reuse its layers.
            self.files.save()
        self.leave()
        if self._is_from_page:
            self.lessons_wanted.emit()

    def leave(self) -> None:
        """Put everything back; the project stays open, and the lesson can be gone on with."""
        if self.open is None:
            return
        self.open = None
        self.judge.end()
        self.pointing.end()
        self.layout.end()
        self.changed.emit()

    def _reset_open(self) -> None:
        if self.open is not None:
            self.reset(self.open.folder)

    def reset(self, folder: LessonFolder) -> None:
        """Begin a lesson anew, once a person agreed; their work gets another name."""
        button = QMessageBox.StandardButton
        choice = ask(
            self.parent_widget,
            "Reset the lesson?",
            f"“{folder.lesson.title}” begins anew. Nothing is lost: your work so far is kept beside it, in "
            f"'{work_file(folder.id).parent}', under another name.",
            button.Reset | button.Cancel,
            default=button.Cancel,
        )
        if choice != button.Reset:
            return
        if self.is_shown(folder) and self.workspace.is_modified:
            # What is put aside is all of it.
            self.files.save(lambda: self.begin_anew(folder))
        else:
            self.begin_anew(folder)

    def is_shown(self, folder: LessonFolder) -> bool:
        """Whether the learner's project in it is open."""
        return self.workspace.has_project and self.workspace.project.path == work_file(folder.id)

    def begin_anew(self, folder: LessonFolder) -> None:
        """Begin a lesson anew; work in it that was saved gets another name."""
        if self.anew(folder):
            return
        old = self.workspace.project

        def begin(aside: Path | None) -> None:
            if old.path == work_file(folder.id):
                # Undo shows it again, and a save goes where it lies now.
                old.path = aside
            self.leave()
            self.messages.tell(f"Your work so far is kept as {aside.name}." if aside is not None else "")
            self._open_work(folder)

        self._in_background(lambda: put_aside(folder.id), begin)

    def _in_background(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        self.runner.inquiries.in_background(work, then, self.messages.fail)

    # Going on

    def go(self, step: int) -> None:
        """Show another step; the one after the last ends the lesson."""
        if self.open is None:
            return
        lesson, progress = self.open.lesson, self.open.progress
        is_onward = step > progress.step
        if is_onward and not self.open.step.checks:
            # It is only read.
            self._note_done(progress.step)
        has_skipped = is_onward and progress.step not in self.open.progress.done
        if step >= len(lesson.steps):
            self._finish()
            return
        now = self.open.progress
        self._keep(structs.replace(now, step=step))
        is_done = step in now.done and bool(lesson.steps[step].checks)
        is_of_another = is_done and self._done_with.get(step) != self._network_now()
        self._show_step(SKIPPED if has_skipped else EARLIER if is_of_another else "")

    def _show_step(self, note: str = "") -> None:
        assert self.open is not None
        step, at = self.open.step, self.open.progress.step
        answer = self.open.progress.answers.get(str(at), "")
        self.panel.show_step(self.open.lesson, at, self.open.progress.done, answer, note)
        self._put_forward(step)
        for array in self.pointing.begin(step.point_at, named_fields(step)):
            self.array_wanted.emit(array)
        self.judge.begin(step.checks, answer)

    def _put_forward(self, step: Step) -> None:
        """Bring what the step is about to the front, but for what it asks the learner to bring there."""
        names = [name for name in needed(step) if name in self.docks]
        if self.layout.follow_step(names):
            # The canvas has another width once the panels stand.
            QTimer.singleShot(0, self.pointing.canvas, self.pointing.canvas.fit)
        for name in reversed([name for name in names if name not in asked(step)]):
            self.docks.show(name)

    def _finish(self) -> None:
        assert self.open is not None
        lesson, done = self.open.lesson, self.open.progress.done
        left = [str(at + 1) for at in range(len(lesson.steps)) if at not in done]
        if left:
            steps = f"step {left[0]} is" if len(left) == 1 else f"steps {', '.join(left)} are"
            sentence = f"You came to the end, but {steps} not done yet: the hollow dots above lead there."
        else:
            sentence = f"You have finished “{lesson.title}”."
        self.panel.show_end(sentence)
        is_open = self.open.folder.id

        def show(library: Library) -> None:
            if self.open is not None and self.open.folder.id == is_open:
                # What was done last may not be written yet.
                told = {**library.progress, is_open: self.open.progress}
                self._next = replace(library, progress=told).after(is_open)
                self.panel.offer_next(self._next.lesson.title if self._next is not None else "")

        self._in_background(read_library, show)

    _next: LessonFolder | None = None

    def _begin_next(self) -> None:
        if self._next is not None:
            self.begin(self._next)

    # What the learner did

    def _on_answered(self, text: str) -> None:
        if self.open is None:
            return
        self._keep(self.open.progress.answered(text))
        self.judge.answer = text
        self.judge.look()

    def _on_hint(self, count: int) -> None:
        if self.open is not None:
            self._keep(self.open.progress.told(count))

    def _on_looked(self, verdicts: Sequence[Verdict | None], holds: bool) -> None:
        if self.open is None:
            return
        if holds and self.open.step.checks:
            self._note_done(self.open.progress.step)
        self.panel.show_verdicts(verdicts, self.open.lesson, self.open.progress.done)
        self.pointing.refresh()

    def _network_now(self) -> tuple[int, ...]:
        """Another once anything was edited or undone, or the network has learned more or was reset."""
        snapshot = self.runner.snapshot
        return self.workspace.document.history.moves, snapshot.run_id, snapshot.steps

    def _note_done(self, step: int) -> None:
        assert self.open is not None
        progress = self.open.progress
        if step not in progress.done:
            self._done_with[step] = self._network_now()
            self._keep(structs.replace(progress, done=(*progress.done, step)))
            self.changed.emit()

    def _keep(self, progress: Progress) -> None:
        """Go on from there, also the next time."""
        assert self.open is not None
        folder = self.open.folder
        self.open = Open(folder, progress)
        self._in_background(lambda: write_progress(folder.id, progress), lambda _none: None)
