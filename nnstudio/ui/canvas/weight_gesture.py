"""Dragging a weight up or down where an open node draws it; the release makes one step of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QToolTip

from nnstudio.model.quantity import in_all_digits, rounded
from nnstudio.ui.canvas.gestures import Gesture
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.units import Part

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Pixels of the screen for as much as the largest weight that is shown, and for 1 if all are smaller.
REACH = 120.0


class DragWeight(Gesture):
    """Up is more. The line and the network follow at once; what is let go is a step that can be undone."""

    def __init__(self, view: CanvasView, item: NodeItem, part: Part, position: QPointF) -> None:
        super().__init__(view)
        assert item.inside is not None and part.at
        self.item, self.part, self.at = item, part, part.at
        self.array = item.inside.array
        values = item.inside.values
        self.before = self.value = float(values[self.at])
        sizes = np.abs(values[np.isfinite(values)])
        self.range = max(float(sizes.max()) if sizes.size else 0.0, 1.0)
        self.start = view.mapFromScene(position)

    def move(self, position: QPointF, screen: QPoint) -> None:
        start = self.before if np.isfinite(self.before) else 0.0
        moved = (self.start.y() - screen.y()) / REACH * self.range
        # What is written is what is shown; back where it began it is the value before.
        self.value = rounded(start + moved, self.range / REACH) if moved else self.before
        self._show(self.value)
        self._tell(self.value)
        QToolTip.showText(self.view.viewport().mapToGlobal(screen), in_all_digits(self.value), self.view)

    def finish(self, position: QPointF, screen: QPoint) -> None:
        QToolTip.hideText()
        if self.value != self.before:
            self.view.weight_dragged.emit(self.item.node.id, self.array, self.part.index, self.value)
        else:
            self._tell(None)

    def cancel(self) -> None:
        QToolTip.hideText()
        self._show(self.before)
        self._tell(None)

    def _tell(self, value: float | None) -> None:
        self.view.weight_moved.emit(self.item.node.id, self.array, self.part.index, value)

    def _show(self, value: float) -> None:
        """Draw it as it would be; a newer picture may have come meanwhile."""
        inside = self.item.inside
        if inside is None or inside.values.ndim != len(self.at):
            return
        values = inside.values.copy()
        values[self.at] = value
        self.item.set_thumbnail(self.item.thumbnail, replace(inside, values=values))


def press_inside(view: CanvasView, position: QPointF) -> DragWeight | None:
    """Take the weight under a press in hand; a press on a unit puts its weights in front, or no longer."""
    node = view.canvas.node_at(position)
    part = node.part_at(position, view.zoom) if node is not None else None
    if node is not None and part is not None and part.at:
        # While one looks at a unit, its weights are dragged.
        return DragWeight(view, node, part, position)
    for item in view.canvas.nodes.values():
        chosen = part.unit if item is node and part is not None else None
        item.set_unit(chosen if chosen != item.unit else None)
    return None
