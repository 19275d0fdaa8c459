"""A node as it is painted: name, kind, the options that matter, shape, parameters, and its fault."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from nnkernels.spec import Layer, Role, show_shape
from nnstudio.explain.thumbnails import Inside, ThumbnailKind
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.model.problems import Problem
from nnstudio.model.quantity import counted
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.far_name import LEAST_CARD, paint_far
from nnstudio.ui.canvas.group_mark import group_tip, groups_of, words
from nnstudio.ui.canvas.highlight import Highlight
from nnstudio.ui.canvas.lettering import line_font, wanted, write_line
from nnstudio.ui.canvas.node_parts import (
    MARK,
    MORE,
    MOST_GROWN,
    PORT,
    RADIUS,
    paint_drawing,
    paint_error,
    paint_mark,
    paint_more,
    paint_ports,
    paint_stripe,
)
from nnstudio.ui.canvas.node_text import LARGE, LEFT, RIGHT, SMALL, paint_text, rows, size_of, subtitle
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.pills import TALL, Pill, boxes, paint_pills, pill_at
from nnstudio.ui.widgets.theme import canvas_font, legible_on, theme

# Heights of the letters of a look inside.
TINY = 7
# Its name alone, seen from afar.
CARD = QRectF(3, 2, WIDTH - 6, HEIGHT - 4)
# Height of the line below it that says how much of all is shown, and of its letters; there is none where the
# picture has less height than so many lines.
SAID, SAID_LETTERS, LEAST_SAID = 12.0, 10, 2.5
# Below this zoom nobody can read that line.
LEAST_SAID_ZOOM = 0.75
# Below these zooms the name takes all room of the text, all but a live picture's, and the whole card.
DETAILED, READABLE, PICTURED = 0.6, 0.45, 0.3
# A picture beside the text, and between both.
SQUARE, BESIDE = QRectF(WIDTH - RIGHT - 72, 7, 72, 72), 4.0
# From farther away, a thousand are in sight: corners and ports are less than two pixels then, and cost most.
FAR = 0.25
ERROR_WIDTH = WIDTH + 24
# Its broadest frame.
BROADEST = 8.0


class NodeItem(QGraphicsItem):
    """One node. Its position is the node's; it moves only when the model says so.

    A press within ``port_reach`` of a port means the port.
    """

    port_reach = 16.0
    # Whether a link that it needs is missing.
    starved = False

    def __init__(self, node: Node, layer: Layer) -> None:
        super().__init__()
        self.node, self.layer = node, layer
        self.facts = NodeFacts()
        self.facts_shown = False
        self.lit = Highlight.NONE
        self.thumbnail: Picture | None = None
        # What a look inside shows, and the unit whose weights are in front.
        self.inside: Inside | None = None
        self.problems: list[Problem] = []
        self.pills: tuple[Pill, ...] = ()
        self.unit: int | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setAcceptHoverEvents(True)
        self.setZValue(1)
        self._error_height = 0.0
        self.set_node(node)

    @property
    def has_input(self) -> bool:
        return self.layer.role != Role.INPUT

    @property
    def has_output(self) -> bool:
        return self.layer.role != Role.OUTPUT

    def set_node(self, node: Node) -> None:
        """Show a changed node."""
        self.node = node
        self.setPos(node.x, node.y)
        self._describe()
        self.update()

    def set_position(self, node: Node) -> None:
        """Show a node that moved."""
        self.node = node
        self.setPos(node.x, node.y)

    def set_facts(self, facts: NodeFacts) -> None:
        """Show what is known of the node."""
        if facts == self.facts and self.facts_shown:
            return
        self.facts_shown = True
        self.facts = facts
        self._measure_error()
        # The sentence below the node lies over a node that stands there, not under it.
        self.setZValue(2 if facts.error else 1)
        self._describe()
        self.update()

    def set_letters(self) -> None:
        """Letters have another size, or other colours."""
        self._measure_error()
        self.update()

    def _measure_error(self) -> None:
        self.prepareGeometryChange()
        metrics = QFontMetricsF(canvas_font(wanted(SMALL)))
        # Narrower than what is painted: zoomed text is a little wider than it measures.
        box = QRectF(0, 0, ERROR_WIDTH - 36, 1000)
        wrapped = metrics.boundingRect(box, int(Qt.TextFlag.TextWordWrap), self.facts.error)
        self._error_height = wrapped.height() + 12 if self.facts.error else 0.0

    def set_thumbnail(self, thumbnail: Picture | None, inside: Inside | None = None) -> None:
        """A live picture in the node, and what a look inside shows; None for none."""
        # From afar the whole card looks different with one and without.
        if (thumbnail is None) != (self.thumbnail is None):
            self.update()
        before, self.thumbnail, self.inside = self.thumbnail, thumbnail, inside
        if _said(before) != _said(thumbnail) or _headline(before) != _headline(thumbnail):
            self._describe()
            self.update()
        # With the ends of single links at its edges.
        top = SQUARE.top() if _is_square(thumbnail) else units.BOX.top()
        self.update(QRectF(0, top, WIDTH, HEIGHT - top))

    def part_at(self, position: QPointF, zoom: float) -> units.Part | None:
        """The unit or weight at a point of the scene; None where there is none, or the node is not open."""
        if self.thumbnail is None or not self.is_open(zoom):
            return None
        return units.part_at(self.mapFromScene(position), self.thumbnail, self.inside, zoom)

    def is_open(self, zoom: float) -> bool:
        """Whether it shows what is in it; what is predicted over the plane is one picture at every zoom."""
        known = self.facts.shape is not None and not self.facts.error
        has_units = self.thumbnail is not None and not _is_square(self.thumbnail)
        return has_units and known and zoom >= units.OPEN

    def set_unit(self, unit: int | None) -> None:
        """Put the weights of one unit in front, or of none."""
        if unit != self.unit:
            self.unit = unit
            self.update(units.BOX)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Tell the number under the pointer, or else what the node is."""
        views = self.scene().views()
        zoom = views[0].transform().m11() if views else 0.0
        part = self.part_at(event.scenePos(), zoom)
        pill = self.pill_at(event.scenePos())
        said = self.pills[pill].tip if pill is not None else part.text if part is not None else ""
        if not said and self.thumbnail is not None and zoom >= FAR and not self.is_open(zoom):
            said = self.thumbnail.told_at(event.pos(), picture_box(zoom, self.thumbnail))
        self.setToolTip(escape(said) or self._tip)
        super().hoverMoveEvent(event)

    def set_problems(self, problems: list[Problem]) -> None:
        """Carry a mark for what is wrong with the node; a click on it offers repairs."""
        if problems != self.problems:
            self.prepareGeometryChange()
            self.problems = problems
            self._describe()
            self.update()

    def mark_at(self, position: QPointF) -> bool:
        """Whether the mark, or the sentence below the node, is at a point of the scene."""
        at = self.mapFromScene(position)
        return bool(self.problems) and (MARK.contains(at) or (self._error_box().contains(at)))

    def set_pills(self, pills: tuple[Pill, ...]) -> None:
        """Carry what a live view marks here."""
        if pills != self.pills:
            self.prepareGeometryChange()
            self.pills = pills
            self.update()

    def pill_at(self, position: QPointF) -> int | None:
        """The number of the pill at a point of the scene; None where there is none."""
        return pill_at(self.pills, self.mapFromScene(position))

    def set_lit(self, lit: Highlight) -> None:
        """Show what the node is to a link that is being drawn."""
        if lit != self.lit:
            self.lit = lit
            self.update()

    def input_position(self) -> QPointF:
        """Centre of the input port in the scene."""
        return self.mapToScene(QPointF(0, HEIGHT / 2))

    def output_position(self) -> QPointF:
        """Centre of the output port in the scene."""
        return self.mapToScene(QPointF(WIDTH, HEIGHT / 2))

    def boundingRect(self) -> QRectF:
        margin = PORT + 4
        error = self._error_height + 8 if self._error_height else TALL if self.pills else 0
        # Marks from afar stand out.
        above = MARK.height() * MOST_GROWN / 2 if self.problems else 8.0
        return QRectF(-margin - 6, -above, WIDTH + 2 * margin + 12 + above, HEIGHT + 4 + above + error)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRect(QRectF(-PORT - 3, 0, WIDTH + 2 * PORT + 6, HEIGHT))
        for box in ([MARK] if self.problems else []) + boxes(self.pills):
            path.addRect(box)
        return path

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        c = theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        readable = zoom >= (READABLE if self.thumbnail is None else PICTURED)
        colour = theme.category(self.layer.category)
        # Behind a faulty node nothing is known: what follows it steps back until it is mended.
        unknown = self.facts.shape is None and not self.facts.error and self.facts_shown
        painter.setOpacity(0.45 if self.lit == Highlight.DIMMED or unknown else 1.0)
        body = QRectF(0, 0, WIDTH, HEIGHT)
        edge = QColor(c.error) if self.facts.error else QColor(c.border)
        if self.isSelected():
            edge = QColor(c.accent)
        width = 2.0 if self.isSelected() or self.facts.error else 1.0
        # From afar the frame of what is selected, or wrong, is as broad on the screen as it is near.
        painter.setPen(QPen(edge, width if width == 1.0 or zoom >= 1 else min(width / zoom, BROADEST)))
        painter.setBrush(QColor(c.node) if readable else colour)
        if self.layer.role == Role.SUBNETWORK:
            # A sheet behind it: there is more inside.
            painter.drawRoundedRect(body.translated(5, -5), RADIUS, RADIUS)
        if zoom >= FAR:
            painter.drawRoundedRect(body, RADIUS, RADIUS)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawRect(body)
        if readable:
            paint_stripe(painter, colour, groups_of(self.node, self.layer))
        if self.is_open(zoom):
            self._paint_inside(painter, colour)
        elif readable:
            beside = SQUARE.width() + BESIDE if _is_square(self.thumbnail) and not self.facts.error else 0.0
            if zoom >= DETAILED:
                headline = _headline(self.thumbnail)
                paint_text(painter, self.node, self.layer, self.facts, zoom, headline, beside)
            else:
                painter.setPen(QColor(c.text))
                self._paint_far(painter, rows().beside(beside).both, zoom)
            self._paint_thumbnail(painter, colour, zoom, None if unknown else self.thumbnail)
        elif zoom * WIDTH >= LEAST_CARD:
            painter.setPen(legible_on(colour))
            self._paint_far(painter, CARD, zoom)
        if zoom >= FAR or self.lit != Highlight.NONE or self.starved:
            paint_ports(painter, colour, self.has_input, self.has_output, self.lit, self.starved)
        if self.problems:
            paint_mark(painter, zoom, any(p.serious for p in self.problems))
        if self.facts.error and readable:
            paint_error(painter, self._error_box(), self.facts.error)
        if self.pills and readable:
            paint_pills(painter, self.pills)

    def _paint_far(self, painter: QPainter, box: QRectF, zoom: float) -> None:
        longest = getattr(self.scene(), "longest_name", "")
        paint_far(painter, self.node.name, size_of(self.node, self.layer), box, zoom, longest)

    def _paint_thumbnail(
        self, painter: QPainter, colour: QColor, zoom: float, thumbnail: Picture | None
    ) -> None:
        """What it gives now, or a drawing of what it does."""
        box = picture_box(zoom, thumbnail)
        if thumbnail is None or self.facts.error:
            paint_drawing(painter, colour, self.layer, box)
            return
        said, is_formula = _said(thumbnail), bool(thumbnail.thumbnail.formula)
        # Beside large letters, and from afar, the picture gets what is left; the tip says the same. Of a
        # formula that is cut, nobody can tell what is computed.
        is_cut = QFontMetricsF(canvas_font(SAID_LETTERS)).horizontalAdvance(said) > box.width()
        is_read = zoom >= (READABLE if is_formula else LEAST_SAID_ZOOM) and not (is_formula and is_cut)
        painter.setPen(QColor(theme.colours.muted))
        if said and is_read and box.height() >= LEAST_SAID * SAID:
            box.setHeight(box.height() - SAID)
            line = QRectF(box.left(), box.bottom() + 1, box.width(), SAID)
            write_line(painter, line, said, canvas_font(SAID_LETTERS))
        elif said and not is_formula:
            # A mark that there is more.
            paint_more(painter, box)
            box.setWidth(box.width() - MORE)
        thumbnail.paint(painter, box)

    def _paint_inside(self, painter: QPainter, colour: QColor) -> None:
        """The name in one line with how much is shown, and below it the units."""
        assert self.thumbnail is not None
        c, width = theme.colours, WIDTH - LEFT - RIGHT
        said = units.summary(self.thumbnail, self.inside) or subtitle(self.node, self.layer)
        line = QRectF(LEFT, 5, width, 17)
        # Not more than two thirds of the line: the name is the first thing that one looks for.
        font = line_font(said, line.adjusted(width / 3, 0, 0, 0), TINY)
        painter.setPen(QColor(c.muted))
        write_line(painter, line, said, font, Qt.AlignmentFlag.AlignRight)
        painter.setPen(QColor(c.text))
        room = line.adjusted(0, 0, -QFontMetricsF(font).horizontalAdvance(said) - 6, 0)
        write_line(painter, room, self.node.name, line_font(self.node.name, room, LARGE, True))
        sides = (self.has_input, self.has_output)
        if not units.paint(painter, self.thumbnail, self.inside, self.unit, sides):
            paint_drawing(painter, colour, self.layer, QRectF(rows().picture))

    def _error_box(self) -> QRectF:
        if not self._error_height:
            return QRectF()
        return QRectF((WIDTH - ERROR_WIDTH) / 2 + 4, HEIGHT + 6, ERROR_WIDTH - 8, self._error_height - 2)

    def _describe(self) -> None:
        lines = [f"<b>{escape(self.node.name)}</b> ({escape(self.layer.title)})", escape(self.layer.help)]
        if self.facts.shape:
            lines.append(f"Output: {show_shape(self.facts.shape)}")
        if self.facts.parameters:
            lines.append(
                f"{counted(self.facts.parameters, 'parameter')}, "
                f"{counted(self.facts.flops, 'operation')} per sample"
            )
        if words(self.node, self.layer):
            lines.append(escape(group_tip(self.node, self.layer)))
        if headline := _headline(self.thumbnail):
            lines.append(escape(headline))
        if said := _said(self.thumbnail):
            is_formula = self.thumbnail is not None and self.thumbnail.thumbnail.formula
            lines.append(f"Computes {said}" if is_formula else f"Shown: the {said}")
        wrong = [p.text for p in self.problems] or ([self.facts.error] if self.facts.error else [])
        lines += [f"<b>{escape(text)}</b>" for text in wrong]
        self._tip = "<br>".join(lines)
        self.setToolTip(self._tip)


def _said(picture: Picture | None) -> str:
    """Below the picture: what the node computes in a line, or how much of all is shown."""
    if picture is None:
        return ""
    left_out = picture.thumbnail.left_out
    return picture.thumbnail.formula or (f"first {left_out}" if left_out else "")


def _headline(picture: Picture | None) -> str:
    return picture.thumbnail.headline if picture is not None else ""


def _is_square(picture: Picture | None) -> bool:
    """Whether it is one picture that stands beside the text, as large as the node allows."""
    return picture is not None and picture.thumbnail.kind == ThumbnailKind.PREDICTED


def picture_box(zoom: float, picture: Picture | None) -> QRectF:
    """Where the live picture of a node is that is seen at a zoom: below the text, or its name, or beside."""
    return QRectF(SQUARE if _is_square(picture) else rows(zoom if zoom >= DETAILED else 1.0).picture)
