"""The handle comes to where a person clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.ui.widgets.jumping_slider import JumpingSlider


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_click_goes_there_and_a_drag_goes_on_from_there(qtbot, share):
    slider = JumpingSlider()
    qtbot.addWidget(slider)
    slider.resize(400, 24)
    slider.setMaximum(1000)
    slider.show()
    at = QPoint(int(share * 400), 12)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=at)
    assert abs(slider.value() - 1000 * share) < 40 and slider.isSliderDown()
    QTest.mouseMove(slider, QPoint(200, 12))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(200, 12))
    assert abs(slider.value() - 500) < 40


def test_another_button_moves_nothing(qtbot):
    slider = JumpingSlider()
    qtbot.addWidget(slider)
    slider.resize(400, 24)
    QTest.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(300, 12))
    assert slider.value() == 0
