"""A picture that grows to excite a unit or channel, for the view that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnkernels.spec import Role, SpecError
from nnstudio.data.dataset import DataError
from nnstudio.data.photograph import PHOTOGRAPHS
from nnstudio.explain.activations import as_sample
from nnstudio.explain.cost import cost_in_words, timed
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.end_names import names_of_units
from nnstudio.explain.method import methods
from nnstudio.explain.style_pictures import style_called
from nnstudio.explain.targets import known_ends, question, unit_target
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.underway import Underway

METHOD = "activation_maximisation"
# Steps of the method between two pictures.
BETWEEN = 4
# Samples that are looked through for those that excite a unit most, and how many of those are shown.
MOST_SAMPLES, STRONGEST = 256, 4


@dataclass(frozen=True, eq=False)
class Dream:
    """What grew until now, with the weights of a step.

    Attributes:
        asked: the probe.
        units: how many there are to choose from; ``unit`` is the one that was asked about, ``name`` its
            class.
        picture: the sample (h, w, c), as the network gets it; None where ``problem`` says why there is none.
        begun: the sample or photograph that it began with, as the picture; None for noise and grey.
        before, now: what the unit gives for the first picture and for this one, on average over positions.
        share: of the steps that are done.
        exciting: the samples that excite it most, the strongest first, with what it gives for each, on
            average over positions: pairs of a number and a value.
        cost: what it took until now, in words.
        frames: the pictures until now, this one the last.
    """

    step: int
    asked: DreamProbe
    units: int
    unit: int
    name: str
    picture: np.ndarray | None
    before: float
    now: float
    share: float
    problem: str = ""
    exciting: tuple[tuple[int, float], ...] = ()
    cost: str = ""
    begun: np.ndarray | None = None
    frames: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class DreamProbe:
    """What excites a unit or channel of a node, from a ``start`` of the method or one of PHOTOGRAPHS.

    ``sample`` and ``own`` are as in `WhyProbe`; they matter where it starts with the sample. ``octaves`` and
    ``jitter`` are the method's.
    """

    node: str
    unit: int
    start: str
    sample: int = 0
    own: tuple[float, ...] | None = None
    octaves: int = 2
    jitter: int = 1
    # A picture grows to its end with the weights that it began with.
    patience: float = float("inf")
    every: ClassVar[float] = 1.0

    def run(self, session: Evaluation) -> Iterator[Dream | Underway]:
        try:
            yield from self._grow(session)
        except (DataError, SpecError) as error:
            yield Dream(session.steps, self, 0, 0, "", None, 0.0, 0.0, 1.0, str(error))

    def _grow(self, session: Evaluation) -> Iterator[Dream | Underway]:
        """Raises DataError or SpecError where there is nothing that could be excited."""
        nodes = session.layout.nodes
        if self.node not in nodes:
            raise DataError("This layer leads to no output yet. Connect it between Input and Output.")
        if nodes[self.node].layer.role == Role.INPUT:
            raise DataError("This is the data itself. Select a layer behind it.")
        # It takes many pieces, and the network learns on between them.
        then, units = Past(session), nodes[self.node].shape[-1]
        unit, names = min(self.unit, units - 1), names_of_units(session, self.node)
        name = names[unit] if len(names) == units else ""
        x, y, _ = session.samples()
        index = self.sample % len(x)
        one = x[index : index + 1] if self.own is None else as_sample(session, self.own)
        is_photograph = self.start in PHOTOGRAPHS
        one = style_called(session.data, self.start, one) if is_photograph else one
        start = "sample" if is_photograph else self.start
        target, network = unit_target(then.layout, self.node, str(unit)), Differentiable(then)
        asked, _notes = question(then, one, -1, target, -1, (x[:0], y[:0]), known_ends(session))
        how = {"start": start, "octaves": self.octaves, "jitter": self.jitter}
        options, before = methods[METHOD].complete(how), None
        exciting, frames = _exciting(then, self.node, unit), list[np.ndarray]()
        grown = timed(methods[METHOD].run(network, asked, options))
        for number, (stage, seconds) in enumerate(grown):
            if stage.sample is None or (number % BETWEEN and stage.explanation is None):
                yield Underway(stage.share)
                continue
            now = float(network.values(target, stage.sample[None])[0])
            if not np.isfinite(now):
                raise DataError("The network gives no numbers here, so nothing can excite it.")
            before = now if before is None else before
            frames.append(stage.sample)
            yield Dream(
                then.steps, self, units, unit, name, stage.sample, before, now, stage.share, "", exciting,
                cost_in_words(seconds, options), one[0] if start == "sample" else None,
                tuple(frames),
            )  # fmt: skip


def _exciting(then: Evaluation, node: str, unit: int) -> tuple[tuple[int, float], ...]:
    """Of the first samples of the part that training watches, those that excite a unit most."""
    values = then.predict(then.samples()[0][:MOST_SAMPLES], node)[..., unit]
    means = values.reshape(len(values), -1).mean(1, dtype=np.float64)
    order = np.argsort(-means, kind="stable")[:STRONGEST]
    return tuple((int(number), float(means[number])) for number in order)
