"""The first screen: your data, lessons, a template or nothing to begin with, your projects, examples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
)  # fmt: skip

from nnstudio.data.dataset import Picks
from nnstudio.examples import examples
from nnstudio.model.templates import templates
from nnstudio.project import Project
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.imports import Imports
from nnstudio.ui.project.recent import called, told
from nnstudio.ui.widgets.card import Card
from nnstudio.ui.widgets.column_page import ColumnPage
from nnstudio.ui.widgets.plain_text import PlainLabel

LESSONS = "Learn it step by step, each lesson in a project of your own that tells you what is still missing."
IMPORTED = "A network of ONNX, Keras or PyTorch, or drop its file here."
STAYS_OPEN = "It is still open, as you left it. Escape takes you there, too."
NO_RECENT = "Projects that you save or open are listed here."
WIDEST = 900
YOUR_DATA = (
    ("Your data…", "A table on this machine, or drop one here: a network is proposed for it.", Picks.FILE),
    ("Your pictures…", "A folder that has a folder for each class, or drop one here.", Picks.FOLDER),
)


class StartPage(ColumnPage):
    """Requests, beside those of its base: data_requested(Picks), file_awaited(), file_dropped(path or link),
    new_requested(), open_requested(), import_requested(), lessons_requested(), recent_requested(Path),
    example_requested(name), template_requested(name).
    """

    data_requested = Signal(object)
    file_awaited, file_dropped = Signal(), Signal(str)
    new_requested = Signal()
    open_requested = Signal()
    import_requested = Signal()
    lessons_requested = Signal()
    recent_requested = Signal(object)
    example_requested = Signal(str)
    template_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__("Start page", WIDEST)
        self.grid = QGridLayout(self.body)
        self.grid.setContentsMargins(28, 24, 28, 24)
        self.grid.setHorizontalSpacing(24)
        self.grid.setColumnStretch(0, 1)
        self.grid.setColumnStretch(1, 1)
        title = QLabel("Draw a network, watch it learn")
        title.setObjectName("title")
        self.grid.addWidget(title, 0, 0, 1, 2)
        self.back = QVBoxLayout()
        self.grid.addLayout(self.back, 1, 0, 1, 2)
        data = QHBoxLayout()
        data.setSpacing(24)
        for label, text, picks in YOUR_DATA:
            data.addWidget(_card(label, text, partial(self.data_requested.emit, picks)), 1)
        data.addWidget(_card("Lessons", LESSONS, self.lessons_requested.emit), 1)
        self.grid.addLayout(data, 2, 0, 1, 2)
        self.setAcceptDrops(True)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(8)
        right.setSpacing(8)
        self.grid.addLayout(left, 3, 0)
        self.grid.addLayout(right, 3, 1)
        # In a tall window, cards above stay as high as their text.
        self.grid.setRowStretch(3, 1)
        _heading(left, "Examples")
        for name, (label, text) in examples().items():
            _entry(left, label, text, partial(self.example_requested.emit, name))
        left.addStretch(1)
        _heading(right, "Your projects")
        self.recent = QVBoxLayout()
        self.recent.setSpacing(8)
        right.addLayout(self.recent)
        _entry(right, "Open…", "A project on this machine.", self.open_requested.emit)
        _entry(right, "Import…", IMPORTED, self.import_requested.emit)
        _entry(right, "New", "Only an Input and an Output, for you to fill.", self.new_requested.emit)
        _heading(right, "Start from a template")
        for template in templates:
            if template.data:
                slot = partial(self.template_requested.emit, template.id)
                _entry(right, template.title, template.help, slot)
        right.addStretch(1)

    def lead_to(self, files: Files, imports: Imports) -> None:
        """Let what is requested happen."""
        self.data_requested.connect(files.ask_data)
        self.file_awaited.connect(files.await_data)
        self.new_requested.connect(files.new)
        self.open_requested.connect(files.ask_open)
        self.import_requested.connect(imports.ask)
        self.recent_requested.connect(files.open)
        self.example_requested.connect(files.open_example)
        self.template_requested.connect(files.new_from_template)

    def show_files(self, recent: list[Path], project: Project | None) -> None:
        """List recent projects, and lead back to the one that is open."""
        self.show_recent(recent)
        self.show_open(project)

    def show_open(self, project: Project | None) -> None:
        """Lead back to the project that is open, if there is one."""
        _empty(self.back)
        if project is not None:
            title = f"Back to {called(project.path) if project.path else 'the open project'}"
            _entry(self.back, title, STAYS_OPEN, self.back_requested.emit)

    def show_recent(self, paths: list[Path]) -> None:
        """List projects, the last one first."""
        _empty(self.recent)
        for path in paths[:5]:
            _entry(self.recent, called(path), told(path), partial(self.recent_requested.emit, path))
        if not paths:
            _note(self.recent, NO_RECENT)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            self.file_awaited.emit()
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        url = event.mimeData().urls()[0]
        self.file_dropped.emit(url.toLocalFile() or url.toString())


def _empty(column: QVBoxLayout) -> None:
    while column.count():
        item = column.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _heading(column: QVBoxLayout, text: str) -> None:
    label = PlainLabel(text)
    label.setObjectName("heading")
    column.addSpacing(10)
    column.addWidget(label)


def _note(column: QVBoxLayout, text: str) -> None:
    label = PlainLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    column.addWidget(label)


def _card(title: str, text: str, slot: Callable[[], object]) -> Card:
    button = Card(title, text)
    button.clicked.connect(lambda _on=False: slot())
    return button


def _entry(column: QVBoxLayout, title: str, text: str, slot: Callable[[], object]) -> Card:
    button = _card(title, text, slot)
    column.addWidget(button)
    return button
