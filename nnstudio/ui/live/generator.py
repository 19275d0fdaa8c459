"""A generator of points at work: what it makes, what the judge thinks of it, where its points are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent

from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import ORIGINS
from nnstudio.explain.generated import GeneratedPoints, GeneratedPointsProbe
from nnstudio.explain.looks import points_table
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.decision_boundary import DecisionBoundary
from nnstudio.ui.live.view import Question, register
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

NEEDS = "Generated points can be drawn where the data is Points to imitate."
# The longest arrow takes this share of the picture; its head is this share of an arrow.
LONGEST, HEAD = 0.1, 0.3
# Pixels of a real dot, of its rim and of a generated dot; real ones that are shown: as many as generated.
REAL, RIM, COPY, MOST_REAL = 3, 0.3, 7, 256
# Above all else that is drawn.
ABOVE = 10
# Of the arrows, those that are shorter than the longest.
USUAL = 0.9
BACKGROUND, FLOW = "background: the judge", "arrows: to a lower loss"
SHOWN = (
    "Large dots: points that the generator makes, of noise that stays the same. Small dots above them: real "
    "points. Background: whether the judge takes a point there for generated or for real, pale where it is "
    "not sure. Arrows: where the generator's loss falls fastest, longer where it falls faster."
)
MEASURED = (
    "Near: no farther from a real point than that one's third real neighbour. Covered: a real point that is "
    "no farther from a generated one than that one's third neighbour. Of 256 points each; the real ones are "
    "not learned from."
)


@register
class GeneratorView(DecisionBoundary):
    """The judge's answer over the plane as colour; dots are generated from noise that stays the same."""

    id = "generator"
    title = "Generated points"
    help = "What a generator makes of noise, what the judge thinks of it, and where its points are drawn to."
    question, order = Question.ANSWERS, 50
    beside = "decision_boundary"
    tells_cost = True
    needs = NEEDS
    chooses = ("arrows", "held_out_points", "shades")
    dot, rim, most_dots = REAL, RIM, MOST_REAL
    # While the base is still being put together.
    copies: pg.ScatterPlotItem | None = None
    _generated: GeneratedPoints | None = None

    def __init__(self) -> None:
        super().__init__()
        self.plot.setAccessibleName(self.title)
        self.arrows = pg.PlotCurveItem()
        self.copies = pg.ScatterPlotItem(size=COPY, pxMode=True)
        self.plot.addItem(self.arrows)
        self.plot.addItem(self.copies)
        # Good copies lie where real points are, which would be hidden.
        self.dots.setZValue(ABOVE)
        self.legend.setToolTip(SHOWN)
        self.flow = self.options.add_switch("Arrows", True, "Where the generator's loss falls fastest")
        self.flow.toggled.connect(self._show_again)
        self.measured = PlainLabel()
        self.measured.setObjectName("muted")
        self.measured.setToolTip(MEASURED)
        self.measured.setWordWrap(True)
        self.rows.insertWidget(self.rows.count() - 1, self.measured)
        self.held_out.setChecked(False)
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.is_plane and data.classes == ORIGINS

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        return True

    def probe(self) -> Probe | None:
        fits = self.data is not None and self.fits(self.data)
        return GeneratedPointsProbe(self._size) if fits else None

    def clear(self) -> None:
        super().clear()
        if self.copies is None:
            return
        self._generated = None
        self.copies.clear()
        self.arrows.setData([], [])
        self.measured.setText("")
        if self.data is None or not self.fits(self.data):
            self._blank(NEEDS)

    def _blank(self, why: str) -> None:
        for widget in (self.plot, self.legend, self.options, self.measured):
            widget.hide()
        self.hint.show()
        self.explain_blank(why)

    def show_result(self, result: Any) -> None:
        if not isinstance(result, GeneratedPoints):
            # What the base shows again.
            super().show_result(result)
            return
        if result.problem or result.points is None or result.moves is None or result.field is None:
            self.clear()
            self._blank(result.problem)
            return
        for widget in (self.plot, self.legend, self.options, self.measured):
            widget.show()
        self.hint.hide()
        super().show_result(result.field)
        self._generated = result
        self._draw_generated(result, result.points, result.moves)

    def _draw_generated(self, result: GeneratedPoints, points: np.ndarray, moves: np.ndarray) -> None:
        assert self.copies is not None and result.field is not None
        good = np.isfinite(points).all(1) & np.isfinite(moves).all(1)
        points, moves = points[good].astype(np.float64), moves[good].astype(np.float64)
        # Where the judge is sure, the background has their own colour.
        edge = pg.mkPen(QColor(theme.colours.text), width=1)
        self.copies.setData(points[:, 0], points[:, 1], pen=edge, brush=pg.mkBrush(theme.class_colour(0)))
        left, bottom, right, top = result.field.extent
        outside = (points < (left, bottom)).any(1) | (points > (right, top)).any(1)
        x, y = arrows(points, moves, LONGEST * (right - left)) if self.flow.isChecked() else ([], [])
        self.arrows.setData(x, y, connect="pairs", pen=pg.mkPen(theme.colours.text, width=1))
        told = []
        if np.isfinite(result.near):
            told.append(f"near real points: {result.near:.0%} · real points covered: {result.covered:.0%}")
        if outside.any():
            told.append(f"outside of the picture: {int(outside.sum()):,}")
        if not good.all():
            told.append(f"not finite: {int((~good).sum()):,} of {len(good):,}")
        if self.flow.isChecked() and len(moves):
            told.append(f"longest arrow: slope {np.linalg.norm(moves, axis=1).max():.3g}")
        self.measured.setText(" · ".join(told))

    def _tell_what(self) -> None:
        super()._tell_what()
        told = [self.legend.text(), BACKGROUND, *([FLOW] if self.flow.isChecked() else [])]
        self.legend.setText(", ".join(told))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.copies is not None:
            self.copies.setSize(self.dots.opts["size"] * COPY / REAL)

    def showing(self) -> Showing | None:
        latest, switches = self._generated, (self.flow, self.held_out, self.shades)
        if latest is None:
            return None
        return self.shows(*(switch.isChecked() for switch in switches), step=latest.step)

    def csv_text(self) -> str:
        """A line for each generated point, with its arrow."""
        drawn = self._generated
        if drawn is None or self.data is None or drawn.points is None or drawn.moves is None:
            return ""
        return points_table(drawn, self.data)

    def _show_again(self) -> None:
        super()._show_again()
        shown = self._generated if self.copies is not None else None
        if shown is not None and shown.points is not None and shown.moves is not None:
            self._draw_generated(shown, shown.points, shown.moves)


def arrows(points: np.ndarray, moves: np.ndarray, longest: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines (6 n,) and (6 n,) in pairs of ends: a shaft and two strokes of a head for each point (n, 2).

    Lengths are as those of the moves (n, 2), up to the ``longest``, which a tenth of them are cut to.
    """
    sizes = np.linalg.norm(moves, axis=1)
    size = float(np.quantile(sizes, USUAL)) if len(sizes) else 0.0
    if size == 0:
        return np.zeros(0), np.zeros(0)
    shafts = moves * (longest / np.maximum(sizes, size))[:, None]
    tips = points + shafts
    back, across = -HEAD * shafts, HEAD / 2 * np.stack([-shafts[:, 1], shafts[:, 0]], 1)
    ends = np.stack([points, tips, tips, tips + back + across, tips, tips + back - across], 1)
    return ends[:, :, 0].ravel(), ends[:, :, 1].ravel()
