"""A sheet as PDF: black on white whatever the theme is, with numbered pages.

Any thread may call this: it draws on paper only.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QLocale, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QPen,
    QTextDocument,
)

from nnstudio.lessons.sheet import Sheet
from nnstudio.ui.lessons.sheet_document import (
    BOX,
    DPI,
    GREY,
    INK,
    LINE,
    PALE,
    SMALL,
    document_of,
    font_of,
    line_of,
    pixels,
)

# Dots per inch of the file; millimetres at the sides, and from the lower edge to the line below the text.
RESOLUTION, SIDE, TOP, BOTTOM, FOOT = 1200, 22.0, 20.0, 24.0, 12.0
# Millimetres, of a box to tick and of what is drawn thin.
SQUARE, THIN = 3.2, 0.18


def as_pdf(sheet: Sheet) -> bytes:
    """The content of a PDF file."""
    # The document starts timers, for which a thread of Python's has nothing else.
    timers = QEventLoop()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(sheet.name)
    writer.setCreator("nnstudio")
    writer.setResolution(RESOLUTION)
    is_american = QLocale.system().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.Letter if is_american else QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    scale = RESOLUTION / DPI
    paper = QSizeF(writer.width() / scale, writer.height() / scale)
    area = QRectF(QPointF(), paper).adjusted(pixels(SIDE), pixels(TOP), -pixels(SIDE), -pixels(BOTTOM))
    document = document_of(sheet, area.size())
    marks = _marks(document)
    painter = QPainter(writer)
    painter.scale(scale, scale)
    for page in range(document.pageCount()):
        if page:
            writer.newPage()
        _draw_page(painter, document, page, area, marks)
        _draw_foot(painter, sheet.name, f"{page + 1} / {document.pageCount()}", area, paper.height())
    painter.end()
    del document, timers
    return bytes(buffer.data().data())


def _draw_page(
    painter: QPainter, document: QTextDocument, page: int, area: QRectF, marks: list[tuple[QRectF, bool]]
) -> None:
    seen = QRectF(0, page * area.height(), area.width(), area.height())
    painter.save()
    painter.translate(area.topLeft() - seen.topLeft())
    painter.setClipRect(seen)
    context = QAbstractTextDocumentLayout.PaintContext()
    # A theme's own colour may be white.
    context.palette.setColor(QPalette.ColorRole.Text, INK)
    context.clip = seen
    document.documentLayout().draw(painter, context)
    for line, has_box in marks:
        if seen.contains(line.center()):
            _draw_mark(painter, line, has_box, seen)
    painter.restore()


def _marks(document: QTextDocument) -> list[tuple[QRectF, bool]]:
    """The first lines of blocks with a line to write on or a box to tick, and whether it is a box."""
    marks, block = [], document.begin()
    while block.isValid():
        style = block.blockFormat()
        if style.boolProperty(LINE) or style.boolProperty(BOX):
            marks.append((line_of(document, block, 0), style.boolProperty(BOX)))
        block = block.next()
    return marks


def _draw_mark(painter: QPainter, line: QRectF, has_box: bool, seen: QRectF) -> None:
    painter.setPen(QPen(GREY if has_box else PALE, pixels(THIN)))
    if has_box:
        side = pixels(SQUARE)
        painter.drawRect(QRectF(pixels(THIN), line.center().y() - side / 2, side, side))
    else:
        painter.drawLine(QPointF(seen.left(), line.bottom()), QPointF(seen.right(), line.bottom()))


def _draw_foot(painter: QPainter, name: str, number: str, area: QRectF, bottom: float) -> None:
    """What the sheet is, and which page of it."""
    painter.setFont(font_of(SMALL))
    painter.setPen(GREY)
    foot = QRectF(area.left(), bottom - pixels(FOOT) - pixels(5), area.width(), pixels(5))
    flags = Qt.AlignmentFlag.AlignBottom
    painter.drawText(foot, int(flags | Qt.AlignmentFlag.AlignLeft), name)
    painter.drawText(foot, int(flags | Qt.AlignmentFlag.AlignRight), number)
