"""What a person edited while the network was being trained, and at which step of the run."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nnstudio.model.history import Command
from nnstudio.training.messages import Snapshot
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.plan_key import Key
from nnstudio.ui.run.runner import Runner


class RunEdits(QObject):
    """Signal: changed(edits, the oldest first), those of the run that goes on.

    An edit that is taken back together with what was learned since leaves nothing. Where the run goes on
    all the same, as after another learning rate, taking it back is an edit, too.
    """

    changed = Signal(object)

    def __init__(self, workspace: Workspace, runner: Runner) -> None:
        super().__init__(workspace)
        self.workspace, self.runner = workspace, runner
        # Steps and what was done; what was taken back says so.
        self._noted: list[tuple[int, Command, bool]] = []
        self._told: tuple[Edit, ...] = ()
        self._seen = self._look()
        self._start = -1
        workspace.shown.connect(self._begin_anew)
        workspace.history_changed.connect(self._on_history)
        runner.snapshot_changed.connect(self._on_snapshot)

    def _look(self) -> tuple[object, int, Command | None]:
        """What the run depends on, how many edits are done, and the last one."""
        project = self.workspace.project
        history, settings = project.document.history, project.document.settings
        return (Key.of(project), settings.hyperparameters()["learning_rate"]), history.done, history.last

    def _begin_anew(self) -> None:
        self._noted, self._seen, self._start = [], self._look(), -1
        self._tell()

    def _on_history(self) -> None:
        history = self.workspace.project.document.history
        last = history.last
        if last is not None and last.moves_alone and self._seen[1:] == (history.done, last):
            # A drag that goes on, with every move of the pointer.
            return
        (key, done, last), self._seen = self._seen, self._look()
        steps = self.runner.snapshot.steps
        if key == self._seen[0] or not steps:
            # Typing goes on in what was edited, or nothing that is trained was.
            self._tell()
            return
        is_back = self._seen[1] < done
        command = last if is_back else self._seen[2]
        if command is None:
            return
        same = [noted for noted in self._noted if noted[0] == steps and noted[1] is command]
        if same:
            # There and back, or typed on, without a step between.
            self._noted = [noted for noted in self._noted if noted not in same or not is_back]
        else:
            self._noted.append((steps, command, is_back))
        self._tell()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        # Where no network can be made, what was learned waits for one that can, with its steps.
        if not snapshot.phase.has_network or snapshot.start == self._start:
            return
        self._start = snapshot.start
        kept = [noted for noted in self._noted if noted[0] <= snapshot.steps]
        if len(kept) < len(self._noted):
            # The run is back at where the edit found it, which is undone.
            kept = [noted for noted in kept if noted[0] < snapshot.steps]
        self._noted = kept
        self._tell()

    def _tell(self) -> None:
        told = tuple(
            Edit(steps, f"Undone: {command.title}" if is_back else command.title)
            for steps, command, is_back in self._noted
        )
        if told != self._told:
            self._told = told
            self.changed.emit(told)
