"""What the selected layer gives for a sample: bars for units, a mosaic of feature maps for pictures."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy

from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import (
    PROBABILITIES,
    SCORES,
    ActivationProbe,
    Activations,
    NoActivations,
    in_one,
)
from nnstudio.explain.attention_maps import told_mask
from nnstudio.explain.thumbnails import ChosenSample
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.bar_ticks import (
    MOST_NAMED,
    SCALED,
    are_scaled,
    bars_told,
    highest_ticks,
    name_ticks,
    told_axes,
    unit_ticks,
)
from nnstudio.ui.live.map_colours import bar_colours, colours_of, scaled, signed_scaled
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, given_in_words, sample_told
from nnstudio.ui.live.tiles import COLOURS, MAX_MAPS, drawn, mosaic
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import CLASSES, theme

UNCONNECTED = "has no output yet. It needs to be connected between Input and Output."
SELECT = "Select a layer to see its output for a sample."
MAX_BARS = 512
# What can be seen of a layer.
OUTPUT, ATTENTION, IN_TRAINING = "Output", "Attention weights", "As in training"
LIKE_TRAINING = "They are drawn as in training, anew at every step, but are not those of a batch."
# Begins what is said of them.
DRAWS = "as in training"
WITH_OTHERS = "Mixed with other training samples (mixup)"
# Channels of a sample in colour, with or without one for what shines through.
IN_COLOUR = (3, 4)
# A single bar should not fill the panel.
MIN_BARS, MIN_NAMED = 8, 2


@register
class ActivationView(LiveView):
    """Follows the selection on the canvas; shows the output layer where nothing is selected."""

    id = "activations"
    title = "Activations"
    help = "The output of the selected layer for one sample."
    question, order = Question.INSIDE, 0
    seconds = 0.15
    follows_node = True
    chooses = ("layer", "sample")

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        # Of pictures, layers give maps.
        return len(data.input_shape) == 3 and bool(data.classes)

    def __init__(self) -> None:
        super().__init__()
        self.sample = SampleChoice()
        self.sample.chosen.connect(self.probe_changed)
        self.sample.setToolTip(f"{self.sample.toolTip()}; the pictures on the nodes follow")
        self.sight = ChoiceBox()
        self.sight.setAccessibleName("What to show of the layer")
        self.sight.setToolTip(
            "The output when predicting, the attention weights, or what training makes of it"
        )
        self.sight.currentIndexChanged.connect(lambda _i: self._again())
        self.sight.hide()
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        # A long caption wraps rather than making the panel wider: of a number that is cut, nobody sees it.
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.addWidget(QLabel("Sample"))
        head.addWidget(self.sample)
        self.layer_name = ShortLabel()
        self.layer_name.setContentsMargins(4, 0, 0, 0)
        head.addWidget(self.layer_name, 1)
        below = QHBoxLayout()
        below.addWidget(self.caption, 1)
        below.addWidget(self.sight)
        self.picture, self.maps, self.bars = make_plot(aspect=True), make_plot(aspect=True), make_plot()
        self.bar_item = pg.BarGraphItem(x=[0], height=[0], width=0.8)
        self.bars.addItem(self.bar_item)
        self.images = {}
        for name, plot in (("picture", self.picture), ("maps", self.maps)):
            self.images[name] = pg.ImageItem(axisOrder="row-major")
            plot.addItem(self.images[name])
            plot.invertY(True)
            plot.hideAxis("left")
            plot.hideAxis("bottom")
        body = QHBoxLayout()
        body.addWidget(self.picture, 1)
        body.addWidget(self.maps, 3)
        body.addWidget(self.bars, 3)
        self.rows.addLayout(head)
        self.rows.addLayout(below)
        self.rows.addLayout(body, 1)
        self.rows.addWidget(self.hint, 1)
        self._last: Activations | None = None
        self._names: dict[str, str] = {}
        self.repaint_theme()
        self.clear()

    def probe(self) -> Probe | None:
        if self.data is None or not self.node:
            return None
        return ActivationProbe(self.node, self.sample.index, self.sample.own)

    def sample_for_nodes(self) -> ChosenSample:
        return ChosenSample(self.sample.index, self.sample.own)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        self.sample.set_data(data)
        super().set_data(data)

    def rename(self) -> None:
        self.layer_name.show_text(self.node_name if self._last is not None else "")

    def _blank(self, hint: str) -> None:
        """Show a hint where there are no values."""
        for plot in (self.picture, self.maps, self.bars, self.sight):
            plot.hide()
        self.caption.clear()
        self.layer_name.show_text("")
        self.explain_blank(hint)
        self.hint.show()

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def clear(self) -> None:
        self._last = None
        self._blank(SELECT)
        if self.node:
            self.await_picture(f"the output of '{self.node_name}'")

    def show_result(self, result: Activations | NoActivations) -> None:
        if result.node != self.node:
            # A late result of the layer that was selected before.
            return
        if isinstance(result, NoActivations):
            self.clear()
            self.explain_blank(f"'{self.node_name}' {UNCONNECTED}")
            return
        self._last = result
        self.hint.hide()
        c, right = theme.colours, self._is_right(result)
        colour = c.text if right is None else c.good if right else c.error
        predicted = escape(in_one(result.told, self._names) or result.prediction)
        prediction = f"<span style='color:{colour}'>{predicted}</span>"
        self.layer_name.show_text(self.node_name or result.node)
        true = f"true: <b>{escape(result.label)}</b>" if result.label else "your own sample"
        self._offer_sights(result)
        note = self._note(result)
        # Said of the bars: whoever sees 3.2 must not take it for a share, nor 1.6 for 358 passengers.
        known = f"shown: {result.scale}" if result.scale else ""
        shown = self._as_picture(result)
        scale = known or ("" if shown is not None else bars_told(result.values, result.names, self.data))
        scale = f" · {scale}" if scale and self.sight.currentText() == OUTPUT else ""
        both = f"{given_in_words(self.data, result.source)}{true} · prediction: <b>{prediction}</b>"
        both = f"<b>{result.near}</b>" if result.near else both
        self.caption.setText(both + scale + (note and f" · {note}"))
        tip = f"{note[0].upper()}{note[1:]}." if note else ""
        if result.near:
            # Too long to be read at a glance.
            tip = f"True: {result.label}. Prediction: {result.prediction}. {tip}"
        if note.startswith(DRAWS):
            tip += f" {LIKE_TRAINING}{self._told_mixtures(result)}"
        self.caption.setToolTip(plain_tip(tip))
        is_picture = result.source.ndim == 3
        self.picture.setVisible(is_picture)
        if is_picture:
            source = result.source if result.source.shape[2] in IN_COLOUR else result.source[..., 0]
            self._show_image("picture", self.picture, source)
        self.maps.setVisible(shown is not None)
        self.bars.setVisible(shown is None)
        if shown is not None:
            others = {IN_TRAINING: result.draws, ATTENTION: result.attention}
            is_of_values = others.get(self.sight.currentText()) is None
            self._show_image("maps", self.maps, shown, result.is_signed and is_of_values)
        else:
            self._show_bars(result)

    def showing(self) -> Showing | None:
        last = self._last
        if last is None:
            return None
        return self.shows(self.node_name, sample_told(last.sample), step=last.step)

    def _offer_sights(self, result: Activations) -> None:
        """What there is to see of this layer, the first of which is shown until another is chosen."""
        sights = [OUTPUT] if result.attention is None else [OUTPUT, ATTENTION]
        if result.draws is not None:
            sights = [IN_TRAINING, *sights]
        if sights != [self.sight.itemText(i) for i in range(self.sight.count())]:
            self.sight.blockSignals(True)
            self.sight.clear()
            self.sight.addItems(sights)
            self.sight.blockSignals(False)
        self.sight.setVisible(len(sights) > 1)

    def _note(self, result: Activations) -> str:
        """What has to be said of what is shown: of draws how many there are, and what is left out."""
        if result.draws is None or self.sight.currentText() != IN_TRAINING:
            return self._left_out(result)
        note = f"{DRAWS}: {len(result.draws)} {'draws' if result.mixed is None else 'mixtures'}"
        channels = result.draws.shape[3] if result.draws.ndim == 4 else 1
        return note if channels in (1, COLOURS) else f"{note}, feature map 1 of {channels}"

    def _left_out(self, result: Activations) -> str:
        """How much of all feature maps or heads is shown, and of the channels of the sample; "" for all."""
        said = []
        attends = result.attention is not None and self.sight.currentText() == ATTENTION
        if attends and result.attention is not None:
            count, what = len(result.attention), "heads"
            said.append(told_mask(result.masked, *result.attention.shape[1:]).rstrip("."))
        else:
            count, what = result.values.shape[2] if result.values.ndim == 3 else 0, "feature maps"
        if count > MAX_MAPS:
            said.append(f"first {MAX_MAPS} of {count:,} {what}")
        elif not attends and self.data is not None:
            said.append(told_axes(result.values, self.data.classes, bool(result.scale)))
        channels = result.source.shape[2] if result.source.ndim == 3 else 1
        if channels not in (1, *IN_COLOUR):
            said.append(f"sample at channel 1 of {channels:,}")
        return ", ".join(filter(None, said))

    def _told_mixtures(self, result: Activations) -> str:
        """What draws are mixtures of, in their order, and what the loss is told of each."""
        if result.mixed is None:
            return ""
        told = "; ".join(f"{i}: {text}" for i, text in enumerate(result.mixed, 1))
        return f" {WITH_OTHERS}{', the targets of which are ' + told if told else ''}."

    def _is_right(self, result: Activations) -> bool | None:
        """Whether the class that is predicted is the true one; None of numbers, which are near or far, of
        several Outputs, some of which may be right, and of a guess before the first step.
        """
        has_classes = self.data is not None and bool(self.data.classes)
        if not (has_classes and result.step and result.label) or len(result.told) > 1:
            return None
        return result.prediction.rpartition(" (")[0] == result.label

    def _as_picture(self, result: Activations) -> np.ndarray | None:
        """What has more than one axis: feature maps or heads side by side, a sequence with steps across."""
        if result.draws is not None and self.sight.currentText() == IN_TRAINING:
            return drawn(result.draws)
        if result.attention is not None and self.sight.currentText() == ATTENTION:
            # A row of the map is a step that looks, a column one that is looked at.
            # What is hidden from a step is left empty.
            masked = False if result.masked is None else result.masked
            return mosaic(np.moveaxis(np.where(masked, np.nan, result.attention), 0, -1))
        scale = signed_scaled if result.is_signed else scaled
        if result.values.ndim == 3:
            return mosaic(result.values, scale)
        if result.values.ndim == 2 and min(result.values.shape) > 1:
            return scale(result.values.T)
        return None

    def _show_image(
        self, name: str, plot: pg.PlotWidget, values: np.ndarray, is_signed: bool = False
    ) -> None:
        image = self.images[name]
        changed = image.image is None or image.image.shape != values.shape
        image.setImage(values, levels=(0.0, 1.0), autoLevels=False)
        if name == "maps":
            image.setColorMap(colours_of(is_signed))
        if changed:
            plot.autoRange(padding=0.02)

    def _show_bars(self, result: Activations) -> None:
        """A bar for each unit, which are counted from 1 or have names; of one that tells two classes apart, a
        bar for each class.
        """
        values, names = result.values.ravel(), result.names
        classes = self.data.classes if self.data is not None else ()
        if result.scale == PROBABILITIES and len(values) == 1 and len(classes) == 2:
            # One at 0 would stand there as if nothing were predicted.
            values, names = np.array([1 - values[0], values[0]]), classes
        shown = values[:MAX_BARS]
        count = len(shown)
        named = len(names) == count <= MOST_NAMED
        # Few names share the whole width, so that they can be read; the bars above them stay slim.
        room = max(count, MIN_NAMED if named else MIN_BARS)
        slim = 0.8 * room / max(room, MIN_BARS)
        self.bar_item.setOpts(
            x=np.arange(count) + 1,
            height=np.nan_to_num(shown),
            width=slim,
            brushes=[pg.mkBrush(colour) for colour in self._colours(result, names, shown)],
        )
        self.bars.setXRange((count - room) / 2 + 0.4, (count + room) / 2 + 0.6, padding=0)
        self._scale_bars(result)
        # The name of the only bar has all the width.
        below = self._width() / (room if count > 1 else 1)
        if named:
            ticks, told = name_ticks(names, below), SCALED if are_scaled(self.data) else ""
        elif len(names) == count:
            ticks, told = highest_ticks(names, shown, below), f"the highest of {count:,} are named"
        else:
            ticks = unit_ticks(count)
            told = f"unit (first {MAX_BARS} of {len(values):,})" if len(values) > count else "unit"
        self.bars.getAxis("bottom").setTicks([ticks])
        self.bars.setLabel("bottom", told)

    def _colours(self, result: Activations, names: tuple[str, ...], values: np.ndarray) -> list[QColor]:
        """Those that bars have on nodes: of classes as in the plane, of others by what is above and below 0.

        Scores are below 0, too, and on nodes they have the colours of numbers.
        """
        classes = self.data.classes if self.data is not None else ()
        if names and names == classes and len(names) <= len(CLASSES) and result.scale != SCORES:
            return [QColor(theme.class_colour(i)) for i in range(len(values))]
        return bar_colours(values, result.is_signed, result.are_shares)

    def _width(self) -> float:
        """Pixels that the bars have, without the axis beside them."""
        return float(self.bars.width() - self.bars.getAxis("left").width())

    def _scale_bars(self, result: Activations) -> None:
        """Probabilities of classes stand on 0 .. 1; all else on the range that it has."""
        shown, classes = result.values, self.data is not None and bool(self.data.classes)
        if classes and result.names and np.all((shown >= 0) & (shown <= 1)):
            # On its own range, 1% of the only class would be as high as 100%.
            self.bars.setYRange(0, 1, padding=0.03)
        else:
            self.bars.enableAutoRange(axis="y")

    def repaint_theme(self) -> None:
        for plot in (self.picture, self.maps, self.bars):
            paint_plot(plot)
        self.bar_item.setOpts(pen=None)
        self._again()

    def _again(self) -> None:
        if self._last is not None:
            self.show_result(self._last)
