"""Every picture says of which step it is; one behind what is shown elsewhere is greyed, and says so."""

from __future__ import annotations

import re
import time
from bisect import bisect_right

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QGraphicsItem, QLabel, QWidget

from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# A picture may be behind for so long before its mark is greyed, and before all of it is, in seconds: while
# the network trains, every picture is a little behind, and an edit is planned in a moment.
LATE, GRACE = 1.0, 2.0
# And before all of it is while the network trains: at full speed pictures come and go with a few seconds, and
# what is covered and uncovered again and again cannot be read.
GRACE_IN_TRAINING = 5.0
BEFORE = "From before the change: the network as it is now is not ready yet."
# What goes first where a sentence has no room, and the share of a picture that it may cover.
FIRST_PART, MOST_COVERED = re.compile(r"[;:] .*$"), 0.3
# How much of the picture the grey lets through, of 255.
GREY = 150
# Widgets that hold text.
TEXTS = QLabel, QAbstractButton, QComboBox, QAbstractSpinBox
# When the run was at a step is remembered for so many looks at the most: some minutes.
MOST_LOOKS = 4096


class RunTimes:
    """When the run went past its steps, as seen by looking at it now and then.

    A jump of the timeline, another network or an edit that is not planned yet begins anew: whatever was shown
    before is behind since then.
    """

    def __init__(self) -> None:
        self.clock = time.monotonic
        self.snapshot, self.is_current = Snapshot(), False
        self._steps: list[int] = []
        self._times: list[float] = []

    @property
    def now_shown(self) -> int:
        """The step that is shown: the run's, or the one that the timeline looks at."""
        return self.snapshot.step_shown

    def look(self, snapshot: Snapshot, current: bool) -> None:
        """Note where the run stands; ``current``: the snapshot is of the network as it is now."""
        before, was_current = self.snapshot, self.is_current
        self.snapshot, self.is_current = snapshot, current
        same = (before.start, before.shown, was_current) == (snapshot.start, snapshot.shown, current)
        if not same or not self._steps or self.now_shown < self._steps[-1]:
            self._steps, self._times = [self.now_shown], [self.clock()]
        elif self.now_shown > self._steps[-1]:
            self._steps.append(self.now_shown)
            self._times.append(self.clock())
            if len(self._steps) > MOST_LOOKS:
                self._steps, self._times = self._steps[MOST_LOOKS // 2 :], self._times[MOST_LOOKS // 2 :]

    def behind(self, step: int | None) -> float:
        """For how many seconds a picture has been behind; 0 for one of the step that is shown.

        At least so many, where that is longer ago than is remembered. ``step`` None: it goes with the run.
        """
        if not self._steps or (self.is_current and step in (None, self.now_shown)):
            return 0.0
        # One that is ahead was computed since the last look.
        at = bisect_right(self._steps, step) if self.is_current and step is not None else 0
        return self.clock() - self._times[min(at, len(self._times) - 1)]


class Staleness:
    """Of which step a view's picture is, and whether that is what is shown elsewhere.

    Attributes:
        step: None for a picture that is of no single step, or none at all.
    """

    def __init__(self) -> None:
        self._has_picture = False
        self.step: int | None = None

    def picture_drawn(self, step: int | None) -> None:
        """A picture of the network at a step is shown; None for one that is of no single step."""
        self._has_picture, self.step = True, step

    def forget(self) -> None:
        """There is no picture any more."""
        self._has_picture, self.step = False, None

    def behind(self, times: RunTimes) -> float:
        """Seconds for which the picture has been behind; 0 where it is not, or where there is none."""
        return times.behind(self.step) if self._has_picture else 0.0

    def mark(self, times: RunTimes) -> str:
        """The step in a few words, and how old it is once that matters; empty where there is none."""
        if not self._has_picture or self.step is None:
            return ""
        behind, best = self.behind(times), times.snapshot.best_shown
        if best is not None and times.is_current and best.step == self.step:
            return best.told_as_best
        return f"step {self.step:,}" + (f" · {_ago(behind)} ago" if behind >= LATE else "")

    def is_covered(self, times: RunTimes) -> bool:
        """Whether the picture has been behind for so long that all of it is greyed."""
        return self.behind(times) >= (GRACE_IN_TRAINING if _is_running(times) else GRACE)

    def sentence(self, times: RunTimes) -> str:
        """What to say over a picture that is greyed, or nothing: in training the mark tells how old it is."""
        snapshot = times.snapshot
        if not self.is_covered(times) or _is_running(times):
            return ""
        if not times.is_current:
            return BEFORE
        elsewhere = "training is at" if snapshot.shown is None else "the timeline shows"
        if snapshot.best_shown is not None:
            elsewhere = "the weights are those of"
        return f"Of step {self.step:,}; {elsewhere} step {times.now_shown:,}."


def _is_running(times: RunTimes) -> bool:
    """Whether the network trains, and what is shown goes with it."""
    snapshot = times.snapshot
    return times.is_current and snapshot.phase == Phase.RUNNING and snapshot.shown is None


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


class StepMark(PlainLabel):
    """Of which step a view's picture is, in its right top corner; clicks go through it."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.setParent(view)
        self.setObjectName("mark")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_step(self, text: str, is_late: bool) -> None:
        """Say the step, greyed where it is not the one shown elsewhere."""
        if text != self.text():
            self.setText(text)
        if is_late == self.isEnabled():
            self.setEnabled(not is_late)


def text_in(view: QWidget) -> QRegion:
    """Where text stands in a view: labels, what is chosen with, and the axes of plots."""
    region = QRegion()
    for kind in TEXTS:
        for part in view.findChildren(kind):
            if part.isVisible() and not isinstance(part, Veil):
                region += QRect(part.mapTo(view, QPoint()), part.size())
    for plot in view.findChildren(pg.PlotWidget):
        shown = [axis for axis in map(plot.getAxis, ("left", "bottom")) if axis.isVisible()]
        for axis in shown if plot.isVisible() else []:
            # Its ticks reach into the picture, its text does not.
            box = QRegion(_box_of(axis, plot)) - QRegion(_box_of(plot.getViewBox(), plot))
            region += (box & QRegion(plot.rect())).translated(plot.mapTo(view, QPoint()))
    return region


def _box_of(item: QGraphicsItem, plot: pg.PlotWidget) -> QRect:
    box: QRect = plot.mapFromScene(item.sceneBoundingRect()).boundingRect()
    return box


class Veil(PlainLabel):
    """Grey over the pictures of a view, with or without a sentence at its foot; clicks go through it.

    A small view has just the first part of it, so that it is not cut, nor covers most of the picture.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self._sentence, self._view = "", view
        self.setParent(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self.setWordWrap(True)
        self.setMargin(8)
        self.hide()

    def cover(self, is_covered: bool, sentence: str) -> None:
        """Cover the view and say why, or uncover it."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._write()
        if is_covered == self.isHidden():
            self.setVisible(is_covered)
            self.raise_()

    def _write(self) -> None:
        """As much of the sentence as has room."""
        box = QRect(0, 0, self.width() - 2 * self.margin(), 0)
        needed = self.fontMetrics().boundingRect(box, Qt.TextFlag.TextWordWrap, self._sentence).height()
        is_whole = needed + 2 * self.margin() <= MOST_COVERED * self.height()
        said = self._sentence if is_whole else FIRST_PART.sub(".", self._sentence)
        if said != self.text():
            self.setText(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def paintEvent(self, event: QPaintEvent) -> None:
        grey = QColor(theme.colours.window)
        grey.setAlpha(GREY)
        painter = QPainter(self)
        # What can be read must stay legible: only pictures are greyed.
        painter.setClipRegion(QRegion(self.rect()) - text_in(self._view))
        painter.fillRect(self.rect(), grey)
        painter.setClipping(False)
        # The sentence must be legible whatever lies below it.
        height = self.heightForWidth(self.width()) if self.text() else 0
        painter.fillRect(0, self.height() - height, self.width(), height, QColor(theme.colours.window))
        painter.end()
        super().paintEvent(event)
