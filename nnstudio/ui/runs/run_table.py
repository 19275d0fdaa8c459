"""The table of runs under a person's hands: select several, open one, write names and tags."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

from nnstudio.runs.record import RunRecord
from nnstudio.ui.runs.columns import AT, COLUMNS
from nnstudio.ui.runs.table_model import PICTURE, RunsModel

# Between the letters of a cell and its borders, in mean letters.
ROOM = 4
# Rows by which columns are made wide enough, and mean letters that none of them gets unasked.
MOST_LOOKED_AT, MOST_LETTERS = 60, 60
# Columns that a double-click opens to be written; elsewhere it opens the run.
WRITTEN = [AT[column.id] for column in COLUMNS if column.is_edited]


class RunTable(QTableView):
    """Signals: chosen() when others are selected; open_requested() of the one that is selected, and
    delete_requested() of all that are.
    """

    chosen = Signal()
    open_requested = Signal()
    delete_requested = Signal()

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.runs = model
        self.setModel(model)
        # What was selected, and what had the focus, before the model changed.
        self._kept: tuple[set[str], str] = set(), ""
        self.setAccessibleName("Runs")
        self.setObjectName("data")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setIconSize(PICTURE)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setObjectName("columns")
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicator(AT["changed"], Qt.SortOrder.DescendingOrder)
        header.setStretchLastSection(True)
        self._fit()
        self.setSortingEnabled(True)
        self.doubleClicked.connect(self._on_double_click)
        self.selectionModel().selectionChanged.connect(lambda _on, _off: self.chosen.emit())
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._select_again)
        for event in (model.modelReset, model.told):
            event.connect(self._widen)

    def _fit(self) -> None:
        """Give rows and columns the size that the letters need."""
        metrics = self.fontMetrics()
        letter = metrics.averageCharWidth()
        self.verticalHeader().setDefaultSectionSize(max(metrics.height(), PICTURE.height()) + 8)
        for i, column in enumerate(COLUMNS):
            # A header needs room for the mark of what is sorted by.
            title = max(map(metrics.horizontalAdvance, column.title.split("\n"))) + 4 * letter
            least = PICTURE.width() + 2 * letter if column.id == "network" else title
            self.setColumnWidth(i, max(column.letters * letter, least))
        self._widen()

    def _widen(self) -> None:
        """Let no cell be cut that is not very long; columns that a person made narrower stay so until others
        are shown.
        """
        metrics = self.fontMetrics()
        letter = metrics.averageCharWidth()
        rows = range(min(self.runs.rowCount(), MOST_LOOKED_AT))
        for i, column in enumerate(COLUMNS):
            if column.id in ("is_pinned", "network"):
                continue
            texts = (str(self.runs.data(self.runs.index(row, i))) for row in rows)
            needed = max(map(metrics.horizontalAdvance, texts), default=0) + ROOM * letter
            self.setColumnWidth(i, max(self.columnWidth(i), min(needed, MOST_LETTERS * letter)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    @property
    def is_editing(self) -> bool:
        """Whether a person is writing a name or tags."""
        return self.state() == QAbstractItemView.State.EditingState

    def selected(self) -> list[RunRecord]:
        """The selected runs, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.runs.shown[row] for row in rows]

    def _remember(self) -> None:
        row = self.currentIndex().row()
        current = self.runs.shown[row].id if 0 <= row < len(self.runs.shown) else ""
        self._kept = {record.id for record in self.selected()}, current

    def _select_again(self) -> None:
        """Of what was selected, that which is still there."""
        wanted, current = self._kept
        selection, last = self.selectionModel(), self.runs.columnCount() - 1
        chosen = QItemSelection()
        for row, record in enumerate(self.runs.shown):
            if record.id in wanted:
                chosen.select(self.runs.index(row, 0), self.runs.index(row, last))
        with QSignalBlocker(selection):
            selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            row_now = self.runs.row_of(current)
            if row_now is not None:
                at = self.runs.index(row_now, AT["name"])
                selection.setCurrentIndex(at, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.viewport().update()
        self.chosen.emit()

    def show_run(self, run: str) -> None:
        """Select a run and bring it into sight, if it is shown."""
        row = self.runs.row_of(run)
        if row is not None:
            at, flags = self.runs.index(row, AT["name"]), QItemSelectionModel.SelectionFlag
            # Not by `selectRow`, which adds and takes away while a key is held down.
            self.selectionModel().setCurrentIndex(at, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(at)

    def rename(self) -> None:
        """Let a person write the name of the run that is selected, if it is a single one."""
        rows = self.selectionModel().selectedRows()
        if len(rows) == 1:
            self.edit(self.runs.index(rows[0].row(), AT["name"]))

    def _on_double_click(self, index: QModelIndex) -> None:
        if index.column() not in WRITTEN:
            self.open_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.is_editing:
            self.open_requested.emit()
            return
        if event.matches(QKeySequence.StandardKey.Delete):
            self.delete_requested.emit()
            return
        if event.key() == Qt.Key.Key_F2 and self.currentIndex().column() not in WRITTEN:
            self.rename()
            return
        super().keyPressEvent(event)
