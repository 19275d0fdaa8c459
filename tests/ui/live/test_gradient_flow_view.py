"""The table of layers: bars over the powers of ten that there are, names that people know, all the width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from nnstudio.explain.gradient_flow import BINS, GradientFlow, LayerStatistics
from nnstudio.ui.live.gradient_flow import (
    COLUMNS,
    DRAWN_WIDTH,
    GRADIENT,
    MEAN,
    NAME,
    SPREAD,
    VALUES,
    GradientFlowView,
)
from nnstudio.ui.widgets.theme import theme


def layer(node: str, gradient: float | None) -> LayerStatistics:
    return LayerStatistics(node, 0.0, 1.0, np.ones(BINS, int), -1.0, 1.0, 0, None, None, gradient, None)


def flow(*gradients: float | None) -> GradientFlow:
    return GradientFlow(7, 32, tuple(layer(f"dense_{i}", g) for i, g in enumerate(gradients)))


@pytest.fixture
def view(qtbot):
    view = GradientFlowView()
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    return view


def bars(view) -> list[float]:
    items = [view.table.item(row, GRADIENT) for row in range(view.table.rowCount())]
    return [item.data(Qt.ItemDataRole.UserRole)[0] for item in items]


def test_bars_run_over_the_decades_of_the_data(view):
    view.show_result(flow(0.02, 0.05))
    assert bars(view) == pytest.approx([np.log10(2), np.log10(5)])
    assert "from 0.01 to 0.1" in view.caption.text()
    view.show_result(flow(3e-6, 0.2))
    assert bars(view) == pytest.approx([np.log10(3) / 6, 1 + np.log10(0.2) / 6])
    inner = view.table.item(0, GRADIENT).data(Qt.ItemDataRole.UserRole)[1:]
    assert inner == pytest.approx([k / 6 for k in range(1, 6)])


@pytest.mark.parametrize(
    "gradients", [(0.1,), (1.0, 1.0), (None,), (0.0, None), (float("inf"), 0.1), (1e-30, 1e30)]
)
def test_every_gradient_has_a_bar_or_none(view, gradients):
    view.show_result(flow(*gradients))
    for row, gradient in enumerate(gradients):
        shares = view.table.item(row, GRADIENT).data(Qt.ItemDataRole.UserRole)
        assert (shares is None) == (not gradient)
        assert shares is None or 0 < shares[0] <= 1
    assert not view.grab().isNull()


def test_only_what_is_not_finite_has_the_colour_of_an_alarm(view):
    calm = replace(layer("tanh_1", 0.1), dead=0.9, saturated=0.99)
    broken = replace(layer("dense_1", 0.1), non_finite=3)
    view.show_result(GradientFlow(1, 8, (calm, broken)))
    colours = [
        [view.table.item(row, column).foreground().color().name() for column in range(len(COLUMNS))]
        for row in range(2)
    ]
    alarm, text = QColor(theme.colours.error).name(), QColor(theme.colours.text).name()
    assert set(colours[0]) == {text} and colours[1] == [alarm] + [text] * (len(COLUMNS) - 1)
    told = view.table.item(0, 3).text(), view.table.item(0, 4).text()
    assert told == ("90%", "99%")


def test_layers_inside_of_others_are_called_by_both(view):
    view.set_names({"sub": "Encoder", "sub/dense_1": "Encoder › Hidden", "block": "Transformer block"})
    nodes = ("sub/dense_1", "block/norm_1", "dense_9")
    view.show_result(GradientFlow(1, 8, tuple(layer(node, 0.1) for node in nodes)))
    names = [view.table.item(row, 0).text() for row in range(3)]
    assert names == ["Encoder › Hidden", "Transformer block › norm 1", "dense_9"]


def test_what_is_drawn_takes_the_width_that_is_left(view):
    view.show_result(flow(0.1, 0.01, 0.001))
    table = view.table
    taken = sum(table.columnWidth(i) for i in range(len(COLUMNS)))
    assert table.columnWidth(VALUES) == table.columnWidth(GRADIENT) > 1.5 * DRAWN_WIDTH
    assert table.viewport().width() - 3 <= taken <= table.viewport().width()
    view.resize(200, 400)
    assert table.columnWidth(VALUES) == DRAWN_WIDTH


def test_means_go_where_there_is_no_room_and_nothing_scrolls(view, qtbot):
    view.show_result(flow(0.02, 0.05))
    bar = view.table.horizontalScrollBar()
    assert not view.table.isColumnHidden(MEAN) and not view.table.isColumnHidden(SPREAD)
    view.resize(320, 400)
    qtbot.waitUntil(lambda: view.table.isColumnHidden(SPREAD))
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    assert "Mean ≈ 0, spread 1" in view.table.item(0, VALUES).toolTip() and "spread." in view.caption.text()
    for _ in range(2):
        view.show_result(flow(0.02, 0.05))
        assert view.table.isColumnHidden(SPREAD), "they do not come and go"
    view.resize(900, 400)
    qtbot.waitUntil(lambda: not view.table.isColumnHidden(SPREAD))


def test_of_a_long_name_the_middle_goes_and_the_tip_tells_it(view, qtbot):
    result = flow(0.02)
    (only,) = result.layers
    view.show_result(replace(result, layers=(replace(only, node="a_block_with_a_long_name/attention"),)))
    full = view.table.columnWidth(NAME)
    view.resize(280, 400)
    qtbot.waitUntil(lambda: view.table.columnWidth(NAME) < full)
    qtbot.waitUntil(lambda: view.table.horizontalScrollBar().maximum() == 0)
    assert view.table.item(0, NAME).toolTip() == view.table.item(0, NAME).text()
