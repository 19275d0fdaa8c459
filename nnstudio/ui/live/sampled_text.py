"""The text that a network writes on from a beginning, with the weights that it has, while it learns."""

from __future__ import annotations

from nnstudio.data.dataset import Dataset
from nnstudio.explain.generated_text import GeneratedText
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.live.text_writer import TextWriter
from nnstudio.ui.live.view import LiveView, Question, register

NEEDS = "A network that learned from a text writes on here. This data is no text."
EMPTY = "As soon as the data is a text, the network writes on from a beginning here."


@register
class SampledText(LiveView):
    """A beginning that a person writes can be looked at in other views, too."""

    id = "sampled_text"
    title = "Sampled text"
    help = "Begin a text, and the network writes on: with a temperature, top k and a seed, while it learns."
    question, order = Question.ANSWERS, 40
    beside = "decision_boundary"
    tells_cost = True
    needs = NEEDS
    chooses = ("temperature", "top_k", "length", "seed")

    def __init__(self) -> None:
        super().__init__()
        self.writer = TextWriter()
        self.rows.addWidget(self.writer, 1)
        self.rows.addWidget(self.hint, 1)
        self.writer.changed.connect(self.probe_changed)
        self.writer.begun.connect(lambda window: self.requested.emit(ShowSample(window)))
        self._explain()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.text is not None

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        return True

    def probe(self) -> Probe | None:
        return self.writer.probe()

    def set_data(self, data: Dataset | None) -> None:
        self.data = data
        self.writer.set_data(data)
        self._explain()
        super().set_data(data)

    def _explain(self) -> None:
        is_text = self.data is not None and self.fits(self.data)
        self.writer.setVisible(is_text)
        self.hint.setVisible(not is_text)
        self.explain_blank(EMPTY if self.data is None else NEEDS)

    def clear(self) -> None:
        self.writer.clear()

    def show_result(self, result: GeneratedText) -> None:
        self.writer.show_result(result)
        # It may have come too late to be shown.
        if self.writer.step is None:
            self.staleness.forget()
        else:
            self.staleness.picture_drawn(self.writer.step)

    def showing(self) -> Showing | None:
        written = self.writer.written
        if written is None:
            return None
        asked = written.asked
        return self.shows(
            asked.temperature,
            asked.top_k,
            asked.length,
            asked.seed,
            step=written.step,
            is_whole=written.is_whole,
        )

    def csv_text(self) -> str:
        return self.writer.csv_text()

    def repaint_theme(self) -> None:
        self.writer.repaint_theme()
