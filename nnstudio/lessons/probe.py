"""What the worker looks at for a lesson, between two slices: the conditions on weights and predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from nnstudio.lessons.condition import NetworkCondition, Verdict
from nnstudio.lessons.network_conditions import Accuracy, BeatsNGrams, Gap, Loss
from nnstudio.lessons.work import Network
from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class Judged:
    """Verdicts in the order of the conditions.

    Attributes:
        look: that of the probe.
        first, step: where training stood at the first verdict and at the last one.
    """

    look: int
    first: int
    step: int
    verdicts: tuple[Verdict, ...]

    @property
    def is_of_one_moment(self) -> bool:
        """Whether all verdicts are of the same weights."""
        return self.first == self.step


@dataclass(frozen=True)
class LessonProbe:
    """The conditions of a step.

    Attributes:
        look: numbers what the learner did: a result of an earlier look says nothing of what came after it.
        names: what people and what the engine call each node.
    """

    look: int
    conditions: tuple[NetworkCondition, ...]
    names: tuple[tuple[str, str], ...]
    # Seconds from one look to the next while the network learns.
    every: ClassVar[float] = 0.25

    def run(self, session: Evaluation) -> Iterator[Judged | None]:
        """Yields the verdicts once all are there."""
        network, first = Network(session, dict(self.names)), session.steps
        verdicts: list[Verdict] = []
        for condition in self.conditions:
            if verdicts and isinstance(condition, Loss | Accuracy | Gap | BeatsNGrams):
                # These go through a whole part of the data: training need not wait for several.
                yield None
            verdicts.append(condition.look(network))
        yield Judged(self.look, first, session.steps, tuple(verdicts))
