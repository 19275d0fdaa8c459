"""A question that a person must answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def ask(
    parent: QWidget,
    title: str,
    text: str,
    buttons: QMessageBox.StandardButton,
    names: Mapping[QMessageBox.StandardButton, str] = MappingProxyType({}),
) -> QMessageBox.StandardButton:
    """Show a text as it is, for names in it are never markup; returns the button that was chosen.

    ``names`` are what buttons are called here.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, text, buttons, parent)
    for button, name in names.items():
        box.button(button).setText(name)
    box.setTextFormat(Qt.TextFormat.PlainText)
    choice = QMessageBox.StandardButton(box.exec())
    box.deleteLater()
    return choice
