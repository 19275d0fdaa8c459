"""The data beside the canvas: the whole table with its columns, the samples as the network gets them, a time
series as a line, or pictures by class. What was understood is shown, and corrected at the column itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from nnstudio.data.dataset import Dataset, sources
from nnstudio.data.option_titles import CHOICES
from nnstudio.data.own_pictures import OwnPictures
from nnstudio.data.tables.look import TableLook
from nnstudio.data.tables.names import rename
from nnstudio.data.tables.options import TASKS
from nnstudio.data.tables.series import SeriesLook, rename_in_series
from nnstudio.data.tables.settings import ColumnRole, with_word
from nnstudio.model.document import DataReference
from nnstudio.ui.data import looking
from nnstudio.ui.data.cell_menu import cell_menu
from nnstudio.ui.data.drawing_board import DrawingBoard
from nnstudio.ui.data.file_table import FileTable
from nnstudio.ui.data.fitted_columns import FittedColumns
from nnstudio.ui.data.mark_button import MarkButton
from nnstudio.ui.data.picture_grid import PictureGrid
from nnstudio.ui.data.series_plot import SeriesPlot
from nnstudio.ui.data.table_models import FileModel, PreparationModel
from nnstudio.ui.data.text_model import Shown, samples_of
from nnstudio.ui.data.veil import Veil
from nnstudio.ui.panels.data_panel import LookUp
from nnstudio.ui.panels.data_words import all_in_window, in_window
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.pages import Pages
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.reading_label import ReadingLabel
from nnstudio.ui.widgets.short_area import ShortArea
from nnstudio.ui.widgets.upper_part import UpperPart
from nnstudio.ui.widgets.wrapping_row import WrappingRow

# Pixels of the table that are left in a low window, whatever is to be said of it.
LEAST_TABLE = 140
# Of what can be shown of a table.
PREPARATION = 1


class DataPage(QWidget):
    """Requests: data_requested(DataReference), network_requested() for one that suits the data,
    file_dropped(path or link). Tells: looked(TableLook, SeriesLook or None), what was read is shown."""

    data_requested = Signal(object)
    network_requested = Signal()
    file_dropped = Signal(str)
    looked = Signal(object)

    def __init__(self, look_up: LookUp) -> None:
        """``look_up(work, then, failed)`` works on another thread, see `Inquiries.look_up`."""
        super().__init__()
        self._look_up, self._number, self._is_stale = look_up, 0, False
        # Whether what is in sight is of the same file, read in another way; and whether it stays so.
        # Of what is being read, whether a table or series will be seen; its samples are not shown before.
        self._is_before = self._is_refused = self._is_awaited = False
        self._find_file: Callable[[], Path | None] = lambda: None
        self.reference = DataReference()
        self.look: TableLook | None = None
        self.series: SeriesLook | None = None
        self.data: Dataset | None = None
        self.title, self.understood = PlainLabel(), ReadingLabel()
        self.notes, self.problem = ReadingLabel(), ReadingLabel()
        for label, name in ((self.title, "heading"), (self.understood, "muted"), (self.problem, "error")):
            label.setObjectName(name)
        self.told = ShortArea(self.notes)
        self.told.setAccessibleName("Notes")
        self.target, self.task, self.shown = ChoiceBox(), ChoiceBox(), ChoiceBox()
        self.table, self.pictures, self.stack = FileTable(), PictureGrid(), Pages()
        self.board, self.marks = DrawingBoard(), MarkButton()
        self.veil = Veil(self.stack)
        self.header = self.table.columns
        self.fitted = FittedColumns(self.table, self.header)
        self.setAcceptDrops(True)
        self._put_together()
        self._connect()

    def _put_together(self) -> None:
        names = {self.target: "Target column", self.task: "Task", self.shown: "What is shown"}
        for box, name in names.items():
            box.setAccessibleName(name)
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for task in TASKS:
            self.task.addItem(CHOICES["task"][task], task)
        self._offer_shown(looking.SHOWN_OF_TABLES)
        for shown in (self.table, self.pictures, self.board):
            self.stack.addWidget(shown)
        self.stack.setMinimumHeight(LEAST_TABLE)
        # Tables would take what they would like to have from what stands above them.
        self.stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        labels = QLabel("&Predict"), QLabel("a&s"), QLabel("Sho&w")
        self.target_label, self.task_label, self.shown_label = labels
        for label, box in zip(labels, (self.target, self.task, self.shown), strict=True):
            label.setBuddy(box)
        # What only tables have.
        self.of_tables = [self.target_label, self.target, self.task_label, self.task, self.marks]
        self.propose = QPushButton("Propose a network")
        self.propose.setToolTip("Replace the network by one that suits this data; Undo brings it back")
        choices = WrappingRow(
            [[self.target_label, self.target], [self.task_label, self.task], [self.marks]],
            [[self.propose], [self.shown_label, self.shown]],
        )
        for widget in (*self.of_tables, self.shown_label, self.shown):
            widget.hide()
        top = QVBoxLayout()
        top.setContentsMargins(14, 10, 14, 8)
        for widget in (self.title, self.understood, self.problem, self.told):
            top.addWidget(widget)
        # What is asked for comes before what is told: in a low window the rest scrolls.
        top.insertLayout(1, choices)
        self.upper = UpperPart(top)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.upper)
        column.addWidget(self.stack, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.upper.updateGeometry()

    @cached_property
    def plot(self) -> SeriesPlot:
        """Made for the first series: a plot takes as long to make as half of the rest."""
        plot = SeriesPlot()
        plot.renamed.connect(lambda old, new: self._ask(rename_in_series(self.reference.options, old, new)))
        self.stack.addWidget(plot)
        return plot

    def _connect(self) -> None:
        self.header.said.connect(self._on_said)
        self.header.renamed.connect(lambda old, new: self._ask(rename(self.reference.options, old, new)))
        self.board.options_requested.connect(self._ask)
        self.target.activated.connect(lambda _i: self._on_said(self.target.currentText(), "target"))
        self.task.activated.connect(lambda _i: self._ask({"task": self.task.currentData()}))
        self.marks.changed.connect(self._ask)
        self.propose.clicked.connect(lambda _on=False: self.network_requested.emit())
        self.shown.activated.connect(lambda _i: self._show())
        self.table.doubleClicked.connect(self._open_column)

    # What there is

    def show_reference(self, reference: DataReference, find_file: Callable[[], Path | None]) -> None:
        """Show data: the file is read once the page is seen. What is in sight of the same file stays until
        then: ``find_file`` is the same for the same project.
        """
        path = reference.options.get("path", "")
        is_same = path == self.reference.options.get("path", "") and find_file == self._find_file
        is_seen = self._is_before or self.look is not None or self.series is not None or self.data is not None
        self._is_before = bool(path) and is_same and is_seen
        self._is_refused = False
        self.reference, self._find_file, self._is_stale = reference, find_file, True
        # Those of other data.
        self.look = self.series = self.data = None
        self.problem.setText("")
        self._number += 1
        if self.isVisible():
            self._show()
            self._read_start()

    def _read_start(self) -> None:
        """Read the first rows, where all of them would take long: something to look at meanwhile."""
        number, reference, find_file = self._number, self.reference, self._find_file

        def show(look: TableLook | None) -> None:
            if look is not None and number == self._number and self.look is None:
                self.look, self._is_before = look, False
                self._show()

        self._look_up(lambda: looking.look_at_start(reference, find_file), show, lambda _error: None)

    def show_loaded(self, data: Dataset | None, error: str = "", readings: Sequence[object] = ()) -> None:
        """Show the samples that came of it, or why there are none; ``readings``: see `holding`."""
        self.data = data
        self.problem.setText(in_window(error))
        if self.isVisible():
            self._look_again(readings)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_again()
        if self._is_stale:
            self._read_start()

    def _look_again(self, readings: Sequence[object] = ()) -> None:
        # The loader reads the same file: two at a time would only be in each other's way.
        if self._is_stale and (self.data is not None or self.problem.text()):
            self._read(readings)
        self._show()

    def _read(self, readings: Sequence[object]) -> None:
        """Read the file on another thread, or share what is still held of it."""
        self._is_stale = False
        self._number += 1
        number, reference, find_file = self._number, self.reference, self._find_file
        self._is_awaited = looking.gives_look(reference.kind)

        def show(look: TableLook | SeriesLook | None) -> None:
            if number == self._number:
                self._is_awaited, self._is_refused = False, look is None and self.data is None
                self._is_before = self._is_before and self._is_refused
                self.look = look if isinstance(look, TableLook) else None
                self.series = look if isinstance(look, SeriesLook) else None
                if self.series is not None:
                    self.plot.show_look(self.series)
                self._show()
                if look is not None:
                    self.marks.show_marks(look.marks)
                self.looked.emit(look)

        # The loader says why, in a sentence.
        look_up = partial(
            looking.look_at_file, reference, find_file, lambda: number == self._number, readings
        )
        self._look_up(look_up, show, lambda _error: show(None))

    def stop_reading(self) -> None:
        """What is being read comes too late: nobody looks any more."""
        self._number += 1

    # Showing it

    def _show(self) -> None:
        self.problem.setVisible(bool(self.problem.text()))
        self.propose.setEnabled(self.data is not None)
        over = looking.on_veil(self._is_before, self._is_refused, self._is_awaited and self.look is None)
        self.veil.say(over)
        if self._is_before:
            self.understood.setText("" if self._is_refused else over)
            return
        data, look, series = self.data, self.look, self.series
        kind, file = self.reference.kind, looking.file_of(self.reference)
        self.title.setText(file or (sources[kind].title if kind in sources else kind))
        # Where nothing could be read, the problem says why.
        is_known = not self.problem.text() or look is not None or series is not None
        self.understood.setText(looking.summary_of(look or series, data) if is_known else "")
        notes = data.notes if data is not None else ()
        self.told.say("\n".join(f"•  {note}" for note in all_in_window(notes)))
        # Only a source that is known gives a table to look at.
        has_task = look is not None and sources[kind].has_option("task")
        for widget in self.of_tables:
            widget.setVisible(has_task or (widget is self.marks and series is not None))
        self.shown_label.setVisible(has_task or series is not None)
        self.shown.setVisible(has_task or series is not None)
        self._offer_shown(looking.SHOWN_OF_TABLES if series is None else looking.SHOWN_OF_SERIES)
        if look is not None and has_task:
            self._show_choices(look)
        self._show_rows()

    def _offer_shown(self, choices: tuple[tuple[str, str], ...]) -> None:
        if self.shown.count() != len(choices):
            with QSignalBlocker(self.shown):
                self.shown.clear()
                for at, (title, tip) in enumerate(choices):
                    self.shown.addItem(title)
                    self.shown.setItemData(at, tip, Qt.ItemDataRole.ToolTipRole)
                self.shown.setToolTip("\n".join(f"{title}: {tip}" for title, tip in choices))

    def _show_choices(self, look: TableLook) -> None:
        targets = [column.name for column in look.columns if column.role == ColumnRole.TARGET]
        with QSignalBlocker(self.target), QSignalBlocker(self.task):
            self.target.clear()
            names = [column.name for column in look.columns]
            self.target.addItems(names)
            self.target.setCurrentIndex(names.index(targets[0]) if targets else -1)
            self.task.setCurrentIndex(max(self.task.findData(self.reference.options.get("task", "guess")), 0))

    def _show_rows(self) -> None:
        data, look = self.data, self.look
        if self.reference.kind == OwnPictures.id:
            self.board.show_options(self.reference.options)
            self.stack.setCurrentWidget(self.board)
            return
        if data is not None and look is None and len(data.input_shape) == 3:
            self.pictures.show_data(data)
            self.stack.setCurrentWidget(self.pictures)
            return
        if self.series is not None and (self.shown.currentIndex() == 0 or data is None):
            self.stack.setCurrentWidget(self.plot)
            return
        self.stack.setCurrentWidget(self.table)
        model: Shown | None
        if self._is_awaited and look is None:
            model = None
            self.header.show_look(None)
        elif look is not None and self.shown.currentIndex() == PREPARATION:
            model = PreparationModel(look, data)
            self.header.show_look(None)
        elif look is not None and (self.shown.currentIndex() == 0 or data is None):
            model = FileModel(look)
            self.header.show_look(look)
        else:
            self.header.show_look(None)
            model = samples_of(data, look) if data is not None else None
        self._show_model(model)

    def _show_model(self, model: Shown | None) -> None:
        """Show other rows, at the cell where a person was in rows of the same kind."""
        table, before, at = self.table, self.table.model(), self.table.currentIndex()
        bars = (table.horizontalScrollBar(), table.verticalScrollBar())
        scrolled = [bar.value() for bar in bars]
        table.setModel(model)
        if model is not None:
            model.setParent(table)
            self.fitted.start_anew()
        if model is not None and type(model) is type(before):
            table.setCurrentIndex(model.index(at.row(), at.column()))
            for bar, value in zip(bars, scrolled, strict=True):
                bar.setValue(value)
        elif model is not None:
            odd = model.first_odd() if isinstance(model, FileModel) else QModelIndex()
            start = odd if odd.isValid() else model.index(0, 0)
            # Not selected, so that it is seen how it is marked.
            table.selectionModel().setCurrentIndex(start, QItemSelectionModel.SelectionFlag.NoUpdate)
            table.scrollTo(start)
        if before is not None:
            before.deleteLater()

    # What a person says

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.file_dropped.emit(looking.dropped(event))

    def _open_column(self, index: QModelIndex) -> None:
        """Offer what can be said of the column that a row of the preparation is about."""
        model = self.table.model()
        if isinstance(model, PreparationModel):
            menu = self.header.menu(index.row(), model.look)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.table.viewport().mapToGlobal(self.table.visualRect(index).bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be said at a cell: at the current one where a key asks."""
        table, model = self.table, self.table.model()
        index: QModelIndex = table.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = table.indexAt(table.viewport().mapFromGlobal(event.globalPos()))
        if not index.isValid() or not table.isVisible():
            return
        if isinstance(model, PreparationModel):
            self._open_column(index)
        elif isinstance(model, FileModel) and self.look is not None:
            at = (index.row(), index.column())
            menu = cell_menu(table, self.look, at, self.reference.options, self._ask)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(table.viewport().mapToGlobal(table.visualRect(index).bottomLeft()))

    def keyPressEvent(self, event: Any) -> None:
        index: QModelIndex = self.table.currentIndex()
        if event.key() == Qt.Key.Key_Return and index.isValid():
            if self.header.look:
                self.header.open_menu(index.column())
                return
            if isinstance(self.table.model(), PreparationModel):
                self._open_column(index)
                return
        super().keyPressEvent(event)

    def _on_said(self, column: str, word: str) -> None:
        options = self.reference.options
        columns, target = with_word(
            str(options.get("columns", "")), column, word, str(options.get("target", ""))
        )
        self._ask({"columns": columns, "target": target})

    def _ask(self, changed: Mapping[str, Any]) -> None:
        self.data_requested.emit(DataReference(self.reference.kind, self.reference.options | dict(changed)))
