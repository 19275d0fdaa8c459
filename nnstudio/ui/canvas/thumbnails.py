"""Live thumbnails: asks for pictures of the nodes, and puts them onto the nodes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.explain.thumbnails import FIRST, ZERO, ChosenSample, Thumbnails, ThumbnailsProbe
from nnstudio.model.arrange import HEIGHT
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.legend import Legend
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.view import CanvasView

# Thumbnails are drawn this often at the most; the worker's time and the window's are both kept low.
SECONDS = 0.25
# After so many milliseconds without zooming or panning it is looked which nodes are open.
LOOK_MS = 120


class LiveThumbnails(QObject):
    """The probe of the thumbnails, and where its results go; `shown` turns them off and on.

    Signals: probe_changed() when other nodes are open or another sample is chosen, weight_edited(node of the
    engine, array, flat index, value) when a weight was dragged, weight_moved(the same) while it is, with None
    where that is given up.
    """

    probe_changed = Signal()
    weight_edited = Signal(str, str, int, float)
    weight_moved = Signal(str, str, int, object)

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view = view
        self.legend, self._shown = Legend(view), True
        # What the nodes on the canvas are called in the engine.
        self.names: Mapping[str, str] = {}
        self._latest: Thumbnails | None = None
        self._opened: tuple[str, ...] = ()
        self._chosen = FIRST
        self._timer = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        view.seen_changed.connect(self._on_seen)
        view.weight_dragged.connect(self._on_dragged)
        view.weight_moved.connect(self._on_moved)

    @property
    def shown(self) -> bool:
        """Whether there are thumbnails, and their legend."""
        return self._shown

    @shown.setter
    def shown(self, shown: bool) -> None:
        self._shown = shown
        self.legend.set_shown(shown)

    def choose(self, sample: ChosenSample) -> None:
        """Show what the nodes give for this sample from now on, where they show one."""
        if sample != self._chosen:
            self._chosen = sample
            self.probe_changed.emit()

    def _on_seen(self) -> None:
        if self.view.zoom >= units.OPEN or self._opened:
            self._timer.start()

    def look(self) -> None:
        """Find out which nodes are open now; their insides are asked for."""
        view = self.view
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        items = view.canvas.nodes.items() if view.zoom >= units.OPEN and self.shown else ()
        in_sight = [n for n, item in items if seen.intersects(item.sceneBoundingRect())]
        opened = tuple(self.names[n] for n in in_sight if n in self.names)
        if opened != self._opened:
            self._opened = opened
            self._show_wires()
            self.probe_changed.emit()

    def _on_dragged(self, node: str, array: str, index: int, value: float) -> None:
        if node in self.names:
            self.weight_edited.emit(self.names[node], array, index, value)

    def _on_moved(self, node: str, array: str, index: int, value: float | None) -> None:
        if node in self.names:
            self.weight_moved.emit(self.names[node], array, index, value)

    def probe(self) -> ThumbnailsProbe | None:
        """What to compute: all nodes, or None where thumbnails are off or there is nothing."""
        names = tuple(dict.fromkeys(self.names.values()))
        return ThumbnailsProbe(names, self._opened, self._chosen) if self.shown and names else None

    def show(self, thumbnails: Thumbnails) -> None:
        """Put pictures onto the nodes, and numbers behind the links."""
        self._latest = thumbnails
        self.legend.show_sample(thumbnails.sample)
        self.legend.show_ends(thumbnails)
        names = self.names
        for name, item in self.view.canvas.nodes.items():
            engine = names.get(name, "")
            thumbnail = thumbnails.thumbnails.get(engine)
            is_below = is_signed(engine, thumbnails) if thumbnail else False
            picture = Picture(thumbnail, is_below, len(thumbnails.class_names)) if thumbnail else None
            item.set_thumbnail(picture, thumbnails.insides.get(engine))
        for link, line in self.view.canvas.links.items():
            line.values = thumbnails.spans.get(names.get(link.source, ""))
        self._show_wires()

    def _show_wires(self) -> None:
        """Single links where both ends are open and show the same units."""
        canvas, opened, names = self.view.canvas, set(self._opened), self.names
        for link, line in canvas.links.items():
            wires: list[float] = []
            if names.get(link.source) in opened and names.get(link.target) in opened:
                source, target = canvas.nodes[link.source], canvas.nodes[link.target]
                count = units.shown(source.thumbnail)
                if count == units.entering(target.thumbnail, target.inside):
                    wires = [y - HEIGHT / 2 for y in units.heights(count)] if count else []
            line.set_wires(wires)

    def clear(self) -> None:
        """Nothing is known any more."""
        self._latest = None
        self.legend.show_ends(None)
        for item in self.view.canvas.nodes.values():
            item.set_thumbnail(None)
        for line in self.view.canvas.links.values():
            line.values = None
            line.set_wires([])


def is_signed(name: str, thumbnails: Thumbnails) -> bool:
    """Whether a node's values are shown as signed: what it can give decides, so that colours stay, and what
    it does give where nobody could know.
    """
    tiles = thumbnails.thumbnails[name].tiles
    return name in thumbnails.signed or bool(((tiles > 0) & (tiles < ZERO)).any())
