"""New samples from a file or folder, predicted: a CSV beside it, and a look at the answers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.data.dataset import Dataset, Picks, Samples
from nnstudio.data.progress import followed
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.predict_command import Answers, answer, new_samples
from nnstudio.training.evaluation import Evaluation
from nnstudio.ui.project.file_names import may_replace
from nnstudio.ui.project.messages import LATEST, Messages
from nnstudio.ui.project.predictions_dialog import PredictionsDialog
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.trained_work import ask_trained
from nnstudio.ui.widgets.file_dialogs import ask_folder, ask_open


def beside(path: Path) -> Path:
    """Where the predictions for a file or folder go."""
    return path.with_name(f"{path.name if path.is_dir() else path.stem}-predictions.csv")


class Predictions:
    """What the Run menu does with new samples; the same function answers as on the command line."""

    def __init__(self, parent: QWidget, workspace: Workspace, runner: Runner, messages: Messages) -> None:
        self.parent, self.workspace, self.runner, self.messages = parent, workspace, runner, messages

    def ask(self, picks: Picks = Picks.FILE) -> None:
        """Choose a file or folder of new samples, and predict it."""
        if picks == Picks.FOLDER:
            chosen = ask_folder(self.parent, "Predict a folder")
        else:
            chosen = ask_open(self.parent, "Predict a file")
        if chosen and self._may_write(beside(Path(chosen))):
            self.predict(Path(chosen))

    def _may_write(self, out: Path) -> bool:
        return not out.exists() or may_replace(self.parent, out)

    def predict(self, path: Path) -> None:
        """Predict its samples and write them beside it; a dialog shows them, or a sentence says why not."""
        messages, reference = self.messages, self.workspace.document.data
        names = self.workspace.document.graph.names()
        messages.say("")
        task = messages.begin(f"Predicting {path.name}")
        out = beside(path)

        def read(data: Dataset) -> Samples:
            with followed(task.advance):
                return new_samples(data, path, reference)

        def work(trained: Evaluation, samples: Samples) -> tuple[Answers, str]:
            task.check()
            answers = answer(trained, samples, names)
            return answers, _written(answers, out)

        def show(result: tuple[Answers, str]) -> None:
            answers, trouble = result
            is_past = self.runner.snapshot.shown is not None
            PredictionsDialog(self.parent, path, answers, out, trouble, LATEST if is_past else "").open()

        ask_trained(self.runner, read, work, *messages.ending(task, show))


def _written(answers: Answers, out: Path) -> str:
    """Write them; why that could not be, or ""."""
    try:
        write_atomically(out, answers.as_csv().encode())
    except FileError as error:
        return str(error)
    return ""
