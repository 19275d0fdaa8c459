"""The confusion matrix is whole in sight for ten classes, and each of its numbers can be read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnstudio.data.dataset import Split
from nnstudio.explain.results import ClassResults
from nnstudio.ui.live.confusion import ConfusionMatrix
from nnstudio.ui.widgets.theme import DARK, LIGHT, contrast, legible_on, theme


def results(classes: int) -> ClassResults:
    shares = np.linspace(0, 1, classes)
    shares[0] = np.nan
    names = tuple(f"class {i}" for i in range(classes))
    return ClassResults(
        0, Split.TEST, 100, names, np.diag(np.arange(classes)), shares, shares, (), np.zeros((10, 3)), None,
        float("nan"), 0,
    )  # fmt: skip


@pytest.mark.parametrize("size", [(220, 160), (900, 700)])
def test_ten_classes_are_seen_whole(qtbot, size):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(*size)
    matrix.show()
    matrix.draw(results(10))
    matrix._fit()
    table = matrix.table
    assert table.horizontalHeader().length() <= table.viewport().width()
    assert table.verticalHeader().length() <= table.viewport().height()
    # Where there is no room for the shares' columns, the heads' tips tell them.
    assert table.isColumnHidden(10) == (size[0] < 300)
    assert "recall 100.0%" in table.verticalHeaderItem(9).toolTip()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_count_can_be_read(qtbot, colours, monkeypatch):
    monkeypatch.setattr(theme, "colours", colours)
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    for share in np.linspace(0, 1, 11):
        for is_right in (True, False):
            back: QColor = matrix.colour(float(share), is_right)
            assert contrast(legible_on(back), back) >= 4.5


def test_of_very_many_classes_only_the_shares_are_told(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.draw(results(31))
    assert matrix.table.columnCount() == 2 and matrix.table.item(30, 0).text() == "100.0%"
