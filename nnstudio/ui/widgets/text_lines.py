"""Where in the lines of a long text a character stands, as its scroll bar counts them."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit


def line_at(edit: QPlainTextEdit, position: int) -> int:
    """The line of a position (in UTF-16 units), from 0; a line that wraps counts as several."""
    document, block = edit.document(), edit.document().firstBlock()
    end = document.findBlock(position)
    while block.isValid() and block.position() <= end.position():
        # Qt lays out only what is in sight, and counts one line for all else.
        document.documentLayout().blockBoundingRect(block)
        block = block.next()
    line = end.layout().lineForTextPosition(position - end.position())
    return end.firstLineNumber() + (line.lineNumber() if line.isValid() else 0)
