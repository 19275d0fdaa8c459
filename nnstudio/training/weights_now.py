"""Loss and accuracy of the weights as they are on the training samples, while nothing is trained.

Those that training itself tells are means over an epoch in which the weights moved. These are evaluated in
pieces, so that orders need not wait, and given up where they take long.
"""

from __future__ import annotations

import numpy as np

from nnkernels.planning.turn_taking import TurnTaking
from nnstudio.training.evaluating import Evaluating
from nnstudio.training.evaluation import EVALUATION_BATCH
from nnstudio.training.phase import Phase
from nnstudio.training.session import Session

# They may take so many seconds of work at the most.
MOST_SECONDS = 2.0
# Floating-point operations of a piece at the most: 1 to 30 ms here, for which a person who resumes waits.
PIECE_OPERATIONS = 1e8
# While the weights are what they are.
AT_REST = Phase.PAUSED, Phase.FINISHED


class WeightsNow:
    """What a session's network makes of its training samples, without learning."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._forget()

    def _forget(self) -> None:
        self._evaluating = self._begun()
        self._at_rest, self._step = False, self._session.steps_done

    def follow(self, phase: Phase) -> None:
        """The run is in this phase: while it trains, and after another step, the weights are others."""
        if phase not in AT_REST or self._session.steps_done != self._step:
            self._forget()
        self._at_rest = phase in AT_REST

    @property
    def figures(self) -> tuple[float, float | None] | None:
        """Mean loss and accuracy, None for number targets; None as a whole where all is not evaluated, and
        where losses are told that are of before a change.
        """
        is_known = self._evaluating.is_over and not self._session.alterations.any
        return self._evaluating.figures if is_known else None

    @property
    def is_due(self) -> bool:
        """Whether there is something left to evaluate that is worth it.

        Where groups of layers learn in turns, training tells each Output's loss of what it was asked, which
        no evaluation of all samples repeats.
        """
        session = self._session
        is_told = session.figures is not None and not session.alterations.any
        evaluating = self._evaluating
        is_open = self._at_rest and not evaluating.is_over and evaluating.seconds < MOST_SECONDS
        return is_open and is_told and not isinstance(session.program, TurnTaking)

    def _begun(self) -> Evaluating:
        """In pieces by the size of the network, so that the figures are the same on any machine.

        What a sample counts may depend on the others; they are then evaluated as everywhere.
        """
        session, x, y = self._session, self._session.data.x_train, self._session.data.y_train
        # A program that other work has, too; a piece need not fill its batch.
        batch = min(EVALUATION_BATCH, len(x))
        few = int(np.clip(PIECE_OPERATIONS // max(session.operations, 1), 1, batch))
        return Evaluating(session, x, y, batch, batch if session.shares_a_batch else few)

    def advance(self) -> bool:
        """Evaluate a piece, where one is due; whether all are evaluated by that."""
        if not self.is_due:
            return False
        self._evaluating.advance()
        return self._evaluating.is_over
