"""The loss around the current weights, with contours and the path that led here."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QLabel

from nnstudio.data.dataset import Dataset
from nnstudio.explain.surface import Surface, SurfaceProbe
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, make_plot, paint_plot, place_image, register

LEVELS = 9


@register
class LossSurface(LiveView):
    """A heat map of log loss over two directions; dark is good. The ring is where the weights are."""

    id = "loss_surface"
    title = "Loss surface"
    help = "The loss for weights around the current ones, over two random directions."
    order = 3

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot(aspect=True)
        self.plot.setAccessibleName("Loss surface")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setColorMap(pg.colormap.get("viridis"))
        self.contours = pg.PlotCurveItem(connect="finite")
        self.path = pg.PlotCurveItem()
        self.here = pg.ScatterPlotItem([0], [0], size=9, brush=None)
        for item in (self.image, self.contours, self.path, self.here):
            self.plot.addItem(item)
        self.caption = QLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        font = self.caption.font()
        font.setPointSizeF(max(font.pointSizeF() - 2, 6))
        self.caption.setFont(font)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.hint, 1)
        self.hint.setText("The loss around the weights appears here as soon as the network can run.")
        self._probe: SurfaceProbe | None = None
        self.repaint_theme()
        self.clear()

    def probe(self) -> Probe | None:
        return self._probe

    def set_data(self, data: Dataset | None) -> None:
        self._probe = SurfaceProbe() if data is not None else None
        super().set_data(data)

    def clear(self) -> None:
        self.image.clear()
        self.contours.setData([], [])
        self.path.setData([], [])
        self.caption.setText("")
        self._show_picture(False)

    def show_result(self, result: Surface) -> None:
        values = np.where(np.isfinite(result.values), result.values, np.nan)
        if not np.isfinite(values).any():
            self.caption.setText("The loss around these weights is not a number.")
            return
        self._show_picture(True)
        # Loss spans powers of ten: its logarithm shows valley and rim alike.
        heights = np.log10(np.maximum(np.nan_to_num(values, nan=np.nanmax(values)), 1e-12))
        self.image.setImage(heights, autoLevels=True)
        r, half = result.reach, result.reach / (len(heights) - 1)
        place_image(self.image, (-r - half, -r - half, r + half, r + half))
        self._draw_contours(heights, r)
        self.path.setData(result.path[:, 0], result.path[:, 1])
        self.plot.setRange(xRange=(-r, r), yRange=(-r, r), padding=0.02, disableAutoRange=True)
        size = len(heights)
        self.caption.setText(
            f"{np.nanmin(values):.3g} … {np.nanmax(values):.3g} · {result.method}, seed {result.seed} · "
            f"{size}x{size}, {result.samples} samples, {result.seconds:.2f} s · step {result.step:,}"
        )

    def _show_picture(self, shown: bool) -> None:
        self.plot.setVisible(shown)
        self.caption.setVisible(shown)
        self.hint.setVisible(not shown)

    def _draw_contours(self, heights: np.ndarray, reach: float) -> None:
        import contourpy

        ticks = np.linspace(-reach, reach, len(heights))
        lines = contourpy.contour_generator(ticks, ticks, heights)
        gap, pieces = np.array([[np.nan, np.nan]]), []
        for level in np.linspace(heights.min(), heights.max(), LEVELS + 2)[1:-1]:
            for line in lines.lines(level):
                pieces += [np.asarray(line), gap]
        joined = np.concatenate(pieces) if pieces else np.empty((0, 2))
        self.contours.setData(joined[:, 0], joined[:, 1])

    def repaint_theme(self) -> None:
        paint_plot(self.plot)
        # These lie on the heat map, not on the theme's background.
        self.contours.setPen(pg.mkPen("#ffffff55", width=1))
        self.path.setPen(pg.mkPen("#ff5d5d", width=1))
        self.here.setPen(pg.mkPen("#ffffff", width=2))
