"""What the network says of a sample that a person made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import Shape
from nnstudio.explain.activations import as_sample, probabilities
from nnstudio.explain.answers import answers
from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class Prediction:
    """At a step: probabilities of all classes, or the numbers in their own unit; both (n,) with names.

    ``shape`` is that of the picture which the numbers are, or empty. ``are_labels``: each is the probability
    that a label holds, whatever the others are.
    """

    step: int
    names: tuple[str, ...]
    values: np.ndarray
    are_classes: bool
    shape: Shape = ()
    are_labels: bool = False


@dataclass(frozen=True)
class PredictionProbe:
    """The prediction for a sample as the network gets it, flat."""

    own: tuple[float, ...]

    def run(self, session: Evaluation) -> Iterator[Prediction]:
        data = session.data
        output = session.predict(as_sample(session, self.own))
        if data.classes:
            likely = probabilities(session, output)
            if len(likely) == 1:
                yield Prediction(session.steps, data.classes, likely[0], True)
            else:
                # Of many labels, what each is most likely.
                told = tuple(
                    f"{name}: {data.classes[c]}"
                    for name, c in zip(data.targets, likely.argmax(1), strict=True)
                )
                yield Prediction(session.steps, told, likely.max(1), True)
            return
        numbers = answers(session, output)[0]
        names = (
            data.targets
            if len(data.targets) == len(numbers)
            else tuple(f"{i + 1}" for i in range(len(numbers)))
        )
        yield Prediction(
            session.steps,
            names,
            numbers,
            False,
            data.input_shape if data.draws_pictures else (),
            session.loss.for_labels,
        )
