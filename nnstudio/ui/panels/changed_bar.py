"""The bar above the canvas that tells of data that changed since, and offers to take it as it is now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.changed_data import told_of_change
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.ui.widgets.message_bar import MessageBar


class ChangedBar(MessageBar):
    """Hidden unless data changed. Request: data_requested(DataReference), a step that undo takes back."""

    data_requested = Signal(object)

    def __init__(self) -> None:
        self.take, self.keep = QPushButton("Take the new file"), QPushButton("Keep as it was")
        super().__init__(self.take, self.keep)
        self.keep.setToolTip("Hide this message; the project goes on with what it holds of its data")
        self.take.clicked.connect(self._on_take)
        self.keep.clicked.connect(self.hide)
        self._project: Project | None = None

    def show_project(self, project: Project) -> None:
        """Tell of data that changed since, as long as a person chose no other."""
        self._project, text = project, told_of_change(project, in_window=True)
        self.text.setText(text)
        self.setVisible(bool(text))
        if project.change is not None:
            what = "folder" if project.change.is_folder else "file"
            self.take.setText(f"Take the new {what}")
            self.take.setToolTip("Learn from what it holds now; the weights stay, and Undo takes it back")

    def _on_take(self) -> None:
        project = self._project
        if project is None or project.change is None:
            return
        data = project.document.data
        self.hide()
        self.data_requested.emit(DataReference(data.kind, {**data.options, "path": str(project.change.path)}))
