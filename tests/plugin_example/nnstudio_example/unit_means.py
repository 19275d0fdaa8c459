"""A bar for each unit of the chosen layer: its mean over some samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg

from nnstudio.training.evaluation import Evaluation
from nnstudio.ui.live.view import LiveView, make_plot, paint_plot, register
from nnstudio.ui.widgets.theme import theme

SAMPLES, MOST_UNITS = 64, 100


@dataclass(frozen=True)
class UnitMeans:
    """Means of a node's units (their last axis), of the first MOST_UNITS."""

    node: str
    means: np.ndarray


@dataclass(frozen=True)
class UnitMeansProbe:
    """What the worker computes between two slices of training."""

    node: str

    def run(self, session: Evaluation) -> Iterator[UnitMeans]:
        if self.node not in session.layout.nodes:
            return
        x, _, _ = session.samples()
        values = session.predict(x[:SAMPLES], self.node)
        units = values.reshape(-1, values.shape[-1])[:, :MOST_UNITS].astype(np.float64)
        yield UnitMeans(self.node, units.mean(0))


@register
class UnitMeansView(LiveView):
    """Bars; units whose mean is not finite are left out and counted."""

    id = "example_unit_means"
    title = "Unit means"
    help = "The mean of each unit of the selected layer over some samples."
    order = 90
    beside = "loss_surface"

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot()
        self.plot.setAccessibleName("Unit means")
        self.bars = pg.BarGraphItem(x=[], height=[], width=0.8)
        self.plot.addItem(self.bars)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.hint)
        self.clear()

    def probe(self) -> UnitMeansProbe | None:
        return UnitMeansProbe(self.node) if self.node and self.data is not None else None

    def set_node(self, node: str, name: str = "") -> None:
        super().set_node(node, name)
        self.clear()
        self.probe_changed.emit()

    def show_result(self, result: UnitMeans) -> None:
        if result.node != self.node:
            # Of the layer that was selected before.
            return
        finite = np.isfinite(result.means)
        units = np.arange(1, len(result.means) + 1)[finite]
        self.bars.setOpts(x=units, height=result.means[finite], brush=theme.colours.training)
        left_out = int((~finite).sum())
        self.hint.setText(f"{left_out} units are not finite." if left_out else "")
        self.hint.setVisible(bool(left_out))

    def clear(self) -> None:
        self.bars.setOpts(x=[], height=[])
        self.hint.setText("" if self.node else "Select a layer.")
        self.hint.setVisible(not self.node)

    def repaint_theme(self) -> None:
        paint_plot(self.plot)
        self.bars.setOpts(brush=theme.colours.training)
