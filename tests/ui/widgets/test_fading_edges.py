"""What scrolls fades where it goes on, and nowhere else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def area(qtbot):
    """A panel of 20 lines with a button at the lower edge of what is seen."""
    area, held = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidgetResizable(True)
    column = QVBoxLayout(held)
    for number in range(20):
        column.addWidget(QLabel(f"line {number}") if number != 4 else QPushButton("press"))
    area.setWidget(held)
    area.edges = FadingEdges(area)
    area.resize(200, 140)
    area.show()
    return area


def fades(area) -> tuple[bool, bool]:
    return area.edges.upper.isVisible(), area.edges.lower.isVisible()


def test_an_edge_fades_while_there_is_more_beyond_it(area):
    bar = area.verticalScrollBar()
    assert fades(area) == (False, True)
    bar.setValue(bar.maximum() // 2)
    assert fades(area) == (True, True)
    bar.setValue(bar.maximum())
    assert fades(area) == (True, False)
    area.resize(200, 2000)
    assert fades(area) == (False, False), "all of it is seen"


def test_the_last_pixels_before_the_edge_show_nothing_of_the_line_that_is_cut(area):
    picture, seen = area.grab().toImage(), area.viewport()
    last = {picture.pixelColor(x, seen.height() - 1).name() for x in range(seen.width())}
    assert last == {theme.colours.window}


def test_what_lies_below_the_fading_can_be_pressed(area, qtbot):
    button, pressed = area.findChild(QPushButton), []
    button.clicked.connect(lambda: pressed.append(True))
    area.resize(200, button.geometry().bottom())
    at = button.mapTo(area, QPoint(button.width() // 2, button.height() // 2))
    assert area.edges.lower.geometry().contains(at) and area.childAt(at) is button
    qtbot.mouseClick(area.childAt(at), Qt.MouseButton.LeftButton)
    assert pressed
