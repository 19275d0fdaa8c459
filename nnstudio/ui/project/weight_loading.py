"""Weights of a file into the open network: read on a thread, shown first, loaded as a step of the history."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.importing.stored_weights import suffixes
from nnstudio.loaded_weights import LoadedWeights, load_weights, told_of_freezing
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.weights_dialog import WeightsDialog
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import NOT_READY, Runner
from nnstudio.ui.run.trained_work import CHANGED
from nnstudio.ui.widgets.file_dialogs import ask_open


class WeightLoading:
    """What the File menu does with weights; the same functions match them as on the command line."""

    def __init__(
        self, parent: QWidget, workspace: Workspace, runner: Runner, steps: RunSteps, messages: Messages
    ) -> None:
        self.parent, self.workspace, self.runner = parent, workspace, runner
        self.steps, self.messages = steps, messages

    def ask(self) -> None:
        """Choose a file, and show what of it matches."""
        kinds = " ".join(f"*{suffix}" for suffix in suffixes())
        chosen = ask_open(self.parent, "Load weights", f"Weights ({kinds})")
        if chosen:
            self.look_at(Path(chosen))

    def look_at(self, path: Path) -> None:
        """Match a file with the network; a dialog shows it, or a sentence says why not."""
        messages, project = self.messages, self.workspace.project
        messages.say("")
        try:
            data = self.runner.data or project.known_data()
        except DataError as error:
            messages.say(str(error))
            return
        if data is None:
            messages.say(NOT_READY)
            return
        document, moves = project.document.copy(), project.document.history.moves
        task = messages.begin(f"Reading {path.name}")

        def show(loaded: LoadedWeights) -> None:
            if self.workspace.project is not project:
                messages.say(CHANGED)
                return
            WeightsDialog(
                self.parent, path, loaded.match, lambda freeze: self._load(path, loaded, data, moves, freeze)
            ).open()

        ended = messages.ending(task, show)
        self.runner.ask_state(
            lambda state: self.runner.inquiries.look_up(
                lambda: load_weights(path, document, data.input_shape, state), *ended
            )
        )

    def _load(self, path: Path, loaded: LoadedWeights, data: Dataset, moves: int, freeze: bool) -> None:
        """Load what the dialog showed, into the network as it is by now."""
        project, messages = self.workspace.project, self.messages
        self.runner.orders.pause()

        def load(state: TrainingState | None) -> None:
            if self.workspace.project is not project or project.document.history.moves != moves:
                messages.say(CHANGED)
                return
            told = told_of_freezing(project.document, loaded) if freeze else ()
            if self.steps.load_weights(loaded, state, data, freeze):
                self.workspace.note_trained()
                messages.tell(" ".join([f"Loaded weights from {path.name}.", *told]))

        self.runner.ask_state(load)
