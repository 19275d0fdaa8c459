"""What was dropped on the window: projects open, lessons are added, data is shown, foreign files are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.data.dataset import DataError
from nnstudio.foreign_files import Holds, held
from nnstudio.from_data import dropped_path
from nnstudio.ui.project.comparisons import Comparisons
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.imports import Imports
from nnstudio.ui.project.weight_loading import WeightLoading

NO_NETWORK = (
    "'{}' holds weights without a network. Open or draw the network that they belong to, then drop the file "
    "on it."
)
WAYS = "'{}' holds a network of another program. What shall become of it?"


class Drops:
    """Tells by the file who has it next."""

    def __init__(
        self,
        parent: QWidget,
        files: Files,
        imports: Imports,
        weights: WeightLoading,
        comparisons: Comparisons,
    ) -> None:
        self.parent, self.files, self.imports = parent, files, imports
        self.weights, self.comparisons = weights, comparisons

    def take(self, text: str, as_new: bool = False) -> None:
        """A path, or a link, which is refused; not ``as_new``, it may be for the network that is drawn."""
        messages, files = self.files.messages, self.files
        try:
            path = dropped_path(text)
        except DataError as error:
            messages.say(str(error))
            return
        # Before anything is opened, there is nothing that it may be for.
        as_new = as_new or not files.workspace.has_project
        is_drawn = not as_new and bool(files.workspace.document.graph.nodes)
        match held(path):
            case Holds.PROJECT:
                files.open(path)
            case Holds.LESSON | Holds.WORK:
                files.take_lesson(path)
            case Holds.NETWORK if is_drawn:
                self._ask(path)
            case Holds.NETWORK:
                self.imports.look_at(path)
            case Holds.WEIGHTS if is_drawn:
                self.weights.look_at(path)
            case Holds.WEIGHTS:
                messages.say(NO_NETWORK.format(path.name))
            case Holds.DATA:
                files.new_from_data(path, {}, can_use=is_drawn)

    def _ask(self, path: Path) -> None:
        """What shall become of a network, where another one is open."""
        box = QMessageBox(self.parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("A network was dropped")
        box.setText(WAYS.format(path.name))
        ways: dict[str, Callable[[Path], None]] = {
            "&Import as a new project": self.imports.look_at,
            "&Load its weights": self.weights.look_at,
            "&Compare with it": self.comparisons.compare,
        }
        for title, way in ways.items():
            button = box.addButton(title, QMessageBox.ButtonRole.ActionRole)
            button.clicked.connect(lambda _on=False, way=way: way(path))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.open()
