"""A sheet of generated pictures, always of the same noise, with how real each looks to the judge."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent

from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import is_picture
from nnstudio.data.imitation import ORIGINS
from nnstudio.explain.generated import GeneratedPictures, GeneratedPicturesProbe
from nnstudio.explain.looks import ACROSS, BAR, GAP, pictures_table, sheet_of
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import mixed, theme

NEEDS = "Generated pictures can be shown where all pictures are told to be real, as MNIST digits can be."
SHEET = "what a generator draws"
# So many pixels of the screen a bar is high at the least: a lower one is a speck.
LEAST_BAR = 3.5
# Lines of text that may stand above and below the sheet.
LINES = 3
# How far the ground of a bar is from that of the sheet.
TRACK = 0.3


@register
class GeneratedPicturesView(LiveView):
    """Below each picture a bar: the longer, the more real it looks to the judge."""

    id = "generated_pictures"
    title = "Generated pictures"
    help = "A sheet of pictures that a generator makes of noise; the noise stays the same while it learns."
    question, order = Question.ANSWERS, 60
    beside = "decision_boundary"
    tells_cost = True
    needs = NEEDS
    seconds = 0.15

    def __init__(self) -> None:
        super().__init__()
        self.sheet = make_plot(aspect=True)
        self.sheet.setAccessibleName("Sheet of generated pictures")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.sheet.addItem(self.image)
        self.sheet.invertY(True)
        for side in ("left", "bottom"):
            self.sheet.hideAxis(side)
        self.sheet.setMouseEnabled(False, False)
        self.told = PlainLabel()
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.rows.addWidget(self.sheet, 1)
        self.rows.addWidget(self.told)
        self.rows.addWidget(self.hint, 1)
        self._latest: GeneratedPictures | None = None
        self._with_bars = False
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return is_picture(data) and data.classes == ORIGINS

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        return True

    def probe(self) -> Probe | None:
        return GeneratedPicturesProbe() if self.data is not None and self.fits(self.data) else None

    def clear(self) -> None:
        self._latest = None
        self._show(False)
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NEEDS)
        else:
            self.await_picture(SHEET)

    def _show(self, shown: bool) -> None:
        self.sheet.setVisible(shown)
        self.told.setVisible(shown)
        self.hint.setVisible(not shown)

    def show_result(self, result: GeneratedPictures) -> None:
        if result.pictures is None or result.real is None or self.data is None:
            self.clear()
            self.explain_blank(result.problem)
            return
        self._show(True)
        self._latest = result
        self._with_bars = self._have_room()
        shares, c = np.clip(self.data.shares_of_white(result.pictures), 0, 1), theme.colours
        track = mixed(QColor(c.base), QColor(c.text), TRACK)
        colours = [tuple(pg.mkColor(colour).getRgbF()[:3]) for colour in (c.accent, c.base, track)]
        sheet = sheet_of(shares, result.real if self._with_bars else None, *colours)
        is_other = self.image.image is None or self.image.image.shape != sheet.shape
        self.image.setImage(sheet, levels=(0.0, 1.0), autoLevels=False)
        if is_other:
            self.sheet.setRange(self.image.boundingRect(), padding=0.01)
        self.told.setText(self._words(result.real, int((~np.isfinite(result.pictures)).any((1, 2, 3)).sum())))

    def _words(self, real: np.ndarray, broken: int) -> str:
        finite = real[np.isfinite(real)]
        told = [f"{len(real):,} pictures, always of the same noise"]
        if self._with_bars:
            mean = f", {finite.mean():.0%} on average" if len(finite) else ""
            told[0] += f". Bars: how real each looks to the judge{mean}"
        elif len(finite):
            told[0] += f". Real to the judge: {finite.mean():.0%} on average"
        if broken:
            told.append(f"not finite: {broken:,}")
        return " · ".join(told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._latest is not None and self._with_bars != self._have_room():
            self.show_result(self._latest)

    def _have_room(self) -> bool:
        """Whether bars are high enough to be read, by the size of the view: that of the sheet hangs on it."""
        if self._latest is None or self._latest.pictures is None:
            return False
        count, height, width = self._latest.pictures.shape[:3]
        room = self.height() - LINES * self.fontMetrics().height()
        tall = -(-count // ACROSS) * (height + BAR + GAP) + GAP
        scale = min(self.width() / (ACROSS * (width + GAP) + GAP), room / tall)
        return bool(BAR * scale >= LEAST_BAR)

    def showing(self) -> Showing | None:
        return self.shows(step=self._latest.step) if self._latest is not None else None

    def csv_text(self) -> str:
        """A line for each number of each picture."""
        if self._latest is None or self.data is None:
            return ""
        return pictures_table(self._latest, self.data)

    def repaint_theme(self) -> None:
        paint_plot(self.sheet)
        if self._latest is not None:
            self.show_result(self._latest)
