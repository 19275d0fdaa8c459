"""The live views of a window, each made when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from nnkernels.graph.network import Resolved
from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.view import LiveView, ViewFactory, live_views
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel

# The least that is seen of a view.
LEAST_LETTERS, LEAST_LINES = 14, 5


class _Held(QWidget):
    """A view as large as its frame, or as it needs. A layout would give it the height that its lines like."""

    view: QWidget | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.view is not None:
            self.view.setGeometry(self.rect())
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and self.view is not None:
            self.setMinimumSize(self.view.minimumSizeHint())
        return super().event(event)


class ViewFrame(QWidget):
    """Stands where a view will stand once it is made. One that has less room than it needs scrolls: panels
    are as narrow as a person makes them, and do not widen when another tab is chosen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        # Most views of a window are never seen: what scrolls is made with the view.
        self._held: _Held | None = None

    def _scrolling(self) -> _Held:
        held, area = _Held(), QScrollArea()
        self._rows.addWidget(area)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        FadingEdges(area)
        area.setWidget(held)
        # As light or dark as what is around it.
        for widget in (area.viewport(), held):
            widget.setAutoFillBackground(False)
        # The view is as large as this will be.
        self._rows.activate()
        return held

    def put(self, view: QWidget) -> None:
        """Show a view, or what stands in its place."""
        held = self._held = self._held or self._scrolling()
        held.view = view
        view.setParent(held)
        view.setGeometry(held.rect())
        view.show()
        held.setMinimumSize(view.minimumSizeHint())

    def lend(self) -> None:
        """Another one shows the view, until it is put here again."""
        if self._held is not None:
            self._held.view = None
            self._held.setMinimumSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        letter = self.fontMetrics().averageCharWidth()
        return QSize(LEAST_LETTERS * letter, LEAST_LINES * self.fontMetrics().lineSpacing())


class Views(Mapping[str, LiveView]):
    """All views by name, in their order. Asking for one makes it: that takes some 50 ms for each, and most
    windows need three of them.

    A view that cannot be made is named in its frame and in `Registry.broken`, and is none of these any more.

    Attributes:
        factories: what can be made, by name.
        frames: where each view stands, or will.
        existing: those that were made so far.
        data: what was loaded last; None before.
        nodes: those of the network, by name, and of the networks in it; None where they are not known.
    """

    def __init__(self, prepare: Callable[[str, LiveView], None], failed: Callable[[], None]) -> None:
        """``prepare(name, view)`` tells a new view all that happened before; ``failed()`` hears of one that
        could not be made.
        """
        self._prepare, self._failed = prepare, failed
        self.factories: dict[str, ViewFactory] = {factory.id: factory for factory in live_views}
        self.frames = {name: ViewFrame() for name in self.factories}
        self.existing: dict[str, LiveView] = {}
        self.data: Dataset | None = None
        self.nodes: Mapping[str, Resolved] | None = None

    def lack(self, name: str) -> str:
        """What a view needs so that there is anything to see of this data and network, as a sentence; ""
        where there is, or where nothing is known of them.
        """
        view = self.factories[name]
        if self.data is not None and not view.fits(self.data):
            return view.needs
        if self.data is not None and self.nodes is not None and not view.fits_network(self.nodes):
            return view.needs_layer
        return ""

    def __getitem__(self, name: str) -> LiveView:
        if name not in self.existing:
            factory = self.factories[name]
            live_views.attempt(name, f"'{factory.title}'", partial(self._make, factory))
            if name not in self.existing:
                self._give_up(name)
        return self.existing[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self.factories))

    def __contains__(self, name: object) -> bool:
        # That of Mapping would make the view.
        return name in self.factories

    def __len__(self) -> int:
        return len(self.factories)

    def begin_anew(self) -> None:
        """Let each be made again, as at its start, when it is next asked for. All must be in their frames."""
        for name, view in self.existing.items():
            self.frames[name].lend()
            view.hide()
            view.deleteLater()
        self.existing.clear()

    def _make(self, factory: ViewFactory) -> None:
        view = factory.make()
        self._prepare(factory.id, view)
        self.frames[factory.id].put(view)
        self.existing[factory.id] = view

    def _give_up(self, name: str) -> None:
        del self.factories[name]
        sentence = PlainLabel()
        sentence.setObjectName("error")
        sentence.setWordWrap(True)
        sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        sentence.setText(live_views.broken[name])
        self.frames[name].put(sentence)
        self._failed()
