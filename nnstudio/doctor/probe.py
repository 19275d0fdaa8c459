"""The doctor as probes of the worker: an examination now and then, and what a person asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nnstudio.doctor.examination import Report, examine
from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.trying import Trial, Trying, try_all
from nnstudio.model.document import Document
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.session import Session

# Seconds from one examination to the next while the network learns, at the least; and the share of the time
# that all of them may take at full speed.
EVERY, SHARE = 1.0, 0.006


@dataclass(frozen=True)
class DoctorProbe:
    """An examination of the network that is looked at.

    Attributes:
        names: pairs of nodes and what people call them.
        troubled: nodes of which a problem of the graph is told already.
        may_try: whether a copy may be trained for a moment; the network must not learn meanwhile.
        settings: those that it is trained with: where they change, the worker looks again.
    """

    names: tuple[tuple[str, str], ...]
    troubled: frozenset[str] = frozenset()
    may_try: bool = False
    settings: TrainingSettings | None = None
    every: float = EVERY
    share: float = SHARE
    # One that was begun is ended: its parts are seen at most some steps apart.
    patience: float = math.inf

    def run(self, session: Evaluation) -> Iterator[Report | None]:
        """None after each piece, then the report."""
        report = yield from examine(Patient.of(session, dict(self.names)), self.may_try, self.troubled)
        yield report


@dataclass(frozen=True, eq=False)
class RemedyProbe:
    """All remedies of a diagnosis, tried on copies of the document that ``copying`` makes."""

    diagnosis: Diagnosis
    copying: Callable[[], Document]
    # It is tried once, whatever becomes of the network.
    every: float = math.inf
    patience: float = math.inf

    def run(self, session: Evaluation) -> Iterator[Trying | tuple[Trial, ...] | None]:
        """None after each piece, and what is tried next; then the trials, those that help first. There are
        none of a network of the past.
        """
        if not isinstance(session, Session):
            yield ()
            return
        trials = yield from try_all(self.copying, session, self.diagnosis)
        yield trials
