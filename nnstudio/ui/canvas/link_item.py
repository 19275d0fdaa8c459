"""A link: a curve from an output to an input, labelled with the shape that flows through it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QTransform
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsSceneHoverEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.model.arrange import HEIGHT
from nnstudio.model.graph import Link
from nnstudio.model.quantity import in_digits
from nnstudio.ui.canvas.lettering import wanted
from nnstudio.ui.canvas.node_item import DETAILED, FAR
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import canvas_font, theme

# The curve can be grabbed this far from its centre line.
GRIP = 10.0
# Heights of the letters of its label, usual ones and the smallest: where the gap between the nodes is narrow.
LETTERS, LEAST_LETTERS = 10, 8
# The zoom up to which it grows: beyond that it would be giant digits that tell nothing more.
LARGEST_LABEL = 1.6
# Letters of it that are lower on the screen tell nothing; nodes tell the shape as well.
LEAST_SEEN = 7.0
# What larger letters leave free between both nodes.
BESIDE = 14.0
# On this length a link swings into its lane.
RAMP = 56.0
# Of a link into one of these kinds only the number of samples is taken; how it is drawn, and what is said.
COUNTING, DASHES = ("noise",), (2.0, 3.0)
COUNTED = "Of this, Noise takes only how many samples there are: none of their values."
# How far a link that runs back to the left reaches out first.
TURN = 26.0


@cache
def _pen(colour: str, width: float, is_dashed: bool = False) -> QPen:
    pen = QPen(QColor(colour), width)
    if is_dashed:
        pen.setDashPattern(DASHES)
    return pen


def _shrunk(box: QRectF, share: float) -> QTransform:
    """Makes what is drawn in a box smaller, about the middle of its lower edge, which is above the line."""
    x, y = box.center().x(), box.bottom()
    return QTransform.fromTranslate(x, y).scale(share, share).translate(-x, -y)


def curve(start: QPointF, end: QPointF, lane: float | None = None) -> QPainterPath:
    """A horizontal S from an output to an input; to the left it runs round, between the rows.

    With a ``lane``, a height, it runs there for most of its way.
    """
    path = QPainterPath(start)
    if lane is not None:
        half = RAMP / 2
        on, off = QPointF(start.x() + RAMP, lane), QPointF(end.x() - RAMP, lane)
        path.cubicTo(start + QPointF(half, 0), on - QPointF(half, 0), on)
        path.lineTo(off)
        path.cubicTo(off + QPointF(half, 0), end - QPointF(half, 0), end)
        return path
    if end.x() > start.x() + 20:
        reach = max((end.x() - start.x()) / 2, 36.0)
        path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
        return path
    middle = (start.y() + end.y()) / 2
    if abs(end.y() - start.y()) < HEIGHT:
        middle = max(start.y(), end.y()) + HEIGHT
    out, back = start.x() + TURN, end.x() - TURN
    path.quadTo(QPointF(out, start.y()), QPointF(out, (start.y() + middle) / 2))
    path.quadTo(QPointF(out, middle), QPointF(out - TURN, middle))
    path.lineTo(QPointF(back + TURN, middle))
    path.quadTo(QPointF(back, middle), QPointF(back, (middle + end.y()) / 2))
    path.quadTo(QPointF(back, end.y()), end)
    return path


class LinkItem(QGraphicsPathItem):
    """One link; also the loose end that follows the mouse, with ``link`` None."""

    def __init__(self, link: Link | None) -> None:
        super().__init__()
        self.link = link
        self.lane: float | None = None
        # Smallest, mean and largest of what flows here, as far as that is known.
        self.values: tuple[float, float, float] | None = None
        # How far below the ports the single links run that are drawn while both ends are open.
        self.wires: list[float] = []
        self._wire_path = QPainterPath()
        # While an end moves there is one line: many would take longer than a frame may.
        self._moving = False
        self.label = ""
        # Qt asks for the bounds very often, and texts are dear to measure.
        self._label_box, self._bounds = QRectF(), QRectF()
        self._letters = LETTERS
        self.refused = False
        self.lit = False
        # Whether nothing of what flows here is taken but how many samples there are.
        self.is_count = False
        if link is not None:
            self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
            self.setAcceptHoverEvents(True)
        self.setZValue(0 if link is not None else 5)

    def set_ends(self, start: QPointF, end: QPointF, lane: float | None = None) -> None:
        """Run between two points of the scene, perhaps along a lane."""
        self.lane, self._moving = lane, bool(self.wires)
        self.setPath(curve(start, end, lane))
        self._measure()

    def settle(self) -> None:
        """Its ends stand still: show single links again."""
        if self._moving:
            self._moving = False
            self._measure()
            self.update()

    def set_label(self, text: str) -> None:
        """Show a shape at the middle."""
        if text != self.label:
            self.prepareGeometryChange()
            self.label = text
            self._measure()
            self.update()

    def set_letters(self) -> None:
        """Letters have another size, or other colours."""
        self.prepareGeometryChange()
        self._measure()
        self.update()

    def set_wires(self, wires: list[float]) -> None:
        """Show the single links between units, by how far below the ports they run; [] for the one link."""
        if wires != self.wires:
            self.prepareGeometryChange()
            self.wires = wires
            self._measure()
            self.update()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Tell what flows here now."""
        lines = [COUNTED] if self.is_count else []
        if self.label:
            lines.append(f"Shape of each sample here: {self.label}")
        if self.values is not None:
            low, mean, high = self.values
            lines.append(f"now: from {in_digits(low)} to {in_digits(high)}, mean {in_digits(mean)}")
        self.setToolTip(plain_tip("\n".join(lines)))
        super().hoverMoveEvent(event)

    def set_lit(self, lit: bool) -> None:
        """While a node that would go into it hovers above."""
        self.lit = lit
        self.update()

    def set_doomed(self, doomed: bool) -> None:
        """While a stroke crosses it that would cut it."""
        if doomed != self.refused:
            self.refused = doomed
            self.update()

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(GRIP)
        return stroker.createStroke(self.path())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        # More than a thousand are drawn in a frame: nothing is asked or made twice.
        c, is_chosen = theme.colours, self.isSelected() or self.lit
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        has_wires = bool(self.wires) and not (self._moving or is_chosen or self.refused)
        colour = c.accent if is_chosen or self.link is None else c.link
        if self.refused:
            colour = c.error
        # One pixel at every zoom: that is drawn many times faster than a broader line.
        is_thin = has_wires or (zoom < FAR and not is_chosen and not self.refused)
        painter.setPen(_pen(colour, 0.0 if is_thin else 3.0 if is_chosen else 2.0, self.is_count))
        painter.drawPath(self._wire_path if has_wires else self.path())
        if not self._label_box.isEmpty() and zoom >= DETAILED and zoom * self._letters >= LEAST_SEEN:
            box = self._label_box
            # A figure for a page grows as a whole.
            is_giant = widget is not None and zoom > LARGEST_LABEL
            if is_giant:
                painter.save()
                painter.setTransform(_shrunk(box, LARGEST_LABEL / zoom), True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.canvas))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(c.muted))
            painter.setFont(canvas_font(self._letters))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.label)
            if is_giant:
                painter.restore()

    def _wired(self) -> QPainterPath:
        if not self.wires or self._moving:
            return QPainterPath()
        start, end = self.path().elementAt(0), self.path().currentPosition()
        path = QPainterPath()
        for below in self.wires:
            first, last = QPointF(start.x, start.y + below), end + QPointF(0, below)
            path.addPath(curve(first, last, None if self.lane is None else self.lane + below))
        return path

    def _measure(self) -> None:
        self._wire_path = self._wired()
        self._label_box = box = self._measured_label()
        spread = HEIGHT / 2 if self.wires else 6
        self._bounds = self.path().controlPointRect().united(box).adjusted(-6, -spread, 6, spread)

    def _measured_label(self) -> QRectF:
        """The label's box above the middle; empty where nodes would cover it: they tell the shape as well."""
        path = self.path()
        if not self.label or path.isEmpty():
            return QRectF()
        start, end = path.elementAt(0), path.currentPosition()
        level = abs(end.y() - start.y) < HEIGHT
        room = end.x() - start.x if level and end.x() > start.x else float("inf")
        for letters in range(wanted(LETTERS), min(LEAST_LETTERS, wanted(LETTERS)) - 1, -1):
            metrics = QFontMetricsF(canvas_font(letters))
            box = QRectF(0, 0, metrics.horizontalAdvance(self.label) + 4, metrics.height() + 2)
            # Larger letters are not worth touching the nodes.
            if box.width() + (BESIDE if letters > LETTERS else 0) <= room:
                self._letters = letters
                # Above the line: a label on it would hide a short link altogether.
                box.moveCenter(path.pointAtPercent(0.5) - QPointF(0, box.height() / 2 + 3))
                return box
        return QRectF()
