"""New, open, save and recovered projects; asks before anything could be lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.data.dataset import DataError, Picks
from nnstudio.data.progress import followed
from nnstudio.examples import examples
from nnstudio.from_data import FromData, load_readers, source_of
from nnstudio.lessons.handed_in import ZIP as WORK
from nnstudio.lessons.package import SUFFIX as LESSON
from nnstudio.lessons.progress import lesson_of
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.file_mark import ChangedOnDisk, FileMark
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.templates import templates
from nnstudio.project import Moment, Project
from nnstudio.project_name import name_of
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.state import TrainingState
from nnstudio.ui.project import new_projects, opening, recovery, recovery_offer
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.claim import Claim
from nnstudio.ui.project.file_names import asked_for_data, completed, proposed_name
from nnstudio.ui.project.leaving import Leaving
from nnstudio.ui.project.messages import LATEST, Messages, Task
from nnstudio.ui.project.questions import Choice, ask_of_changed
from nnstudio.ui.project.recent import RecentProjects
from nnstudio.ui.project.switch import SwitchProject, open_in
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.file_dialogs import OpenProject, ask_open, ask_save
from nnstudio.ui.widgets.question import Names, Text, ask

FILTER = f"nnstudio projects (*{SUFFIX})"
Action = Callable[[], object]
T = TypeVar("T")
# Whether what was proposed is still wanted; what shows data and calls one for a new project.
Take = Callable[[FromData], bool]
Assist = Callable[[DataReference, Callable[[FromData, Take], None], bool], None]


def nothing() -> None:
    """What follows where nothing does."""


class Files:
    """What the File menu does with projects; ``assist`` shows data that is new, ``show_data()`` the data of a
    new project, and ``take_lesson`` adds a lesson from a file, or opens a learner's work in one.
    """

    def __init__(
        self,
        parent: QWidget,
        workspace: Workspace,
        runner: Runner,
        autosave: Autosave,
        recent: RecentProjects,
        messages: Messages,
        assist: Assist,
        show_data: Callable[[], None],
        take_lesson: Callable[[Path], None],
    ) -> None:
        self.parent, self.workspace, self.runner = parent, workspace, runner
        self.autosave, self.recent, self.messages, self._assist = autosave, recent, messages, assist
        self._show_data, self.take_lesson = show_data, take_lesson
        self.claim = Claim(workspace)
        # Whether a person was told last to train.
        self._is_invited = False
        runner.snapshot_changed.connect(self._on_snapshot)
        self.leaving = Leaving(self)
        # Whether the last save failed.
        self._open_saves, self.has_failed = 0, False
        self._opening: Task | None = None
        self._after_saving: Action | None = None
        for fact in (workspace.shown, workspace.saved, workspace.data_changed):
            fact.connect(self._name_files)

    def _name_files(self) -> None:
        OpenProject.follow(name_of(self.workspace.project))

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if self._is_invited and snapshot.phase == Phase.RUNNING:
            self._is_invited = False
            self.messages.tell("")

    # Opening

    def new(self) -> None:
        """An Input and an Output, to be filled."""
        self.leave(lambda: self.show(new_projects.empty_project(), "New project"))

    def new_from_template(self, name: str) -> None:
        """A project that holds a template and data that suits it; one that has none gets a sentence."""
        if not templates[name].data:
            what = templates[name].title
            self.messages.say(f"'{what}' is a part of a network: drag it from Layers into a project.")
            return
        title = f"New {templates[name].title}"

        def begin() -> None:
            show = partial(self.show, title=title)
            self.in_background(title, lambda: new_projects.project_of_template(name), show)

        self.leave(begin)

    def ask_data(self, picks: Picks = Picks.FILE) -> None:
        """Choose a file or folder of data, for which a project is proposed."""
        self.await_data()
        if path := asked_for_data(self.parent, picks):
            self.new_from_data(Path(path), {})

    def await_data(self) -> None:
        """A file is about to come, perhaps with a table."""
        self.runner.inquiries.look_up(load_readers, lambda _none: None, lambda _error: None)

    def new_from_data(self, path: Path, options: Mapping[str, Any], can_use: bool = False) -> None:
        """Show a file or folder, read with these options of its source, in the assistant: it ends in a new
        project, or with ``can_use`` in other data of the one that is open.
        """
        try:
            kind = source_of(path).id
        except DataError as error:
            self.messages.say(str(error))
            return

        def show(proposed: FromData, take: Take) -> None:
            # A save may have come first, and a person may have cancelled or corrected it meanwhile.
            if take(proposed):
                self.runner.planner.loader.know(proposed.project, proposed.data)
                self.show(proposed.project, f"New from {proposed.file}")
                # What was understood is corrected there; the network's own reason stands on the canvas.
                self._show_data()
                self._is_invited = True
                self.messages.tell(f"{proposed.guess} Correct it here, or press Train.")

        def create(proposed: FromData, take: Take) -> None:
            self.leave(lambda: show(proposed, take))

        self._assist(DataReference(kind, {**options, "path": str(path.absolute())}), create, can_use)

    def propose_network(self) -> None:
        """Replace the network by one that is proposed for the data; undo brings it back."""
        workspace, project = self.workspace, self.workspace.project
        reference = project.document.data

        def show(proposed: FromData) -> None:
            # What is open by now may be another project, or other data.
            if project is workspace.project and reference == project.document.data:
                new_projects.replace_network(workspace.editor, proposed.proposal)
                self.messages.tell(proposed.proposal.reason)

        make = partial(new_projects.proposed_for, project, reference)
        self.in_background("Proposing a network", make, show, asks=False)

    def ask_open(self) -> None:
        """Choose a project, or a learner's work, and open it, or a lesson to add."""
        filters = f"Projects, lessons and work in them (*{SUFFIX} *{LESSON} *{WORK});;All files (*)"
        path = ask_open(self.parent, "Open", filters)
        if path:
            (self.take_lesson if path.lower().endswith((LESSON, WORK)) else self.open)(Path(path))

    def open(self, path: Path, failed: Action = nothing) -> None:
        """Open a project when it is read; a broken one gets a sentence and leaves the open one alone.

        One that another window has open, or whose checkpoint is newer, is asked about.
        """
        self.leave(lambda: opening.begin(self, self.ask, path, failed))

    def open_example(self, name: str) -> None:
        """A fresh copy of a shipped example; they are small, and read within a millisecond."""
        self.leave(lambda: self.show(new_projects.project_of_example(name), f"Open {examples()[name][0]}"))

    def in_background(
        self,
        text: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Action = nothing,
        asks: bool = True,
    ) -> None:
        """Read or make a project elsewhere; a cancelled one is not waited for, nor shown.

        What was edited or trained meanwhile is asked about before it is shown. Whatever is opened next takes
        its place.
        """
        self._give_up_opening()
        task, before = self.messages.begin(text, replaces=True), self._changes()
        self._opening = task

        def done(project: T) -> None:
            if task.is_over:
                return
            task.end()
            if not asks or self._changes() == before:
                then(project)
            else:
                self.leave(lambda: then(project))

        def fail(error: Exception) -> None:
            if task.is_over:
                return
            task.end()
            failed()
            self.messages.fail(error)

        def make() -> T:
            with followed(task.advance):
                return work()

        task.cancelled.connect(lambda: fail(task.why()))
        self.runner.inquiries.look_up(make, done, fail)

    def _give_up_opening(self) -> None:
        """Forget what is still being read: a person chose something else since."""
        if self._opening is not None and not self._opening.is_over:
            self._opening.end()
        self._opening = None

    def _changes(self) -> tuple[int, bool]:
        return self.workspace.document.history.moves, self.workspace.project.was_trained

    def offer_recovery(self, then: Action = nothing, otherwise: Action = nothing) -> None:
        """Offer what crashed sessions left, one after the other, until one is shown; calls one of the two."""
        recovery_offer.offer(self, self.ask, recovery.left_behind(), then, otherwise)

    def show(self, project: Project, title: str) -> None:
        """Show a project; undo returns to the one before, if there was one."""
        self._give_up_opening()
        workspace = self.workspace
        if workspace.has_project:
            before = workspace.project
            history = before.document.history
            is_known = self.leaving.was_discarded
            if before.needs_saving and not is_known:
                self.leaving.keep_copy()
            open_in(history, SwitchProject(title, history, before, project, workspace.show, is_known))
        else:
            workspace.show(project)
        self.autosave.discard()

    # Saving

    @property
    def is_saving(self) -> bool:
        """Whether something is being written now."""
        return self._open_saves > 0

    def wait_for_saves(self, then: Action) -> bool:
        """Whether something is being written now; ``then`` is called when it is through, however it ends."""
        self._after_saving = then if self._open_saves else None
        return bool(self._open_saves)

    def save(self, then: Action = nothing) -> None:
        """Save where it was, or ask for a file; ``then`` is called when it is written."""
        path = self.workspace.project.path
        if path is None:
            self.save_as(then)
        else:
            self.save_to(path, then)

    def save_as(self, then: Action = nothing) -> None:
        """Ask for a file and save there."""
        path, _ = ask_save(self.parent, "Save project", proposed_name(self.workspace.project), FILTER)
        target = completed(self.parent, path, SUFFIX)
        if target is not None:
            self.save_to(target, then)

    def save_to(self, path: Path, then: Action = nothing, is_replacing: bool = False) -> None:
        """Save the project as it is when its state arrives, written on another thread; a sentence if that
        fails. What another program changed since is asked about, unless the save ``is_replacing`` it.

        Cancelled, it ends at once until it is written: the state may be long in coming, such as while
        operators compile.
        """
        workspace, project = self.workspace, self.workspace.project
        self.messages.say("")
        task = self.messages.begin(f"Saving {path.name}")
        self._open_saves += 1

        def write(state: TrainingState | None) -> None:
            if task.is_over:
                return
            if project is not workspace.project:
                # What was edited before the switch may be missing in the state.
                failed(FileError(f"'{path}' was not saved: another project was shown meanwhile."))
                return
            task.cancelled.disconnect(cancel)
            project.state = state
            content, moment = project.content(), workspace.moment(state)
            mark = None if is_replacing else project.mark
            self.runner.inquiries.in_background(
                partial(opening.write, path, content, state, task.check, mark),
                lambda new: saved(moment, new),
                failed,
            )

        def saved(moment: Moment, mark: FileMark) -> None:
            self._end_save(task)
            self.has_failed = False
            project.mark = mark
            workspace.note_saved(project, path, moment)
            if project is workspace.project and not project.is_modified:
                # A copy of what was edited or trained meanwhile stays.
                self.autosave.discard()
            self.recent.remember(path)
            shows_past = self.runner.snapshot.shown is not None
            name = "your work in the lesson" if lesson_of(path) else path.name
            self.messages.tell(f"Saved {name}.{LATEST if shows_past else ''}")
            then()

        def failed(error: Exception) -> None:
            self.has_failed = True
            if isinstance(error, ChangedOnDisk) and project is workspace.project:
                # What waits for saves waits for the answer, too, and for the save that may follow from it.
                task.end()
                self._ask_changed(path, then)
                self._end_save(task)
            else:
                self._end_save(task)
                self.messages.fail(error)

        def cancel() -> None:
            self._end_save(task)
            self.has_failed = True
            self.messages.fail(task.why())

        task.cancelled.connect(cancel)
        self.runner.ask_state(write)

    def _ask_changed(self, path: Path, then: Action) -> None:
        """Another program changed the file; nothing is lost, whatever a person answers."""
        choice = ask_of_changed(self.ask, path.name)
        if choice == Choice.ITSELF:
            self.save_to(path, then, is_replacing=True)
        elif choice == Choice.ANOTHER:
            self.save_as(then)
        else:
            self.messages.say(f"'{path.name}' was not saved: another program changed it.")

    def _end_save(self, task: Task) -> None:
        if not task.is_over:
            task.end()
        self._open_saves -= 1
        if not self._open_saves and self._after_saving is not None:
            QTimer.singleShot(0, self.parent, self._go_on)

    def _go_on(self) -> None:
        """Do what waited for saves, unless what followed the save did something else."""
        after = self._after_saving
        if after is not None and not self._open_saves:
            self._after_saving = None
            after()

    # Asking

    def close(self, keep: bool) -> None:
        """The program ends; ``keep`` recovery copies where somebody else ended it."""
        self.leaving.close(keep)
        self.claim.close()

    def leave(self, then: Action, closes: bool = False, comes_back: bool = False) -> None:
        """As `Leaving.leave`."""
        self.leaving.leave(then, closes, comes_back)

    def ask(
        self, title: str, text: Text, buttons: QMessageBox.StandardButton, names: Names | None = None
    ) -> QMessageBox.StandardButton:
        return ask(self.parent, title, text, buttons, names)
