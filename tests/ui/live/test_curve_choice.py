"""What the lower curve shows can be read beside a remark."""

import pytest
from PySide6.QtWidgets import QBoxLayout

from nnstudio.ui.live.curve_choice import LowerChoice


@pytest.mark.parametrize("width", [200, 260, 600])
def test_a_remark_does_not_cut_what_is_chosen(qtbot, width):
    choice = LowerChoice()
    qtbot.addWidget(choice)
    choice.quantity.addItems(["Mean absolute error", "R² (coefficient of determination)"])
    choice.resize(width, 60)
    choice.show()
    choice.tell("measured at 35 points, with gaps between", ["35 points, with gaps", "with gaps"])
    qtbot.wait(1)
    assert choice.quantity.seen_text == "Mean absolute error"
    assert choice.reach.isVisible() and "gaps" in choice.reach.text()
    is_beside = choice._row.direction() == QBoxLayout.Direction.LeftToRight
    assert is_beside == (width == 600) or width == 260


def test_without_a_remark_it_takes_all_the_width(qtbot):
    choice = LowerChoice()
    qtbot.addWidget(choice)
    choice.quantity.addItem("Accuracy")
    choice.resize(250, 60)
    choice.show()
    choice.tell("", [])
    qtbot.wait(1)
    assert choice.quantity.width() == 250
