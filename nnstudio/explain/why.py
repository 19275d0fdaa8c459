"""Why a network gives what it gives for a sample, for the view that shows it while the network learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.data.true_class import true_class
from nnstudio.explain.activations import Told, as_sample, describe_target, in_one, told_of
from nnstudio.explain.cost import cost_in_words, timed
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.embedded import stages
from nnstudio.explain.method import Explanation, Kind, Method, Target, methods
from nnstudio.explain.targets import class_target, input_names, known_ends, number_target, question
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.underway import Underway

# Options of methods while a person watches, where the usual ones take long.
QUICK = {"integrated_gradients": {"steps": 32}}
PREDICTED = -1


def methods_of_view() -> list[Method]:
    """Those that tell of each input how much it matters."""
    return [method for method in methods if method.kind == Kind.IMPORTANCE]


@dataclass(frozen=True, eq=False)
class Why:
    """What a method tells of a sample at a step.

    Attributes:
        asked: the probe.
        sample: the sample `(*shape)`, as the network gets it.
        label: what it is, and ``prediction`` what it is taken for, in words; ``told`` by each Output.
        target: what is explained, in words.
        explanation: None where ``problem`` says in a sentence why there is none.
        names: of the inputs, where they are a row of named ones or of tokens.
        cost: what it took, in words.
    """

    step: int
    asked: WhyProbe
    sample: np.ndarray
    label: str
    prediction: str
    target: str
    explanation: Explanation | None
    problem: str = ""
    names: tuple[str, ...] = ()
    cost: str = ""
    told: Told = ()


@dataclass(frozen=True)
class WhyProbe:
    """A method on sample ``sample`` of the part that training watches, or on a person's ``own``, flat.

    ``number`` is that of the class or number that is explained, or PREDICTED.
    """

    method: str
    sample: int
    own: tuple[float, ...] | None = None
    number: int = PREDICTED
    # Nobody compares two of them more often.
    every: ClassVar[float] = 0.4

    def run(self, session: Evaluation) -> Iterator[Why | Underway]:
        x, y, part = session.samples()
        index, label = self.sample % len(x), ""
        one = x[index : index + 1] if self.own is None else as_sample(session, self.own)
        if self.own is None:
            label = true_class(session.data, part, index) or describe_target(session, y[index], (part, index))
        # It may take several pieces, and the network learns on between them.
        then = Past(session)
        ends, which = [t.node for t in then.layout.targets], None if self.own is not None else (part, index)
        given = then.predict_all(one, ends)
        told = told_of(then, given, which)
        target, explanation, problem, cost = "", None, "", ""
        try:
            if not all(np.isfinite(given[end]).all() for end in ends):
                raise DataError("The network gives no numbers here, so there is nothing to explain.")
            none, target_ = (x[:0], y[:0]), self._target(then)
            asked, _notes = question(then, one, -1, target_, -1, none, known_ends(session))
            target, network, method = asked.target.name, Differentiable(then), methods[self.method]
            options = method.complete(QUICK.get(method.id, {}))
            for stage, seconds in timed(stages(method, network, asked, options)):
                explanation, cost = stage.explanation, cost_in_words(seconds, options)
                if explanation is None:
                    yield Underway(stage.share)
            values = None if explanation is None else explanation.values
            if values is None or not np.isfinite(values).all():
                raise DataError("The gradients are no numbers here, so there is nothing to see.")
        except (DataError, SpecError) as error:
            explanation, problem = None, str(error)
        of_columns = explanation.names if explanation is not None else ()
        names = of_columns or input_names(session.data, one[0])
        prediction = in_one(told)
        yield Why(
            then.steps, self, one[0], label, prediction, target, explanation, problem, names, cost, told
        )

    def _target(self, session: Evaluation) -> Target | None:
        """Raises DataError."""
        data = session.data
        if data.classes:
            return None if self.number == PREDICTED else class_target(session, self.number)
        return number_target(session, str(max(self.number, 0)))
