"""How large a dialog opens."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from nnstudio.ui.widgets.theme import theme


def give_size(dialog: QWidget, width: int, height: int) -> None:
    """So many pixels, more where letters are larger, and no more than the screen, or the window, has."""
    parent = dialog.parentWidget()
    room = dialog.screen().availableSize()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    dialog.resize(QSize(theme.grown(width), theme.grown(height)).boundedTo(room))
