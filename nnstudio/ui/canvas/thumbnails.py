"""Live thumbnails: asks for pictures of the nodes, and puts them onto the nodes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject

from nnkernels.spec import Role
from nnstudio.explain.thumbnails import ZERO, Thumbnail, Thumbnails, ThumbnailsProbe
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.view import CanvasView

# Thumbnails are drawn this often at the most; the worker's time and the window's are both kept low.
SECONDS = 0.25


class LiveThumbnails(QObject):
    """The probe of the thumbnails, and where its results go; `shown` turns them off and on."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view = view
        self.shown = True
        # What the nodes on the canvas are called in the engine.
        self.names: Mapping[str, str] = {}
        self._latest: Thumbnails | None = None

    def probe(self) -> ThumbnailsProbe | None:
        """What to compute: all nodes, or None where thumbnails are off or there is nothing."""
        names = tuple(dict.fromkeys(self.names.values()))
        return ThumbnailsProbe(names) if self.shown and names else None

    def show(self, thumbnails: Thumbnails) -> None:
        """Put pictures onto the nodes, and numbers behind the links."""
        self._latest = thumbnails
        names = self.names
        for name, item in self.view.canvas.nodes.items():
            thumbnail = thumbnails.thumbnails.get(names.get(name, ""))
            item.set_thumbnail(Picture(thumbnail, is_signed(item, thumbnail)) if thumbnail else None)
        for link, line in self.view.canvas.links.items():
            line.values = thumbnails.spans.get(names.get(link.source, ""))

    def clear(self) -> None:
        """Nothing is known any more."""
        self._latest = None
        for item in self.view.canvas.nodes.values():
            item.set_thumbnail(None)
        for line in self.view.canvas.links.values():
            line.values = None


def is_signed(item: NodeItem, thumbnail: Thumbnail) -> bool:
    """Whether a node's values are shown as signed: what it can give decides, so that colours stay.

    Of an Input, which gives what the data holds, the data decide.
    """
    if item.layer.role == Role.INPUT:
        return bool(((thumbnail.tiles > 0) & (thumbnail.tiles < ZERO)).any())
    return item.facts.bounds[0] < 0
