"""Widgets that are hidden together, whatever each of them says of itself."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


def held_by(*widgets: QWidget) -> QWidget:
    """A widget that holds these below each other, and takes no room where all of them are hidden."""
    holder = QWidget()
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    for widget in widgets:
        rows.addWidget(widget)
    return holder
