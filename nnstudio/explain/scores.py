"""How good a network is on one part of the data, in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.table_unit import OF_VALUES, in_table, in_table_called, is_in_other_form
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.explain.metrics import explained, mean_absolute
from nnstudio.explain.text_scores import TextScores, nats_of, text_scores
from nnstudio.model.quantity import in_digits
from nnstudio.training.by_output import by_output, called
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation

# More targets of an Output are not named.
MOST_TOLD = 3
# The scores that are single numbers.
MEASURES = ("loss", "accuracy", "r2", "mean_absolute_error")


@dataclass(frozen=True)
class Scores:
    """Mean loss of ``samples``; the accuracy of classes and labels, else R² and the mean absolute error of
    numbers in the unit of the table, and the ``target``'s name if it is the only one; of a text, what a
    character or word of it costs. ``only_real``: the accuracy counts real samples alone, see
    `holds_only_real`; ``of_values``: see `is_in_other_form`.

    Of several Outputs, ``outputs`` has these of each. The loss is then the weighted sum that is minimised,
    the accuracy is that of the first Output, and there is no R² and no error of all together.
    """

    part: Split
    samples: int
    loss: float
    accuracy: float | None = None
    r2: float | None = None
    mean_absolute_error: float | None = None
    text: TextScores | None = None
    target: str = ""
    outputs: tuple[OutputScores, ...] = ()
    only_real: bool = False
    of_values: bool = False

    def plain(self) -> dict[str, Any]:
        """All of them by name; None where there is no such score. ``text`` only of a text, and ``outputs``
        only of several.
        """
        told = asdict(replace(self, text=None, outputs=()))
        del told["text"], told["target"], told["outputs"]
        for name in ("only_real", "of_values"):
            if not told[name]:
                del told[name]
        if self.text is not None:
            told["text"] = self.text.plain()
        return {**told, "outputs": [each.plain() for each in self.outputs]} if self.outputs else told

    def measures(self, output: str = "") -> dict[tuple[str, str], float]:
        """Those that are single numbers and are there, by their name and that of the Output, which is "" for
        the network's own; those of several Outputs come behind.
        """
        own = {(name, output): getattr(self, name) for name in MEASURES}
        told = {key: value for key, value in own.items() if value is not None}
        for each in self.outputs:
            told |= each.scores.measures(each.output)
        return told

    @property
    def sentence(self) -> str:
        """All of them in words."""
        told = f"loss {in_digits(self.loss, 6)}"
        if self.outputs:
            return "; ".join([f"{told} in all", *(each.sentence for each in self.outputs)])
        if self.accuracy is not None:
            told += f", {REAL_RIGHT if self.only_real else 'accuracy'} {self.accuracy:.2%}"
        if self.r2 is not None:
            told += f", R²{OF_VALUES if self.of_values else ''} {self.r2:.4f}, mean absolute error "
            told += in_digits(self.mean_absolute_error or 0.0, 6)
            told += self.target and f" of '{self.target}'"
        return f"{told}, {self.text.sentence}" if self.text is not None else told


@dataclass(frozen=True)
class OutputScores:
    """One Output of several.

    Attributes:
        output: what it is called.
        targets: the names of what it predicts.
        weight: of its loss in the sum that is minimised.
        scores: its own; the loss is without the weight.
    """

    output: str
    targets: tuple[str, ...]
    weight: float
    scores: Scores

    def plain(self) -> dict[str, Any]:
        """As `Scores.plain`, with its name first."""
        told = self.scores.plain()
        del told["part"], told["samples"]
        return {"output": self.output, "targets": list(self.targets), "weight": self.weight, **told}

    @property
    def sentence(self) -> str:
        told = list(self.targets) if len(self.targets) <= MOST_TOLD else []
        told += [] if self.weight == 1 else [f"weight {self.weight:g}"]
        of = f" ({', '.join(told)})" if told else ""
        return f"{self.output}{of}: {self.scores.sentence}"


def scores_of(network: Evaluation, part: Split, names: Mapping[str, str] | None = None) -> Scores:
    """Judge a network by a part of its data, which must hold some samples.

    ``names`` are what people call the nodes, by identifier.
    """
    each = by_output(network)
    if each == (network,):
        return _scores(network, part)
    told = [_scores(seen, part) for seen in each]
    if len(each) == 1:
        # Of some targets alone; its loss is the network's.
        return replace(told[0], loss=network.evaluate(*network.data.part(part))[0])
    loss, accuracy = network.evaluate(*network.data.part(part))
    weights = {target.node: target.weight for target in network.layout.targets}
    outputs = tuple(
        OutputScores(
            called(seen.layout.output, names or {}),
            in_table_called(seen.data),
            weights[seen.layout.output],
            replace(scores, target=""),
        )
        for seen, scores in zip(each, told, strict=True)
    )
    return Scores(part, told[0].samples, loss, accuracy, text=told[0].text, outputs=outputs)


def _scores(network: Evaluation, part: Split) -> Scores:
    """Of a network that predicts all targets of its data by one Output."""
    data = network.data
    x, y = data.part(part)
    loss, accuracy = network.evaluate(x, y)
    if data.text is not None:
        text = next(filter(None, text_scores(data, part, x, y, _nats(network, x, y))))
        return Scores(part, len(x), loss, accuracy, text=text)
    if network.classifies:
        return Scores(part, len(x), loss, accuracy, only_real=holds_only_real(data))
    truth = in_table(data, part, np.asarray(y, np.float64) * data.y_scale + data.y_shift)
    predicted = in_table(data, part, answers(network, network.predict(x)))
    names = in_table_called(data)
    return Scores(
        part, len(x), loss, None, explained(predicted, truth), mean_absolute(predicted, truth),
        target=names[0] if len(names) == 1 else "", of_values=is_in_other_form(data),
    )  # fmt: skip


def _nats(network: Evaluation, x: np.ndarray, y: np.ndarray) -> float:
    """What each label costs, mean; some samples at a time, as each may have many numbers."""
    total = 0.0
    for start in range(0, len(x), EVALUATION_BATCH):
        rows = slice(start, start + EVALUATION_BATCH)
        likely = probabilities(network, network.predict(x[rows]))
        total += nats_of(likely, y[rows].ravel().astype(int)) * len(likely)
    return total / y.size
