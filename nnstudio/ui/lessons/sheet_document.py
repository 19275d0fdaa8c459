"""A sheet of a lesson as a document on pages: what is short or belongs together is not parted."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QRectF, QSizeF, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
    QTextFrameFormat,
    QTextImageFormat,
    QTextListFormat,
    QTextOption,
    QTextTable,
    QTextTableFormat,
)

from nnstudio.lessons.sheet import (
    Blanks,
    Boxes,
    Heading,
    Lines,
    Numbered,
    Part,
    Picture,
    Plain,
    Prose,
    Sheet,
    Table,
    Title,
)
from nnstudio.ui.lessons.step_text import FEATURES, TextOnly, space

# Pixels per inch of the document.
DPI = 96
INK, GREY, PALE, TINT = QColor("#1b1e23"), QColor("#5b626d"), QColor("#aab0ba"), QColor("#f1f3f6")
# Points, of letters.
SIZE, SMALL, LARGE, LARGER = 10.5, 9.0, 13.0, 20.0
# In per cent of the letters' height; and in the document's own pixels: room after a paragraph, before a
# heading, for a line to write on, and before what is listed.
LEADING, AFTER, BEFORE, WRITING, INDENT = 125, 7, 16, 32, 22
# Lines of a block that are never parted, and the share of a page that a section may take so as not to be.
SHORT, SHORT_SECTION = 4, 0.35
# How blocks are marked: one stays on a page with the next one, has a line to write on, a box before it, or
# is a heading.
KEEPS, LINE, BOX, HEADS = (QTextFormat.Property.UserProperty.value + i for i in range(1, 5))


def pixels(millimetres: float) -> float:
    return millimetres / 25.4 * DPI


# What stands on the sheet


def document_of(sheet: Sheet, page: QSizeF) -> QTextDocument:
    """The sheet on pages. Each section is brought in order before the next one is written: to move something
    is to lay out anew all that stands behind it.
    """
    document = blank(page)
    writing, start = Writing(document), 0
    for part in sheet.parts:
        if isinstance(part, Heading):
            _keep_together(document, start)
        writing.add(part)
        if isinstance(part, Heading):
            start = writing.cursor.block().position()
    _keep_together(document, start)
    return document


def blank(page: QSizeF) -> QTextDocument:
    document = TextOnly()
    # Letters stand where the font wants them: the pixels are none of the paper's.
    document.setUseDesignMetrics(True)
    document.setPageSize(page)
    document.setDocumentMargin(0)
    document.setDefaultFont(font_of(SIZE))
    return document


def font_of(points: float, is_bold: bool = False) -> QFont:
    font = QFont("Sans Serif")
    # A point is no pixel's size on the screen that there may be.
    font.setPixelSize(round(points / 72 * DPI))
    font.setBold(is_bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _letters(points: float = SIZE, colour: QColor = INK, is_bold: bool = False) -> QTextCharFormat:
    letters = QTextCharFormat()
    letters.setFont(font_of(points, is_bold))
    letters.setForeground(colour)
    return letters


def _paragraph(*marks: int, after: float = AFTER, before: float = 0.0) -> QTextBlockFormat:
    block = QTextBlockFormat()
    block.setLineHeight(LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    block.setTopMargin(before)
    block.setBottomMargin(after)
    for mark in marks:
        block.setProperty(mark, True)
    return block


class Writing:
    """Puts one part behind the other."""

    def __init__(self, document: QTextDocument) -> None:
        self.cursor = QTextCursor(document)
        # Whether the last block was not used yet: that of a new document, and that behind a table.
        self._is_fresh = True

    def add(self, part: Part) -> None:
        """Put it at the end."""
        match part:
            case Title():
                self._block(_paragraph(after=2), part.text, _letters(LARGER, is_bold=True))
                if part.note:
                    self._block(_paragraph(after=14), part.note, _letters(SMALL, GREY))
            case Heading():
                block = _paragraph(KEEPS, HEADS, after=5, before=BEFORE)
                if part.is_new_page:
                    block.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                self._block(block, part.text, _letters(LARGER if part.is_large else LARGE, is_bold=True))
            case Prose():
                self._prose(part.markdown)
            case Plain():
                marks = (KEEPS,) if part.is_strong else ()
                if part.is_strong:
                    self._keep_with_next()
                self._block(_paragraph(*marks), part.text, _letters(is_bold=part.is_strong))
            case Blanks():
                block = _paragraph(LINE, after=16, before=8)
                block.setTabPositions([QTextOption.Tab(400, QTextOption.TabType.LeftTab)])
                self._block(block, "\t".join(part.names), _letters(SMALL, GREY))
            case Lines():
                for _ in range(part.count):
                    self._keep_with_next()
                    block = _paragraph(LINE, after=0)
                    block.setLineHeight(WRITING, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
                    self._block(block, "", _letters())
                self._room_after(AFTER + 9)
            case Boxes():
                for text in part.texts:
                    self._keep_with_next()
                    block = _paragraph(BOX, after=4)
                    block.setLeftMargin(INDENT)
                    self._block(block, text, _letters())
            case Numbered():
                self._numbered(part.texts)
            case Picture():
                self._picture(part)
            case Table():
                self._table(part.rows)
            case _:
                assert_never(part)

    def _block(self, block: QTextBlockFormat, text: str, letters: QTextCharFormat) -> None:
        if self._is_fresh:
            self.cursor.setBlockFormat(block)
            self.cursor.setBlockCharFormat(letters)
        else:
            self.cursor.insertBlock(block, letters)
        self.cursor.insertText(text, letters)
        self._is_fresh = False

    def _keep_with_next(self) -> None:
        kept = QTextBlockFormat()
        kept.setProperty(KEEPS, True)
        self.cursor.mergeBlockFormat(kept)

    def _room_after(self, pixels: float) -> None:
        room = QTextBlockFormat()
        room.setBottomMargin(pixels)
        self.cursor.mergeBlockFormat(room)

    def _numbered(self, texts: tuple[str, ...]) -> None:
        style = QTextListFormat()
        style.setStyle(QTextListFormat.Style.ListDecimal)
        items = None
        for text in texts:
            # What is said of it belongs to it.
            self._block(_paragraph(KEEPS, after=3), text, _letters())
            if items is None:
                items = self.cursor.createList(style)
            else:
                items.add(self.cursor.block())
        self._room_after(AFTER)

    def _prose(self, markdown: str) -> None:
        written = TextOnly()
        written.setDefaultFont(font_of(SIZE))
        written.setMarkdown(markdown.strip(), FEATURES)
        space(written, LEADING, AFTER, TINT)
        for frame in written.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _rule(frame)
        # It takes the format of its first block along only where there is nothing before it.
        if not self._is_fresh:
            self.cursor.insertBlock(written.begin().blockFormat(), _letters())
        self.cursor.insertFragment(QTextDocumentFragment(written))
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_fresh = False

    def _picture(self, part: Picture) -> None:
        image = QImage.fromData(part.png)
        width = min(image.width() / 2, self.cursor.document().pageSize().width())
        # Of a line that is as high as a share of its letters, a picture would stand over what is above it.
        block = QTextBlockFormat()
        block.setTopMargin(AFTER)
        block.setProperty(KEEPS, True)
        self._block(block, "", _letters())
        form = QTextImageFormat()
        name = f"picture-{self.cursor.position()}"
        self.cursor.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        form.setName(name)
        form.setWidth(width)
        form.setHeight(width * image.height() / max(image.width(), 1))
        self.cursor.insertImage(form)
        self._block(_paragraph(after=10), part.text, _letters(SMALL, GREY))

    def _table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        if not self._is_fresh:
            self.cursor.insertBlock(_paragraph(after=0), _letters())
        table = self.cursor.insertTable(len(rows), len(rows[0]))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                cell = table.cellAt(at, column).firstCursorPosition()
                cell.insertText(text, _letters(SMALL, is_bold=at == 0))
        _rule(table)
        whole = _paragraph(after=0)
        # The name of a narrow column is never parted.
        whole.setNonBreakableLines(True)
        for column in range(table.columns()):
            table.cellAt(0, column).firstCursorPosition().setBlockFormat(whole)
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_fresh = True


def _rule(table: QTextTable) -> None:
    """Thin lines between its rows and columns."""
    style = QTextTableFormat()
    style.setHeaderRowCount(1)
    style.setBorderCollapse(True)
    style.setBorder(1)
    style.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    style.setBorderBrush(PALE)
    style.setCellPadding(4)
    style.setTopMargin(2)
    style.setBottomMargin(AFTER + 2)
    table.setFormat(style)
    for row in range(table.rows()):
        for column in range(table.columns()):
            table.cellAt(row, column).firstCursorPosition().setBlockFormat(_paragraph(after=0))


# How it falls on pages


def _keep_together(document: QTextDocument, start: int) -> None:
    """Let what is short, and what belongs to the next block, begin a page instead of being parted; from the
    block at a position on.
    """
    height, block = document.pageSize().height(), document.findBlock(start)
    while block.isValid():
        section = _until(block, HEADS) if block.blockFormat().boolProperty(HEADS) else block
        group = block
        while group.blockFormat().boolProperty(KEEPS) and group.next().isValid():
            group = group.next()
        for last, most in ((section, SHORT_SECTION * height), (group, height)):
            top, bottom = line_of(document, block, 0).top(), line_of(document, last, SHORT - 1).bottom()
            if top // height != bottom // height and bottom - top < most:
                broken = QTextBlockFormat()
                broken.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(block).mergeBlockFormat(broken)
        block = group.next()


def _until(block: QTextBlock, mark: int) -> QTextBlock:
    """The last block before the next one that is marked."""
    while block.next().isValid() and not block.next().blockFormat().boolProperty(mark):
        block = block.next()
    return block


def line_of(document: QTextDocument, block: QTextBlock, at: int) -> QRectF:
    """Where a line of a block stands on all pages together, or its last one where it has fewer."""
    # All of it must be laid out: where a part of it was, what is behind has no position yet.
    document.pageCount()
    corner, layout = document.documentLayout().blockBoundingRect(block).topLeft(), block.layout()
    line = layout.lineAt(min(at, layout.lineCount() - 1)) if layout.lineCount() else None
    return (line.rect() if line is not None else layout.boundingRect()).translated(corner)
