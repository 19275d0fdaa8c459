"""The confusion matrix is whole in sight for ten classes, and each of its names and numbers can be read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFontMetricsF

from nnstudio.data.dataset import Split
from nnstudio.data.imitation import ORIGINS
from nnstudio.explain.results import ClassResults
from nnstudio.ui.live.class_shares import ClassShares
from nnstudio.ui.live.confusion import ConfusionMatrix
from nnstudio.ui.live.results import ResultsView
from nnstudio.ui.widgets.theme import DARK, LIGHT, contrast, legible_on, theme


def results(classes: int, names: tuple[str, ...] = (), most: int = 9) -> ClassResults:
    shares = np.linspace(0, 1, classes)
    shares[0] = np.nan
    names = names or tuple(str(i) for i in range(classes))
    return ClassResults(
        0, Split.TEST, 100, names, np.diag(np.full(classes, most)), shares, shares, (), np.zeros((10, 3)),
        None, float("nan"), 0,
    )  # fmt: skip


def shown(qtbot, size: tuple[int, int], drawn: ClassResults) -> ConfusionMatrix:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(*size)
    with qtbot.waitExposed(matrix):
        matrix.show()
    matrix.draw(drawn)
    matrix._fit()
    return matrix


# That of the panel in the smallest window, and a large one.
SIZES = [(190, 150), (900, 700)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("names", ["digits", "long"])
def test_ten_classes_are_seen_whole_with_all_of_their_names(qtbot, size, names):
    long = tuple(f"a very long name of class {i}" for i in range(10))
    matrix = shown(qtbot, size, results(10, long if names == "long" else ()))
    table = matrix.table
    across, down = table.horizontalHeader(), table.verticalHeader()
    assert across.length() <= table.viewport().width() and down.length() <= table.viewport().height()
    assert across.count() == down.count() == 10
    for header in (across, down):
        told = [header.shown(i) for i in range(10)]
        if names == "digits":
            assert told == [str(i) for i in range(10)]
        else:
            # Cut in the middle, so that what tells them apart stays.
            assert [text[-1] for text in told] == [str(i) for i in range(10)]
    assert table.horizontalHeaderItem(9).toolTip() == f"predicted {matrix._heads[9]}"
    assert table.verticalHeaderItem(9).toolTip() == f"true {matrix._heads[9]}"
    # Neither side takes more than its share of the panel.
    assert down.width() < size[0] / 2 and across.height() < size[1] / 2


def test_where_all_samples_are_real_no_row_waits_for_generated_ones(qtbot):
    judged = replace(results(2, ORIGINS), matrix=np.array([[0, 0], [120, 380]]), only_real=True)
    matrix = shown(qtbot, SIZES[0], judged)
    rows, table = [matrix.table.isRowHidden(row) for row in range(2)], matrix.table
    assert rows == [True, False] and [table.item(1, i).text() for i in range(2)] == ["120", "380"]
    matrix.draw(results(2))
    assert not table.isRowHidden(0)


def test_of_a_judge_of_real_samples_only_what_has_a_meaning_is_told(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    for only_real, told in ((True, "real called real (100% is not the goal)"), (False, "right ·")):
        view.show_result(replace(results(2, ORIGINS), roc=np.zeros((2, 2)), area=0.5, only_real=only_real))
        assert told in view.caption.text() and ("Neither 100%" in view.caption.toolTip()) == only_real
        tabs = view.class_tabs
        seen = [tabs.isTabVisible(tabs.indexOf(tab)) for tab in (tabs.shares, tabs.calibration, tabs.roc)]
        assert seen == [not only_real] * 3


def test_letters_become_small_before_names_are_cut(qtbot):
    names = ("setosa", "versicolor", "virginica")
    matrix = shown(qtbot, (260, 150), results(3, names))
    for header in (matrix.table.horizontalHeader(), matrix.table.verticalHeader()):
        assert [header.shown(i) for i in range(3)] == list(names)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [9, 98])
def test_counts_are_not_cut(qtbot, size, most):
    matrix = shown(qtbot, size, results(10, most=most))
    table = matrix.table
    width = QFontMetricsF(table.font()).horizontalAdvance(str(most))
    assert width <= table.columnWidth(9)
    assert table.item(9, 9).toolTip() == f"true 9, predicted 9: {most}"


def test_too_many_classes_for_a_matrix_are_said(qtbot):
    matrix = shown(qtbot, (400, 300), results(31))
    assert not matrix.table.isVisible() and "31 classes" in matrix.too_many.text()
    matrix.draw(results(3))
    assert matrix.table.isVisible() and not matrix.too_many.isVisible()


def test_precision_and_recall_are_told_in_any_panel(qtbot):
    shares = ClassShares()
    qtbot.addWidget(shares)
    shares.resize(190, 150)
    with qtbot.waitExposed(shares):
        shares.show()
    shares.draw(results(10, tuple(f"a very long name of class {i}" for i in range(10))))
    assert shares.item(0, 1).text() == "-" and shares.item(9, 2).text() == "100.0%"
    assert shares.item(9, 0).toolTip() == "a very long name of class 9"
    header = shares.horizontalHeader()
    assert header.length() <= shares.viewport().width()
    for column in (1, 2):
        assert header.sectionSize(column) >= shares.sizeHintForColumn(column)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_count_can_be_read(qtbot, colours, monkeypatch):
    monkeypatch.setattr(theme, "colours", colours)
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    for share in np.linspace(0, 1, 11):
        for is_right in (True, False):
            back: QColor = matrix.colour(float(share), is_right)
            assert contrast(legible_on(back), back) >= 4.5
