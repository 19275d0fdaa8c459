"""A button breaks its text into lines rather than ask for more room than there is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from nnstudio.ui.widgets.wrapping_button import WrappingButton

TEXT = "Make the end fit: Dense & more to 10 units, without Softmax, mean squared error"


@pytest.mark.parametrize("text", [TEXT, "x" * 80, "Delete"])
@pytest.mark.parametrize("points", [9, 20])
@pytest.mark.parametrize("width", [160, 300])
def test_no_letter_is_lost_in_a_narrow_column(qtbot, text, points, width):
    area, body = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    button = WrappingButton(text)
    font = button.font()
    font.setPointSize(points)
    button.setFont(font)
    column = QVBoxLayout(body)
    column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    column.addStretch(1)
    area.setWidget(body)
    area.resize(width, 900)
    with qtbot.waitExposed(area):
        area.show()
    qtbot.waitUntil(lambda: body.width() == area.viewport().width() and button.x() > 0)
    assert button.geometry().right() < area.viewport().width()
    lines = button.lines(button.width())
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    metrics = button.fontMetrics()
    assert all(metrics.horizontalAdvance(line) <= button.width() for line in lines)
    assert button.height() >= len(lines) * metrics.height()


def test_where_there_is_room_it_is_as_any_button(qtbot):
    button = WrappingButton("This & that")
    qtbot.addWidget(button)
    assert button.text() == "This && that"
    assert button.lines(button.sizeHint().width()) == ["This & that"]
    assert button.heightForWidth(button.sizeHint().width()) == button.sizeHint().height()
