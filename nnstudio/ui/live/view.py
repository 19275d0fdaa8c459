"""What a live view is, and the registry that finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nnkernels.graph.network import Resolved
from nnkernels.spec.registry import Registry
from nnstudio.data.dataset import Dataset
from nnstudio.explain.cost import seconds_in_words
from nnstudio.explain.thumbnails import ChosenSample
from nnstudio.lessons.showing import Showing
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.probing import Probe
from nnstudio.training.underway import Standing
from nnstudio.ui.canvas.figure import draw
from nnstudio.ui.canvas.pills import Pill
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.live.requests import ViewRequest
from nnstudio.ui.live.staleness import LATE, RunTimes, Staleness, StepMark, Veil
from nnstudio.ui.live.work_line import WorkLine
from nnstudio.ui.widgets.plain_text import PlainLabel

# Views, those of other packages too, take these from here.
from nnstudio.ui.widgets.plots import make_plot as make_plot
from nnstudio.ui.widgets.plots import paint_plot as paint_plot
from nnstudio.ui.widgets.theme import LIGHT, theme


class Question(StrEnum):
    """What a learner asks, one after the other: views stand in this order in tabs and menus."""

    LEARNING = "Is it learning?"
    ANSWERS = "What does it say?"
    WHY = "Why does it say so?"
    INSIDE = "What goes on inside?"
    DATA = "What is it given?"


class LiveView(QWidget):
    """A panel that shows what the network is doing; at first behind the one that ``beside`` names. It answers
    a ``question``; ``order`` is that among the views which answer the same one.

    It is drawn every so many ``seconds`` at the most: drawing costs the training its core. ``needs`` says of
    which data there is anything to see, where that is not any; it `fits` just these. ``needs_layer`` says the
    same of the network, see `fits_network`. What it shows is of the selected node alone where it
    ``follows_node``. ``chooses`` names what a person chooses in it, for lessons that ask about it: a literal,
    as lessons read it from the source. One that ``tells_cost`` says beside the step what its picture took;
    others say it in words of their own, or are pictures that cost next to nothing.

    A view never computes from the network: it declares a `probe`, the worker computes it, and
    `show_result` draws. It is asked to draw at most once in a while, one view a tick.

    Signals: probe_changed() when it wants to see something else; work_changed() when a person stopped what is
    computed for it, or lets it go on; requested(ViewRequest) for all that it asks of the window or of other
    views.
    """

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    question: ClassVar[Question] = Question.INSIDE
    order: ClassVar[int] = 0
    beside: ClassVar[str] = ""
    needs: ClassVar[str] = ""
    needs_layer: ClassVar[str] = ""
    seconds: ClassVar[float] = 0.08
    follows_node: ClassVar[bool] = False
    tells_cost: ClassVar[bool] = False
    chooses: ClassVar[tuple[str, ...]] = ()
    probe_changed = Signal()
    work_changed = Signal()
    requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.data: Dataset | None = None
        self.node = self.node_name = ""
        self.is_chosen = True
        self.rows = QVBoxLayout(self)
        self.rows.setSpacing(2)
        self.hint = PlainLabel()
        self.hint.setParent(self)
        self.hint.hide()
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.staleness, self.veil, self.mark = Staleness(), Veil(self), StepMark(self)
        self.work, self._cost = WorkLine(self), ""
        # No lambdas: Qt would hold them, they this view, and one that cannot be made would stay for ever.
        self.work.stop_changed.connect(self._set_stopped)
        self.work.room_changed.connect(self._lay_over)
        # Whether the network can run, or nothing is known that keeps it from doing so.
        self._awaited, self._can_run, self._is_soon = "", False, False
        self.setAccessibleName(self.title)
        self._make_room()
        theme.changed.connect(self._make_room)
        theme.changed.connect(self.repaint_theme)

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        """Whether there is anything to see of such data: a view that says no takes no room."""
        return True

    @classmethod
    def fits_network(cls, nodes: Mapping[str, Resolved]) -> bool:
        """Whether there is anything to see of a network of these nodes, those inside of others too."""
        return True

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        """Whether such data is looked at in this view first: it stands in front of its tabs then."""
        return False

    @classmethod
    def title_for(cls, data: Dataset) -> str:
        """What its panel is called while there is such data."""
        return cls.title

    def probe(self) -> Probe | None:
        """What to compute, or None where there is nothing to see."""
        return None

    def wanted(self) -> Probe | None:
        """What is to be computed now: nothing once a person stopped it."""
        return None if self.work.is_stopped else self.probe()

    def go_on(self) -> None:
        """Something else is wanted, or of another network: what was stopped before says nothing of that."""
        if self.work.is_stopped:
            self._set_stopped(False)

    def _set_stopped(self, is_stopped: bool) -> None:
        self.work.set_stopped(is_stopped)
        if self._awaited:
            self.await_picture(self._awaited)
        self.work_changed.emit()

    def set_data(self, data: Dataset | None) -> None:
        """Other data was loaded."""
        self.data = data
        self.clear()
        self.probe_changed.emit()

    def watch(self, node: str, name: str, is_chosen: bool) -> None:
        """Look at this node from now on; not ``is_chosen``: it is the one to see where none is selected."""
        is_told_anew = node == self.node and (name, is_chosen) != (self.node_name, self.is_chosen)
        self.is_chosen = is_chosen
        self.set_node(node, name)
        if not (is_told_anew and self.follows_node):
            return
        if self.hint.isHidden():
            self.rename()
        else:
            self.clear()
            self.probe_changed.emit()

    def set_node(self, node: str, name: str = "") -> None:
        """Another node was selected; "" for none."""
        is_other = node != self.node
        self.node, self.node_name = node, name
        if is_other and self.follows_node:
            # What is shown of another node must not stand under this one's name.
            self.clear()
            self.probe_changed.emit()

    def rename(self) -> None:
        """The node that is shown has another name."""

    def set_names(self, names: dict[str, str]) -> None:
        """What people call the nodes that the engine knows by these identifiers."""

    def set_rows(self, rows: Curve) -> None:
        """The whole curve so far; kept by reference, drawn by `draw`."""

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Where the run stands."""

    def set_edits(self, edits: tuple[Edit, ...]) -> None:
        """What was edited in the course of this run, the oldest first."""

    def on_request(self, request: ViewRequest) -> None:
        """A view, perhaps this one, picked a weight or made a sample."""

    def show_result(self, result: Any) -> None:
        """Draw a result of the probe."""

    def showing(self) -> Showing | None:
        """What is drawn of what is chosen; None while there is nothing to see of that. It is asked often."""
        return None

    def shows(self, *values: Any, step: int, is_whole: bool = True) -> Showing:
        """A `Showing` with these values, in the order of ``chooses``."""
        return Showing(dict(zip(self.chooses, values, strict=True)), step, is_whole)

    def draw(self) -> bool:
        """Draw what `set_rows` gave, if it changed; whether there was anything to draw."""
        return False

    def csv_text(self) -> str:
        """What is shown as a table, its first line the names of the columns; "" where there is none."""
        return ""

    def frames(self) -> Sequence[np.ndarray]:
        """What is shown as it grew, pictures (h, w, 3) from 0, black, to 1, white; () where nothing grows."""
        return ()

    def clear(self) -> None:
        """Nothing to see yet."""

    def repaint_theme(self) -> None:
        """Colours changed."""

    def await_picture(self, what: str) -> None:
        """Let the hint say that ``what``, such as "the loss", is computed, or what it waits for."""
        self._awaited = what
        if self.work.is_stopped:
            self.hint.setText(f"Stopped: {what} was not computed to its end.")
        elif self._can_run:
            self.hint.setText(f"Computing {what} …")
        elif self._is_soon:
            self.hint.setText(f"The network is being prepared. You will see {what} here in a moment.")
        else:
            self.hint.setText(f"You will see {what} here as soon as the network can run.")

    def explain_blank(self, why: str) -> None:
        """Let the hint say why there is no picture, whether the network can run or not."""
        self._awaited = ""
        self.hint.setText(why)

    def marks(self) -> Mapping[str, Sequence[Pill]]:
        """What nodes of the engine carry while this view is seen; a press on one comes as a `PressPill`."""
        return {}

    def sample_for_nodes(self) -> ChosenSample | None:
        """The sample that the pictures on the nodes are to be of; None of a view that leaves them alone."""
        return None

    def follow_run(self, times: RunTimes) -> None:
        """Bring what is said of the picture, or in its place, up to the run."""
        can_run = times.is_current and times.snapshot.phase.has_network
        has_failed = times.is_current and times.snapshot.phase == Phase.FAILED
        is_soon = self.data is not None and not has_failed
        if (can_run, is_soon) != (self._can_run, self._is_soon):
            self._can_run, self._is_soon = can_run, is_soon
            if self._awaited:
                self.await_picture(self._awaited)
        if not self.hint.isHidden():
            # There is a hint in the picture's place.
            self.staleness.forget()
        mark = self.staleness.mark(times)
        told = f"{mark} · took {self._cost}" if mark and self._cost else mark
        self.mark.show_step(told, self.staleness.behind(times) >= LATE)
        self.veil.cover(self.staleness.is_covered(times), self.staleness.sentence(times))
        self.mark.raise_()
        self.work.raise_()

    def follow_work(self, standing: Standing) -> None:
        """Tell how far the next picture is where that takes a while, and what the last one took."""
        cost = standing.cost if self.tells_cost else None
        if cost is not None:
            self._cost = seconds_in_words(cost)
        self.work.follow(standing.share)

    def _make_room(self) -> None:
        """For the mark above all else; it is in no layout, which would be done anew with each step."""
        self.mark.ensurePolished()
        self.rows.setContentsMargins(6, self.mark.fontMetrics().height(), 6, 6)
        self._lay_over()

    def _lay_over(self) -> None:
        self.veil.setGeometry(self.rect())
        height, left = self.rows.contentsMargins().top(), 6
        if not self.work.isHidden():
            self.work.setGeometry(left, 0, min(self.work.sizeHint().width(), self.width()), height)
            left += self.work.width() + 6
        self.mark.setGeometry(left, 0, max(self.width() - left - 6, 0), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_over()
        super().resizeEvent(event)


# Registered classes are made into widgets by the window, so the registry holds small factories.
class ViewFactory:
    """A registered view class."""

    def __init__(self, view: type[LiveView]) -> None:
        self.make = view
        self.id, self.title, self.help, self.question = view.id, view.title, view.help, view.question
        self.order = list(Question).index(view.question), view.order
        self.beside, self.needs, self.fits = view.beside, view.needs, view.fits
        self.needs_layer, self.fits_network = view.needs_layer, view.fits_network
        self.leads, self.title_for = view.leads, view.title_for


live_views: Registry[ViewFactory] = Registry("live view", "nnstudio.ui.live", "nnstudio.views")


def register(view: type[LiveView]) -> type[LiveView]:
    """Class decorator for a view."""
    live_views.register(lambda: ViewFactory(view))  # type: ignore[arg-type]
    return view


def position_image(image: pg.ImageItem, extent: tuple[float, float, float, float]) -> None:
    """Stretch an image over (left, bottom, right, top)."""
    left, bottom, right, top = extent
    image.setRect(QRectF(left, bottom, right - left, top - bottom))


def picture_of(view: LiveView, plots: list[pg.PlotWidget], suffix: str, legend: QLabel) -> bytes:
    """Those of a view's plots that are seen, below each other, in light colours for paper, and what the
    legend says of them: whose line is whose, and what is not drawn.
    """
    shown = [plot for plot in plots if plot.isVisible()]
    before, theme.colours = theme.colours, LIGHT
    try:
        view.repaint_theme()
        words = QTextDocument()
        words.setDefaultFont(legend.font())
        words.setHtml(legend.text())
        across = max(p.width() for p in shown)
        words.setTextWidth(across)
        size = QSizeF(across, sum(p.height() for p in shown) + words.size().height())

        def paint(painter: QPainter, into: QRectF) -> None:
            painter.fillRect(into, QColor(LIGHT.base))
            scale, top = into.width() / size.width(), into.top()
            for plot in shown:
                part = QRectF(into.left(), top, plot.width() * scale, plot.height() * scale)
                plot.render(painter, part, plot.rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
                top = part.bottom()
            painter.save()
            painter.translate(into.left(), top)
            painter.scale(scale, scale)
            words.drawContents(painter)
            painter.restore()

        return draw(suffix, size, view.title, paint)
    finally:
        theme.colours = before
        view.repaint_theme()
