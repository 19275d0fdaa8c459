"""What a network answers where its targets are numbers: in the units of the data, or as probabilities."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Takes
from nnstudio.data.dataset import Dataset, Split
from nnstudio.training.evaluation import Evaluation


def answers(session: Evaluation, outputs: np.ndarray) -> np.ndarray:
    """Outputs (n, ..) as people read them, float64 (n, width).

    Numbers get the unit of the data. Where the loss turns logits into probabilities itself, and no final
    activation does, they are turned as there.
    """
    data, layout, loss = session.data, session.layout, session.loss
    numbers = np.asarray(outputs, np.float64).reshape(len(outputs), -1)
    if loss.takes == Takes.LOGITS and layout.logits == layout.nodes[layout.output].inputs[0]:
        if loss.folds == "sigmoid":
            return np.asarray(1 / (1 + np.exp(-np.clip(numbers, -700, 700))))
        powers = np.exp(numbers - numbers.max(1, keepdims=True))
        return np.asarray(powers / powers.sum(1, keepdims=True))
    return np.asarray(numbers * data.y_scale + data.y_shift)


def in_table(data: Dataset, part: Split, numbers: np.ndarray, which: np.ndarray | None = None) -> np.ndarray:
    """Answers or targets (n, targets), in the unit of the data, as the values of the table that they say.

    They are of the first samples of a part, or of those of the numbers ``which`` (n,). They differ where a
    series is predicted as logarithms or as changes: an error is told in the unit of the table everywhere.
    """
    whole = data.series
    if whole is None or whole.targets() == whole.series.columns:
        return numbers
    rows = whole.ends[part]
    return whole.values_of(numbers, rows[: len(numbers)] if which is None else rows[which])


def in_table_called(data: Dataset) -> tuple[str, ...]:
    """What `in_table` gives: the names of the targets in the table."""
    return data.targets if data.series is None else data.series.series.columns
