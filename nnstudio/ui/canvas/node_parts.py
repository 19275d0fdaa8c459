"""What is painted of a node beside its text and live picture: stripe, ports, mark, fault, and a drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nnkernels.spec import Layer
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.group_mark import paint_groups
from nnstudio.ui.canvas.highlight import Highlight
from nnstudio.ui.canvas.lettering import wanted
from nnstudio.ui.canvas.node_text import LARGE, SMALL
from nnstudio.ui.widgets.layer_pictures import HEIGHT as GLYPH_HEIGHT
from nnstudio.ui.widgets.layer_pictures import WIDTH as GLYPH_WIDTH
from nnstudio.ui.widgets.layer_pictures import drawing_of
from nnstudio.ui.widgets.theme import canvas_font, theme

RADIUS, PORT = 9.0, 5.5
# The live picture as high as it usually is.
USUAL_PICTURE = 40.0
# The width of the mark that a picture does not show all, and the pixels of one of its dots and between them.
MORE, MORE_DOT, MORE_STEP = 10.0, 2.6, 5.5
# The mark of a problem, on the upper right corner.
MARK = QRectF(WIDTH - 11, -7, 17, 17)
# Pixels of the screen that it has at the least, and how many times it grows for that.
LEAST_MARK, MOST_GROWN = 15.0, 3.0


def paint_stripe(painter: QPainter, colour: QColor, groups: tuple[str, ...]) -> None:
    """The colour of the layer's category at the left edge, those of its groups at the right one."""
    body = QRectF(0, 0, WIDTH, HEIGHT)
    stripe = QPainterPath()
    stripe.addRoundedRect(body.adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
    cut = QPainterPath()
    cut.addRect(QRectF(0, 0, units.STRIPE, HEIGHT))
    painter.fillPath(stripe.intersected(cut), colour)
    paint_groups(painter, stripe, body, groups)


def paint_drawing(painter: QPainter, colour: QColor, layer: Layer, box: QRectF) -> None:
    """What the layer does, in the room of its live picture."""
    scale = 2 * box.height() / USUAL_PICTURE
    painter.save()
    painter.translate(box.center() - QPointF(GLYPH_WIDTH, GLYPH_HEIGHT) * scale / 2)
    painter.scale(scale, scale)
    painter.setOpacity(painter.opacity() * 0.55)
    pen = QPen(colour, 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    drawing_of(layer.id, layer.category)(painter, colour)
    painter.restore()


def paint_ports(
    painter: QPainter, colour: QColor, has_input: bool, has_output: bool, lit: Highlight, starved: bool
) -> None:
    """Those that there are; the input tells whether a link fits, or is ``starved`` of one that it needs."""
    c = theme.colours
    for present, x in ((has_input, 0.0), (has_output, WIDTH)):
        if not present:
            continue
        fits = lit in (Highlight.FITS, Highlight.CHOSEN) and x == 0.0
        missing = starved and x == 0.0
        painter.setPen(QPen(QColor(c.accent if fits else c.error) if fits or missing else colour, 2.0))
        painter.setBrush(QColor(c.accent) if fits else QColor(c.canvas))
        radius = PORT + 2 if fits else PORT
        if lit == Highlight.CHOSEN and x == 0.0:
            radius += 2
        painter.drawEllipse(QPointF(x, HEIGHT / 2), radius, radius)


def paint_mark(painter: QPainter, zoom: float, serious: bool) -> None:
    """A disc with a sign: colour is not the only signal. From afar it is larger against the node."""
    grown = min(max(LEAST_MARK / (MARK.width() * zoom), 1.0), MOST_GROWN)
    mark = QRectF(QPointF(), MARK.size() * grown)
    mark.moveCenter(MARK.center())
    c = theme.colours
    painter.setOpacity(1.0)
    painter.setPen(QPen(QColor(c.canvas), 1.5))
    painter.setBrush(QColor(c.error if serious else c.warning))
    painter.drawEllipse(mark)
    painter.setPen(QColor(c.canvas))
    painter.setFont(canvas_font(round(LARGE * grown), True))
    painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, "!" if serious else "?")


def paint_error(painter: QPainter, box: QRectF, error: str) -> None:
    """Why the node cannot work, below it."""
    c = theme.colours
    painter.setPen(QPen(QColor(c.error), 1))
    painter.setBrush(QColor(c.error_back))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor(c.error))
    painter.setFont(canvas_font(wanted(SMALL)))
    painter.drawText(box.adjusted(6, 4, -6, -4), int(Qt.TextFlag.TextWordWrap), error)


def paint_more(painter: QPainter, box: QRectF) -> None:
    """Three dots below each other at the right of a picture's box, in the pen's colour."""
    ink, at = painter.pen().color(), QPointF(box.right() - MORE_DOT, box.center().y())
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for step in (-1, 0, 1):
        painter.drawEllipse(at + QPointF(0, step * MORE_STEP), MORE_DOT / 2, MORE_DOT / 2)
    painter.restore()
