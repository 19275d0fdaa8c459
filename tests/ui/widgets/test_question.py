"""Questions tell what is so while they are open; their buttons are verbs; Enter does nothing final."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.ui.widgets import question

Button = QMessageBox.StandardButton


def test_what_goes_on_meanwhile_is_followed(qtbot, monkeypatch):
    parent, epochs, told = QWidget(), [174], []
    qtbot.addWidget(parent)
    monkeypatch.setattr(question, "FOLLOW_MS", 1)

    def answer(box):
        told.append(box.text())
        epochs.append(300)
        qtbot.waitUntil(lambda: box.text() == "Trained up to epoch 300.")
        return Button.Discard

    monkeypatch.setattr(QMessageBox, "exec", answer)
    chosen = question.ask(parent, "Save?", lambda: f"Trained up to epoch {epochs[-1]}.", Button.Discard)
    assert chosen == Button.Discard and told == ["Trained up to epoch 174."]


@pytest.mark.parametrize("answer", [Button.Yes, Button.Cancel])
def test_the_button_says_what_it_does(qtbot, monkeypatch, answer):
    parent, seen = QWidget(), []
    qtbot.addWidget(parent)

    def exec_(box: QMessageBox) -> Button:
        seen.extend((box.button(Button.Yes).text(), box.defaultButton() is box.button(Button.Cancel)))
        return answer

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    assert question.agrees(parent, "Delete?", "It goes.", "Delete") == (answer == Button.Yes)
    assert seen == ["Delete", True]
