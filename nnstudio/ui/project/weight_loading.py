"""Weights of a file into the open network: read on a thread, shown first, loaded as a step of the history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.importing.stored_weights import suffixes
from nnstudio.loaded_weights import LoadedWeights, load_weights, told_of_freezing
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.file_into_network import FileIntoNetwork
from nnstudio.ui.project.weights_dialog import WeightsDialog
from nnstudio.ui.run.runner import NOT_READY
from nnstudio.ui.run.trained_work import CHANGED


class WeightLoading(FileIntoNetwork):
    """What the File menu does with weights; the same functions match them as on the command line."""

    title, kind = "Load weights", "Weights"

    def suffixes(self) -> Iterable[str]:
        return suffixes()

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
