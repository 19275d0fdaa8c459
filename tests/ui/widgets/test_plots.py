"""The numbers of a scale have room beside each other, and are written in digits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from nnstudio.ui.widgets.plot_items import TICK_GAP, ScaleAxis
from nnstudio.ui.widgets.plots import make_plot, paint_plot


@pytest.fixture
def axis(qtbot) -> ScaleAxis:
    plot = make_plot()
    qtbot.addWidget(plot)
    return plot.getAxis("bottom")


@pytest.mark.parametrize("width", [60.0, 90.0, 140.0, 400.0])
def test_numbers_across_do_not_touch(axis, width):
    ((spacing, ticks), *_) = axis.tickValues(-20_000.0, 520_000.0, width)
    assert 1 <= len(ticks) <= max(1.0, width / 40)
    assert all(tick % spacing == 0 for tick in ticks)


def test_few_numbers_stay_as_they_are(axis):
    ((_, ticks), *_) = axis.tickValues(0.0, 1.0, 400.0)
    assert len(ticks) > 1


@pytest.mark.parametrize(
    ("values", "spacing", "expected"),
    [
        ([126_000.0], 2000.0, ["126,000"]),
        ([1e6, 2.5e6], 5e5, ["1,000,000", "2,500,000"]),
        ([0.0, 0.2], 0.2, ["0.0", "0.2"]),
        ([2e-7], 1e-7, ["2e-07"]),
    ],
)
def test_large_numbers_are_digits(axis, values, spacing, expected):
    assert axis.tickStrings(values, 1.0, spacing) == expected


def test_ticks_close_together_have_room_where_the_ends_of_the_scale_are_empty(axis):
    metrics = QFontMetricsF(QApplication.font())
    number = metrics.horizontalAdvance("200,000")
    # Three ticks at 100,000 would have a third of this scale each, but stand closer.
    (spacing, ticks), *_ = axis.tickValues(120_000.0, 480_000.0, 3 * (number + TICK_GAP) + 1)
    assert ticks == [200_000.0, 400_000.0] and spacing == 200_000


@pytest.mark.parametrize("height", [20, 40, 90, 300])
def test_numbers_above_each_other_do_not_touch(qtbot, height):
    axis = ScaleAxis("left")
    _, ticks = axis.tickValues(0.0, 1.0, height)[0]
    line = QFontMetricsF(QApplication.font()).height()
    gaps = [(b - a) * height for a, b in pairwise(ticks)]
    assert ticks and all(gap >= line for gap in gaps)


def test_a_label_that_has_no_room_is_not_cut(qtbot):
    plot = make_plot()
    qtbot.addWidget(plot)
    axis = plot.getAxis("left")
    plot.setLabel("left", "true positive rate")
    for height, seen in ((60, 0.0), (400, 1.0)):
        plot.resize(300, height)
        plot.grab()
        assert axis.label.opacity() == seen


def test_titles_of_axes_grow_with_the_text_of_the_window(qtbot, qapp):
    plot, before = make_plot(), qapp.font()
    qtbot.addWidget(plot)
    axis = plot.getAxis("bottom")
    axis.setLabel("epoch")
    small = axis.label.boundingRect().height()
    larger = QFont(before)
    larger.setPointSizeF(2 * before.pointSizeF())
    qapp.setFont(larger)
    try:
        paint_plot(plot)
        assert axis.label.boundingRect().height() > 1.6 * small
    finally:
        qapp.setFont(before)
