"""Attention: which steps of a sequence each step looks at, on the text itself and as a map for each head."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy

from nnkernels.graph.network import Resolved
from nnkernels.spec import NAME_SEPARATOR
from nnstudio.data.dataset import Dataset
from nnstudio.explain.attention_maps import AttentionMaps, AttentionProbe, attending, told_mask
from nnstudio.explain.layer_names import called
from nnstudio.explain.looks import attention_table, tokens_of
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.attention_map import AttentionMap
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, sample_told
from nnstudio.ui.live.tiles import MAX_MAPS
from nnstudio.ui.live.token_strip import TokenStrip
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import StillBox
from nnstudio.ui.widgets.plain_text import PlainLabel

NEEDS = (
    "Attention is shown where samples are sequences, such as pieces of a text. This data is something else."
)
NO_LAYER = "No layer of this network attends. Add a MultiHeadAttention or a TransformerBlock to see one here."
BROKEN = "The network gives no numbers here, so there is no attention to see."
EMPTY = "what each step looks at"
# Of what a step looks at, so many are told.
TOLD = 4
# From so many pixels on, the text stands beside the maps.
BROAD = 460
# Of the name of a layer, so much is seen at the least; a narrower panel scrolls.
LEAST_LETTERS = 15
# Pixels between the choices.
SPACING = 4
MEAN = -1


@register
class AttentionView(LiveView):
    """A layer that is selected on the canvas is chosen here, too, where it attends."""

    id = "attention"
    title = "Attention"
    help = "Which characters, words or steps each one looks at: point at one to see, head by head."
    question, order = Question.INSIDE, 60
    beside = "activations"
    tells_cost = True
    needs = NEEDS
    needs_layer = NO_LAYER
    seconds = 0.15
    chooses = ("layer", "head", "sample", "step")

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head, self.sample = StillBox(), StillBox(), SampleChoice()
        self.layer.setAccessibleName("Layer that attends")
        self.layer.setToolTip("Which layer; one that is selected on the canvas is chosen here")
        self.layer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.layer.setMinimumWidth(LEAST_LETTERS * self.fontMetrics().averageCharWidth())
        self.head.setAccessibleName("Head")
        self.head.setToolTip("Which head colours the text, or the mean of all; a click on a map chooses one")
        self.strip, self.map, self.caption = TokenStrip(), AttentionMap(), PlainLabel()
        self.strip.setAccessibleName("The sample, step by step")
        self.strip.setToolTip(
            "Point at a step, or use the arrow keys: the others are coloured by its attention"
        )
        self.caption.setWordWrap(True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text = QScrollArea()
        self.text.setWidget(self.strip)
        self.text.setWidgetResizable(True)
        self.text.setFrameShape(QScrollArea.Shape.NoFrame)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sample_label = QLabel("Sample")
        head, self._body = QHBoxLayout(), QBoxLayout(QBoxLayout.Direction.TopToBottom)
        head.setSpacing(SPACING)
        for widget, stretch in ((self.sample_label, 0), (self.sample, 0), (self.head, 1)):
            head.addWidget(widget, stretch)
        self._body.addWidget(self.text, 2)
        self._body.addWidget(self.map, 2)
        self.rows.addLayout(head)
        # A line of its own: beside the other choices, a narrow panel would cut off what is told.
        self.rows.addWidget(self.layer)
        self.rows.addWidget(self.caption)
        self.rows.addLayout(self._body, 1)
        self.rows.addWidget(self.hint, 1)
        self._names: dict[str, str] = {}
        self._latest: AttentionMaps | None = None
        self._wanted, self._at = "", -1
        self.sample.chosen.connect(self._ask_anew)
        self.layer.currentIndexChanged.connect(lambda _i: self._on_layer())
        self.head.currentIndexChanged.connect(lambda _i: self._show_step())
        self.strip.pointed.connect(self._point)
        self.map.pointed.connect(self._point)
        self.map.chosen.connect(lambda head: self.head.setCurrentIndex(self.head.findData(head)))
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.text is not None or len(data.input_shape) == 2 or bool(data.tokens)

    @classmethod
    def fits_network(cls, nodes: Mapping[str, Resolved]) -> bool:
        return bool(attending(nodes))

    def probe(self) -> Probe | None:
        if self.data is None or not self.fits(self.data):
            return None
        return AttentionProbe(self._wanted, self.sample.index, self.sample.own)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        with QSignalBlocker(self.sample):
            self.sample.set_data(data)
        self._at = -1
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names
        if self._latest is not None:
            self._name_layers(self._latest.nodes, self._latest.node)

    def set_node(self, node: str, name: str = "") -> None:
        super().set_node(node, name)
        # A block is chosen by itself, or by the attention inside of it.
        inside = (i for i in range(self.layer.count()) if self._lies_in(self.layer.itemData(i), node))
        self.layer.setCurrentIndex(next(inside, self.layer.currentIndex()))

    @staticmethod
    def _lies_in(layer: str, node: str) -> bool:
        return bool(node) and (layer == node or layer.startswith(node + NAME_SEPARATOR))

    def _on_layer(self) -> None:
        self._wanted = self.layer.currentData() or ""
        self._ask_anew()

    def _ask_anew(self) -> None:
        self.clear()
        self.probe_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way, is_broad = QBoxLayout.Direction, self.width() >= BROAD
        self._body.setDirection(way.LeftToRight if is_broad else way.TopToBottom)
        # Below each other, the maps want the height.
        self._body.setStretch(1, 2 if is_broad else 4)

    def clear(self) -> None:
        self._latest = None
        self._show(False)
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NEEDS)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        for widget in (
            self.sample_label,
            self.sample,
            self.head,
            self.caption,
            self.text,
            self.map,
        ):
            widget.setVisible(shown)
        # A single layer leaves no choice.
        self.layer.setVisible(shown and self.layer.count() > 1)
        self.hint.setVisible(not shown)

    def show_result(self, result: AttentionMaps) -> None:
        if result.asked != self.probe():
            # A late result of what was chosen before.
            return
        weights, before = result.weights, self._latest
        if weights is None or not np.isfinite(weights).all():
            self.clear()
            self.explain_blank(BROKEN if result.node else NO_LAYER)
            return
        self._latest = result
        self._name_layers(result.nodes, result.node)
        self._name_heads(len(weights))
        self._show(True)
        tokens = tokens_of(result)
        if before is None or tokens_of(before) != tokens:
            self.strip.show_tokens(tokens)
        if not 0 <= self._at < weights.shape[1]:
            self._at = weights.shape[1] - 1
        self.map.show_maps(weights, result.masked)
        self._show_step()

    def _name_layers(self, nodes: tuple[str, ...], shown: str) -> None:
        with QSignalBlocker(self.layer):
            titles = [called(node, self._names) for node in nodes]
            if titles != [self.layer.itemText(i) for i in range(self.layer.count())]:
                self.layer.clear()
                for node, title in zip(nodes, titles, strict=True):
                    self.layer.addItem(title, node)
            self.layer.setCurrentIndex(self.layer.findData(shown))

    def _name_heads(self, count: int) -> None:
        if self.head.count() == count + (count > 1):
            return
        before = self.head.currentData()
        with QSignalBlocker(self.head):
            self.head.clear()
            if count > 1:
                self.head.addItem("All heads", MEAN)
            for head in range(count):
                self.head.addItem(f"Head {head + 1}", head)
            self.head.setCurrentIndex(max(self.head.findData(before), 0))

    def _point(self, step: int) -> None:
        if self._latest is not None and step != self._at:
            self._at = step
            self._show_step()

    def _row(self, result: AttentionMaps, step: int) -> np.ndarray:
        """What a step looks at in the chosen head, or in the mean of all, (keys,)."""
        assert result.weights is not None
        head = self.head.currentData()
        row: np.ndarray = result.weights[:, step].mean(0) if head == MEAN else result.weights[head, step]
        return row

    def _show_step(self) -> None:
        """The chosen step and head in the text, in the maps and in words."""
        result = self._latest
        if result is None or result.weights is None:
            return
        _heads, steps, keys = result.weights.shape
        step = min(self._at, steps - 1)
        shares = np.zeros(max(steps, keys))
        shares[:keys] = self._row(result, step)
        self.strip.show_shares(step, shares)
        self.map.mark(self.head.currentData(), step)
        told = self._told(result, step, shares)
        self.caption.setText(told)
        self.strip.setAccessibleDescription(told)

    def _told(self, result: AttentionMaps, step: int, shares: np.ndarray) -> str:
        tokens = tokens_of(result)
        best = [int(i) for i in np.argsort(-shares, kind="stable")[:TOLD] if shares[i] > 0]
        looks = ", ".join(f"{self._called(i, tokens)} {shares[i]:.0%}" for i in best)
        who = self.head.currentText()
        told = f"{who}: {self._called(step, tokens)} looks at {looks or 'nothing'}."
        guesses = result.guesses[step] if result.guesses else ()
        if guesses:
            told += f" Next: {', '.join(f'{name} {share:.0%}' for name, share in guesses)}."
        assert result.weights is not None
        told = f"{told} {told_mask(result.masked, *result.weights.shape[1:])}".rstrip()
        if len(result.weights) > MAX_MAPS:
            told += f" Maps of the first {MAX_MAPS} of {len(result.weights)} heads."
        return told

    def _called(self, step: int, tokens: tuple[str, ...]) -> str:
        """A token with its number: there may be several alike."""
        is_named = self._latest is not None and bool(self._latest.names)
        return f"“{tokens[step]}” ({step + 1})" if is_named else f"step {step + 1}"

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None or latest.weights is None:
            return None
        step = min(self._at, latest.weights.shape[1] - 1) + 1
        return self.shows(
            called(latest.node, self._names), self.head.currentText(), sample_told(latest.sample), step,
            step=latest.step,
        )  # fmt: skip

    def csv_text(self) -> str:
        """The chosen head, or the mean of all: a line for each step and each that it looks at."""
        result = self._latest
        if result is None or result.weights is None:
            return ""
        head = self.head.currentData()
        shares = result.weights.mean(0) if head == MEAN else result.weights[head]
        called_by = "mean" if head == MEAN else str(head + 1)
        return attention_table(result, called(result.node, self._names), {called_by: shares})

    def repaint_theme(self) -> None:
        self.map.repaint_theme()
        self.strip.update()
