"""The drawing of a network as a figure for paper: SVG and PDF as vectors, PNG at twice the size.

Always in light colours, without selection and faults; live thumbnails are drawn where nodes have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from nnstudio.export.format import ExportError
from nnstudio.model.atomic_file import write_atomically
from nnstudio.model.graph import Graph
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.widgets.theme import LIGHT, theme

SUFFIXES = (".svg", ".pdf", ".png")
MARGIN = 24.0
PNG_SCALE = 2
PDF_DPI = 72


def write_figure(path: Path, graph: Graph, facts: Mapping[str, NodeFacts], title: str = "") -> None:
    """Draw a graph into a file; the suffix decides the format.

    Raises ExportError for what cannot be drawn, FileError where the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(
            f"A figure is written as {', '.join(SUFFIXES)}; '{path.name}' ends in none of them. Choose one."
        )
    write_atomically(path, figure(suffix, graph, facts, title or path.stem))


def figure(suffix: str, graph: Graph, facts: Mapping[str, NodeFacts], title: str) -> bytes:
    """The content of a file with the drawing of a graph, in the format of the suffix. Raises ExportError."""
    if not graph.nodes:
        raise ExportError("There is nothing to draw: the network has no nodes. Add some first.")
    before = theme.colours, theme.text_scale
    # Painters ask the theme; its signal stays silent, so that no window notices.
    theme.colours, theme.text_scale = LIGHT, 1.0
    scene = CanvasScene(graph)
    try:
        scene.show_facts({name: NodeFacts(f.shape, "", f.parameters, f.flops) for name, f in facts.items()})
        for item in scene.nodes.values():
            item.setCacheMode(item.CacheMode.NoCache)
        box = scene.content_rect()
        for line in scene.links.values():
            box = box.united(line.boundingRect())
        box = box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        return draw(suffix, box.size(), title, lambda p, into: scene.render(p, into, box))
    finally:
        scene.close()
        theme.colours, theme.text_scale = before
        scene.deleteLater()


def draw(suffix: str, size: QSizeF, title: str, paint: Callable[[QPainter, QRectF], None]) -> bytes:
    """A figure file's content; ``paint`` is handed a painter and the rectangle to fill.

    It is made in memory: a folder that refuses it is found out in one place.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    device: QImage | QSvgGenerator | QPdfWriter
    into = QRectF(QPointF(), size)
    if suffix == ".png":
        device = QImage((size * PNG_SCALE).toSize(), QImage.Format.Format_RGB32)
        device.fill(QColor(LIGHT.base))
        into = QRectF(device.rect())
    elif suffix == ".svg":
        device = QSvgGenerator()
        device.setOutputDevice(buffer)
        device.setTitle(title)
        device.setDescription("Drawn with nnstudio")
        device.setSize(size.toSize())
        device.setViewBox(QRect(0, 0, round(size.width()), round(size.height())))
    else:
        device = QPdfWriter(buffer)
        device.setTitle(title)
        device.setResolution(PDF_DPI)
        device.setPageSize(QPageSize(size, QPageSize.Unit.Point))
        device.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, into)
    painter.end()
    if isinstance(device, QImage):
        QImageWriter(buffer, QByteArray(b"PNG")).write(device)
    return bytes(buffer.data().data())


def application() -> QApplication:
    """One for drawing without a window, for the command line."""
    running = QApplication.instance()
    return (
        running if isinstance(running, QApplication) else QApplication(["nnstudio", "-platform", "offscreen"])
    )
