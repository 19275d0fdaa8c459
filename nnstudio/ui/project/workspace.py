"""The project that is open: whether it is saved, what happens to it, and how another takes its place."""

from __future__ import annotations

import gc
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from nnstudio.model.document import Document
from nnstudio.model.event import listen
from nnstudio.project import Project
from nnstudio.training.learned import Aside
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.run.runner import Runner


class Workspace(QObject):
    """Signals: shown() when another project is open; network_changed(), subnetworks_changed(),
    settings_changed(), data_changed(), history_changed() of its document; trained() when its weights begin to
    differ from the saved ones; saved() when it is written.

    Attributes:
        has_project: False until one is opened; ``project`` then stands for none.
        trained_since_save: whether weights differ from the saved ones.
    """

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
        self.trained_since_save = False
        # Start and steps of the last snapshot.
        self._seen = (0, 0)
        runner.snapshot_changed.connect(self._on_snapshot)

    @property
    def document(self) -> Document:
        """The document of the project."""
        return self.project.document

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something."""
        return not self.document.history.clean or self.trained_since_save

    def show(
        self, project: Project, aside: Aside | None = None, trained: bool = False
    ) -> tuple[Aside | None, bool]:
        """Work on a project from what was put aside of it; returns where the one before stands."""
        was_trained, self.trained_since_save = self.trained_since_save, trained
        self._follow(self.document, on=False)
        is_first, self.has_project = not self.has_project, True
        self.project = project
        self.editor.set_document(project.document)
        self._follow(project.document, on=True)
        left = self.runner.set_project(project, aside)
        self.shown.emit()
        # What is open stays open: without this, Python's full collections would walk over all of it in
        # the middle of gestures, for 40 to 60 ms with a thousand nodes.
        if not is_first:
            # What was open before goes; this takes a tenth of a second.
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        return left, was_trained

    def note_trained(self) -> None:
        """The weights are no longer those that were saved."""
        if not self.trained_since_save:
            self.trained_since_save = True
            self.trained.emit()

    def note_saving(self) -> None:
        """The project as it is now is being written; what changes from here on is not in the file."""
        self.trained_since_save = self.runner.snapshot.phase == Phase.RUNNING
        self.document.history.mark_clean()

    def note_saved(self, project: Project, path: Path) -> None:
        """The file is written."""
        project.path = path
        if project is self.project:
            self.saved.emit()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        (start, steps), self._seen = self._seen, (snapshot.start, snapshot.steps)
        if snapshot.phase == Phase.PREPARING:
            # It counts no steps yet, and those of a saved state are none that were trained now.
            self._seen = (0, 0)
        # What the worker says before the next plan may be of another project.
        if self.runner.is_planned and snapshot.start == start and snapshot.steps > steps:
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
