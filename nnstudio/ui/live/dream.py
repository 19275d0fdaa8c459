"""A picture that grows until it excites a unit or channel of the selected layer, from noise or a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy

from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import is_picture
from nnstudio.data.photograph import PHOTOGRAPHS
from nnstudio.explain.drawn import Drawing
from nnstudio.explain.dream import METHOD, Dream, DreamProbe
from nnstudio.explain.method import Explanation, Kind, methods
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.captioned_pictures import CaptionedPictures, grown_in_rgb, in_rgb
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.short_label import ShortLabel

SELECT = "Select a layer to see a picture that excites one of its units or channels."
NEEDS = "Pictures that excite a unit can be shown where the data is pictures."
# Of the line between pictures, from black to white.
SHADE = 0.5
# How a picture begins, by the names that the probe knows.
STARTS = {"noise": "from noise", "sample": "from a sample", "grey": "from grey"}
STARTS |= {name: f"from a photograph: {name}" for name in PHOTOGRAPHS}


@register
class DreamView(LiveView):
    """Follows the selection on the canvas; the unit, from 0, and the beginning are chosen here."""

    id = "dream"
    title = "Dream"
    help = "A picture that grows to excite a unit or channel of the selected layer."
    question, order = Question.INSIDE, 80
    beside = "activations"
    follows_node = True
    needs = NEEDS
    seconds = 0.15
    chooses = ("layer", "unit", "begins", "octaves", "jitter")

    def __init__(self) -> None:
        super().__init__()
        self.unit, self.start, self.sample = WholeEdit("Unit", high=0), ChoiceBox(), SampleChoice()
        self.unit.setToolTip("Which unit or channel, from 0")
        self.start.setAccessibleName("How the picture begins")
        self.start.setToolTip(methods[METHOD].help)
        self.start.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for name, title in STARTS.items():
            self.start.addItem(title, name)
        self.octaves, self.jitter = WholeEdit("Octaves", 1, 4), WholeEdit("Jitter", 0, 8)
        self.octaves.setValue(DreamProbe.octaves)
        self.octaves.setToolTip("Sizes of blocks of pixels that change together, from large to single pixels")
        self.jitter.setValue(DreamProbe.jitter)
        self.jitter.setToolTip("Largest shift of the picture before each step, in pixels")
        self.caption = ShortLabel()
        self.caption.setContentsMargins(0, 0, 0, 0)
        names = "What it began with", "The picture that excites the unit", "Samples that excite it most"
        self.pictures = CaptionedPictures(names)
        head = QHBoxLayout()
        self.unit_label = QLabel("Unit")
        for widget in (self.unit_label, self.unit):
            head.addWidget(widget)
        head.addWidget(self.start, 1)
        head.addWidget(self.sample)
        how = QHBoxLayout()
        for name, field in (("Octaves", self.octaves), ("Jitter", self.jitter)):
            how.addWidget(QLabel(name))
            how.addWidget(field, 1)
            field.valueChanged.connect(lambda _value: self._ask_anew())
        self.rows.addLayout(head)
        self.rows.addLayout(how)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.pictures, 1)
        self.rows.addWidget(self.hint, 1)
        self.unit.valueChanged.connect(lambda _value: self._ask_anew())
        self.start.currentIndexChanged.connect(lambda _i: self._ask_anew())
        self.sample.chosen.connect(self._ask_anew)
        self._latest: Dream | None = None
        self.sample.hide()
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return is_picture(data)

    def probe(self) -> Probe | None:
        if self.data is None or not self.node or not self.fits(self.data):
            return None
        start, how = self.start.currentData(), (self.octaves.value(), self.jitter.value())
        of_sample = (self.sample.index, self.sample.own) if start == "sample" else (0, None)
        return DreamProbe(self.node, self.unit.value(), start, *of_sample, *how)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        with QSignalBlocker(self.sample):
            self.sample.set_data(data)
        super().set_data(data)

    def set_node(self, node: str, name: str = "") -> None:
        if node != self.node:
            # Of another layer it is another unit, and there may be fewer.
            with QSignalBlocker(self.unit):
                self.unit.setValue(0)
        super().set_node(node, name)

    def _ask_anew(self) -> None:
        self.sample.setVisible(self.start.currentData() == "sample")
        self.clear()
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
        self._blank()
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(NEEDS)
        elif self.node:
            self.await_picture(f"what excites '{self.node_name}'")
        else:
            self.explain_blank(SELECT)

    def _blank(self) -> None:
        self.caption.hide()
        self.pictures.hide()
        self.hint.show()

    def show_result(self, result: Dream) -> None:
        if result.asked != self.probe():
            # A late result of what was chosen before.
            return
        if result.picture is None or self.data is None:
            self.clear()
            self.explain_blank(result.problem)
            return
        self._latest = result
        with QSignalBlocker(self.unit):
            self.unit.setMaximum(result.units - 1)
        self.hint.hide()
        self.caption.show()
        self.pictures.show()
        self.caption.show_text(self._told(result))
        told = f"{in_digits(result.before, 3)} → {in_digits(result.now, 3)}"
        self.pictures.show_column(0, result.begun is not None)
        if result.begun is not None:
            self.pictures.show_picture(0, in_rgb(self.data, result.begun), "began with")
        self.pictures.show_picture(1, in_rgb(self.data, result.picture), told)
        samples = self.data.part(self.data.watched)[0]
        best = [in_rgb(self.data, samples[number]) for number, _ in result.exciting]
        values = ", ".join(in_digits(value, 3) for _, value in result.exciting)
        self.pictures.show_picture(2, _tiled(best), f"samples that excite it most: {values}")

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None:
            return None
        return self.shows(
            self.node_name, self.unit.value(), self.start.currentText(), self.octaves.value(),
            self.jitter.value(), step=latest.step, is_whole=latest.share >= 1,
        )  # fmt: skip

    def rename(self) -> None:
        if self._latest is not None:
            self.caption.show_text(self._told(self._latest))

    def _told(self, result: Dream) -> str:
        called = f" ({result.name})" if result.name else ""
        told = f"{self.node_name}, unit {result.unit}{called} of {result.units:,}: "
        told += f"{in_digits(result.before, 3)} → {in_digits(result.now, 3)}"
        if result.share < 1:
            return f"{result.share:.0%} grown · {told}"
        return " · ".join(filter(None, (told, result.cost)))

    def csv_text(self) -> str:
        """A line for each number of the picture."""
        picture = None if self._latest is None else self._latest.picture
        if picture is None or self.data is None:
            return ""
        begun = None if self._latest is None else self._latest.begun
        grown = Explanation(picture, is_of_sample=begun is not None)
        return Drawing(Kind.SAMPLE, self.data, picture if begun is None else begun, grown).table()

    def frames(self) -> Sequence[np.ndarray]:
        if self._latest is None or self.data is None:
            return ()
        return grown_in_rgb(self.data, self._latest.frames)

    def repaint_theme(self) -> None:
        self.pictures.repaint_theme()


def _tiled(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures of one shape in two columns, with a grey line between; the last may have no neighbour."""
    gap = max(pictures[0].shape[0] // 24, 1)
    framed = [np.pad(p, ((gap, 0), (gap, 0), (0, 0)), constant_values=SHADE) for p in pictures]
    framed += [np.full(framed[0].shape, SHADE)] * (len(framed) % 2)
    rows = [np.concatenate(framed[i : i + 2], 1) for i in range(0, len(framed), 2)]
    return np.concatenate(rows)[gap:, gap:]
