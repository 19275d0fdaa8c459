"""When a recovery copy is written: after edits, while the network trains, when it stops, at errors."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner

# A trained state is asked for this often while training: with the writing, at most ten seconds are lost.
TRAINING_MS = 8_000
# A note follows an edit after this time, so that a drag does not write a hundred of them.
EDIT_MS = 200
# A copy follows it after so many times the milliseconds that the last one took: a large one is not written
# after each of many edits.
PATIENCE = 20


class Keeper(QObject):
    """Writes recovery copies of the open project, from where the worker stands; said(why not, or "")."""

    said = Signal(str)

    def __init__(self, workspace: Workspace, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.workspace, self.runner = workspace, runner
        self.autosave = Autosave()
        self._phase, self._kept, self._said = "", (0, 0), ""
        self._edit = QTimer(self, singleShot=True, interval=EDIT_MS)
        self._edit.timeout.connect(self._keep_edit)
        self._copy = QTimer(self, singleShot=True)
        self._copy.timeout.connect(self.keep_copy)
        self._training = QTimer(self, interval=TRAINING_MS)
        self._training.timeout.connect(self.keep_training)
        self._training.start()
        runner.snapshot_changed.connect(self._on_snapshot)
        workspace.history_changed.connect(self._on_history)
        workspace.saved.connect(self._on_saved)

    def _on_history(self) -> None:
        if not self._edit.isActive():
            self._edit.start()

    def _keep_edit(self) -> None:
        """Write the document down at once, whatever the worker is at, and then a copy with the weights."""
        if not self.workspace.is_modified:
            # All edits were undone.
            self.autosave.discard()
            return
        self.autosave.note(self.workspace.project)
        if not self._copy.isActive():
            self._copy.start(min(int(self.autosave.seconds * 1000 * PATIENCE), TRAINING_MS))

    def _on_saved(self) -> None:
        # What was trained while the file was written is in no copy that is newer than the file.
        self._kept = (0, 0)
        self.keep_training()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.phase not in (Phase.RUNNING, self._phase):
            # What ended or was paused stays as it is, perhaps for hours.
            QTimer.singleShot(0, self, self.keep_training)
        self._phase = snapshot.phase

    def keep_training(self) -> None:
        """A copy of what was learned since the last one, if anything was; says where none can be written."""
        if self.autosave.problem != self._said:
            self._said = self.autosave.problem
            self.said.emit(self._said)
        if self._said and self.workspace.is_modified:
            # What could not be written is still to be written.
            self.keep_copy()
            return
        learned = (self.runner.snapshot.start, self.runner.snapshot.steps)
        if learned[1] and learned != self._kept and self.workspace.project.was_trained:
            self._kept = learned
            self.keep_copy()

    def keep_copy(self, then: Callable[[], None] = lambda: None, wait: bool = True) -> None:
        """A copy of everything, if there is anything to lose; for ``wait`` see `Runner.ask_state`."""
        project = self.workspace.project

        def keep(state: TrainingState | None) -> None:
            if project is self.workspace.project and self.workspace.is_modified:
                project.state = state
                self.autosave.save(project)
            then()

        self.runner.ask_state(keep, wait)

    def close(self, keep: bool) -> None:
        """The window ends; without ``keep`` the copy goes, for the project is safe or was given up."""
        for timer in (self._edit, self._copy, self._training):
            timer.stop()
        if not keep:
            self.autosave.discard()
        self.autosave.close()
