"""Context menus: another one for a node, a link, a port and the empty canvas, each with its keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QKeySequence
from PySide6.QtWidgets import QMenu

from nnkernels.spec import Role
from nnstudio.model.problems import Problem
from nnstudio.ui.canvas.key_command import KeyCommand
from nnstudio.ui.widgets.plain_text import on_button

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Actions of the window, by name, in the menu of a node and of the empty canvas; "" is a line.
ON_NODE = ("cut", "copy", "duplicate", "", "delete", "bridge", "", "group", "frame", "", "help layer")
ON_NODES = (*ON_NODE[:-1], "arrange", "align left", "align top", "distribute x", "distribute y")
# In a menu of their own, of a layer with weights.
GROWING = ("widen", "deepen", "branch", "split", "", "prune", "", "freeze")
ON_NOTE = ("cut", "copy", "duplicate", "", "delete")
ON_SUBNETWORK = ("open sub-network", "dissolve", "")
# A sentence in a menu is cut at so many pixels.
LONGEST = 420
ON_CANVAS = ("paste", "select all", "", "note", "frame", "", "arrange", "fit")


def context_menu(view: CanvasView, screen: QPoint) -> QMenu:
    """The menu for what lies under a point of the viewport; it selects that first."""
    position, canvas = view.mapToScene(screen), view.canvas
    menu = QMenu(view)
    output, target = canvas.output_near(position), canvas.input_pressed(position)
    node, link, note = canvas.node_at(position), canvas.link_at(position), canvas.note_at(position)
    if output is not None:
        where = output.output_position() + QPointF(60, -30)
        menu.addAction("Connect to a new layer…", lambda: view.open_search(where, output.node.id))
        leaving = [k for k in canvas.links if k.source == output.node.id]
        cut = menu.addAction("Remove its links", lambda: view.remove_requested.emit([], leaving, False))
        cut.setEnabled(bool(leaving))
    elif target is not None:
        ending = [k for k in canvas.links if k.target == target.node.id]
        cut = menu.addAction("Remove its links", lambda: view.remove_requested.emit([], ending, False))
        cut.setEnabled(bool(ending))
    elif node is not None:
        if not node.isSelected():
            canvas.select([node.node.id])
        several = len(canvas.selected_nodes()) > 1
        if not several and node.problems:
            _add_repairs(menu, view, node.problems)
            menu.addSeparator()
        if not several:
            menu.addAction(f"Rename\t{view.keys.shown(KeyCommand.RENAME)}", lambda: view.rename(node.node.id))
            menu.addAction("Details\tDouble-click", lambda: view.details_requested.emit(node.node.id))
            if node.facts.parameters:
                menu.addAction("Its weights…", view.weights_requested.emit)
                at = view.viewport().mapToGlobal(screen)
                menu.addAction("Loss surface along…", lambda: view.pick_requested.emit(at))
                _add(menu.addMenu("Grow or prune"), view, GROWING)
            menu.addSeparator()
        if node.layer.role == Role.SUBNETWORK:
            _add(menu, view, ON_SUBNETWORK)
        _add(menu, view, ON_NODES if several else ON_NODE)
    elif link is not None:
        menu.addAction("Insert a layer here…", lambda: view.open_search(position, link=link))
        menu.addAction("Insert a dot here\tDouble-click", lambda: view.bend(link, position))
        # As Delete does, where the link is one of several that are selected.
        chosen = canvas.selected_links() if canvas.links[link].isSelected() else []
        gone = chosen if len(chosen) > 1 and not canvas.selected_items() else [link]
        told = "Remove" if len(gone) == 1 else f"Remove {len(gone)} links"
        menu.addAction(f"{told}\t{_key(view, 'delete')}", lambda: view.remove_requested.emit([], gone, False))
    elif note is not None:
        if not note.isSelected():
            canvas.select([note.note.id])
        menu.addAction(f"Edit\t{view.keys.shown(KeyCommand.RENAME)}", lambda: view.rename(note.note.id))
        menu.addSeparator()
        _add(menu, view, ON_NOTE)
    else:
        menu.addAction(
            f"Add a layer here…\t{view.keys.shown(KeyCommand.ADD)}", lambda: view.open_search(position)
        )
        menu.addSeparator()
        _add(menu, view, ON_CANVAS)
    return menu


def press_mark(view: CanvasView, position: QPointF, screen: QPoint) -> bool:
    """A press on the mark of a problem, or on its sentence, offers what would mend it; one on a pill is told
    to the view that put it there. False elsewhere.
    """
    for item in view.canvas.nodes.values():
        if (pill := item.pill_at(position)) is not None:
            view.pill_pressed.emit(item.node.id, pill)
            return True
    marked = [n for n in view.canvas.nodes.values() if n.mark_at(position)]
    if marked:
        view.canvas.select([marked[0].node.id])
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        _add_repairs(menu, view, marked[0].problems)
        menu.popup(screen)
    return bool(marked)


def _add_repairs(menu: QMenu, view: CanvasView, problems: Sequence[Problem]) -> None:
    for problem in problems:
        for line in _lines(problem.heading or problem.text, menu.fontMetrics()):
            said = menu.addAction(on_button(line))
            said.setToolTip(problem.text)
            said.setEnabled(False)
        for repair in view.repairs_of(problem):
            menu.addAction(on_button(repair.title), partial(view.repair_requested.emit, repair))


def _key(view: CanvasView, name: str) -> str:
    """The key of an action of the window as it is written in menus."""
    action = view.window_actions.get(name)
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if action else ""


def _add(menu: QMenu, view: CanvasView, names: tuple[str, ...]) -> None:
    for name in names:
        if not name:
            menu.addSeparator()
        elif name in view.window_actions:
            menu.addAction(view.window_actions[name])


def _lines(text: str, metrics: QFontMetrics) -> list[str]:
    """The text in lines that a menu has room for: an action of a menu has one line only."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > LONGEST:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
