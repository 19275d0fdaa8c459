"""What screen readers find on the canvas: a node for each node, its ports below it.

Qt says nothing about the items of a scene, so these interfaces are ours. Qt asks for them only while
an assistive technology is there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import isValid

from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.ui.canvas.describe import describe
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.node_parts import PORT
from nnstudio.ui.canvas.view import CanvasView

Role, Text = QAccessible.Role, QAccessible.Text
# An interface, or None: Qt takes both, and its stubs leave None out.
Interface = Any


class CanvasAccess(QAccessibleWidget):
    """The canvas, and its nodes as children in the order in which Tab walks them."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view, Role.Canvas)
        self.view = view
        # Qt keeps pointers to what it was given, so nothing that was handed out may be freed.
        self._handed: dict[str, NodeAccess] = {}

    def _nodes(self) -> list[str]:
        return [n.id for n in self.view.canvas.graph.nodes]

    def childCount(self) -> int:
        return len(self._nodes())

    def child(self, index: int) -> Interface:
        nodes = self._nodes()
        if not 0 <= index < len(nodes):
            return None
        name = nodes[index]
        if name not in self._handed:
            self._handed[name] = NodeAccess(self, name)
        return self._handed[name]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        nodes = self._nodes()
        return nodes.index(child.name) if isinstance(child, NodeAccess) and child.name in nodes else -1

    def childAt(self, x: int, y: int) -> Interface:
        position = self.view.mapToScene(self.view.viewport().mapFromGlobal(QPoint(x, y)))
        node = self.view.canvas.node_at(position)
        return self.child(self._nodes().index(node.node.id)) if node is not None else None

    def focusChild(self) -> Interface:
        chosen = self.view.canvas.selected_nodes()
        return self.child(self._nodes().index(chosen[0])) if len(chosen) == 1 else None


class _Piece(QAccessibleInterface):
    """What nodes and ports share: a place on the screen, and no object of their own.

    Each gives its `box`: an interface of Qt cannot be abstract, so here it raises.
    """

    def __init__(self, canvas: CanvasAccess) -> None:
        super().__init__()
        self.canvas = canvas

    @property
    def view(self) -> CanvasView:
        return self.canvas.view

    def box(self) -> QRectF:
        """Where it lies in the scene."""
        raise NotImplementedError

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        seen = self.view.mapFromScene(self.box()).boundingRect()
        return QRect(self.view.viewport().mapToGlobal(seen.topLeft()), seen.size())

    def object(self) -> Any:
        return None

    def window(self) -> QWindow:
        return self.view.window().windowHandle()

    def relations(self, match: QAccessible.RelationFlag = QAccessible.RelationFlag.AllRelations) -> list[Any]:
        return []

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names are changed with F2, as everybody does."""


class NodeAccess(_Piece):
    """A node; Enter, F2 and Delete are the canvas's own keys."""

    def __init__(self, canvas: CanvasAccess, name: str) -> None:
        super().__init__(canvas)
        self.name = name
        self._ports: dict[bool, PortAccess] = {}

    @property
    def item(self) -> NodeItem | None:
        # Screen readers may ask after the window is gone.
        return self.view.canvas.nodes.get(self.name) if isValid(self.view) else None

    def isValid(self) -> bool:
        return self.item is not None

    def box(self) -> QRectF:
        assert self.item is not None
        return QRectF(self.item.pos(), self.item.pos() + QPointF(WIDTH, HEIGHT))

    def role(self) -> QAccessible.Role:
        return Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectable = state.focusable = True
        item = self.item
        if item is None:
            state.invalid = True
            return state
        state.selected = item.isSelected()
        state.focused = state.selected and self.view.hasFocus()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        item = self.item
        if item is None:
            return ""
        if kind == Text.Name:
            return describe(item.node, item.layer.title, item.facts)
        return item.layer.help if kind == Text.Description else ""

    def parent(self) -> QAccessibleInterface:
        return self.canvas

    def _kinds(self) -> list[bool]:
        """Which ports there are: input (False), output (True)."""
        item = self.item
        if item is None:
            return []
        return [out for out, there in ((False, item.has_input), (True, item.has_output)) if there]

    def childCount(self) -> int:
        return len(self._kinds())

    def child(self, index: int) -> Interface:
        kinds = self._kinds()
        if not 0 <= index < len(kinds):
            return None
        out = kinds[index]
        if out not in self._ports:
            self._ports[out] = PortAccess(self, out)
        return self._ports[out]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return self._kinds().index(child.out) if isinstance(child, PortAccess) else -1

    def childAt(self, x: int, y: int) -> Interface:
        children = [self.child(i) for i in range(self.childCount())]
        return next((c for c in children if c is not None and c.rect().contains(x, y)), None)


class PortAccess(_Piece):
    """Where links begin or end, and what they lead to."""

    def __init__(self, node: NodeAccess, out: bool) -> None:
        super().__init__(node.canvas)
        self.node, self.out = node, out

    def isValid(self) -> bool:
        item = self.node.item
        return item is not None and (item.has_output if self.out else item.has_input)

    def box(self) -> QRectF:
        assert self.node.item is not None
        position = self.node.item.output_position() if self.out else self.node.item.input_position()
        reach = QPointF(PORT, PORT)
        return QRectF(position - reach, position + reach)

    def role(self) -> QAccessible.Role:
        return Role.Button

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.invalid = not self.isValid()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        if kind != Text.Name or not self.isValid():
            return ""
        graph = self.view.canvas.graph
        others = (graph.targets if self.out else graph.sources)(self.node.name)
        words = ("Output", "to") if self.out else ("Input", "from")
        named = ", ".join(graph[n].name for n in others)
        return f"{words[0]}, connected {words[1]} {named}" if others else f"{words[0]}, not connected"

    def parent(self) -> QAccessibleInterface:
        return self.node

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> Interface:
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def childAt(self, x: int, y: int) -> Interface:
        return None


def _interface(_kind: str, thing: QObject) -> Interface:
    return CanvasAccess(thing) if isinstance(thing, CanvasView) else None


@cache
def install() -> None:
    """Let Qt know of the interfaces, once."""
    QAccessible.installFactory(_interface)


def tell_focus(view: CanvasView) -> None:
    """Tell screen readers which node is selected now."""
    chosen = view.canvas.selected_nodes()
    if QAccessible.isActive() and len(chosen) == 1:
        event = QAccessibleEvent(view, QAccessible.Event.Focus)
        event.setChild([n.id for n in view.canvas.graph.nodes].index(chosen[0]))
        QAccessible.updateAccessibility(event)
