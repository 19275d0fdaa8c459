"""A picture painted in the style of another, for the view that shows it while it grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.explain.activations import as_sample
from nnstudio.explain.cost import cost_in_words, timed
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.map_layers import map_layers
from nnstudio.explain.method import methods
from nnstudio.explain.style_pictures import picture_called, style_called, style_question
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.underway import Underway

METHOD = "style"
# Steps of the method between two pictures.
BETWEEN = 4
# Pixels of the longer side of a content that is no sample: it is painted while a person watches.
SIZE = 64


@dataclass(frozen=True, eq=False)
class Painting:
    """What is painted until now, with the weights of a step.

    Attributes:
        asked: the probe.
        layers: from which content and style can be told.
        content, style, picture: `(h, w, c)`, as the network gets them; None where ``problem`` says why.
        figures: of the method, once it is done.
        share: of the steps that are done.
        cost: what it took until now, in words.
        frames: the pictures until now, this one the last.
    """

    step: int
    asked: PaintingProbe
    layers: tuple[str, ...] = ()
    content: np.ndarray | None = None
    style: np.ndarray | None = None
    picture: np.ndarray | None = None
    figures: Mapping[str, float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    share: float = 1.0
    problem: str = ""
    cost: str = ""
    frames: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class PaintingProbe:
    """A content in a style: each one of `style_pictures.SHIPPED` or a file; "" for a sample as the content.

    ``sample`` and ``own`` are as in `WhyProbe`. ``content_layer`` and ``style_layers`` are the method's, and
    as there empty means the usual ones; ``style_weight`` is how much the style counts beside the content.
    """

    content: str
    style: str
    sample: int = 0
    own: tuple[float, ...] | None = None
    content_layer: str = ""
    style_layers: tuple[str, ...] = ()
    style_weight: float = 1.0
    start: str = "content"
    # A picture is painted to its end with the weights that it began with.
    patience: float = float("inf")
    every: ClassVar[float] = 1.0

    def run(self, session: Evaluation) -> Iterator[Painting | Underway]:
        layers: tuple[str, ...] = ()
        try:
            layers = map_layers(session.layout)
            yield from self._paint(session, layers)
        except (DataError, SpecError) as error:
            yield Painting(session.steps, self, layers, problem=str(error))

    def _paint(self, session: Evaluation, layers: tuple[str, ...]) -> Iterator[Painting | Underway]:
        """Raises DataError or SpecError where nothing can be painted."""
        # It takes many pieces, and the network learns on between them.
        then = Past(session)
        content = self._content(then)
        style = style_called(then.data, self.style, content)
        asked = style_question(then, content, style, self.style)
        network, method = Differentiable(then), methods[METHOD]
        options = method.complete(
            {
                "content_layer": self.content_layer, "style_layers": ", ".join(self.style_layers),
                "style_weight": self.style_weight, "start": self.start,
            }
        )  # fmt: skip
        frames: list[np.ndarray] = []
        for number, (stage, seconds) in enumerate(timed(method.run(network, asked, options))):
            if stage.sample is None or (number % BETWEEN and stage.explanation is None):
                yield Underway(stage.share)
                continue
            frames.append(stage.sample)
            figures = {} if stage.explanation is None else stage.explanation.figures
            notes = () if stage.explanation is None else stage.explanation.notes
            yield Painting(
                then.steps, self, layers, content[0], style[0], stage.sample, figures, notes, stage.share,
                cost=cost_in_words(seconds, options), frames=tuple(frames),
            )  # fmt: skip

    def _content(self, then: Past) -> np.ndarray:
        if self.content:
            return picture_called(then.data, self.content, SIZE)
        if self.own is not None:
            return as_sample(then, self.own)
        x = then.samples()[0]
        return np.array(x[self.sample % len(x)][None])
