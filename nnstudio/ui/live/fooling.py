"""A sample changed so little that one hardly sees it, and what the network takes it for then."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import is_picture
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.terms import right_called
from nnstudio.explain.drawn import Drawing, as_csv
from nnstudio.explain.fooling import ANY, Fooled, FoolingProbe, methods_of_fooling
from nnstudio.explain.layer_names import called
from nnstudio.explain.method import Explanation, Kind, methods
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.captioned_pictures import CaptionedPictures, grown_in_rgb, in_rgb
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

NEEDS = "A network can be fooled here where the data is pictures with classes."
# Positions of the slider for each whole of a strength, and its last one.
TICKS, LAST = 100, 50
FIRST = 10
# Pixels from which on sample and class stand beside each other, and that all choices take at the most.
BROAD, WIDEST = 360, 560
STARTS = {"sample": "a sample", "noise": "noise"}
AMPLIFIED = "Grey is where nothing changed; what is lighter or darker became so."


@register
class FoolingView(LiveView):
    """What is changed, how and how strongly, is chosen here; nothing of it depends on the selection."""

    id = "fooling"
    title = "Fooling"
    help = "Changes a picture a little, so that the network takes it for something else."
    question, order = Question.WHY, 10
    beside = "decision_boundary"
    needs = NEEDS
    seconds = 0.15
    chooses = ("change", "into", "how", "strength")

    def __init__(self) -> None:
        super().__init__()
        self.start, self.sample, self.method, self.toward = (
            ChoiceBox(),
            SampleChoice(),
            ChoiceBox(),
            ChoiceBox(),
        )
        self.start.setAccessibleName("What is changed")
        for name, title in STARTS.items():
            self.start.addItem(title, name)
        self.method.setAccessibleName("How it is changed")
        for method in methods_of_fooling():
            self.method.addItem(method.title, method.id)
            tip = plain_tip(f"{method.help} {method.paper}")
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.toward.setAccessibleName("The class that it should be taken for")
        self.toward.setToolTip("The class that it should be taken for")
        self.slider, self.strength = JumpingSlider(), QLabel()
        self.slider.setAccessibleName("Strength")
        self.slider.setRange(0, LAST)
        self.slider.setValue(FIRST)
        self.slider.setToolTip("By how much each pixel may change: 1 is the way from black to white")
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.pictures = CaptionedPictures(
            ("The picture", "The picture, changed", "The difference, amplified")
        )
        self.pictures.plots[2].setToolTip(AMPLIFIED)
        self.plot = make_plot()
        self.plot.setAccessibleName("Accuracy by strength")
        self.plot.setLabel("bottom", "strength")
        self.plot.setLabel("left", "accuracy")
        self.plot.setYRange(0, 1, padding=0.03)
        self.curve = pg.PlotDataItem(symbol="o", symbolSize=6)
        self.plot.addItem(self.curve)
        self._latest: Fooled | None = None
        self._names: dict[str, str] = {}
        self._lay_out()
        for choice in (self.start, self.method, self.toward):
            choice.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self.sample.chosen.connect(self._ask_anew)
        self.slider.valueChanged.connect(lambda _value: self._on_strength())
        self._tell_choice()
        self.repaint_theme()
        self.clear()

    def _lay_out(self) -> None:
        head, self.strong = QWidget(), QWidget()
        head.setMaximumWidth(WIDEST)
        self._head = QGridLayout(head)
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.setHorizontalSpacing(8)
        for choice in (self.start, self.method, self.toward):
            # A long name of a class must not make the panel wider.
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.change_label, self.toward_label = QLabel("Change"), QLabel("into")
        self._head.addWidget(self.change_label, 0, 0)
        self._head.addWidget(self.start, 0, 1)
        self._head.addWidget(self.sample, 0, 2)
        self._head.addWidget(QLabel("How"), 2, 0)
        self._head.addWidget(self.method, 2, 1, 1, 4)
        self._head.setColumnStretch(1, 1)
        self._arrange()
        strong = QHBoxLayout(self.strong)
        strong.setContentsMargins(0, 0, 0, 0)
        strong.addWidget(QLabel("Strength"))
        strong.addWidget(self.slider, 1)
        strong.addWidget(self.strength)
        self.rows.addWidget(head)
        self.rows.addWidget(self.strong)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.pictures, 1)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.hint, 1)

    def _arrange(self) -> None:
        """The class beside the sample, or below it where both would be cut off."""
        is_broad = self._is_broad = self.width() >= BROAD
        if is_broad:
            self._head.addWidget(self.toward_label, 0, 3)
            self._head.addWidget(self.toward, 0, 4)
        else:
            self._head.addWidget(self.toward_label, 1, 0)
            self._head.addWidget(self.toward, 1, 1, 1, 4)
        self._head.setColumnStretch(4, int(is_broad))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().width() >= BROAD) != self._is_broad:
            self._arrange()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return is_picture(data) and bool(data.classes) and data.target_width == 1

    def probe(self) -> Probe | None:
        if self.data is None or not self.fits(self.data):
            return None
        method, strength = methods[self.method.currentData()], self.slider.value() / TICKS
        if method.needs_many:
            return FoolingProbe(method.id, 0.0)
        strength = strength if self._takes_strength else 0.0
        toward = self.toward.currentData()
        toward = ANY if toward is None else int(toward)
        if self.start.currentData() == "noise":
            return FoolingProbe(method.id, strength, toward, from_noise=True)
        return FoolingProbe(method.id, strength, toward, self.sample.index, self.sample.own)

    @property
    def _takes_strength(self) -> bool:
        return any(option.name == "strength" for option in methods[self.method.currentData()].options)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        with QSignalBlocker(self.sample), QSignalBlocker(self.toward):
            self.sample.set_data(data)
            self.toward.clear()
            self.toward.addItem("any other", ANY)
            for number, name in enumerate(() if data is None else data.classes):
                self.toward.addItem(name, number)
        super().set_data(data)

    def _ask_anew(self) -> None:
        self._tell_choice()
        self.clear()
        self.probe_changed.emit()

    def _on_strength(self) -> None:
        # The picture stays until the next one is there: a slider is drawn to and fro.
        self._tell_strength()
        self.probe_changed.emit()

    def _tell_strength(self) -> None:
        self.strength.setText(f"{self.slider.value() / TICKS:.2f}")

    def _tell_choice(self) -> None:
        """Show the fields that the method goes by."""
        self.method.setToolTip(self.method.currentData(Qt.ItemDataRole.ToolTipRole))
        is_of_many = methods[self.method.currentData()].needs_many
        for widget in (self.change_label, self.start, self.toward_label, self.toward):
            widget.setVisible(not is_of_many)
        self.sample.setVisible(not is_of_many and self.start.currentData() == "sample")
        self.strong.setVisible(self._takes_strength)
        self.toward.setItemText(
            0, "any other" if self.start.currentData() == "sample" else "what it looks like"
        )
        self._tell_strength()

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def clear(self) -> None:
        self._latest = None
        self._blank()
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NEEDS)
        else:
            self.await_picture("what fools the network")

    def _blank(self) -> None:
        for widget in (self.caption, self.pictures, self.plot):
            widget.hide()
        self.hint.show()

    def show_result(self, result: Fooled) -> None:
        if result.asked != self.probe():
            # A late result of what was chosen before.
            return
        self._latest = result
        if result.problem or self.data is None:
            self._blank()
            self.explain_blank(result.problem)
            return
        self.hint.hide()
        self.caption.show()
        self.pictures.setVisible(not result.rows)
        self.plot.setVisible(bool(result.rows))
        if result.rows:
            self._show_curve(result)
        else:
            self._show_pictures(result)

    def showing(self) -> Showing | None:
        latest, sample = self._latest, self.sample
        if latest is None or latest.problem or latest.asked != self.probe():
            return None
        change = self.start.currentText()
        if self.start.currentData() == "sample":
            change += f" {sample.index}" if sample.own is None else " of your own"
        strength = self.slider.value() / TICKS
        return self.shows(
            change, self.toward.currentText(), self.method.currentText(), strength, step=latest.step
        )

    def _show_pictures(self, result: Fooled) -> None:
        assert self.data is not None and result.sample is not None and result.changed is not None
        before, now = (in_rgb(self.data, values) for values in (result.sample, result.changed))
        for at, picture, taken in ((0, before, result.before), (1, now, result.now)):
            self.pictures.show_picture(at, picture, f"{taken.name} ({taken.share:.0%})")
        difference = 0.5 + result.amplified * (now - before)
        self.pictures.show_picture(2, difference, f"difference × {in_digits(result.amplified, 2)}")
        true = f"true: <b>{escape(result.label)}</b> · " if result.label else ""
        is_fooled = result.before.name != result.now.name
        c = theme.colours
        arrow = f"taken for <b>{escape(result.before.name)}</b>"
        if is_fooled:
            arrow += f", then for <span style='color:{c.error}'><b>{escape(result.now.name)}</b></span>"
        else:
            arrow += f" both times, at {result.before.share:.0%} and {result.now.share:.0%}"
        told = [f"{true}{arrow}"]
        if not self._takes_strength:
            told.append(f"strength {in_digits(result.strength, 3)}")
        self._tell(told, result)

    def _show_curve(self, result: Fooled) -> None:
        strengths, shares = (np.array(column) for column in zip(*result.rows, strict=True))
        self.curve.setData(strengths, shares)
        self.plot.setLabel("left", self._right)
        right = "right" if self._right == "accuracy" else self._right
        told = f"{counted(result.count, 'sample')}, each changed in one step · {right} as they are: "
        told += f"<b>{shares[0]:.0%}</b>, at strength {in_digits(float(strengths[-1]), 2)}: "
        told += f"<b>{shares[-1]:.0%}</b>"
        self._tell([told], result)

    def _tell(self, told: list[str], result: Fooled) -> None:
        """Write the caption, with what it cost and what a person must know."""
        if result.output:
            told = [*told, f"by {escape(called(result.output, self._names))}"]
        text = " · ".join(filter(None, [*told, result.cost, *(escape(note) for note in result.notes)]))
        self.caption.setText(text)
        # A low panel with large letters has no room for all of it.
        self.caption.setToolTip(text)

    @property
    def _right(self) -> str:
        """What the share of samples is called that are taken for what they are."""
        return right_called("accuracy", self.data is not None and holds_only_real(self.data))

    def csv_text(self) -> str:
        """A line for each input, as it was and changed; of many samples one for each strength."""
        result = self._latest
        if result is not None and result.rows:
            return as_csv(("strength", self._right), result.rows)
        if result is None or result.sample is None or result.changed is None or self.data is None:
            return ""
        return Drawing(Kind.SAMPLE, self.data, result.sample, Explanation(result.changed)).table()

    def frames(self) -> Sequence[np.ndarray]:
        """The picture as it was, and step by step as it is changed."""
        result = self._latest
        if result is None or result.sample is None or self.data is None:
            return ()
        return grown_in_rgb(self.data, (result.sample, *result.frames))

    def repaint_theme(self) -> None:
        self.pictures.repaint_theme()
        paint_plot(self.plot)
        self.curve.setPen(pg.mkPen(theme.colours.training))
        self.curve.setSymbolBrush(theme.colours.training)
        self.curve.setSymbolPen(None)
        if self._latest is not None:
            self.show_result(self._latest)
