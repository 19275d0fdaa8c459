"""The first screen: your data, lessons, a template or nothing to begin with, your projects, examples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.data.terms import Picks
from nnstudio.examples import examples
from nnstudio.model.templates import templates
from nnstudio.ui.project.recent import called, told
from nnstudio.ui.widgets.card import Card
from nnstudio.ui.widgets.card_picture import Drawing
from nnstudio.ui.widgets.column_page import GAP, MARGINS, ColumnPage
from nnstudio.ui.widgets.plain_text import PlainLabel

if TYPE_CHECKING:
    from nnstudio.project import Project
    from nnstudio.ui.shell.studio import Studio

LESSONS = "Learn it step by step, each lesson in a project of your own that tells you what is still missing."
IMPORTED = "A network of ONNX, Keras or PyTorch, or drop its file here."
STAYS_OPEN = "It is still open, as you left it. Escape takes you there, too."
NO_RECENT = "Projects that you save or open are listed here."
# Mean letters of a column, at the least and the most, and the most columns.
NARROWEST, WIDEST, MOST_COLUMNS = 54, 76, 3
# Between entries.
SPACING = 8
YOUR_DATA = (
    ("Your data…", "A table or a text on this machine, or drop one here: a network is proposed.", Picks.FILE),
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
        super().__init__("Start page", NARROWEST, WIDEST, MOST_COLUMNS)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(*MARGINS)
        title = QLabel("Draw a network, watch it learn")
        title.setObjectName("title")
        title.setWordWrap(True)
        rows.setSpacing(SPACING)
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(title, 1)
        head.addWidget(self._back())
        rows.addLayout(head)
        data = QHBoxLayout()
        data.setSpacing(GAP)
        for label, text, picks in YOUR_DATA:
            data.addWidget(_card(label, text, partial(self.data_requested.emit, picks)), 1)
        data.addWidget(_card("Lessons", LESSONS, self.lessons_requested.emit), 1)
        rows.addLayout(data)
        self.setAcceptDrops(True)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(SPACING)
        self._listed: list[tuple[Path, str, str, int]] | None = None
        self.columns.take([self._examples(), self._projects(), self._templates()])
        rows.addWidget(self.columns)

    def _back(self) -> QPushButton:
        """Beside the title: whoever aims at a card must not hit another one once there is a way back."""
        self.back = QPushButton()
        self.back.setToolTip(STAYS_OPEN)
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(policy)
        self.back.clicked.connect(lambda _on=False: self.back_requested.emit())
        self.back.hide()
        return self.back

    def _examples(self) -> tuple[QWidget, int]:
        block, column = _block("Examples")
        for name, (label, text) in examples().items():
            slot, picture = (
                partial(self.example_requested.emit, name),
                self.pictures.of(partial(_example, name)),
            )
            _entry(column, label, text, slot, picture)
        return block, column.count()

    def _projects(self) -> tuple[QWidget, int]:
        block, column = _block("Your projects")
        column.addLayout(self.recent)
        _entry(column, "Open…", "A project on this machine.", self.open_requested.emit)
        _entry(column, "Import…", IMPORTED, self.import_requested.emit)
        _entry(column, "New", "Only an Input and an Output, for you to fill.", self.new_requested.emit)
        return block, column.count()

    def _templates(self) -> tuple[QWidget, int]:
        block, column = _block("Start from a template")
        for template in templates:
            if template.data:
                slot = partial(self.template_requested.emit, template.id)
                picture = self.pictures.of(partial(_template, template.id))
                _entry(column, template.title, template.help, slot, picture)
        return block, column.count()

    def lead_to(self, studio: Callable[[], Studio]) -> None:
        """Let what is requested happen; ``studio`` makes what carries it out, if it is not there yet."""
        self.data_requested.connect(lambda picks: studio().files.ask_data(picks))
        self.file_awaited.connect(lambda: studio().files.await_data())
        self.file_dropped.connect(lambda text: studio().drops.take(text, as_new=True))
        self.new_requested.connect(lambda: studio().files.new())
        self.open_requested.connect(lambda: studio().files.ask_open())
        self.import_requested.connect(lambda: studio().imports.ask())
        self.lessons_requested.connect(lambda: studio().learning.show())
        self.recent_requested.connect(lambda path: studio().files.open(path))
        self.example_requested.connect(lambda name: studio().files.open_example(name))
        self.template_requested.connect(lambda name: studio().files.new_from_template(name))

    def show_files(self, recent: list[Path], project: Project | None) -> None:
        """List recent projects, and lead back to the one that is open."""
        self.show_recent(recent)
        self.show_open(project)

    def show_open(self, project: Project | None) -> None:
        """Lead back to the project that is open, if there is one."""
        name = called(project.path) if project is not None and project.path else "the open project"
        self.back.setText(f"Back to {name}")
        self.back.setAccessibleName(self.back.text())
        self.back.setVisible(project is not None)

    def show_recent(self, paths: list[Path]) -> None:
        """List projects, the last one first."""
        # One that was saved again may be of other data.
        listed = [(path, called(path), told(path), _changed(path)) for path in paths[:5]]
        if listed == self._listed:
            return
        self._listed = listed
        _empty(self.recent)
        for path, title, text, _when in listed:
            picture = self.pictures.of(partial(_recent, path))
            _entry(self.recent, title, text, partial(self.recent_requested.emit, path), picture)
        if not listed:
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


def _block(title: str) -> tuple[QWidget, QVBoxLayout]:
    """A part of the page under a heading."""
    block, heading = QWidget(), PlainLabel(title)
    heading.setObjectName("heading")
    heading.setContentsMargins(0, 10, 0, 0)
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    column.addWidget(heading)
    return block, column


def _note(column: QVBoxLayout, text: str) -> None:
    label = PlainLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    column.addWidget(label)


def _example(name: str) -> Drawing:
    # It brings in all that reads data: the first screen does without.
    from nnstudio.ui.project.pictured import picture_of_example

    return picture_of_example(name)


def _template(name: str) -> Drawing:
    from nnstudio.ui.project.pictured import picture_of_template

    return picture_of_template(name)


def _recent(path: Path) -> Drawing:
    from nnstudio.ui.project.pictured import picture_of_recent

    return picture_of_recent(path)


def _changed(path: Path) -> int:
    """When a file was changed, in nanoseconds; 0 where it went meanwhile."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _card(title: str, text: str, slot: Callable[[], object], picture: QWidget | None = None) -> Card:
    button = Card(title, text, picture=picture)
    button.clicked.connect(lambda _on=False: slot())
    return button


def _entry(
    column: QVBoxLayout, title: str, text: str, slot: Callable[[], object], picture: QWidget | None = None
) -> Card:
    button = _card(title, text, slot, picture)
    column.addWidget(button)
    return button
