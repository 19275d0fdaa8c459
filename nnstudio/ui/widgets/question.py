"""A question that a person must answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

# What buttons are called, where their own names say too little.
Names = Mapping[QMessageBox.StandardButton, str]
# What it says; a function is asked again while the question is open, of what goes on meanwhile.
Text = str | Callable[[], str]
FOLLOW_MS = 250


def agrees(parent: QWidget, title: str, text: str, verb: str) -> bool:
    """Whether a person wants what a button with this ``verb`` would do; Enter does not."""
    button = QMessageBox.StandardButton
    return (
        ask(parent, title, text, button.Yes | button.Cancel, {button.Yes: verb}, button.Cancel) == button.Yes
    )


def said(text: Text) -> str:
    """What a question says now."""
    return text if isinstance(text, str) else text()


def ask(
    parent: QWidget, title: str, text: Text, buttons: QMessageBox.StandardButton, names: Names | None = None,
    default: QMessageBox.StandardButton = QMessageBox.StandardButton.NoButton,
) -> QMessageBox.StandardButton:  # fmt: skip
    """Show a text as it is, for names in it are never markup; returns the button that was chosen.

    ``default``: what Enter chooses; Qt's own choice where none is named.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, said(text), buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    for button, name in (names or {}).items():
        box.button(button).setText(name)
    box.setDefaultButton(default)
    if not isinstance(text, str):
        timer = QTimer(box, interval=FOLLOW_MS)
        timer.timeout.connect(lambda: box.setText(text()))
        timer.start()
    choice = QMessageBox.StandardButton(box.exec())
    box.deleteLater()
    return choice
