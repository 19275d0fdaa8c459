"""Columns of a table as wide as what they hold."""

from __future__ import annotations

from PySide6.QtWidgets import QTableView

from nnstudio.ui.data.column_header import ColumnHeader
from nnstudio.ui.data.table_models import width_of


class FittedColumns:
    """Gives each column its width once it is seen: there may be thousands."""

    def __init__(self, table: QTableView, header: ColumnHeader) -> None:
        self.table, self.header = table, header
        self._done: set[int] = set()
        table.horizontalScrollBar().valueChanged.connect(lambda _at: self.fit())
        header.geometriesChanged.connect(self.fit)

    def start_anew(self) -> None:
        """The columns hold something else."""
        self._done.clear()
        self.fit()

    def fit(self) -> None:
        """Give the columns that are in sight now their widths."""
        model, header, count = self.table.model(), self.header, self.header.count()
        # While a table is given another model, or none, its header has that before the table itself.
        if model is None or header.model() is not model:
            return
        column = max(header.logicalIndexAt(0), 0)
        while column < count and header.sectionViewportPosition(column) < header.viewport().width():
            if column not in self._done:
                self._done.add(column)
                least, metrics = header.least_width(column), self.table.fontMetrics()
                self.table.setColumnWidth(column, width_of(model, column, least, metrics))
            column += 1
