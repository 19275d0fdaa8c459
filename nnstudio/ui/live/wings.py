"""Views beside the stage: they live out of sight, and a small picture is taken of each now and then."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from nnstudio.ui.live.view import LiveView
from nnstudio.ui.live.views import Views

# Letters and lines of a view of which a small picture is taken: as in a small panel.
LETTERS, LINES = 50, 18
# A view is drawn and pictured so often at the most, in seconds.
SECONDS = 0.4


class Wings(QObject):
    """Holds views that wait beside the stage, as large as in a small panel, and makes those that were never
    seen, one at a time.

    Signals: pictured(name) when there is another small picture.

    Attributes:
        pictures: the last one of each view.
    """

    pictured = Signal(str)

    def __init__(self, views: Views, parent: QWidget) -> None:
        super().__init__(parent)
        self.views = views
        self.pictures: dict[str, QPixmap] = {}
        self._wanted: list[str] = []
        self._held: dict[str, LiveView] = {}
        self._drawn: dict[str, bool] = {}
        # What each picture was said to be, and whether it is greyed.
        self._told: dict[str, tuple[str, bool, bool]] = {}
        self._turn, self._after = 0, 0.0
        # Shown to Qt, so that what it holds is laid out and can be drawn, but on no screen; and a window of
        # its own, so that Tab does not lead there.
        self._house = QWidget(parent, Qt.WindowType.Tool)
        self._house.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._house.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._house.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Views that it holds, or will once they are made."""
        return tuple(self._wanted)

    def holds(self, name: str) -> bool:
        """Whether a view waits here."""
        return name in self._held

    def take(self, names: Sequence[str]) -> None:
        """Hold these views from now on; others go back to their frames."""
        self._wanted = [name for name in names if name in self.views]
        for name in [name for name in self._held if name not in self._wanted]:
            self.views.frames[name].put(self._held.pop(name))
        for name in self._wanted:
            if name in self.views.existing:
                self._hold(name)
        self.pictures = {name: self.pictures[name] for name in self.pictures if name in self._wanted}
        self._house.setVisible(bool(self._wanted))

    def drew(self, name: str) -> None:
        """A view that is held drew something new."""
        self._drawn[name] = True

    def tick(self, share: float) -> None:
        """Make or picture one view, if it is time; ``share`` of a core is what all of that may take."""
        now = time.perf_counter()
        if not self._wanted or now < self._after:
            return
        for offset in range(len(self._wanted)):
            at = (self._turn + offset) % len(self._wanted)
            name = self._wanted[at]
            if self._work_on(name):
                self._turn = at + 1
                break
        took = time.perf_counter() - now
        self._after = now + max(SECONDS / len(self._wanted), took / share)

    def _work_on(self, name: str) -> bool:
        """Whether there was anything to do for a view."""
        if not self.holds(name):
            if self.views.get(name) is None:
                # It could not be made, which is told elsewhere.
                self._wanted.remove(name)
                return True
            self._hold(name)
            return True
        view, told = self._held[name], self._told.get(name)
        is_veiled = not view.veil.isHidden()
        self._told[name] = (*self.mark(name), is_veiled)
        if self._drawn[name] or told is None or told[2] != is_veiled:
            self._drawn[name] = False
            self.pictures[name] = view.grab()
        elif told == self._told[name]:
            return False
        self.pictured.emit(name)
        return True

    def mark(self, name: str) -> tuple[str, bool]:
        """Of which step a view's picture is, "" where that is not known; and whether it is late."""
        view = self._held.get(name)
        return (view.mark.text(), not view.mark.isEnabled()) if view is not None else ("", False)

    def _hold(self, name: str) -> None:
        if name not in self._held:
            view = self.views[name]
            self.views.frames[name].lend()
            self._held[name] = view
            view.setParent(self._house)
        self._drawn[name] = True
        metrics = self._house.fontMetrics()
        size = QSize(LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing())
        for i, view in enumerate(self._held.values()):
            view.setGeometry(QRect(QPoint(0, i * size.height()), size.expandedTo(view.minimumSizeHint())))
            view.show()
        self._house.resize(size.width(), size.height() * len(self._held))
