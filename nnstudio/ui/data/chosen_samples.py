"""Training samples that something else in the window speaks of, shown on the data page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject

from nnstudio.data.dataset import Dataset
from nnstudio.ui.data.page import DataPage
from nnstudio.ui.data.table_models import SamplesModel


class ChosenSamples(QObject):
    """Marks rows of the table, or brings pictures to the top, as long as the data is the same."""

    def __init__(self, page: DataPage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.page = page
        self._rows: tuple[int, ...] = ()
        self._data: Dataset | None = None
        # What is read of the file meanwhile brings another table.
        page.looked.connect(self._mark)

    def show(self, rows: Sequence[int]) -> None:
        """Show these training samples, the first of them in sight; of none, the data as it is."""
        self._rows, self._data = tuple(rows), self.page.data
        if self._rows:
            self.page.shown.setCurrentIndex(self.page.shown.count() - 1)
            self._mark()

    def _mark(self) -> None:
        page = self.page
        if not self._rows or page.data is not self._data or self._data is None:
            return
        if page.stack.currentWidget() is page.pictures:
            page.pictures.show_data(self._data, self._rows)
            return
        model, table = page.table.model(), page.table
        if not isinstance(model, SamplesModel):
            return
        chosen, last = QItemSelection(), model.columnCount() - 1
        for row in self._rows:
            chosen.select(model.index(row, 0), model.index(row, last))
        flags = QItemSelectionModel.SelectionFlag
        first = model.index(self._rows[0], 0)
        table.selectionModel().setCurrentIndex(first, flags.NoUpdate)
        table.selectionModel().select(chosen, flags.ClearAndSelect)
        table.scrollTo(first, table.ScrollHint.PositionAtCenter)
