"""The text of a step: Markdown, with room between its lines; it grows with what it holds."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QResizeEvent, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from nnstudio.ui.widgets.theme import theme

# It is read, while the rest of the window is glanced at.
LARGER = 1.1
# Of the letters' own height, in per cent; and pixels after a paragraph, and before a quoted one.
LINE, AFTER, INDENT = 135, 10, 10
# No markup but Markdown's own: what stands in angle brackets is text.
FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


def nothing_to_see() -> QImage:
    """What stands for each picture: without one, Qt would look for the file by itself."""
    picture = QImage(1, 1, QImage.Format.Format_ARGB32)
    picture.fill(0)
    return picture


class TextOnly(QTextDocument):
    """Reads no pictures: a lesson from elsewhere could name any file of this machine, or of another one."""

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        return nothing_to_see()


def space(document: QTextDocument, line: int, after: float, quote: QColor) -> None:
    """Give lines and paragraphs their room, and quoted ones a background."""
    block = document.begin()
    while block.isValid():
        cursor, spaced = QTextCursor(block), QTextBlockFormat()
        spaced.setLineHeight(line, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        spaced.setBottomMargin(0 if block.next().textList() is not None else after)
        spaced.setTopMargin(0)
        if block.blockFormat().intProperty(QTextBlockFormat.Property.BlockQuoteLevel):
            spaced.setLeftMargin(INDENT)
            spaced.setRightMargin(0)
            spaced.setBackground(quote)
        cursor.mergeBlockFormat(spaced)
        block = block.next()


class StepText(QTextBrowser):
    """Has no links that lead anywhere, and no scroll bars: it is as high as its text."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What the step says")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self._markdown = ""
        theme.changed.connect(self._write)

    def show_markdown(self, text: str) -> None:
        """Show another text."""
        self._markdown = text
        self._write()

    def _write(self) -> None:
        document = self.document()
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * LARGER)
        document.setDefaultFont(font)
        document.setMarkdown(self._markdown.strip(), FEATURES)
        space(document, LINE, AFTER, QColor(theme.colours.window))
        self._fit()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(ceil(self.document().size().height()) + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        # As TextOnly.
        return nothing_to_see()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())
