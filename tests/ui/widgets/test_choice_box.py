"""What a box has no room for is shortened with a sign, and its tip tells all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from nnstudio.ui.widgets.choice_box import ChoiceBox, narrow
from nnstudio.ui.widgets.plain_text import tips_together

LONG = "Softmax cross-entropy of several classes"


@pytest.fixture
def box(qtbot):
    box = narrow(ChoiceBox())
    box.addItems(["MSE", LONG])
    box.setToolTip("What training minimises.")
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    return box


def tip_of(box) -> str:
    middle = box.rect().center()
    QApplication.sendEvent(box, QHelpEvent(QEvent.Type.ToolTip, middle, box.mapToGlobal(middle)))
    return QToolTip.text()


def test_a_text_that_has_room_is_shown_as_it_is(box):
    box.setCurrentIndex(1)
    box.resize(600, 30)
    assert box.seen_text == LONG and box.told == "What training minimises."
    box.setCurrentIndex(0)
    box.resize(box.minimumSizeHint())
    assert box.seen_text == "MSE"


def test_a_text_without_room_ends_in_a_sign_and_is_told_in_full(box):
    box.setCurrentIndex(1)
    box.resize(140, 30)
    assert box.seen_text.endswith("…") and LONG.startswith(box.seen_text[:-1])
    assert tip_of(box) == f"{LONG}\nWhat training minimises."
    short = box.grab().toImage()
    box.setItemText(1, box.seen_text)
    assert box.grab().toImage() == short, "what is painted is what seen_text says"


def test_the_list_is_as_broad_as_its_longest_entry(box, qtbot):
    box.resize(140, 30)
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    assert box.view().viewport().width() >= box.fontMetrics().horizontalAdvance(LONG)
    box.hidePopup()


def test_tips_with_foreign_signs_stay_letters():
    assert tips_together("a", "", "b") == "a\nb"
    assert tips_together("<qt>a &lt; b</qt>", "c & d\ne") == "<qt>a &lt; b<br>c &amp; d<br>e</qt>"


def test_no_other_box_is_used_in_the_window():
    ui = Path(__file__).parents[3] / "nnstudio" / "ui"
    used = [path.name for path in ui.rglob("*.py") if re.search(r"\bQComboBox\(\)", path.read_text("utf-8"))]
    assert used == []
