"""The open network against another project or file; the worker computes, and nothing changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.compare_command import Comparison, compared, opened
from nnstudio.data.dataset import Dataset
from nnstudio.from_network import BuiltProject
from nnstudio.importing.importer import importers
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation
from nnstudio.ui.project.comparison_dialog import ComparisonDialog
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.trained_work import ask_trained
from nnstudio.ui.widgets.file_dialogs import ask_open


class Comparisons:
    """What the Run menu does with another network; the same function compares as on the command line."""

    def __init__(self, parent: QWidget, runner: Runner, messages: Messages) -> None:
        self.parent, self.runner, self.messages = parent, runner, messages

    def ask(self) -> None:
        """Choose a project or a file, and compare with it."""
        suffixes = [SUFFIX, *(suffix for importer in importers for suffix in importer.suffixes)]
        kinds = " ".join(f"*{suffix}" for suffix in suffixes)
        chosen = ask_open(self.parent, "Compare with", f"Networks ({kinds})")
        if chosen:
            self.compare(Path(chosen))

    def compare(self, path: Path) -> None:
        """A dialog shows how the two differ, or a sentence says why that cannot be told."""
        messages = self.messages
        messages.say("")
        task = messages.begin(f"Comparing with {path.name}")

        def read(_data: Dataset) -> Project | BuiltProject:
            return opened(path)

        def work(trained: Evaluation, other: Project | BuiltProject) -> Comparison:
            task.check()
            return compared(trained, other)

        def show(comparison: Comparison) -> None:
            ComparisonDialog(self.parent, path.name, comparison).open()

        ask_trained(self.runner, read, work, *messages.ending(task, show))
