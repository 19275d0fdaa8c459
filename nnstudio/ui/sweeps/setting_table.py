"""The table of settings under a person's hands: select one, open it, sort by a column."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from nnstudio.ui.sweeps.setting_model import SettingModel

# Between the letters of a cell and its borders, in mean letters.
ROOM = 3
# Columns are at least as broad as so many letters; that of the score has a spread or a word.
LEAST, SCORE = 8, 24


class SettingTable(QTableView):
    """Signals: chosen(number, 0 for none), pointed(number below the mouse, 0 for none), open_requested()."""

    chosen = Signal(int)
    pointed = Signal(int)
    open_requested = Signal()

    def __init__(self, model: SettingModel) -> None:
        super().__init__()
        self.settings = model
        self._selected = 0
        self.setModel(model)
        self.setAccessibleName("Settings of the sweep")
        self.setObjectName("data")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setObjectName("columns")
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.entered.connect(lambda index: self.pointed.emit(model.shown[index.row()].number))
        self.doubleClicked.connect(lambda _index: self.open_requested.emit())
        self.selectionModel().selectionChanged.connect(lambda _on, _off: self._note())
        model.modelReset.connect(self._select_again)

    def begin(self) -> None:
        """The model has other columns, and is empty."""
        self._selected = 0
        self._fit()
        column, falls = self.settings.order
        order = Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder
        with QSignalBlocker(self.horizontalHeader()):
            self.horizontalHeader().setSortIndicator(column, order)
        # Sorts at once, and from now on at a click.
        self.setSortingEnabled(True)

    def _fit(self) -> None:
        """Give rows and columns the size that the letters need."""
        metrics = self.fontMetrics()
        letter = metrics.averageCharWidth()
        self.verticalHeader().setDefaultSectionSize(metrics.height() + 8)
        across = Qt.Orientation.Horizontal
        for at in range(self.settings.columnCount()):
            title = str(self.settings.headerData(at, across))
            least = (SCORE if at == self.settings.score_column else LEAST) * letter
            texts = map(metrics.horizontalAdvance, (title, *self.settings.columns[at].words))
            self.setColumnWidth(at, max(max(texts) + ROOM * letter, least))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    @property
    def selected(self) -> int:
        """The number of the setting that is selected, 0 for none."""
        return self._selected

    def select(self, number: int) -> None:
        """Select a setting and bring it into sight."""
        row = self.settings.row_of(number)
        if row is not None:
            self.selectRow(row)
            self.scrollTo(self.settings.index(row, 0))

    def _note(self) -> None:
        rows = self.selectionModel().selectedRows()
        self._selected = self.settings.shown[rows[0].row()].number if rows else 0
        self.chosen.emit(self._selected)

    def _select_again(self) -> None:
        """A setting came, or others stand on top: the same one stays selected, wherever the table was."""
        row = self.settings.row_of(self._selected)
        if row is not None:
            with QSignalBlocker(self.selectionModel()):
                self.selectRow(row)
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_requested.emit()
            return
        super().keyPressEvent(event)
