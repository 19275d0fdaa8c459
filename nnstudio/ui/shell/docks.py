"""All panels of the window by name, and which of them fit the data and the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QTabBar, QWidget

from nnkernels.graph.network import Resolved
from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.views import Views
from nnstudio.ui.shell.arrangement import (
    RIGHT,
    Arrangement,
    Room,
    give_sizes,
    in_columns,
    put_in_order,
)
from nnstudio.ui.shell.aside import Aside
from nnstudio.ui.shell.panels import Panels
from nnstudio.ui.shell.title_bar import DockTabs, TitleBar
from nnstudio.ui.widgets.tab_list import Entry


class Docks(QObject):
    """All panels by name; live views stand below the canvas, or behind the one that they name. `Layouts` puts
    them there.

    Views that do not fit data and network are withheld: they take no room, and come back where they stood.

    Signals: asked() for a panel while all are aside: the page that put them there must go first;
    large_requested(name) for a view; fitted() when other views have something to show, and offered() when
    panels came or went because of that.

    Attributes:
        withheld: views that would be shown if they fitted the data.
        kept: views that stay where they are when a change of the network leaves them nothing to show.
        leading: views that the data is looked at in first; other data of which the same ones lead leaves the
            tabs that a person chose.
    """

    asked = Signal()
    large_requested = Signal(str)
    fitted, offered = Signal(), Signal()

    def __init__(self, window: QMainWindow, panels: Panels, views: Views) -> None:
        super().__init__(window)
        self.window, self.views, self.aside = window, views, Aside(window)
        self._docks: dict[str, QDockWidget] = {}
        self.withheld: set[str] = set()
        self.kept: set[str] = set()
        self.leading: set[str] = set()
        # How the panels stood when they were lent, and what was withheld.
        self._lent: tuple[QByteArray, set[str]] | None = None
        window.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._tabs = DockTabs(window, self._others, self._about)
        for name, title, widget in (
            ("palette", "Layers", panels.palette),
            ("outline", "Outline", panels.outline),
            ("map", "Map", panels.minimap),
            ("inspector", "Inspector", panels.inspector),
            ("history", "History", panels.history),
            ("data", "Data", panels.data),
            ("training", "Training", panels.training),
            ("problems", "Problems", panels.problems),
        ):
            self._add(name, title, widget)
        for name, view in views.factories.items():
            self._add(name, view.title, views.frames[name])
            self[name].setToolTip(view.help)

    def _add(self, name: str, title: str, widget: QWidget) -> None:
        dock = self._docks[name] = QDockWidget(title, self.window)
        dock.setObjectName(f"dock {name}")
        dock.setWidget(widget)
        dock.visibilityChanged.connect(partial(self._give_title, name))
        dock.toggleViewAction().triggered.connect(lambda on: self.show(name) if on else None)

    def _give_title(self, name: str, is_seen: bool) -> None:
        """Most panels are behind others, and their titles would take as long to make as all else of them."""
        dock = self[name]
        if not is_seen or dock.titleBarWidget() is not None:
            return
        is_view = name in self.views.factories
        bar = TitleBar(dock, (lambda: self.views.existing.get(name)) if is_view else None)
        dock.setTitleBarWidget(bar)
        bar.large_requested.connect(lambda: self.large_requested.emit(name))

    def _others(self, bar: QTabBar) -> list[Entry]:
        """Of a bar with views: those that are closed, and those that have nothing to show of this data."""
        tabs = {bar.tabText(at) for at in range(bar.count())}
        views = self.views.factories
        if not any(self[name].windowTitle() in tabs for name in views):
            return []
        entries = []
        for name, view in views.items():
            if self[name].isHidden():
                entries.append(Entry(view.title, self.views.lack(name), partial(self.show, name)))
        return sorted(entries, key=lambda entry: (bool(entry.why_not), entry.title))

    def _about(self, title: str) -> str:
        """What the view of a tab shows."""
        return next((view.help for view in self.views.factories.values() if view.title == title), "")

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

    def show(self, name: str) -> None:
        """Open a panel, in front of its tabs."""
        self.make_room()
        self[name].show()
        self[name].raise_()

    def raise_(self, name: str) -> None:
        """Bring a panel to the front of its tabs."""
        self.make_room()
        self[name].raise_()

    def make_room(self) -> None:
        """A page without panels gives way to any that is asked for."""
        if self.aside.is_on:
            self.asked.emit()
            # Where no project is open, the page stays.
            self.aside.settle()

    def set_aside(self, aside: bool) -> None:
        """Hide all panels, or put them back exactly; with what was loaded meanwhile."""
        if aside:
            self.aside.begin()
        elif self.aside.end():
            self._offer()
            self._lead()

    def offer(self, data: Dataset | None, nodes: Mapping[str, Resolved] | None = None) -> None:
        """Show only views that fit this data and a network of these nodes; without data, all stay as they are
        until some is there. Of a network that cannot run, what was last known of it counts.
        """
        if data is None:
            return
        views, is_other = self.views, data is not self.views.data
        before = None if is_other else {name: views.lack(name) for name in views}
        if is_other or nodes is not None:
            views.data, views.nodes = data, nodes
        if before != {name: views.lack(name) for name in views}:
            self._offer()
            self._lead()
            self.fitted.emit()

    def _offer(self) -> None:
        if self.views.data is None:
            return
        # Those that come are there before others go, so that one of them can be put forward.
        for name, view in sorted(
            self.views.factories.items(), key=lambda item: self.views.lack(item[0]) != ""
        ):
            dock, lack = self[name], self.views.lack(name)
            fits = not lack
            dock.setWindowTitle(view.title_for(self.views.data))
            dock.toggleViewAction().setEnabled(fits)
            dock.toggleViewAction().setToolTip(lack or view.title)
            if self.aside.is_on:
                # It is looked at when they come back.
                continue
            if name in self.kept and not dock.isHidden() and view.fits(self.views.data):
                # The view itself says what it needs of the network.
                continue
            if not fits and not dock.isHidden():
                self.withheld.add(name)
                if self.is_seen(name):
                    self._put_forward(name)
                dock.hide()
            elif fits and name in self.withheld:
                self.withheld.discard(name)
                dock.show()
                if not view.beside:
                    # It leads its tabs, as it did.
                    dock.raise_()
        if not self.is_covered:
            self.offered.emit()

    def _put_forward(self, gone: str) -> None:
        """Of the tabs of a view that goes, show one that is just for such data, not for any."""
        group = self._group(gone)
        for name, view in self.views.factories.items():
            if self._group(name) == group and view.needs and not self.views.lack(name):
                self.raise_(name)
                return

    def _group(self, name: str) -> str:
        """The view whose tabs it belongs to."""
        return self.views.factories[name].beside or name

    def _lead(self) -> None:
        """Bring views to the front that this data is looked at in first, unless the same ones led before:
        from then on, a person chooses.
        """
        data = self.views.data
        if data is None or self.is_covered:
            return
        views = self.views.factories
        leading = {name for name, view in views.items() if view.leads(data) and not self.views.lack(name)}
        if leading == self.leading:
            return
        self.leading = leading
        # Where several groups share their tabs, the first group keeps the front.
        for name in leading:
            tabs = {dock.objectName() for dock in self.window.tabifiedDockWidgets(self[name])}
            groups = {self._group(other) for other in views if self[other].objectName() in tabs}
            if not self[name].isHidden() and self._group(name) == next(
                (view for view in views if view in groups), self._group(name)
            ):
                self[name].raise_()

    def focus(self, name: str) -> None:
        """Bring a panel to the front and the focus to its first field."""
        self.show(name)
        dock = self[name]
        for widget in (dock.widget(), *dock.widget().findChildren(QWidget)):
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            scrolls = isinstance(widget, QScrollArea)
            if takes and not scrolls and widget.isVisibleTo(dock) and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def arrange(self, arrangement: Arrangement) -> None:
        """Put the panels where an arrangement has them; tabs that were seen stay in front where they can."""
        self.make_room()
        seen = [name for name in self if self.is_seen(name)]
        columns = self.columns(arrangement)
        shown = {name for name in self if arrangement.shows(name, name in self.views.factories)}
        self.window.setUpdatesEnabled(False)
        # A panel that is still on its way gets no size.
        self.window.setAnimated(False)
        put_in_order(self.window, self._docks, columns, shown)
        leaders = [column[0] for column in columns]
        # Of several that were seen and are tabs now, the first.
        for name in ("palette", "inspector", "data", *leaders, *reversed(seen)):
            if name in shown:
                self[name].raise_()
        self.withheld.clear()
        self._offer()
        give_sizes(self.window, self, columns, arrangement)
        # Now, and not with the next events: what is kept of it is what will be seen.
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.LayoutRequest)
        self.window.setAnimated(True)
        self.window.setUpdatesEnabled(True)

    def columns(self, arrangement: Arrangement) -> list[list[str]]:
        """Views by columns of tabs, as there is room for them."""
        views = self.views.factories
        groups: dict[str, list[str]] = {}
        for name, view in views.items():
            groups.setdefault(view.beside if view.beside in views else name, []).append(name)

        def is_seen(name: str) -> bool:
            return arrangement.shows(name, True) and not self.views.lack(name)

        # Those that are seen lead their tabs; groups of which none is take no column.
        ordered = {
            leader: sorted(group, key=lambda name: (not is_seen(name), name != leader))
            for leader, group in groups.items()
        }
        seen = {leader: group for leader, group in ordered.items() if is_seen(group[0])}
        some = seen or ordered
        questions = [self.views.factories[leader].question for leader in some]
        columns = in_columns([*some.values()], questions, Room.of(self.window).columns(arrangement))
        if seen:
            columns[-1].extend(name for key, group in ordered.items() if key not in seen for name in group)
        return columns

    @property
    def is_covered(self) -> bool:
        """Whether something takes the place of the panels, until they come back as they stood."""
        return self.aside.is_on or self._lent is not None

    def state(self) -> QByteArray:
        """The arrangement as it is, or as it will come back."""
        return self.aside.state() if self._lent is None else self._lent[0]

    def lend(self) -> None:
        """Whatever is done to the panels from now on is put back by `take_back`."""
        self.make_room()
        if self._lent is None:
            self._lent = self.aside.state(), set(self.withheld)

    def take_back(self) -> None:
        """Let the panels stand as they did when they were lent."""
        if self._lent is None:
            return
        (state, withheld), self._lent = self._lent, None
        if self.aside.is_on:
            # They come back with the page that needs them.
            self.aside.replace(state)
            self.withheld = withheld
        else:
            self.restore(state, withheld)

    def restore(self, state: QByteArray, withheld: Iterable[str]) -> None:
        """Bring back an arrangement and what was withheld then: the data may be other data."""
        self.make_room()
        self.window.restoreState(state)
        for name in withheld:
            if name in self:
                self[name].show()
        self.withheld.clear()
        self._offer()
