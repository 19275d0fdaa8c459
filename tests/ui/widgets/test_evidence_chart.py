"""The doctor's small pictures: points lie where their numbers say."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnstudio.doctor.charts import bars, line
from nnstudio.ui.widgets.evidence_chart import EvidenceChart, _ends
from nnstudio.ui.widgets.theme import theme


def coloured(chart, name, qtbot):
    """Where a colour is seen: columns and rows, from 0 to 1."""
    widget = EvidenceChart(chart)
    qtbot.addWidget(widget)
    widget.resize(300, 140)
    image = widget.grab().toImage()
    wanted = QColor(getattr(theme.colours, name))
    ratio = image.devicePixelRatio()
    seen = [
        (x / (image.width()), y / image.height())
        for x in range(0, image.width(), max(1, int(ratio)))
        for y in range(0, image.height(), max(1, int(ratio)))
        if abs(image.pixelColor(x, y).red() - wanted.red()) < 20
        and abs(image.pixelColor(x, y).blue() - wanted.blue()) < 20
        and abs(image.pixelColor(x, y).green() - wanted.green()) < 20
    ]
    return np.array(seen)


def test_a_falling_line_falls(qtbot):
    seen = coloured(line(np.arange(20), np.linspace(5, 1, 20), "epoch", "loss"), "training", qtbot)
    left, right = seen[seen[:, 0] < 0.2], seen[seen[:, 0] > 0.8]
    assert left[:, 1].mean() < right[:, 1].mean() - 0.3


def test_the_largest_bar_is_the_highest_and_a_marked_one_has_another_colour(qtbot):
    chart = bars([1.0, 4.0, 2.0], "class", "samples", mark=3.0)
    seen = coloured(chart, "training", qtbot)
    first, second = seen[seen[:, 0] < 1 / 3], seen[(seen[:, 0] > 1 / 3) & (seen[:, 0] < 2 / 3)]
    assert second[:, 1].min() < first[:, 1].min()
    marked = coloured(chart, "warning", qtbot)
    assert len(marked) and marked[:, 0].min() > 0.6


def test_bars_below_nothing_hang(qtbot):
    seen = coloured(bars([-4.0, -1.0], "layer", "power"), "training", qtbot)
    first, second = seen[seen[:, 0] < 0.5], seen[seen[:, 0] > 0.5]
    assert first[:, 1].max() > second[:, 1].max() and first[:, 1].min() == pytest.approx(second[:, 1].min())


def test_a_logarithmic_mark_stands_where_its_power_is(qtbot):
    chart = line(np.geomspace(1e-4, 1, 9), np.linspace(1, 2, 9), "rate", "loss", 1e-2, is_log=True)
    marked = coloured(chart, "warning", qtbot)
    assert marked[:, 0].mean() == pytest.approx(0.5, abs=0.05)


def test_the_name_of_an_axis_gets_a_line_of_its_own_where_its_ends_leave_no_room(qtbot):
    widget = EvidenceChart(line([0.97, 0.99], [1, 2], "share of samples at a limit of tanh_1", "units"))
    qtbot.addWidget(widget)
    line_height = widget.fontMetrics().lineSpacing()
    assert widget.heightForWidth(200) - widget.heightForWidth(2000) == line_height
    widget.show_chart(line([1, 2], [1, 2], "epoch", "loss"))
    assert widget.heightForWidth(200) == widget.heightForWidth(2000)


@pytest.mark.parametrize(
    "low, high, told",
    [
        (1.469, 1.499, ("1.47", "1.5")),
        (1.4711, 1.4713, ("1.4711", "1.4713")),
        (3.46e11, 8.9e13, ("3.5e+11", "8.9e+13")),
    ],
)
def test_the_ends_of_an_axis_are_short_and_differ(low, high, told):
    assert _ends(low, high, 2) == told


def test_what_is_no_number_is_left_out_and_few_points_are_drawn(qtbot):
    chart = line(np.arange(1000), np.r_[np.nan, np.arange(999.0)], "epoch", "loss")
    assert len(chart.x) <= 120 and np.isfinite(chart.y).all() and chart.x[0] == 1
    coloured(line(np.zeros(0), np.zeros(0), "epoch", "loss"), "training", qtbot)


def test_a_long_name_of_the_upright_axis_takes_lines_and_is_not_cut(qtbot):
    name = "spread of the values of each unit, in powers of ten above the least of them all"
    widget = EvidenceChart(line(np.arange(20), np.linspace(5, 1, 20), "epoch", name))
    qtbot.addWidget(widget)
    one, metrics = EvidenceChart(line(np.arange(20), np.arange(20.0), "epoch", "loss")), widget.fontMetrics()
    qtbot.addWidget(one)
    lines = -(-metrics.horizontalAdvance(name) // 220)
    assert widget.heightForWidth(220) - one.heightForWidth(220) >= (lines - 1) * metrics.lineSpacing()
    assert widget.heightForWidth(2000) == one.heightForWidth(2000)
