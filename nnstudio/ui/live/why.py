"""Which parts of a sample the network's answer comes from, by a method of one's choice, while it learns."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy

from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import is_picture
from nnstudio.explain.activations import in_one
from nnstudio.explain.drawn import Drawing, in_colours, in_one_channel
from nnstudio.explain.method import Kind
from nnstudio.explain.why import PREDICTED, Why, WhyProbe, methods_of_view
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.bar_ticks import name_ticks, unit_ticks
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

# Inputs of a row that are drawn: of more, the strongest.
MOST_BARS = 24
# Pixels from which on sample, method and class stand beside each other.
BROAD = 380
# Pixels that a name below a bar needs, at the least.
NAME = 14


@register
class WhyView(LiveView):
    """Sample, method and class are chosen here; nothing of it depends on the selection on the canvas."""

    id = "why"
    title = "Why?"
    help = "The parts of a sample that the network's answer comes from."
    question, order = Question.WHY, 0
    beside = "decision_boundary"
    seconds = 0.2
    chooses = ("method", "sample", "explained")

    def __init__(self) -> None:
        super().__init__()
        self.sample, self.method, self.number = SampleChoice(), ChoiceBox(), ChoiceBox()
        self.method.setAccessibleName("Method")
        for method in methods_of_view():
            self.method.addItem(method.title, method.id)
            tip = plain_tip(f"{method.help} {method.paper}")
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.number.setAccessibleName("What is explained")
        self.number.setToolTip("The class or number that is explained")
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.picture, self.map, self.bars = make_plot(aspect=True), make_plot(aspect=True), make_plot()
        self.images = []
        for plot, name in ((self.picture, "The sample"), (self.map, "Importance of its parts")):
            plot.setAccessibleName(name)
            self.images.append(pg.ImageItem(axisOrder="row-major"))
            plot.addItem(self.images[-1])
            plot.invertY(True)
            plot.hideAxis("left")
            plot.hideAxis("bottom")
        self.bars.setAccessibleName("Importance of inputs")
        self.bar_item = pg.BarGraphItem(x=[0], height=[0], width=0.8)
        self.bars.addItem(self.bar_item)
        self._latest: Why | None = None
        self._names: dict[str, str] = {}
        self._lay_out()
        self.sample.chosen.connect(self.probe_changed)
        self.method.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self.number.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self._tell_method()
        self.repaint_theme()
        self.clear()

    def _lay_out(self) -> None:
        self._head, body = QGridLayout(), QHBoxLayout()
        self._head.addWidget(QLabel("Sample"), 0, 0)
        self._head.addWidget(self.sample, 0, 1)
        for choice in (self.method, self.number):
            # A long name of a class must not make the panel wider.
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._arrange()
        body.addWidget(self.picture, 1)
        body.addWidget(self.map, 1)
        body.addWidget(self.bars, 2)
        self.rows.addLayout(self._head)
        self.rows.addWidget(self.caption)
        self.rows.addLayout(body, 1)
        self.rows.addWidget(self.hint, 1)

    def _arrange(self) -> None:
        """The choices beside each other, or the method below where they would be cut off."""
        is_broad = self._is_broad = self.width() >= BROAD
        self._head.addWidget(self.number, 0, 3 if is_broad else 2)
        if is_broad:
            self._head.addWidget(self.method, 0, 2)
        else:
            self._head.addWidget(self.method, 1, 0, 1, 3)
        self._head.setColumnStretch(2, 1)
        self._head.setColumnStretch(3, int(is_broad))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().width() >= BROAD) != self._is_broad:
            self._arrange()

    def probe(self) -> Probe | None:
        if self.data is None:
            return None
        number = self.number.currentData()
        number = PREDICTED if number is None else int(number)
        return WhyProbe(self.method.currentData(), self.sample.index, self.sample.own, number)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        self.sample.set_data(data)
        with QSignalBlocker(self.number):
            self.number.clear()
            if data is not None:
                names = data.classes or data.targets
                if data.classes:
                    self.number.addItem("predicted class", PREDICTED)
                for number, name in enumerate(names):
                    self.number.addItem(name, number)
        self.number.setVisible(self.number.count() > 1)
        super().set_data(data)

    def _ask_anew(self) -> None:
        self._tell_method()
        self.clear()
        self.probe_changed.emit()

    def _tell_method(self) -> None:
        self.method.setToolTip(self.method.currentData(Qt.ItemDataRole.ToolTipRole))

    def clear(self) -> None:
        self._latest = None
        self._blank()
        self.await_picture("the reasons for an answer")

    def _blank(self) -> None:
        for widget in (self.picture, self.map, self.bars, self.caption):
            widget.hide()
        self.hint.show()

    def show_result(self, result: Why) -> None:
        if result.asked != self.probe():
            # A late result of what was chosen before.
            return
        self._latest = result
        if result.explanation is None:
            self._blank()
            self.explain_blank(result.problem)
            return
        self.hint.hide()
        self.caption.show()
        self.caption.setText(self._told(result))
        values = result.explanation.values
        assert values is not None
        has_picture = self.data is not None and is_picture(self.data)
        self.picture.setVisible(has_picture)
        self.map.setVisible(values.ndim > 1)
        self.bars.setVisible(values.ndim == 1)
        if values.ndim == 1:
            self._show_bars(values, result.names)
            return
        if has_picture and self.data is not None:
            shares = np.clip(self.data.shares_of_white(result.sample), 0, 1)
            self._show_image(0, self.picture, np.broadcast_to(shares, (*shares.shape[:2], 3)))
        flat = in_one_channel(values) if values.ndim == 3 else values.T
        c = theme.colours
        self._show_image(1, self.map, in_colours(flat, _rgb(c.second), _rgb(c.base), _rgb(c.first)))

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None or latest.explanation is None:
            return None
        sample = str(self.sample.index) if self.sample.own is None else "your own"
        return self.shows(self.method.currentText(), sample, self.number.currentText(), step=latest.step)

    def _told(self, result: Why) -> str:
        explanation, c = result.explanation, theme.colours
        assert explanation is not None
        true = f"true: <b>{escape(result.label)}</b>" if result.label else "your own sample"
        figures = [f"{escape(name)}: {self._figure(value)}" for name, value in explanation.figures.items()]
        prediction = escape(in_one(result.told, self._names) or result.prediction)
        told = f"{true} · prediction: <b>{prediction}</b><br>{' · '.join(figures)}"
        meaning = "where a change would move it most" if explanation.is_size else "speaks for it"
        told += f"<br><span style='color:{c.first}'>■</span> {meaning}"
        values = explanation.values
        if values is not None and (values < 0).any():
            told += f", <span style='color:{c.second}'>■</span> against it"
        if values is not None and values.ndim == 1 and values.size > MOST_BARS:
            told += f" · the strongest {MOST_BARS} of {values.size:,} inputs"
        return " · ".join(filter(None, [told, result.cost, *(escape(note) for note in explanation.notes)]))

    def _figure(self, value: float | str) -> str:
        """A number, or a word, which may be the identifier of a layer."""
        return escape(self._names.get(value, value)) if isinstance(value, str) else in_digits(value, 4)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def _show_image(self, number: int, plot: pg.PlotWidget, colours: np.ndarray) -> None:
        image = self.images[number]
        is_other = image.image is None or image.image.shape != colours.shape
        image.setImage(np.ascontiguousarray(colours), levels=(0.0, 1.0), autoLevels=False)
        if is_other:
            plot.autoRange(padding=0.02)

    def _show_bars(self, values: np.ndarray, names: tuple[str, ...]) -> None:
        """The strongest inputs, in their own order."""
        strongest = np.sort(np.argsort(-np.abs(values), kind="stable")[:MOST_BARS])
        shown, count = values[strongest], len(strongest)
        colours = [QColor(theme.colours.first if v >= 0 else theme.colours.second) for v in shown]
        self.bar_item.setOpts(x=np.arange(count) + 1, height=shown, width=0.8, brushes=colours, pen=None)
        self.bars.setXRange(0.4, count + 0.6, padding=0)
        self.bars.enableAutoRange(axis="y")
        width = (self.bars.width() - self.bars.getAxis("left").width()) / max(count, 1)
        across = self.bars.getAxis("bottom")
        called = [names[i] if names else f"{i + 1}" for i in strongest]
        across.setTicks([name_ticks(called, width) if names and width > NAME else _numbers(called, count)])

    def csv_text(self) -> str:
        """A line for each input: its value, and its importance."""
        result = self._latest
        if result is None or result.explanation is None or self.data is None:
            return ""
        return Drawing(Kind.IMPORTANCE, self.data, result.sample, result.explanation).table()

    def repaint_theme(self) -> None:
        for plot in (self.picture, self.map, self.bars):
            paint_plot(plot)
        if self._latest is not None:
            self.show_result(self._latest)


def _numbers(called: list[str], count: int) -> list[tuple[float, str]]:
    """Some of the names, as many as there is room for."""
    return [(at, called[int(at) - 1]) for at, _ in unit_ticks(count) if 1 <= at <= count]


def _rgb(colour: str) -> np.ndarray:
    parts = QColor(colour)
    return np.array([parts.redF(), parts.greenF(), parts.blueF()])
