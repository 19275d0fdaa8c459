"""Shows that data is being loaded, how far it is, and lets a person cancel it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nnstudio.data.dataset import Dataset
from nnstudio.ui.project.messages import Messages, Task
from nnstudio.ui.run.data_loader import DataLoader


class Loading(QObject):
    """A task for each loading of a loader."""

    def __init__(self, loader: DataLoader, messages: Messages) -> None:
        super().__init__(messages)
        self.loader, self.messages = loader, messages
        self._task: Task | None = None
        loader.loaded.connect(self._on_loaded)
        loader.progressed.connect(self._on_progress)

    def _on_loaded(self, data: Dataset | None, error: str) -> None:
        if self._task is not None:
            self._task.end()
            self._task = None
        if data is None and not error:
            self._task = self.messages.begin("Loading the data")
            self._task.cancelled.connect(self.loader.cancel)

    def _on_progress(self, share: float) -> None:
        if self._task is not None:
            self._task.advance(share)
