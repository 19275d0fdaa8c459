"""A network drawn beside another one, each layer marked with how it differs from its partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsView

from nnkernels.graph.network import outer_name
from nnstudio.explain.comparison import LayerPair
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.graph import Graph
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.widgets.theme import canvas_font, theme

MARGIN, EDGE, RADIUS, LETTERS = 24.0, 5.0, 10.0, 11
# Below this share, weights differ by less than anybody sees.
LEAST_SHARE = 0.001


class Likeness(StrEnum):
    """What a mark says, with its sign: colour is not the only signal."""

    SAME = "="
    DIFFERS = "≠"
    ALONE = "+"


@dataclass(frozen=True)
class Mark:
    """How a layer on the canvas differs from its partner: in a few words behind the sign."""

    likeness: Likeness
    words: str = ""

    @property
    def text(self) -> str:
        return f"{self.likeness} {self.words}".rstrip()

    def shortened(self, room: float, metrics: QFontMetricsF) -> str:
        """Its text, without its first words where there is no room for all, and at the least its sign."""
        words = self.words.split()
        texts = (" ".join([self.likeness, *words[first:]]) for first in range(len(words) + 1))
        return next((text for text in texts if metrics.horizontalAdvance(text) <= room), str(self.likeness))


def marks(pairs: Sequence[LayerPair], is_first: bool) -> dict[str, Mark]:
    """A mark for each layer of one side, by its node on the outermost canvas."""
    of: dict[str, list[LayerPair]] = {}
    for pair in pairs:
        name = pair.first if is_first else pair.second
        if name:
            of.setdefault(outer_name(name), []).append(pair)
    return {name: _mark(own) for name, own in of.items()}


def _mark(pairs: Sequence[LayerPair]) -> Mark:
    if any(not (pair.first and pair.second) for pair in pairs):
        return Mark(Likeness.ALONE)
    if all(pair.is_same for pair in pairs):
        return Mark(Likeness.SAME)
    if any(pair.changes or any(a.relative is None for a in pair.arrays) for pair in pairs):
        return Mark(Likeness.DIFFERS, "options")
    apart = max((pair.weights or 0.0 for pair in pairs), default=0.0)
    if apart < LEAST_SHARE:
        return Mark(Likeness.DIFFERS, "weights by less than 0.1%")
    return Mark(Likeness.DIFFERS, f"weights by {apart:.1%}" if apart < 1 else f"weights by {apart:,.0%}")


def colour_of(likeness: Likeness) -> str:
    """Of what is marked so."""
    c = theme.colours
    return {Likeness.SAME: c.good, Likeness.DIFFERS: c.warning, Likeness.ALONE: c.accent}[likeness]


class ComparedCanvas(QGraphicsView):
    """Signal: picked(node) when a person presses a layer; "" beside all."""

    picked = Signal(str)

    def __init__(
        self, name: str, graph: Graph, facts: Mapping[str, NodeFacts], marked: Mapping[str, Mark]
    ) -> None:
        super().__init__()
        self.marked, self.chosen = marked, ""
        # The view does not own its scene.
        self.canvas = CanvasScene(graph)
        self.canvas.show_facts(facts)
        self.setScene(self.canvas)
        self.setAccessibleName(name)
        self.setInteractive(False)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(150)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Marks are drawn over the items, and stand partly beside them.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)

    def choose(self, node: str) -> None:
        """Draw a layer as the one that is looked at; "" for none."""
        self.chosen = node
        self.viewport().update()

    def close_canvas(self) -> None:
        """Let go of the graph."""
        self.canvas.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        box = self.canvas.content_rect().adjusted(-2 * MARGIN, -MARGIN, 2 * MARGIN, 2 * MARGIN)
        self.fitInView(box, Qt.AspectRatioMode.KeepAspectRatio)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.canvas.node_at(self.mapToScene(event.position().toPoint()))
        self.picked.emit("" if item is None else item.node.id)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, QColor(theme.colours.base))

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        # As large on the screen however small a network is drawn.
        letters = round(LETTERS / max(self.transform().m11(), 0.05))
        font = canvas_font(letters, True)
        for name, mark in self.marked.items():
            if name not in self.canvas.nodes:
                continue
            corner, colour = self.canvas.nodes[name].pos(), QColor(colour_of(mark.likeness))
            box = QRectF(corner, corner + QPointF(WIDTH, HEIGHT)).adjusted(-EDGE, -EDGE, EDGE, EDGE)
            painter.setPen(QPen(colour, 5.0 if name == self.chosen else 2.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            painter.setFont(font)
            painter.setPen(colour)
            line = QRectF(box.left(), box.bottom() + 1, box.width(), 1.5 * letters).adjusted(
                -MARGIN, 0, MARGIN, 0
            )
            text = mark.shortened(line.width(), QFontMetricsF(font))
            painter.drawText(line, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
