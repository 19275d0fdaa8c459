"""Which network is trained beside the open one: a copy, an example or a file, perhaps with other settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnkernels.spec import Option, optimizers
from nnstudio.changed_data import told_of_loss
from nnstudio.data.dataset import Dataset
from nnstudio.examples import examples
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import Document
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.settings import BATCH_SIZE, SEED, TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.side_by_side import Contestant
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.file_dialogs import ask_open
from nnstudio.ui.widgets.forms import Form
from nnstudio.ui.widgets.plain_text import PlainLabel

COPY, FILE = "A copy of this project", "A project file…"
RATE = Option("learning_rate", 0.03, "How far each step goes.", 0.0, 1000.0)
# Settings that are named where they differ.
FIELDS = {
    "optimizer": "optimizer", "batch_size": "batch size", "seed": "seed", "loss": "loss",
    "schedule": "schedule", "extras": "penalties and limits",
}  # fmt: skip
SAME = "Both are the same so far. Change something here, or choose another network."


class SecondNetwork(QWidget):
    """``first`` and ``data`` are those of the open project. Signal: changed() when it is another one.

    Attributes:
        name: what it is called.
        project: where it comes from; None for a copy of the open one.
        is_closed: whether nobody wants it any more.
    """

    changed = Signal()

    def __init__(self, first: Document, data: Dataset, inquiries: Inquiries) -> None:
        super().__init__()
        self._first, self._data, self._inquiries = first, data, inquiries
        self.name = COPY
        self.project: Project | None = None
        self.is_closed = False
        self.settings = first.settings
        self._chosen = 0
        self.box = narrow(StillBox())
        self.box.setAccessibleName("Second network")
        self.box.addItem(COPY)
        for name, (title, _line) in examples().items():
            self.box.addItem(f"Example: {title}", name)
        self.box.addItem(FILE)
        self.box.activated.connect(self._on_chosen)
        titles = {"optimizer": {entry.id: entry.title for entry in optimizers}}
        choice = Option(
            "optimizer", "adam", "How the weights are changed.", choices=tuple(titles["optimizer"])
        )
        self.form = Form([choice, RATE, BATCH_SIZE, SEED], titles)
        self.form.changed.connect(self._on_option)
        self.said, self.problem = PlainLabel(), PlainLabel()
        self.said.setObjectName("muted")
        self.problem.setObjectName("error")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        for widget in (PlainLabel("Train beside it"), self.box, self.form, self.said, self.problem):
            rows.addWidget(widget)
        for label in (self.said, self.problem):
            label.setWordWrap(True)
        self.problem.hide()
        self._show()

    def contestant(self) -> Contestant:
        """It as it stands here."""
        load = (lambda: self._data) if self.project is None else self.project.load_data
        return Contestant(self.name, self._document.to_network(), self.settings, load)

    @property
    def _document(self) -> Document:
        return self._first if self.project is None else self.project.document

    def choose(self, path: Path) -> None:
        """Take a project file, read on another thread; a sentence says why it cannot be read."""

        def then(project: Project) -> None:
            if not self.is_closed:
                self.box.setCurrentIndex(self.box.findText(FILE))
                self._take(path.name, project)
                self._complain(told_of_loss(project, path.name))

        def failed(error: Exception) -> None:
            if not self.is_closed:
                self.box.setCurrentIndex(self._chosen)
                self._complain(str(error))
            if not isinstance(error, FileError):
                raise error

        self._inquiries.look_up(lambda: Project.open(path), then, failed)

    def _complain(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _on_chosen(self, index: int) -> None:
        self._complain("")
        name = self.box.itemData(index)
        if self.box.itemText(index) == FILE:
            path = ask_open(self, "Train beside", f"nnstudio projects (*{SUFFIX})")
            if path:
                self.choose(Path(path))
            else:
                self.box.setCurrentIndex(self._chosen)
            return
        self._take(self.box.itemText(index), open_example(name) if name else None)

    def _take(self, name: str, project: Project | None) -> None:
        self._chosen = self.box.currentIndex()
        self.name, self.project = name, project
        self.settings = self._document.settings
        self._show()
        self.changed.emit()

    def _on_option(self, name: str, value: object) -> None:
        self.settings = self.settings.with_option(name, value)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        settings = self.settings
        rate = settings.hyperparameters()["learning_rate"]
        self.form.show_values({**vars(settings), "learning_rate": rate})
        self.said.setText(" ".join(differences(self._first, self._document, settings)) or SAME)


def differences(first: Document, second: Document, settings: TrainingSettings) -> list[str]:
    """What two networks differ in, in sentences; also what makes their losses no measure of each other."""
    ours, parts = first.settings, []
    if second is not first and second.to_network() != first.to_network():
        parts.append("network")
    if second.data != first.data:
        parts.append("data")
    parts += [title for name, title in FIELDS.items() if getattr(ours, name) != getattr(settings, name)]
    if ours.hyperparameters()["learning_rate"] != settings.hyperparameters()["learning_rate"]:
        parts.append("learning rate")
    told = [f"Differs in: {', '.join(parts)}."] if parts else []
    if "data" in parts or "loss" in parts:
        what = " and ".join(word for word in ("data", "loss") if word in parts)
        told.append(
            f"With another {what.replace('data', 'set of data')} the two losses do not measure the same."
        )
    return told
