"""A text that a network writes: its beginning, what is new, and what still stands there of an older one."""

from __future__ import annotations

from enum import StrEnum, auto

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor

from nnstudio.ui.widgets.text_lines import line_at
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.whole_lines import WholeLines


class Follows(StrEnum):
    """What stays in sight as the text grows, unless a person scrolled."""

    END = auto()
    BEGINNING = auto()
    NOTHING = auto()


class WrittenText(WholeLines):
    """Shows them apart, and keeps in sight what a person looks at.

    Attributes:
        first: the beginning that the text stands behind.
        rest: what was written before with other weights, and is not written over yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = self.rest = ""
        self._is_scrolled = False
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName("Written text")
        self.setToolTip("Bold: the beginning. Grey: written before with other weights.")
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)

    def _on_scrolled(self, _action: int) -> None:
        self._is_scrolled = True

    def begin(self, first: str) -> None:
        """Another text, behind this beginning; nothing of what stands there is older than it."""
        self.first, self.rest, self._is_scrolled = first, "", False

    def write(self, text: str, before: str | None, follows: Follows) -> None:
        """Write a text, or only what is new behind what was written ``before`` of the same one."""
        colours, bar = theme.colours, self.verticalScrollBar()
        is_at_end = bar.value() == bar.maximum()
        bold, plain, grey = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        bold.setFontWeight(QFont.Weight.Bold)
        bold.setForeground(QColor(colours.text))
        plain.setForeground(QColor(colours.text))
        grey.setForeground(QColor(colours.muted))
        cursor = QTextCursor(self.document())
        if before is None:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(self.first, bold)
            before = ""
        else:
            cursor.setPosition(_units(self.first) + _units(before))
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        cursor.insertText(text[len(before) :], plain)
        cursor.insertText(self.rest[len(text) :], grey)
        if is_at_end and follows is Follows.END:
            bar.setValue(bar.maximum())
        elif follows is Follows.BEGINNING and not self._is_scrolled:
            bar.setValue(line_at(self, _units(self.first)))


def _units(text: str) -> int:
    """Qt counts positions in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
