"""The frame with values stands beside the cursor, inside of its panel, and lets the mouse through."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.ui.live.pointed_values import PointedValues
from nnstudio.ui.widgets.plots import make_plot


@pytest.fixture
def panel(qtbot):
    panel = QWidget()
    qtbot.addWidget(panel)
    panel.plot = make_plot()
    QVBoxLayout(panel).addWidget(panel.plot)
    panel.plot.setXRange(0, 100, padding=0)
    panel.values = PointedValues(panel, panel.plot)
    panel.resize(400, 200)
    panel.show()
    panel.grab()
    return panel


def test_it_is_on_the_side_of_the_cursor_that_has_room_and_goes_with_its_text(panel):
    panel.values.tell(5, "epoch 5<br>training 0.25")
    left = panel.values.geometry()
    panel.values.tell(95, "epoch 95<br>training 0.125")
    right = panel.values.geometry()
    assert left.right() < panel.width() and right.left() >= 0 and left.left() < right.left()
    assert panel.values.isVisible() and panel.childAt(right.center()) is not panel.values
    panel.values.tell(95, "")
    assert panel.values.isHidden()


def test_it_follows_where_the_plot_is_zoomed(panel):
    panel.values.tell(20, "epoch 20")
    before = panel.values.x()
    panel.plot.setXRange(0, 40, padding=0)
    assert panel.values.x() > before


def test_what_nobody_points_at_is_not_told_over_most_of_a_plot(panel):
    text = "<br>".join(["epoch 20"] * 6)
    panel.values.tell(20, text, is_asked=False)
    assert panel.values.isHidden()
    panel.values.tell(20, text)
    assert panel.values.isVisible()
    panel.values.tell(20, text, is_asked=False)
    panel.resize(400, 800)
    panel.grab()
    assert panel.values.isVisible()
