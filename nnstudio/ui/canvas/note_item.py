"""Notes and frames on the canvas: words on paper, and boxes that carry what lies in them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.model.graph import Note
from nnstudio.ui.canvas.lettering import line_font, paragraph_font
from nnstudio.ui.widgets.theme import theme

RADIUS = 8.0
# Height of a frame's title; a frame is grabbed there or at its rim, so that what lies in it can be reached.
HEAD = 32.0
RIM = 8.0
# Edge of the corner that resizes.
GRIP = 16.0
SMALLEST = 60.0
PAD = 12.0
LETTERS = 12


class NoteItem(QGraphicsItem):
    """One note or frame. Its position is the model's."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.note = note
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.set_note(note)

    def set_note(self, note: Note) -> None:
        """Show a changed note."""
        self.prepareGeometryChange()
        self.note = note
        self.setPos(note.x, note.y)
        # Frames lie below links, notes below nodes.
        self.setZValue(-2 if note.frame else -1)
        self.setToolTip("Drag the title to move the frame with everything in it" if note.frame else "")
        self.update()

    def box(self) -> QRectF:
        """Its extent, in its own coordinates."""
        return QRectF(0, 0, self.note.width, self.note.height)

    def grip(self) -> QRectF:
        """The corner that resizes it."""
        return QRectF(self.note.width - GRIP, self.note.height - GRIP, GRIP, GRIP)

    def boundingRect(self) -> QRectF:
        return self.box().adjusted(-2, -2, 2, 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box())
        if self.note.frame:
            hollow = QPainterPath()
            hollow.addRect(self.box().adjusted(RIM, HEAD, -RIM, -RIM))
            corner = QPainterPath()
            corner.addRect(self.grip())
            return path.subtracted(hollow).united(corner)
        return path

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        c = theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QColor(c.accent if self.isSelected() else c.border)
        painter.setPen(QPen(edge, 2.0 if self.isSelected() else 1.0))
        fill = QColor(c.accent if self.note.frame else c.warning)
        fill.setAlpha(16 if self.note.frame else 34)
        painter.setBrush(fill)
        painter.drawRoundedRect(self.box(), RADIUS, RADIUS)
        painter.setPen(QColor(c.muted if self.note.frame else c.text))
        if self.note.frame:
            box = QRectF(PAD, 0, self.note.width - 2 * PAD, HEAD)
            painter.setFont(line_font(self.note.text, box, LETTERS, bold=True))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.note.text)
        else:
            box = self.box().adjusted(PAD, PAD - 3, -PAD, -PAD + 3)
            painter.setFont(paragraph_font(self.note.text, box, LETTERS))
            painter.drawText(box, int(Qt.TextFlag.TextWordWrap), self.note.text)
        if self.isSelected():
            w, h = self.note.width - 4, self.note.height - 4
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(edge)
            painter.drawPolygon(QPolygonF([QPointF(w, h), QPointF(w - 9, h), QPointF(w, h - 9)]))
