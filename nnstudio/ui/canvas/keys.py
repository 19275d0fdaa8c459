"""The canvas by keys: walk, nudge, connect, rename, add, fit; each request as from the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QPointF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from nnstudio.model.arrange import ACROSS, GRID, WIDTH
from nnstudio.ui.canvas.gestures import LinkByKeys
from nnstudio.ui.canvas.key_command import KeyCommand
from nnstudio.ui.canvas.rename import end_writing

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Command, title and key of what the canvas does by keys; a person may change the keys.
COMMANDS = (
    (KeyCommand.ADD, "Add a layer", "Space"),
    (KeyCommand.CONNECT, "Connect the selected node", "Return"),
    (KeyCommand.RENAME, "Rename", "F2"),
    (KeyCommand.CANCEL, "Cancel a gesture, clear the selection", "Esc"),
    (KeyCommand.LEFT, "Nudge to the left", "Left"),
    (KeyCommand.RIGHT, "Nudge to the right", "Right"),
    (KeyCommand.UP, "Nudge up", "Up"),
    (KeyCommand.DOWN, "Nudge down", "Down"),
    (KeyCommand.FIT_SELECTION, "Fit the selection", "F"),
    (KeyCommand.FIT_ALL, "Fit all", "Home"),
)
ARROWS = {
    KeyCommand.LEFT: (-1, 0),
    KeyCommand.RIGHT: (1, 0),
    KeyCommand.UP: (0, -1),
    KeyCommand.DOWN: (0, 1),
}


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

    def command_of(self, event: QKeyEvent) -> KeyCommand | None:
        """The command that a key stands for."""
        # The second Enter and the second arrows are those of the number pad.
        key = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
        pressed = QKeySequence(QKeyCombination(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, key))
        for command in KeyCommand:
            if pressed in self.actions[f"canvas {command}"].shortcuts():
                return command
        return None

    def shown(self, command: KeyCommand) -> str:
        """The key of a command as it is written in menus."""
        return self.actions[f"canvas {command}"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def press(self, event: QKeyEvent) -> bool:
        """True where the key meant something."""
        view, command = self.view, self.command_of(event)
        items = view.canvas.selected_items()
        if isinstance(view.gesture, LinkByKeys) and command != KeyCommand.CANCEL:
            self._link_key(view.gesture, command)
        elif command == KeyCommand.CANCEL and view.gesture is not None:
            self.drop()
        elif command == KeyCommand.CANCEL and not end_writing(view, takes=False):
            view.canvas.clearSelection()
        elif command == KeyCommand.ADD:
            if not event.isAutoRepeat():
                self.held, self.held_used = True, False
        elif command == KeyCommand.CONNECT and len(items) == 1:
            self._enter(items[0])
        elif command == KeyCommand.RENAME and len(items) == 1:
            view.rename(items[0])
        elif command in ARROWS and items:
            self._nudge(items, *ARROWS[command])
        elif command in (KeyCommand.FIT_SELECTION, KeyCommand.FIT_ALL):
            view.fit(only_selected=command == KeyCommand.FIT_SELECTION)
        else:
            return False
        return True

    def drop(self) -> None:
        """What was begun is as if it never had been: a link by keys, too, once the mouse is pressed."""
        gesture, self.view.gesture = self.view.gesture, None
        if gesture is not None:
            gesture.cancel()

    def release(self, event: QKeyEvent) -> bool:
        """True where the key meant something: the one for adding does it when it is let go."""
        if not self.held or self.command_of(event) != KeyCommand.ADD or event.isAutoRepeat():
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

    def _link_key(self, gesture: LinkByKeys, command: KeyCommand | None) -> None:
        if command == KeyCommand.CONNECT:
            self.view.gesture = None
            gesture.connect()
        elif command in ARROWS:
            gesture.step(sum(ARROWS[command]))

    def _nudge(self, items: list[str], dx: int, dy: int) -> None:
        graph = self.view.canvas.graph
        positions = {n: graph.position_of(n) for n in self.view.canvas.with_contents(items)}
        self.view.move_requested.emit(
            {n: (x + dx * GRID, y + dy * GRID) for n, (x, y) in positions.items()}, object()
        )
