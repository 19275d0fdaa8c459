"""The worker's own bookkeeping of the job it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnstudio.training.curve import Epoch
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.messages import Checkpoints
from nnstudio.training.session import Progress, Session


@dataclass
class CurrentRun:
    """A session and how far its thread is with it.

    Attributes:
        slices: what is left of a training that was begun; None before.
        next_epoch_at: when an epoch may end, by `time.perf_counter`, where a person follows.
        past: a network of an earlier step, made when one is first looked at.
        shown: the kept step that live views look at; None for the network as it is.
    """

    session: Session
    slices: Iterator[Progress | Epoch] | None = None
    next_epoch_at: float = 0.0
    past: Past | None = None
    shown: int | None = None

    @property
    def seen(self) -> Evaluation:
        """What live views look at."""
        return self.session if self.shown is None or self.past is None else self.past

    def checkpoints(self, known: Checkpoints) -> Checkpoints:
        """The steps that are kept; what is known already, where none came or went."""
        journal = self.session.journal
        if (len(known.steps), known.steps[-1:]) == (len(journal.steps), tuple(journal.steps[-1:])):
            return known
        return Checkpoints(tuple(journal.steps), journal.bytes)
