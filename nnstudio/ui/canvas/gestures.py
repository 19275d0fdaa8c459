"""One class per mouse gesture; each ends in one request, or in a cancel that leaves no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QToolTip

from nnstudio.model.arrange import GRID
from nnstudio.model.graph import Link, LinkError
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView


class Gesture:
    """Begun by a press; told of moves; ended by the release or cancelled by Esc."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def move(self, place: QPointF, screen: QPoint) -> None:
        """The mouse moved to a place of the scene."""

    def finish(self, place: QPointF, screen: QPoint) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """As if it had never begun."""


class Pan(Gesture):
    """Move the view with the middle button, or with Space held."""

    def __init__(self, view: CanvasView, screen: QPoint) -> None:
        super().__init__(view)
        self.last = screen
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, place: QPointF, screen: QPoint) -> None:
        delta = screen - self.last
        self.last = screen
        for bar, d in (
            (self.view.horizontalScrollBar(), delta.x()), (self.view.verticalScrollBar(), delta.y()),
        ):  # fmt: skip
            bar.setValue(bar.value() - d)

    def finish(self, place: QPointF, screen: QPoint) -> None:
        self.view.viewport().unsetCursor()

    def cancel(self) -> None:
        self.view.viewport().unsetCursor()


class MoveSelection(Gesture):
    """Drag the selected nodes."""

    def __init__(self, view: CanvasView, place: QPointF) -> None:
        super().__init__(view)
        graph = view.canvas.graph
        self.start = place
        self.places = {n: (graph[n].x, graph[n].y) for n in view.canvas.selected_nodes()}
        self.moved = False

    def move(self, place: QPointF, screen: QPoint) -> None:
        delta = place - self.start
        first = next(iter(self.places.values()))
        # The first node snaps to the grid; the others keep their distance to it.
        dx = round((first[0] + delta.x()) / GRID) * GRID - first[0]
        dy = round((first[1] + delta.y()) / GRID) * GRID - first[1]
        if dx or dy or self.moved:
            self.moved = True
            places = {n: (x + dx, y + dy) for n, (x, y) in self.places.items()}
            self.view.move_requested.emit(places, self)

    def cancel(self) -> None:
        if self.moved:
            self.view.move_requested.emit(self.places, self)


class DrawLink(Gesture):
    """Drag from an output to an input; what fits lights up, a refusal says why at the cursor."""

    def __init__(self, view: CanvasView, source: NodeItem, taken: Link | None = None) -> None:
        """``taken``: an existing link whose end was picked up; it goes unless it is put back."""
        super().__init__(view)
        self.source, self.taken = source, taken
        self.line = LinkItem(None)
        view.canvas.addItem(self.line)
        self.line.set_ends(source.output_place(), source.output_place())
        for item in view.canvas.nodes.values():
            link = Link(source.node.id, item.node.id)
            fits = link == taken or view.canvas.graph.can_link(link, replacing=True)
            item.set_lit("fits" if fits else "" if item is source else "dim")

    def _target(self, place: QPointF) -> NodeItem | None:
        node = self.view.canvas.input_near(place)
        return node or self.view.canvas.node_at(place)

    def move(self, place: QPointF, screen: QPoint) -> None:
        target, why = self._target(place), ""
        self.line.refused = False
        if target is not None and target is not self.source:
            why = self._refusal(target)
            if not why and target.has_input:
                place = target.input_place()
        self.line.refused = bool(why)
        self.line.set_ends(self.source.output_place(), place)
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

    def finish(self, place: QPointF, screen: QPoint) -> None:
        target = self._target(place)
        self._clean()
        if target is self.source:
            return
        if target is None:
            if self.taken is not None:
                self.view.remove_requested.emit([], [self.taken], False)
            else:
                self.view.open_search(place, self.source.node.id)
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
            item.set_lit("")
