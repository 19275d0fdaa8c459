"""The table of a file, or of samples, as the data page shows it."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

from nnstudio.ui.data.column_header import ColumnHeader


class FileTable(QTableView):
    """Rows of one height below the heads of columns."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = ColumnHeader(self)
        self.setAccessibleName("Data")
        self.setObjectName("data")
        self.setAccessibleDescription(
            "Return opens what can be said of a column, the Menu key what can be said at a cell"
        )
        # Tab leaves it; arrows go from cell to cell.
        self.setTabKeyNavigation(False)
        self.setHorizontalHeader(self.columns)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().setObjectName("rows")
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.setCornerButtonEnabled(False)
