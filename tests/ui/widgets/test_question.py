"""Questions whose buttons are verbs; Enter never does what cannot be taken back."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.ui.widgets.question import agrees

Button = QMessageBox.StandardButton


@pytest.mark.parametrize("answer", [Button.Yes, Button.Cancel])
def test_the_button_says_what_it_does(qtbot, monkeypatch, answer):
    parent, seen = QWidget(), []
    qtbot.addWidget(parent)

    def exec_(box: QMessageBox) -> Button:
        seen.extend((box.button(Button.Yes).text(), box.defaultButton() is box.button(Button.Cancel)))
        return answer

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    assert agrees(parent, "Delete?", "It goes.", "Delete") == (answer == Button.Yes)
    assert seen == ["Delete", True]
