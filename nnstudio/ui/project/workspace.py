"""The project that is open: whether it is saved, what happens to it, and how another takes its place."""

from __future__ import annotations

import gc
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from nnstudio.model.document import Document
from nnstudio.model.event import listen
from nnstudio.project import Moment, Project
from nnstudio.training.messages import Snapshot
from nnstudio.training.state import TrainingState
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.project.switch import SwitchProject
from nnstudio.ui.run.planner import Origin
from nnstudio.ui.run.runner import Runner


class Workspace(QObject):
    """Signals: left() when a project gives way to another, shown() when another is open; network_changed(),
    subnetworks_changed(), settings_changed(), data_changed(), history_changed() of its document; trained()
    when its weights begin to differ from the saved ones; saved() when it is written.

    Attributes:
        has_project: False until one is opened; ``project`` then stands for none.
    """

    left = Signal()
    shown = Signal()
    network_changed = Signal()
    subnetworks_changed = Signal()
    settings_changed = Signal()
    data_changed = Signal()
    history_changed = Signal()
    trained = Signal()
    saved = Signal()

    def __init__(self, project: Project, editor: Editor, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.editor, self.runner = editor, runner
        self.project = project
        self.has_project = False
        # Start and steps of the last snapshot, or of a state that was taken since.
        self._seen = (0, 0)
        runner.snapshot_changed.connect(self._on_snapshot)

    @property
    def document(self) -> Document:
        """The document of the project."""
        return self.project.document

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something."""
        return self.project.is_modified

    @property
    def undone_training(self) -> list[Project]:
        """Projects that redo would show, with what they learned since they were saved."""
        history = self.document.history
        undone = [c.after for c in history.commands[history.done :] if isinstance(c, SwitchProject)]
        return [project for project in undone if project.was_trained]

    @property
    def left_unsaved(self) -> list[Project]:
        """Projects that undo would show, with edits that are not saved and that nobody was asked about."""
        history = self.document.history
        switches = [c for c in history.commands[: history.done] if isinstance(c, SwitchProject)]
        return [switch.before for switch in switches if switch.leaves_unsaved]

    def show(self, project: Project, aside: Origin = None) -> Origin:
        """Work on a project from what was put aside of it; returns what was put aside of the one before."""
        self._follow(self.document, on=False)
        is_first, self.has_project = not self.has_project, True
        self.project = project
        self.editor.set_document(project.document)
        self._follow(project.document, on=True)
        left = self.runner.set_project(project, aside)
        if not is_first:
            self.left.emit()
        self.shown.emit()
        # What is open stays open: without this, Python's full collections would walk over all of it in
        # the middle of gestures, for 40 to 60 ms with a thousand nodes.
        if not is_first:
            # What was open before goes; this takes a tenth of a second.
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        return left

    def note_trained(self) -> None:
        """The weights are no longer those that were saved."""
        was_trained = self.project.was_trained
        self.project.trainings += 1
        if not was_trained:
            self.trained.emit()

    def moment(self, state: TrainingState | None) -> Moment:
        """The project as it is now, from this state of its training on, which was just taken."""
        moment = self.project.moment()
        if state is not None:
            # The window may see these steps later, or may have seen some that came after them.
            start = self.runner.worker.snapshot().start
            steps = self._seen[1] if start == self._seen[0] else 0
            self._seen = start, max(steps, state.step)
            if steps > state.step:
                self.note_trained()
        return moment

    def note_saved(self, project: Project, path: Path, moment: Moment) -> None:
        """The project is written as it was at this moment."""
        project.path, project.saved = path, moment
        if project is self.project:
            self.saved.emit()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        (start, steps), self._seen = self._seen, (snapshot.start, snapshot.steps)
        if not self.runner.is_of_project:
            return
        # Steps that it came with are none that were trained now.
        before = max(steps if snapshot.start == start else 0, snapshot.steps_before)
        if snapshot.steps > before:
            self.note_trained()

    def _follow(self, document: Document, on: bool) -> None:
        listeners = (
            (document.network_changed, self._tell_network),
            (document.subnetworks_changed, self._tell_subnetworks),
            (document.settings_changed, self._tell_settings),
            (document.data_changed, self._tell_data),
            (document.history.changed, self._tell_history),
        )
        listen(listeners, on)

    # The model knows no signals of Qt, and bound methods can be taken off its events again.

    def _tell_network(self, *_facts: object) -> None:
        self.network_changed.emit()

    def _tell_subnetworks(self, *_facts: object) -> None:
        self.subnetworks_changed.emit()

    def _tell_settings(self, *_facts: object) -> None:
        self.settings_changed.emit()

    def _tell_data(self, *_facts: object) -> None:
        self.data_changed.emit()

    def _tell_history(self, *_facts: object) -> None:
        self.history_changed.emit()
