"""Scrolling over a field passes it by until it is clicked: by then it has the keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from nnstudio.ui.live.slider_input import StillSlider
from nnstudio.ui.widgets.choice_box import StillBox
from nnstudio.ui.widgets.number_fields import WholeEdit


def box():
    field = StillBox()
    field.addItems(["one", "two", "three"])
    return field, field.currentIndex


def number():
    field = WholeEdit("Units")
    field.set_value(5)
    return field, field.value


def slider():
    field = StillSlider()
    field.setValue(50)
    return field, field.value


@pytest.mark.parametrize("make", [box, number, slider])
def test_the_wheel_changes_a_field_that_was_clicked_and_no_other(qtbot, make):
    field, value = make()
    panel = QWidget()
    qtbot.addWidget(panel)
    rows = QVBoxLayout(panel)
    rows.addWidget(field)
    # The first of a window has the keys from the start.
    other = QWidget()
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    rows.addWidget(other)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    other.setFocus()
    before = value()

    def scroll():
        at = QPointF(field.rect().center())
        event = QWheelEvent(
            at, QPointF(field.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        # As Qt itself does it: the wheel gives some widgets the keys.
        QApplication.sendEvent(field, event)
        return value()

    assert scroll() == before and not field.hasFocus()
    field.setFocus()
    assert scroll() != before
