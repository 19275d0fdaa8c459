"""The canvas by keys: walk, nudge, connect, rename, add, fit; each request as from the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from nnstudio.model.arrange import ACROSS, GRID, WIDTH
from nnstudio.ui.canvas.gestures import LinkByKeys

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Keys:
    """What a view's keys do. ``space`` is held while the mouse pans with it."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.space = self.space_used = False

    def press(self, event: QKeyEvent) -> bool:
        """True where the key meant something."""
        view, key, plain = self.view, Qt.Key(event.key()), not event.modifiers()
        items = view.canvas.selected_items()
        if isinstance(view.gesture, LinkByKeys) and key != Qt.Key.Key_Escape:
            self._link_key(view.gesture, key)
        elif key in ENTER and len(items) == 1 and plain:
            self._enter(items[0])
        elif key == Qt.Key.Key_F2 and len(items) == 1:
            view.rename(items[0])
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space, self.space_used = True, False
        elif key == Qt.Key.Key_Escape and view.gesture is not None:
            gesture, view.gesture = view.gesture, None
            gesture.cancel()
        elif key == Qt.Key.Key_Escape:
            view.canvas.clearSelection()
        elif key in ARROWS and items and plain:
            self._nudge(items, *ARROWS[key])
        elif key == Qt.Key.Key_F and plain:
            view.fit(only_selected=True)
        elif key == Qt.Key.Key_Home:
            view.fit()
        else:
            return False
        return True

    def release(self, event: QKeyEvent) -> bool:
        """True where the key meant something: Space alone opens the search."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            return False
        if self.space and not self.space_used:
            self._search()
        self.space = False
        return True

    def walk(self, forward: bool) -> bool:
        """Select the next node or note; False past the last one."""
        canvas = self.view.canvas
        names = [*canvas.nodes, *canvas.notes]
        chosen = canvas.selected_items()
        at = names.index(chosen[-1]) if chosen else (-1 if forward else len(names))
        step = at + (1 if forward else -1)
        if not 0 <= step < len(names):
            canvas.clearSelection()
            return False
        name = names[step]
        canvas.select([name])
        if name in canvas.nodes:
            item = canvas.nodes[name]
            self.view.ensureVisible(item)
            self.view.announce(f"{item.node.name}, {item.layer.title}. {item.facts.error}".strip())
        else:
            self.view.ensureVisible(canvas.notes[name])
            self.view.announce(f"Note: {canvas.notes[name].note.text}")
        return True

    def _search(self) -> None:
        """Ask for a layer: behind the selected node, and connected, or in the middle."""
        canvas, chosen = self.view.canvas, self.view.canvas.selected_nodes()
        if len(chosen) == 1 and canvas.nodes[chosen[0]].has_output:
            node = canvas.graph[chosen[0]]
            self.view.open_search(QPointF(node.x + WIDTH + ACROSS, node.y), node.id)
        else:
            self.view.open_search(self.view.centre())

    def _enter(self, item: str) -> None:
        canvas = self.view.canvas
        if item in canvas.notes:
            self.view.rename(item)
        elif canvas.nodes[item].has_output:
            self.view.gesture = LinkByKeys(self.view, canvas.nodes[item])

    def _link_key(self, gesture: LinkByKeys, key: Qt.Key) -> None:
        if key in ENTER:
            self.view.gesture = None
            gesture.connect()
        elif key in ARROWS:
            gesture.step(sum(ARROWS[key]))

    def _nudge(self, items: list[str], dx: int, dy: int) -> None:
        graph = self.view.canvas.graph
        places = {n: graph.place_of(n) for n in self.view.canvas.with_contents(items)}
        self.view.move_requested.emit(
            {n: (x + dx * GRID, y + dy * GRID) for n, (x, y) in places.items()}, object()
        )
