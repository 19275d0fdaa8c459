"""What a network answers where its targets are numbers: in the units of the data, or as probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnkernels.spec import Takes
from nnstudio.training.by_output import by_output
from nnstudio.training.evaluation import Evaluation


def all_answers(session: Evaluation, given: Callable[[Evaluation], np.ndarray]) -> np.ndarray:
    """The answers to all targets of the data, each from the first Output that predicts it: float64 (n, t),
    NaN where none does. ``given`` tells what one Output gives, `(n, *shape)`; see `by_output`.
    """
    each = by_output(session)
    if each == (session,):
        return answers(session, given(session))
    told = [(seen, answers(seen, given(seen))) for seen in each]
    result = np.full((len(told[0][1]), session.data.target_width), np.nan)
    # The first one of a target comes last, and stays.
    for seen, values in reversed(told):
        result[:, list(seen.columns)] = values
    return result


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
