"""The content of one picture in the style of another, painted by what the network's convolutions tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QWidget,
    QWidgetAction,
)

from nnkernels.graph.network import Resolved
from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import is_picture
from nnstudio.data.pictures import SUFFIXES
from nnstudio.explain.drawn import Drawing
from nnstudio.explain.map_layers import convolved
from nnstudio.explain.method import Explanation, Kind
from nnstudio.explain.painting import Painting, PaintingProbe
from nnstudio.explain.style_pictures import SHIPPED
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.canvas.pills import Pill
from nnstudio.ui.live.captioned_pictures import CaptionedPictures, grown_in_rgb, in_rgb
from nnstudio.ui.live.requests import PressPill, ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.file_dialogs import ask_open
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

NEEDS = "A style can be painted here where the data is pictures."
STARTS = {"content": "from the content", "noise": "from noise", "grey": "from grey"}
# Pixels from which on a picture and the layer that tells it stand beside each other.
BROAD = 400
# The slider goes by powers of ten, TENTHS positions for each; in its middle, style and content count alike.
TENTHS, MOST = 10, 20
LAYERS = "The layers whose maps tell the style: what goes together, not where."
# The most that one layer can count, and that presses on the canvas go to before they begin anew at 0.
MOST_COUNT, MOST_PRESSED = 10, 3
TELLS_CONTENT = "Click: this layer tells what is to be seen, and where."
TELLS_STYLE = (
    "Click: this layer tells the style, and counts once more with each click; after 3 it does no longer."
)
NEEDS_CONVOLUTION = "A style is told by convolutions. Add a Conv2D right behind the Input."
# In the place of a file: the last entry of a list, which asks for one.
OWN = "?"


@register
class StyleView(LiveView):
    """Pictures, layers and weights are chosen here; nothing of it depends on the selection."""

    id = "style"
    title = "Style"
    help = "Paints the content of one picture in the style of another, by what the convolutions tell of them."
    question, order = Question.INSIDE, 90
    beside = "activations"
    needs = NEEDS
    needs_layer = NEEDS_CONVOLUTION
    seconds = 0.15
    chooses = ("content", "content_layer", "style", "style_layers", "style_counts", "begins")

    def __init__(self) -> None:
        super().__init__()
        self.content, self.styles, self.start = ChoiceBox(), ChoiceBox(), ChoiceBox()
        self.sample, self.content_layer, self.style_layers = SampleChoice(), ChoiceBox(), QPushButton()
        self.content.setAccessibleName("Content")
        self.content.addItem("a sample", "")
        self.styles.setAccessibleName("Style")
        for choice, names in ((self.content, SHIPPED[::-1]), (self.styles, SHIPPED)):
            for name in names:
                choice.addItem(name, name)
            choice.addItem("a picture of your own…", OWN)
            choice.activated.connect(lambda _i, choice=choice: self._on_picture(choice))
        self.content.setCurrentIndex(self.content.findData("cat"))
        self._before = {self.content: "cat", self.styles: SHIPPED[0]}
        self.start.setAccessibleName("How the picture begins")
        for name, title in STARTS.items():
            self.start.addItem(title, name)
        self.content_layer.setAccessibleName("Layer of the content")
        self.content_layer.setToolTip("The layer whose maps tell what is to be seen, and where")
        self.style_layers.setAccessibleName("Layers of the style")
        self.layers = QMenu(self)
        self.style_layers.setMenu(self.layers)
        self.weight = JumpingSlider()
        self.weight.setAccessibleName("How much the style counts")
        self.weight.setRange(-MOST, MOST)
        self.weight.setToolTip("To the left the content counts more, to the right the style")
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.pictures = CaptionedPictures(("The content", "The style", "What is painted"))
        self._latest: Painting | None = None
        self._known: tuple[str, ...] = ()
        self.weights: dict[str, WholeEdit] = {}
        self._labels: dict[str, PlainLabel] = {}
        self._names: dict[str, str] = {}
        self._lay_out()
        self.sample.chosen.connect(self._ask_anew)
        self.start.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self.content_layer.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self.weight.valueChanged.connect(lambda _value: self._ask_anew())
        self.sample.hide()
        self._show_layers(())
        self.repaint_theme()
        self.clear()

    def _lay_out(self) -> None:
        self._head = QGridLayout()
        for choice in (self.content, self.styles, self.start, self.content_layer, self.style_layers):
            # A long name must not make the panel wider.
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._titles = {title: QLabel(title) for title in ("Content", "Style", "Style counts")}
        self._by = [QLabel("by"), QLabel("by")]
        self._arrange()
        self.rows.addLayout(self._head)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.pictures, 1)
        self.rows.addWidget(self.hint, 1)

    def _arrange(self) -> None:
        """The layers beside the pictures, or below them where both would be cut off."""
        is_broad, head = self.width() >= BROAD, self._head
        self._is_broad = is_broad
        chosen = (("Content", self.content, self.content_layer), ("Style", self.styles, self.style_layers))
        for at, (title, widget, layer) in enumerate(chosen):
            row, below = (at, at) if is_broad else (2 * at, 2 * at + 1)
            head.addWidget(self._titles[title], row, 0)
            head.addWidget(widget, row, 1, 1, 1 if is_broad or at == 0 else 2)
            head.addWidget(self._by[at], below, 3 if is_broad else 0)
            head.addWidget(layer, below, 4 if is_broad else 1, 1, 1 if is_broad else 2)
        head.addWidget(self.sample, 0, 2)
        last = 2 if is_broad else 4
        head.addWidget(self._titles["Style counts"], last, 0)
        head.addWidget(self.weight, last, 1, 1, 3 if is_broad else 2)
        head.addWidget(self.start, last + (not is_broad), 4 if is_broad else 1, 1, 1 if is_broad else 2)
        head.setColumnStretch(1, 1)
        head.setColumnStretch(4, int(is_broad))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().width() >= BROAD) != self._is_broad:
            self._arrange()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return is_picture(data)

    @classmethod
    def fits_network(cls, nodes: Mapping[str, Resolved]) -> bool:
        return bool(convolved(nodes))

    def probe(self) -> Probe | None:
        if self.data is None or not self.fits(self.data):
            return None
        content = self.content.currentData()
        of_sample = (0, None) if content else (self.sample.index, self.sample.own)
        counts = {node: field.value() for node, field in self.weights.items()}
        is_usual = len(set(counts.values())) <= 1
        chosen = () if is_usual else tuple(f"{node}:{count}" for node, count in counts.items() if count)
        return PaintingProbe(
            content, self.styles.currentData(), *of_sample, self.content_layer.currentData() or "",
            chosen, self.style_weight, self.start.currentData(),
        )  # fmt: skip

    @property
    def style_weight(self) -> float:
        """How much the style counts beside the content: from 0.01 to 100, in the middle 1."""
        weight: float = 10.0 ** (self.weight.value() / TENTHS)
        return weight

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)
        elif isinstance(request, PressPill) and request.node in self.weights:
            self._on_pill(request)

    def marks(self) -> dict[str, tuple[Pill, Pill]]:
        """Of each layer that can tell it, whether it tells the content, and how much of the style."""
        if not self.weights:
            return {}
        content = self.content_layer.currentData() or self._known[-1]
        counts = {node: field.value() for node, field in self.weights.items()}
        return {
            node: (
                Pill("content", node == content, TELLS_CONTENT),
                Pill(f"style × {count}" if count > 1 else "style", count > 0, TELLS_STYLE),
            )
            for node, count in counts.items()
        }

    def _on_pill(self, request: PressPill) -> None:
        """The content is told by one layer; the style by any, which counts once more with each press."""
        if request.pill == 0:
            self.content_layer.setCurrentIndex(self.content_layer.findData(request.node))
            return
        field = self.weights[request.node]
        field.setValue((field.value() + 1) % (MOST_PRESSED + 1))

    def set_data(self, data: Dataset | None) -> None:
        with QSignalBlocker(self.sample):
            self.sample.set_data(data)
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names
        for node, label in self._labels.items():
            label.setText(names.get(node, node))
            self.weights[node].setAccessibleName(names.get(node, node))
        for at in range(1, self.content_layer.count()):
            node = self.content_layer.itemData(at)
            self.content_layer.setItemText(at, names.get(node, node))
        self._tell_layers()

    def _on_picture(self, choice: ChoiceBox) -> None:
        """A picture was chosen, or is to be looked for."""
        if choice.currentData() == OWN:
            kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
            path = ask_open(self, "A picture of your own", f"Pictures ({kinds});;All files (*)")
            if path and choice.findData(path) < 0:
                choice.insertItem(choice.count() - 1, Path(path).name, path)
            choice.setCurrentIndex(choice.findData(path or self._before[choice]))
        if choice.currentData() != self._before[choice]:
            self._before[choice] = choice.currentData()
            self._ask_anew()

    def _show_layers(self, layers: tuple[str, ...]) -> None:
        """Offer the layers of another network, the usual ones chosen."""
        self._known = layers
        with QSignalBlocker(self.content_layer):
            self.content_layer.clear()
            self.content_layer.addItem("the last convolution", "")
            for node in layers:
                self.content_layer.addItem(self._names.get(node, node), node)
        self.layers.clear()
        self.weights, self._labels = {}, {}
        for node in layers:
            self._add_layer(node)
        self._tell_layers()

    def _add_layer(self, node: str) -> None:
        """A row of the menu: what the layer is called, and how much it counts."""
        name = self._names.get(node, node)
        label, field = PlainLabel(name), WholeEdit(name, 0, MOST_COUNT)
        field.setValue(1)
        field.setToolTip("How much this layer counts beside the others; 0: not at all")
        row, action = QWidget(), QWidgetAction(self.layers)
        beside = QHBoxLayout(row)
        beside.addWidget(label, 1)
        beside.addWidget(field)
        action.setDefaultWidget(row)
        self.layers.addAction(action)
        self.weights[node], self._labels[node] = field, label
        field.valueChanged.connect(lambda _value, node=node: self._on_count(node))

    def _on_count(self, node: str) -> None:
        if not any(field.value() for field in self.weights.values()):
            # Without any layer there is no style: the last one stays.
            self.weights[node].setValue(1)
            return
        self._tell_layers()
        self._ask_anew()

    def _tell_layers(self) -> None:
        counts = {node: field.value() for node, field in self.weights.items()}
        told = [
            self._names.get(node, node) + (f" × {count}" if count > 1 else "")
            for node, count in counts.items()
            if count
        ]
        self.style_layers.setText("all layers" if len(set(counts.values())) <= 1 else ", ".join(told))
        # The button may be too narrow for all of them.
        self.style_layers.setToolTip(plain_tip(f"{LAYERS} {', '.join(told)}"))

    def _ask_anew(self) -> None:
        self.sample.setVisible(not self.content.currentData())
        self.clear()
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
        self._blank()
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NEEDS)
        else:
            self.await_picture("a picture in another style")

    def _blank(self) -> None:
        self.caption.hide()
        self.pictures.hide()
        self.hint.show()

    def show_result(self, result: Painting) -> None:
        if result.asked != self.probe():
            # A late result of what was chosen before.
            return
        if result.layers != self._known:
            # Another network has other layers; what was chosen of those before is void.
            self._show_layers(result.layers)
            if result.asked != self.probe():
                self._ask_anew()
                return
        if result.picture is None or result.content is None or result.style is None or self.data is None:
            self._blank()
            self.explain_blank(result.problem)
            return
        self._latest = result
        self.hint.hide()
        self.caption.show()
        self.pictures.show()
        for at, (picture, told) in enumerate(
            ((result.content, "content"), (result.style, "style"), (result.picture, self._grown(result)))
        ):
            self.pictures.show_picture(at, in_rgb(self.data, picture), told)
        self.caption.setText(self._told(result))

    def showing(self) -> Showing | None:
        latest, sample = self._latest, self.sample
        if latest is None:
            return None
        content = self.content.currentText()
        if not self.content.currentData():
            content += f" {sample.index}" if sample.own is None else " of your own"
        return self.shows(
            content, self.content_layer.currentText(), self.styles.currentText(), self.style_layers.text(),
            self.style_weight, self.start.currentText(), step=latest.step, is_whole=latest.share >= 1,
        )  # fmt: skip

    def _grown(self, result: Painting) -> str:
        return "painted" if result.share >= 1 else f"{result.share:.0%} painted"

    def _told(self, result: Painting) -> str:
        figures = result.figures
        if not figures:
            # As many lines as there will be: the pictures keep their size.
            return f"painting: {result.share:.0%} of the steps are done"
        told = [
            f"{of} loss: {in_digits(float(figures[f'{of} loss at first']), 2)} → "
            f"<b>{in_digits(float(figures[f'{of} loss now']), 2)}</b>"
            for of in ("content", "style")
        ]
        return " · ".join(filter(None, [*told, result.cost, *(escape(note) for note in result.notes)]))

    def csv_text(self) -> str:
        """A line for each number of the content, and what was painted of it."""
        picture = None if self._latest is None else self._latest.picture
        if picture is None or self._latest is None or self._latest.content is None or self.data is None:
            return ""
        return Drawing(Kind.SAMPLE, self.data, self._latest.content, Explanation(picture)).table()

    def frames(self) -> Sequence[np.ndarray]:
        if self._latest is None or self.data is None:
            return ()
        return grown_in_rgb(self.data, self._latest.frames)

    def repaint_theme(self) -> None:
        self.pictures.repaint_theme()
