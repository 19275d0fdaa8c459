"""What the network says of a sample that a person made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import as_sample, probabilities
from nnstudio.explain.answers import all_answers, answers
from nnstudio.training.by_output import at_output, by_output, outputs_of
from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class Prediction:
    """At a step: probabilities of all classes, or the numbers in their own unit; both (n,) with names.

    ``shape`` is that of the picture which the numbers are, or empty. ``are_labels``: each is the probability
    that a label holds, whatever the others are. ``output``, ``outputs``: the Output that it is of, and all of
    them, by identifier, where it is not of all.
    """

    step: int
    names: tuple[str, ...]
    values: np.ndarray
    are_classes: bool
    shape: Shape = ()
    are_labels: bool = False
    output: str = ""
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class PredictionProbe:
    """The prediction for a sample as the network gets it, flat.

    Of several Outputs that all give numbers it is of all; else of the one that ``output`` names, or the
    first.
    """

    own: tuple[float, ...]
    output: str = ""

    def run(self, session: Evaluation) -> Iterator[Prediction]:
        each, outputs = by_output(session), outputs_of(session)
        if all(not seen.data.classes and not seen.loss.for_labels for seen in each) and outputs:
            sample = as_sample(session, self.own)
            numbers = all_answers(session, lambda seen: seen.predict(sample))[0]
            known = [at for at in range(len(numbers)) if any(at in seen.columns for seen in each)]
            names = _names(session.data, len(numbers))
            yield Prediction(session.steps, tuple(names[at] for at in known), numbers[known], False)
            return
        seen = at_output(session, self.output)
        for told in self._of(seen):
            yield replace(told, output=seen.layout.output, outputs=outputs) if outputs else told

    def _of(self, session: Evaluation) -> Iterator[Prediction]:
        """By one Output, which predicts all targets of its data."""
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
        yield Prediction(
            session.steps,
            _names(data, len(numbers)),
            numbers,
            False,
            data.input_shape if data.draws_pictures else (),
            session.loss.for_labels,
        )


def _names(data: Dataset, count: int) -> tuple[str, ...]:
    """What so many predicted numbers are called: as the targets, or by their place."""
    return data.targets if len(data.targets) == count else tuple(f"{i + 1}" for i in range(count))
