"""What takes something of a file into the open network; each kind reads and shows it in its own way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.file_dialogs import ask_open


class FileIntoNetwork(ABC):
    """``title`` is that of the question for a file, and ``kind`` what such files hold."""

    title: ClassVar[str]
    kind: ClassVar[str]

    def __init__(
        self, parent: QWidget, workspace: Workspace, runner: Runner, steps: RunSteps, messages: Messages
    ) -> None:
        self.parent, self.workspace, self.runner = parent, workspace, runner
        self.steps, self.messages = steps, messages

    def ask(self) -> None:
        """Choose a file, and look at it."""
        kinds = " ".join(f"*{suffix}" for suffix in self.suffixes())
        chosen = ask_open(self.parent, self.title, f"{self.kind} ({kinds})")
        if chosen:
            self.look_at(Path(chosen))

    @abstractmethod
    def suffixes(self) -> Iterable[str]:
        """Of the files that can be read, with their dots."""

    @abstractmethod
    def look_at(self, path: Path) -> None:
        """Read a file on another thread, and show what it holds for this network, or say why it cannot be."""
