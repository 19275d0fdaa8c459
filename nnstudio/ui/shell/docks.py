"""Where the window's panels stand at first, and how that is remembered."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

# Size of the first window, and the height of the views below the canvas.
SIZE, BELOW = (1400, 900), 290
# Widths of the views that stand beside each other at first; of further ones.
WIDTHS, WIDTH = (290, 265, 280, 275), 270


def build_docks(window: MainWindow) -> dict[str, QDockWidget]:
    """All panels by name; live views stand below the canvas, or behind the one that they name."""
    docks: dict[str, QDockWidget] = {}

    def dock(name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        made = docks[name] = QDockWidget(title, window)
        made.setObjectName(f"dock {name}")
        made.setWidget(widget)
        window.addDockWidget(area, made)
        # Shown from the menu, a panel comes to the front of its tabs.
        made.toggleViewAction().triggered.connect(lambda on: made.raise_() if on else None)
        return made

    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    bottom = Qt.DockWidgetArea.BottomDockWidgetArea
    window.setCorner(Qt.Corner.BottomRightCorner, right)
    dock("palette", "Layers", window.palette_panel, left)
    dock("outline", "Outline", window.outline, left)
    dock("map", "Map", window.minimap, left)
    dock("inspector", "Inspector", window.inspector, right)
    dock("history", "History", window.history_panel, right)
    dock("data", "Data", window.data_panel, right)
    dock("training", "Training", window.training_panel, right)
    dock("problems", "Problems", window.problems_panel, right)
    for front, behind in (
        ("palette", "outline"),
        ("inspector", "history"),
        ("data", "training"),
        ("training", "problems"),
    ):
        window.tabifyDockWidget(docks[front], docks[behind])
    for name in ("palette", "inspector", "data"):
        docks[name].raise_()
    previous = None
    for name, view in window.views.items():
        made = dock(name, view.title, view, bottom)
        made.setToolTip(view.help)
        if view.beside in docks:
            window.tabifyDockWidget(docks[view.beside], made)
            docks[view.beside].raise_()
            continue
        if previous is not None:
            window.splitDockWidget(previous, made, Qt.Orientation.Horizontal)
        previous = made
    return docks


def is_seen(dock: QDockWidget) -> bool:
    """Whether a panel can be seen: Qt calls a panel behind another tab visible, too."""
    return dock.isVisible() and not dock.visibleRegion().isEmpty()


def layout_key(window: MainWindow) -> str:
    """Setting of the layout of just these panels: one that was saved with others would hide the new ones."""
    names = " ".join(sorted(window.docks))
    return f"layout {hashlib.sha256(names.encode()).hexdigest()[:8]}"


def save_layout(window: MainWindow) -> None:
    """Remember where everything stands."""
    window.settings.setValue("geometry", window.saveGeometry())
    window.settings.setValue(layout_key(window), window.saveState())


def restore_layout(window: MainWindow) -> None:
    """As it was when the window closed last, or as a first window looks."""
    geometry, state = window.settings.value("geometry"), window.settings.value(layout_key(window))
    if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
        window.restoreGeometry(geometry)
        window.restoreState(state)
        return
    window.resize(*SIZE)
    docks = window.docks
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    window.resizeDocks([docks["palette"], docks["inspector"]], [225, 290], horizontal)
    window.resizeDocks([docks["loss_curve"]], [BELOW], vertical)
    window.resizeDocks([docks["palette"], docks["map"]], [340, 120], vertical)
    window.resizeDocks([docks["inspector"], docks["data"]], [380, 460], vertical)
    beside = [docks[n] for n, view in window.views.items() if not view.beside]
    widths = [*WIDTHS, *[WIDTH] * len(beside)][: len(beside)]
    window.resizeDocks(beside, widths, horizontal)
