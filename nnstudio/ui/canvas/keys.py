"""The canvas by keys: walk, nudge, connect, rename, add, fit; each request as from the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QPointF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from nnstudio.model.arrange import ACROSS, GRID, WIDTH
from nnstudio.ui.canvas.gestures import LinkByKeys

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

ADD, CONNECT, CANCEL = "add", "connect", "cancel"
# Name, title and key of what the canvas does by keys; a person may change the keys.
COMMANDS = (
    (ADD, "Add a layer", "Space"),
    (CONNECT, "Connect the selected node", "Return"),
    ("rename", "Rename", "F2"),
    (CANCEL, "Cancel a gesture, clear the selection", "Esc"),
    ("left", "Nudge to the left", "Left"),
    ("right", "Nudge to the right", "Right"),
    ("up", "Nudge up", "Up"),
    ("down", "Nudge down", "Down"),
    ("fit selection", "Fit the selection", "F"),
    ("fit all", "Fit all", "Home"),
)
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class Keys:
    """What a view's keys do.

    Attributes:
        actions: titles and keys by name. They belong to no widget, so that Qt does not act on the keys
            itself: whether one means something depends on the gesture and on what is selected.
        held: the key for adding is down; the mouse pans meanwhile, and then it adds nothing.
    """

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.held = self.held_used = False
        self.actions: dict[str, QAction] = {}
        for name, title, keys in COMMANDS:
            action = self.actions[f"canvas {name}"] = QAction(title, view)
            action.setShortcut(QKeySequence(keys))

    def name_of(self, event: QKeyEvent) -> str:
        """The command that a key stands for, or ""."""
        # The second Enter and the second arrows are those of the number pad.
        key = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
        pressed = QKeySequence(QKeyCombination(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, key))
        for name, action in self.actions.items():
            if pressed in action.shortcuts():
                return name.removeprefix("canvas ")
        return ""

    def shown(self, name: str) -> str:
        """The key of a command as it is written in menus."""
        return self.actions[f"canvas {name}"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def press(self, event: QKeyEvent) -> bool:
        """True where the key meant something."""
        view, name = self.view, self.name_of(event)
        items = view.canvas.selected_items()
        if isinstance(view.gesture, LinkByKeys) and name != CANCEL:
            self._link_key(view.gesture, name)
        elif name == CANCEL and view.gesture is not None:
            gesture, view.gesture = view.gesture, None
            gesture.cancel()
        elif name == CANCEL:
            view.canvas.clearSelection()
        elif name == ADD:
            if not event.isAutoRepeat():
                self.held, self.held_used = True, False
        elif name == CONNECT and len(items) == 1:
            self._enter(items[0])
        elif name == "rename" and len(items) == 1:
            view.rename(items[0])
        elif name in ARROWS and items:
            self._nudge(items, *ARROWS[name])
        elif name in ("fit selection", "fit all"):
            view.fit(only_selected=name == "fit selection")
        else:
            return False
        return True

    def release(self, event: QKeyEvent) -> bool:
        """True where the key meant something: the one for adding does it when it is let go."""
        if not self.held or self.name_of(event) != ADD or event.isAutoRepeat():
            return False
        self.held = False
        if not self.held_used:
            self._search()
        return True

    def walk(self, forward: bool) -> bool:
        """Select the next node or note; False past the last one."""
        canvas = self.view.canvas
        names = [*(n.id for n in canvas.graph.nodes), *canvas.notes]
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

    def _link_key(self, gesture: LinkByKeys, name: str) -> None:
        if name == CONNECT:
            self.view.gesture = None
            gesture.connect()
        elif name in ARROWS:
            gesture.step(sum(ARROWS[name]))

    def _nudge(self, items: list[str], dx: int, dy: int) -> None:
        graph = self.view.canvas.graph
        positions = {n: graph.position_of(n) for n in self.view.canvas.with_contents(items)}
        self.view.move_requested.emit(
            {n: (x + dx * GRID, y + dy * GRID) for n, (x, y) in positions.items()}, object()
        )
