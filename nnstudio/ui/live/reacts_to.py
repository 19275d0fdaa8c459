"""What each filter or unit of the selected layer reacts to most, as small pictures cut from the samples."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QResizeEvent

from nnkernels.spec import show_shape
from nnstudio.data.dataset import Dataset
from nnstudio.explain.looks import parts_in_colours, reactions_table
from nnstudio.explain.reactions import STRONGEST, Reactions, ReactionsProbe
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import counted
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.tiles import columns_for

SELECT = "Select a convolution, or any other layer, to see what its filters or units react to."
NOT_HERE = "What a layer reacts to can be shown where the data is pictures."
NOTHING = (
    "Select a single layer between Input and Output that gives pictures or a row of units, to see what these "
    "react to."
)
# Pixels between pictures, and between those of two units: in shares of a picture's width the latter.
GAP, BETWEEN = 1, 0.8
COLOURS = 3


@register
class ReactsToView(LiveView):
    """Follows the selection on the canvas."""

    id = "reacts_to"
    title = "Reacts to"
    help = "The parts of pictures to which each filter or unit of the selected layer reacts most."
    question, order = Question.INSIDE, 70
    beside = "activations"
    tells_cost = True
    follows_node = True
    needs = NOT_HERE
    seconds = 0.2
    chooses = ("layer",)

    def __init__(self) -> None:
        super().__init__()
        self.caption = PlainLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.map = make_plot(aspect=True)
        self.map.setAccessibleName("What each unit reacts to")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.map.addItem(self.image)
        self.map.invertY(True)
        self.map.hideAxis("left")
        self.map.hideAxis("bottom")
        self.titles: list[pg.TextItem] = []
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.map, 1)
        self.rows.addWidget(self.hint, 1)
        self._latest: Reactions | None = None
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return len(data.input_shape) == 3

    def probe(self) -> Probe | None:
        if self.data is None or not self.node or not self.fits(self.data):
            return None
        return ReactionsProbe(self.node)

    def clear(self) -> None:
        self._latest = None
        self.caption.hide()
        self.map.hide()
        self.hint.show()
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NOT_HERE)
        elif self.node:
            self.await_picture(f"what '{self.node_name}' reacts to")
        else:
            self.explain_blank(SELECT)

    def show_result(self, result: Reactions) -> None:
        if result.node != self.node:
            # A late result of the layer that was selected before.
            return
        if not result.reactions:
            self.clear()
            self.explain_blank(NOTHING)
            return
        self._latest = result
        self.hint.hide()
        self.caption.show()
        self.map.show()
        self.caption.setText(self._told(result))
        self._draw(result)

    def rename(self) -> None:
        if self._latest is not None:
            self.caption.setText(self._told(self._latest))

    def showing(self) -> Showing | None:
        latest = self._latest
        return self.shows(self.node_name, step=latest.step) if latest is not None else None

    def _told(self, result: Reactions) -> str:
        whose = counted(result.count, f"{result.part} sample")
        sees = f"each sees {show_shape(result.seen)} pixels"
        told = f"{self.node_name} · the {STRONGEST} strongest of {whose} · {sees}"
        if len(result.reactions) < result.units:
            told += f" · the first {len(result.reactions)} of {result.units:,}"
        same = [reaction.name for reaction in result.reactions if not reaction.samples]
        return told + (f" · the same for all: {', '.join(same)}" if same else "")

    def _draw(self, result: Reactions) -> None:
        """Units in as many columns as make their pictures the largest."""
        (h, w), units = result.seen, result.reactions
        between = max(round(BETWEEN * w), 2)
        block = between + STRONGEST * (w + GAP)
        across = columns_for(len(units), block, h + GAP, self.map.width() / max(self.map.height(), 1))
        lines = -(-len(units) // across)
        pixel = min(self.map.width() / (across * block), self.map.height() / (lines * (h + GAP)))
        metrics = QFontMetricsF(self.font())
        whole = np.empty((lines * (h + GAP), across * block, COLOURS), np.uint8)
        whole[:] = _rgb(theme.colours.window)
        for title in self.titles:
            self.map.removeItem(title)
        self.titles = []
        for i, reaction in enumerate(units):
            top, left = i // across * (h + GAP), i % across * block + between
            outside = np.array(_rgb(theme.colours.link)) / 255
            for column, colours in enumerate(parts_in_colours(reaction, outside)):
                at = left + column * (w + GAP)
                whole[top : top + h, at : at + w] = np.rint(colours * 255)
            name = metrics.elidedText(reaction.name, Qt.TextElideMode.ElideMiddle, between * pixel)
            title = pg.TextItem(name, color=theme.colours.muted, anchor=(1, 0.5))
            title.setPos(left - GAP, top + h / 2)
            self.map.addItem(title)
            self.titles.append(title)
        self.image.setImage(whole, levels=(0, 255))
        self.map.setRange(self.image.boundingRect(), padding=0.01)

    def csv_text(self) -> str:
        """A line for each unit and each sample that it reacts to most."""
        return "" if self._latest is None else reactions_table(self._latest, self.node_name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._latest is not None:
            self._draw(self._latest)

    def repaint_theme(self) -> None:
        paint_plot(self.map)
        if self._latest is not None:
            self._draw(self._latest)


def _rgb(colour: str) -> tuple[int, int, int]:
    parts = QColor(colour)
    return parts.red(), parts.green(), parts.blue()
