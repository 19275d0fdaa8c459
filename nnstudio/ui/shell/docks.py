"""Where the window's panels stand at first, and how that is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.views import Views
from nnstudio.ui.shell.aside import Aside
from nnstudio.ui.shell.maximising import Maximising
from nnstudio.ui.shell.panels import Panels

# Size of the first window, and the height of the views below the canvas.
SIZE, BELOW = (1400, 900), 290
# Widths of the views that stand beside each other at first; of further ones.
WIDTHS, WIDTH = (290, 265, 280, 275), 270
LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
WITHHELD = "withheld views"


class Docks(QObject):
    """All panels by name; live views stand below the canvas, or behind the one that they name.

    Views that do not fit the data are withheld: they take no room, and come back where they stood.

    Signals: asked() for a panel while all are aside: the page that put them there must go first.
    """

    asked = Signal()

    def __init__(self, window: QMainWindow, panels: Panels, views: Views) -> None:
        super().__init__(window)
        self.window, self.views, self.aside = window, views, Aside(window)
        self._docks: dict[str, QDockWidget] = {}
        # Those that were open.
        self._withheld: set[str] = set()
        self.maximising = Maximising(window)
        self._data: Dataset | None = None
        window.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._add("palette", "Layers", panels.palette, LEFT)
        self._add("outline", "Outline", panels.outline, LEFT)
        self._add("map", "Map", panels.minimap, LEFT)
        self._add("inspector", "Inspector", panels.inspector, RIGHT)
        self._add("history", "History", panels.history, RIGHT)
        self._add("data", "Data", panels.data, RIGHT)
        self._add("training", "Training", panels.training, RIGHT)
        self._add("problems", "Problems", panels.problems, RIGHT)
        for front, behind in (
            ("palette", "outline"),
            ("inspector", "history"),
            ("data", "training"),
            ("training", "problems"),
        ):
            window.tabifyDockWidget(self[front], self[behind])
        for name in ("palette", "inspector", "data"):
            self[name].raise_()
        self._add_views()
        self._first = window.saveState()

    def _add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = self._docks[name] = QDockWidget(title, self.window)
        dock.setObjectName(f"dock {name}")
        dock.setWidget(widget)
        self.window.addDockWidget(area, dock)
        dock.toggleViewAction().triggered.connect(lambda on: self._show(name) if on else None)
        return dock

    def _show(self, name: str) -> None:
        """Shown from the menu, a panel comes to the front of its tabs."""
        self._make_room_for(name)
        self[name].show()
        self[name].raise_()

    def _add_views(self) -> None:
        previous = None
        for name, view in self.views.factories.items():
            dock = self._add(name, view.title, self.views.frames[name], BOTTOM)
            dock.setToolTip(view.help)
            self.maximising.add_title(dock)
            if view.beside in self:
                self.window.tabifyDockWidget(self[view.beside], dock)
                self[view.beside].raise_()
                continue
            if previous is not None:
                self.window.splitDockWidget(previous, dock, Qt.Orientation.Horizontal)
            previous = dock

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def __contains__(self, name: object) -> bool:
        return name in self._docks

    def __iter__(self) -> Iterator[str]:
        return iter(self._docks)

    def is_seen(self, name: str) -> bool:
        """Whether a panel can be seen: Qt calls a panel behind another tab visible, too."""
        dock = self[name]
        return dock.isVisible() and not dock.visibleRegion().isEmpty()

    def raise_(self, name: str) -> None:
        """Bring a panel to the front of its tabs."""
        self._make_room_for(name)
        self[name].raise_()

    def _make_room_for(self, name: str) -> None:
        """A panel that is as large as the window gives way to any other."""
        if self.maximising.dock is not self[name]:
            self.maximising.end()
        if self.aside.is_on:
            self.asked.emit()

    def set_aside(self, aside: bool) -> None:
        """Hide all panels, or put them back exactly; with what was loaded meanwhile."""
        if aside:
            self.maximising.end()
            self.aside.begin()
        elif self.aside.end():
            self.offer(self._data)

    def offer(self, data: Dataset | None) -> None:
        """Show only views that fit the data; without any, all stay as they are until some is there."""
        if data is None:
            return
        self._data = data
        self.maximising.end()
        for name, view in self.views.factories.items():
            dock, fits = self[name], view.fits(data)
            dock.toggleViewAction().setEnabled(fits)
            dock.toggleViewAction().setToolTip(view.title if fits else view.needs)
            if self.aside.is_on:
                # It is looked at when they come back.
                continue
            if not fits and not dock.isHidden():
                self._withheld.add(name)
                if self.is_seen(name):
                    self._put_forward(name, data)
                dock.hide()
            elif fits and name in self._withheld:
                self._withheld.discard(name)
                dock.show()
                if not view.beside:
                    # It leads its tabs, as it did.
                    dock.raise_()

    def _put_forward(self, leader: str, data: Dataset) -> None:
        """Of the tabs of a view that goes, show one that is just for such data, not for any."""
        for name, view in self.views.factories.items():
            if view.beside == leader and view.needs and view.fits(data):
                self.raise_(name)
                return

    def focus(self, name: str) -> None:
        """Bring a panel to the front and the focus to its first field."""
        dock = self[name]
        self._make_room_for(name)
        dock.show()
        dock.raise_()
        for widget in (dock.widget(), *dock.widget().findChildren(QWidget)):
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            scrolls = isinstance(widget, QScrollArea)
            if takes and not scrolls and widget.isVisibleTo(dock) and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def save_layout(self, settings: QSettings) -> None:
        """Remember where everything stands."""
        self.maximising.end()
        settings.setValue("geometry", self.window.saveGeometry())
        settings.setValue(self._layout_key(), self.aside.state())
        settings.setValue(WITHHELD, " ".join(sorted(self._withheld)))

    def restore_layout(self, settings: QSettings) -> None:
        """As it was when the window closed last, or as a first window looks."""
        window = self.window
        geometry, state = settings.value("geometry"), settings.value(self._layout_key())
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            window.restoreGeometry(geometry)
            window.restoreState(state)
            for name in str(settings.value(WITHHELD, "")).split():
                if name in self:
                    # The next data may be other data.
                    self[name].show()
            return
        window.resize(*SIZE)
        self._set_first_sizes()

    def reset_layout(self) -> None:
        """All panels as they stand in a first window, but as large as this one is."""
        self.maximising.end()
        if self.aside.is_on:
            self.asked.emit()
        self.window.restoreState(self._first)
        self._set_first_sizes()
        self._offer_again()

    def _offer_again(self) -> None:
        """After panels were shown and hidden all at once."""
        self._withheld.clear()
        self.offer(self._data)

    def _set_first_sizes(self) -> None:
        window = self.window
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([self["palette"], self["inspector"]], [225, 290], horizontal)
        window.resizeDocks([self["loss_curve"]], [BELOW], vertical)
        window.resizeDocks([self["palette"], self["map"]], [340, 120], vertical)
        window.resizeDocks([self["inspector"], self["data"]], [380, 460], vertical)
        beside = [self[n] for n, view in self.views.factories.items() if not view.beside]
        widths = [*WIDTHS, *[WIDTH] * len(beside)][: len(beside)]
        window.resizeDocks(beside, widths, horizontal)

    def _layout_key(self) -> str:
        """Setting of the layout of just these panels: one saved with others would hide the new ones."""
        names = " ".join(sorted(self._docks))
        return f"layout {hashlib.sha256(names.encode()).hexdigest()[:8]}"
