"""What a network answers where its targets are numbers: in the units of the data, or as probabilities."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Takes
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
