"""How a dialog is laid out that asks before it does something."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QDialog,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


def lay_out(
    dialog: QDialog,
    rows: Sequence[QWidget | QLayout],
    buttons: Sequence[QPushButton],
    beside: QWidget | None = None,
) -> QVBoxLayout:
    """Rows below each other, buttons below them on the right, and what is ``beside`` them on the left.

    What scrolls takes the height that is left.
    """
    last = QHBoxLayout()
    if beside is not None:
        last.addWidget(beside)
    last.addStretch(1)
    for button in buttons:
        last.addWidget(button)
    column = QVBoxLayout(dialog)
    column.setSpacing(10)
    for row in rows:
        if isinstance(row, QLayout):
            column.addLayout(row)
        else:
            column.addWidget(row, int(isinstance(row, QAbstractScrollArea)))
    column.addLayout(last)
    return column
