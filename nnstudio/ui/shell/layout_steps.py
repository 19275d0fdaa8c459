"""Changes of the layout that a person makes, each put back by one step."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from nnstudio.ui.shell.arrangement import Arrangement
from nnstudio.ui.shell.docks import Docks

# A drag that goes on is looked at again after so many milliseconds.
AGAIN_MS = 50
MOST_STEPS = 50


@dataclass(frozen=True)
class Moment:
    """How the panels stood; ``arrangement`` where nobody had changed a shipped one."""

    state: QByteArray
    withheld: tuple[str, ...]
    arrangement: Arrangement | None


class LayoutSteps(QObject):
    """Notes what a person does to the layout: a panel or an edge that is dragged, a panel that floats, opens
    or closes. Another tab in front is no change, nor is another size of the window, nor what follows from
    data.

    Signals: changed() when there are other steps to take.

    Attributes:
        arrangement: the shipped one that is in force, until a person changes something.
    """

    changed = Signal()

    def __init__(self, docks: Docks) -> None:
        super().__init__(docks)
        self.docks = docks
        self.arrangement: Arrangement | None = None
        self._shape: list[tuple[object, ...]] | None = None
        self._back: list[Moment] = []
        self._forward: list[Moment] = []
        self._edges: dict[str, QRect] | None = None
        self._settled = self.moment()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        for name in docks:
            dock = docks[name]
            for happened in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
                happened.connect(lambda _what: self._timer.start(0))
        docks.offered.connect(self.settle)
        docks.window.installEventFilter(self)
        self.settle()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to put back."""
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        """Whether there is one that was put back."""
        return bool(self._forward)

    def moment(self) -> Moment:
        """How the panels stand now."""
        docks = self.docks
        return Moment(docks.state(), tuple(sorted(docks.withheld)), self.arrangement)

    def settle(self) -> None:
        """How the panels stand now is nothing that a person did since."""
        if not self.docks.aside.is_on:
            self._settled, self._shape = self.moment(), self._find_shape()

    def before_change(self) -> None:
        """Whatever is done next is a step of its own."""
        self.docks.make_room()
        self._note(self.moment())

    def undo(self) -> None:
        """Put the last change back."""
        self._go(self._back, self._forward)

    def redo(self) -> None:
        """Make it again."""
        self._go(self._forward, self._back)

    def _go(self, source: list[Moment], target: list[Moment]) -> None:
        if source:
            self.docks.make_room()
            target.append(self.moment())
            self.show(source.pop())

    def show(self, moment: Moment) -> None:
        """Let the panels stand as they did; the tabs that are seen stay in front where they can."""
        docks = self.docks
        seen = {name: self._tabs(name) for name in docks if docks.is_seen(name)}
        docks.restore(moment.state, moment.withheld)
        for name, tabs in seen.items():
            if self._tabs(name) == tabs:
                docks[name].raise_()
        self.arrangement = moment.arrangement
        self.settle()
        self.changed.emit()

    def _tabs(self, name: str) -> set[str]:
        """Panels that are behind each other with this one."""
        return {dock.objectName() for dock in self.docks.window.tabifiedDockWidgets(self.docks[name])}

    def _note(self, before: Moment) -> None:
        self._back.append(before)
        del self._back[:-MOST_STEPS]
        self._forward.clear()
        self.changed.emit()

    def _look(self) -> None:
        if self.docks.aside.is_on:
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start(AGAIN_MS)
            return
        if self._shape is not None and self._find_shape() != self._shape:
            self._note(self._settled)
            self.arrangement = None
        self.settle()

    def _find_shape(self) -> list[tuple[object, ...]] | None:
        """Which panels are open, and where they stand to each other; None while nothing is shown."""
        window, docks = self.docks.window, self.docks
        if not window.isVisible():
            return None
        standing = []
        for name in docks:
            tabs = [docks[name], *window.tabifiedDockWidgets(docks[name])]
            # Of tabs, just the one in front has a place.
            front = next((dock for dock in tabs if not dock.visibleRegion().isEmpty()), None)
            corner = (0, 0) if front is None or front.isFloating() else (front.x(), front.y())
            stands = (docks[name].isFloating(), window.dockWidgetArea(docks[name]))
            if not docks[name].isHidden():
                standing.append((corner, name, *stands, sorted(self._tabs(name))))
        # Their order counts, not how large they are.
        return [at[1:] for at in sorted(standing, key=lambda at: at[:2])]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if self.docks.aside.is_on:
            return False
        if kind == QEvent.Type.MouseButtonPress:
            # The window itself is pressed where an edge between panels is dragged.
            self.settle()
            self._edges = self._find_edges()
        elif kind == QEvent.Type.MouseButtonRelease and self._edges is not None:
            if self._find_edges() != self._edges:
                self._note(self._settled)
                self.arrangement = None
            self._edges = None
            self.settle()
        elif kind == QEvent.Type.Resize:
            self._timer.start(0)
        return False

    def _find_edges(self) -> dict[str, QRect]:
        docks = (self.docks[name] for name in self.docks)
        return {d.objectName(): d.geometry() for d in docks if d.isVisible() and not d.isFloating()}
