"""How good a network is on one part of the data, in a few numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.table_unit import in_table, in_table_called
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.explain.metrics import explained, mean_absolute
from nnstudio.explain.text_scores import TextScores, nats_of, text_scores
from nnstudio.model.quantity import in_digits
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation


@dataclass(frozen=True)
class Scores:
    """Mean loss of ``samples``; the accuracy of classes and labels, else R² and the mean absolute error of
    numbers in the unit of the table, and the ``target``'s name if it is the only one; of a text, what a
    character or word of it costs.
    """

    part: Split
    samples: int
    loss: float
    accuracy: float | None = None
    r2: float | None = None
    mean_absolute_error: float | None = None
    text: TextScores | None = None
    target: str = ""

    def plain(self) -> dict[str, Any]:
        """All of them by name; None where there is no such score, and ``text`` only of a text."""
        told = asdict(self)
        del told["text"], told["target"]
        return told if self.text is None else {**told, "text": self.text.plain()}

    @property
    def sentence(self) -> str:
        """All of them in words."""
        told = f"loss {in_digits(self.loss, 6)}"
        if self.accuracy is not None:
            told += f", accuracy {self.accuracy:.2%}"
        if self.r2 is not None:
            told += f", R² {self.r2:.4f}, mean absolute error {in_digits(self.mean_absolute_error or 0.0, 6)}"
            told += self.target and f" of '{self.target}'"
        return f"{told}, {self.text.sentence}" if self.text is not None else told


def scores_of(network: Evaluation, part: Split) -> Scores:
    """Judge a network by a part of its data, which must hold some samples."""
    data = network.data
    x, y = data.part(part)
    loss, accuracy = network.evaluate(x, y)
    if data.text is not None:
        text = next(filter(None, text_scores(data, part, x, y, _nats(network, x, y))))
        return Scores(part, len(x), loss, accuracy, text=text)
    if network.classifies:
        return Scores(part, len(x), loss, accuracy)
    truth = in_table(data, part, np.asarray(y, np.float64) * data.y_scale + data.y_shift)
    predicted = in_table(data, part, answers(network, network.predict(x)))
    names = in_table_called(data)
    return Scores(
        part, len(x), loss, None, explained(predicted, truth), mean_absolute(predicted, truth),
        target=names[0] if len(names) == 1 else "",
    )  # fmt: skip


def _nats(network: Evaluation, x: np.ndarray, y: np.ndarray) -> float:
    """What each label costs, mean; some samples at a time, as each may have many numbers."""
    total = 0.0
    for start in range(0, len(x), EVALUATION_BATCH):
        rows = slice(start, start + EVALUATION_BATCH)
        likely = probabilities(network, network.predict(x[rows]))
        total += nats_of(likely, y[rows].ravel().astype(int)) * len(likely)
    return total / y.size
