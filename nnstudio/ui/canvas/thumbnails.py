"""Live thumbnails: asks for pictures of the nodes that are in sight, and puts them onto the nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, qRgb

from nnstudio.explain.thumbnails import Thumbnail, ThumbnailKind, Thumbnails, ThumbnailsProbe
from nnstudio.ui.canvas.node_item import THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.widgets.theme import theme

# Thumbnails are drawn this often at the most; the worker's time and the window's are both kept low.
SECONDS = 0.25
GAP = 2


class LiveThumbnails(QObject):
    """The probe and the painter of the thumbnails; `shown` turns them off and on."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view = view
        self.shown = True
        # What the nodes on the canvas are called in the engine.
        self.names: Mapping[str, str] = {}
        self._latest: Thumbnails | None = None
        theme.changed.connect(self._again)

    def probe(self) -> ThumbnailsProbe | None:
        """What to compute: all nodes, or None where thumbnails are off or there is nothing."""
        names = tuple(dict.fromkeys(self.names.values()))
        return ThumbnailsProbe(names) if self.shown and names else None

    def show(self, thumbnails: Thumbnails) -> None:
        """Put pictures onto the nodes, and numbers behind the links."""
        self._latest = thumbnails
        scale, names = self.view.devicePixelRatioF(), self.names
        for name, item in self.view.canvas.nodes.items():
            thumbnail = thumbnails.thumbnails.get(names.get(name, ""))
            item.set_thumbnail(paint(thumbnail, scale) if thumbnail is not None else None)
        for link, line in self.view.canvas.links.items():
            line.values = thumbnails.spans.get(names.get(link.source, ""))

    def clear(self) -> None:
        """Nothing is known any more."""
        self._latest = None
        for item in self.view.canvas.nodes.values():
            item.set_thumbnail(None)
        for line in self.view.canvas.links.values():
            line.values = None

    def _again(self) -> None:
        if self._latest is not None:
            self.show(self._latest)


def paint(thumbnail: Thumbnail, scale: float) -> QImage:
    """A thumbnail as a picture of its full size at this scale, clear where there is no tile."""
    picture = QImage(
        round(THUMBNAIL_WIDTH * scale),
        round(THUMBNAIL_HEIGHT * scale),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    table = _colours(thumbnail.kind == ThumbnailKind.PLANE)
    if thumbnail.kind == ThumbnailKind.VALUES:
        painter.drawImage(QRectF(0, 0, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT), _image(thumbnail.tiles[0], table))
    else:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        count, height, width = thumbnail.tiles.shape
        edge = THUMBNAIL_HEIGHT * min(width / height, 1.0)
        for i in range(count):
            box = QRectF(i * (THUMBNAIL_HEIGHT + GAP), 0, edge, THUMBNAIL_HEIGHT)
            painter.drawImage(box, _image(thumbnail.tiles[i], table))
    painter.end()
    return picture


def _image(tile: np.ndarray, table: list[int]) -> QImage:
    tile = np.ascontiguousarray(tile)
    height, width = tile.shape
    # A copy: QImage does not keep the array alive.
    image = QImage(tile.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image


def _colours(signed: bool) -> list[int]:
    """256 colours: 0 where there is no number; from the first to the second class's colour, or viridis."""
    if not signed:
        rows = pg.colormap.get("viridis").getLookupTable(nPts=255)[:, :3]
    else:
        ends = [QColor(theme.colours.first), QColor(theme.colours.node), QColor(theme.colours.second)]
        stops = np.array([[c.red(), c.green(), c.blue()] for c in ends], float)
        rows = np.stack([np.interp(np.linspace(0, 2, 255), [0, 1, 2], stops[:, k]) for k in range(3)], 1)
    missing = QColor(theme.colours.error).rgb()
    return [missing, *[qRgb(int(r), int(g), int(b)) for r, g, b in rows]]
