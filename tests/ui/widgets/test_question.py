"""A question tells what is so while it is open, not what was so when it was asked."""

from __future__ import annotations

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
