"""What stands in the table of runs, and a selection of it."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel

from nnstudio.ui.runs.columns import AT


def names(page) -> list[str]:
    """What stands in the column of names, from the top."""
    model = page.table.model()
    return [model.index(row, AT["name"]).data() for row in range(model.rowCount())]


def text(page, name: str, column: str) -> str:
    return page.table.model().index(names(page).index(name), AT[column]).data()


def select(page, *chosen: str) -> None:
    page.table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag
    for name in chosen:
        index = page.table.model().index(names(page).index(name), AT["name"])
        page.table.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
