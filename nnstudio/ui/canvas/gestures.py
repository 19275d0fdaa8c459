"""One class per mouse gesture; each ends in one request, or in a cancel that leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QToolTip

from nnstudio.model.arrange import GRID, HEIGHT, WIDTH
from nnstudio.model.graph import Link, LinkError
from nnstudio.ui.canvas.highlight import Highlight
from nnstudio.ui.canvas.key_command import KeyCommand
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.note_item import SMALLEST, NoteItem
from nnstudio.ui.widgets.theme import theme

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView


class Gesture:
    """Begun by a press; told of moves; ended by the release or cancelled by Esc."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def move(self, position: QPointF, screen: QPoint) -> None:
        """The mouse moved to a position of the scene."""

    def finish(self, position: QPointF, screen: QPoint) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """As if it had never begun."""


class Pan(Gesture):
    """Move the view with the middle button, or with Space held."""

    def __init__(self, view: CanvasView, screen: QPoint) -> None:
        super().__init__(view)
        self.last = screen
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, position: QPointF, screen: QPoint) -> None:
        delta = screen - self.last
        self.last = screen
        for bar, d in (
            (self.view.horizontalScrollBar(), delta.x()), (self.view.verticalScrollBar(), delta.y()),
        ):  # fmt: skip
            bar.setValue(bar.value() - d)

    def finish(self, position: QPointF, screen: QPoint) -> None:
        self.view.viewport().unsetCursor()

    def cancel(self) -> None:
        self.view.viewport().unsetCursor()


class MoveSelection(Gesture):
    """Drag the selected nodes and notes; frames take along what lies in them."""

    def __init__(self, view: CanvasView, position: QPointF, step: object | None = None) -> None:
        """``step`` marks moves that belong to an undo step which was begun before."""
        super().__init__(view)
        self.mark = step or self
        canvas = view.canvas
        self.start = position
        # Copies are all selected; what else lies in a copied frame are the originals, which stay.
        chosen = canvas.selected_items() if step else canvas.with_contents(canvas.selected_items())
        self.positions = {n: canvas.graph.position_of(n) for n in chosen}
        self.moved = False
        self.onto: Link | None = None

    def move(self, position: QPointF, screen: QPoint) -> None:
        delta = position - self.start
        first = next(iter(self.positions.values()))
        # The first node snaps to the grid; the others keep their distance to it.
        dx = round((first[0] + delta.x()) / GRID) * GRID - first[0]
        dy = round((first[1] + delta.y()) / GRID) * GRID - first[1]
        if dx or dy or self.moved:
            self.moved = True
            positions = {n: (x + dx, y + dy) for n, (x, y) in self.positions.items()}
            self.view.move_requested.emit(positions, self.mark)
            self._light(self._link_below())

    def _link_below(self) -> Link | None:
        """The link that a lone node without links of its own lies on."""
        if len(self.positions) != 1:
            return None
        (node,) = self.positions
        if node not in self.view.canvas.nodes:
            return None
        item, graph = self.view.canvas.nodes[node], self.view.canvas.graph
        if graph.links_of([node]) or not (item.has_input and item.has_output):
            return None
        return self.view.canvas.link_below(item.pos() + QPointF(WIDTH / 2, HEIGHT / 2))

    def _light(self, link: Link | None) -> None:
        for which, on in ((self.onto, False), (link, True)):
            if which in self.view.canvas.links:
                self.view.canvas.links[which].set_lit(on)
        self.onto = link

    def finish(self, position: QPointF, screen: QPoint) -> None:
        onto = self.onto
        self._light(None)
        if self.moved and onto is not None:
            self.view.insert_requested.emit(next(iter(self.positions)), onto)

    def cancel(self) -> None:
        self._light(None)
        if self.moved:
            self.view.move_requested.emit(self.positions, self.mark)


class ResizeNote(Gesture):
    """Drag the corner of a note or frame."""

    def __init__(self, view: CanvasView, item: NoteItem) -> None:
        super().__init__(view)
        self.before = item.note

    def move(self, position: QPointF, screen: QPoint) -> None:
        width = max(round((position.x() - self.before.x) / GRID) * GRID, SMALLEST)
        height = max(round((position.y() - self.before.y) / GRID) * GRID, SMALLEST)
        self.view.note_changed.emit(replace(self.before, width=width, height=height), self)

    def cancel(self) -> None:
        self.view.note_changed.emit(self.before, self)


