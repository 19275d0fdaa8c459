"""Columns get their widths once they are seen, and never while a table changes its model."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QStandardItemModel

from nnstudio.ui.data.file_table import FileTable
from nnstudio.ui.data.fitted_columns import FittedColumns


@pytest.mark.parametrize("next_columns", [0, 3])
def test_a_table_that_is_given_another_model_is_not_fitted_meanwhile(qtbot, next_columns):
    """Its header has the other one first: there may be none to ask for the names."""
    table = FileTable()
    qtbot.addWidget(table)
    fitted = FittedColumns(table, table.columns)
    models = QStandardItemModel(3, 40), QStandardItemModel(3, next_columns)
    table.setModel(models[0])
    table.resize(300, 200)
    table.show()
    fitted.start_anew()
    seen = len(fitted._done)
    # In a page that is not in sight, more columns than were fitted.
    table.columns.blockSignals(True)
    table.resize(1200, 200)
    table.columns.blockSignals(False)
    table.setModel(models[1] if next_columns else None)
    assert 0 < seen < 40 and (table.model() is None) == (not next_columns)