class DrawLink(Gesture):
    """Drag from an output to an input; what fits lights up, a refusal says why at the cursor."""

    def __init__(self, view: CanvasView, source: NodeItem, taken: Link | None = None) -> None:
        """``taken``: an existing link whose end was picked up; it goes unless it is put back."""
        super().__init__(view)
        self.source, self.taken = source, taken
        self.line = LinkItem(None)
        view.canvas.addItem(self.line)
        self.line.set_ends(source.output_position(), source.output_position())
        fitting = view.canvas.graph.targets_for(source.node.id)
        for item in view.canvas.nodes.values():
            fits = item.node.id in fitting or Link(source.node.id, item.node.id) == taken
            missed = Highlight.NONE if item is source else Highlight.DIMMED
            item.set_lit(Highlight.FITS if fits else missed)

    def _target(self, position: QPointF) -> NodeItem | None:
        node = self.view.canvas.input_near(position)
        return node or self.view.canvas.node_at(position)

    def move(self, position: QPointF, screen: QPoint) -> None:
        target, why = self._target(position), ""
        self.line.refused = False
        if target is not None and target is not self.source:
            why = self._refusal(target)
            if not why and target.has_input:
                position = target.input_position()
        self.line.refused = bool(why)
        self.line.set_ends(self.source.output_position(), position)
        if why:
            QToolTip.showText(self.view.viewport().mapToGlobal(screen + QPoint(14, 14)), why, self.view)
        else:
            QToolTip.hideText()

    def _refusal(self, target: NodeItem) -> str:
        link = Link(self.source.node.id, target.node.id)
        if link == self.taken:
            return ""
        try:
            self.view.canvas.graph.check_link(link, replacing=True)
        except LinkError as error:
            return str(error)
        return ""

    def finish(self, position: QPointF, screen: QPoint) -> None:
        target = self._target(position)
        self._clean()
        if target is self.source:
            return
        if target is None:
            if self.taken is not None:
                self.view.remove_requested.emit([], [self.taken], False)
            else:
                self.view.open_search(position, self.source.node.id)
            return
        link = Link(self.source.node.id, target.node.id)
        why = self._refusal(target)
        if why:
            self.view.refused.emit(why)
        elif link != self.taken:
            self.view.link_requested.emit(link, self.taken)

    def cancel(self) -> None:
        self._clean()

    def _clean(self) -> None:
        QToolTip.hideText()
        self.view.canvas.removeItem(self.line)
        for item in self.view.canvas.nodes.values():
            item.set_lit(Highlight.NONE)


def picked_up(view: CanvasView, position: QPointF) -> DrawLink | None:
    """Pressing on an occupied input takes its link's end in hand."""
    target = view.canvas.input_pressed(position)
    ending = [link for link in view.canvas.links if target and link.target == target.node.id]
    return DrawLink(view, view.canvas.nodes[ending[-1].source], ending[-1]) if ending else None


class CutLinks(Gesture):
    """A stroke with Ctrl and the right button; the links that it crosses go, as one step."""

    def __init__(self, view: CanvasView, position: QPointF) -> None:
        super().__init__(view)
        self.stroke = QPainterPath(position)
        self.line = QGraphicsPathItem()
        self.line.setPen(QPen(QColor(theme.colours.error), 0, Qt.PenStyle.DashLine))
        self.line.setZValue(6)
        view.canvas.addItem(self.line)

    def move(self, position: QPointF, screen: QPoint) -> None:
        self.stroke.lineTo(position)
        self.line.setPath(self.stroke)
        crossed = set(self._crossed())
        for link, item in self.view.canvas.links.items():
            item.set_doomed(link in crossed)

    def _crossed(self) -> list[Link]:
        # Curves are open paths, which Qt would close before it intersects them: give both a width.
        thin = QPainterPathStroker()
        thin.setWidth(1.0)
        stroke = thin.createStroke(self.stroke)
        box = stroke.boundingRect()
        items = self.view.canvas.links.items()
        near = [(k, item) for k, item in items if item.boundingRect().intersects(box)]
        return [k for k, item in near if thin.createStroke(item.path()).intersects(stroke)]

    def finish(self, position: QPointF, screen: QPoint) -> None:
        crossed = self._crossed()
        self.cancel()
        if crossed:
            self.view.remove_requested.emit([], crossed, False)

    def cancel(self) -> None:
        self.view.canvas.removeItem(self.line)
        for item in self.view.canvas.links.values():
            item.set_doomed(False)


class LinkByKeys(DrawLink):
    """A link without a mouse: arrows choose among the nodes that it can lead to, Enter connects."""

    def __init__(self, view: CanvasView, source: NodeItem) -> None:
        super().__init__(view, source)
        here, fitting = source.output_position(), view.canvas.graph.targets_for(source.node.id)
        # The nearest to the right first.
        self.targets = sorted(
            (view.canvas.nodes[name] for name in fitting),
            key=lambda n: (n.input_position().x() < here.x(), (n.input_position() - here).manhattanLength()),
        )
        self.at = 0
        self.step(0)

    def step(self, by: int) -> None:
        """Choose the next target, or the one before."""
        if self.targets:
            self.at = (self.at + by) % len(self.targets)
            chosen = self.targets[self.at]
            for item in self.targets:
                item.set_lit(Highlight.CHOSEN if item is chosen else Highlight.FITS)
            self.line.set_ends(self.source.output_position(), chosen.input_position())
            self.view.ensureVisible(chosen)
            key = self.view.keys.shown(KeyCommand.CONNECT)
            self.view.announce(f"Connect to {chosen.node.name}: {key}; arrows choose another")

    def connect(self) -> None:
        """Draw the link to the chosen target."""
        chosen = self.targets[self.at] if self.targets else None
        self.cancel()
        if chosen is not None:
            self.view.link_requested.emit(Link(self.source.node.id, chosen.node.id), None)
