"""A loss that is no number any more: in the run itself, or in its next steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import line, loss_curve
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting, smaller_rates
from nnstudio.doctor.scaling import scaled_inputs, scaled_target
from nnstudio.model.quantity import in_digits
from nnstudio.training.session import Session


@findings.register
class NotANumber(Finding):
    """The step at which numbers ended, and the layer where the first one appeared that is none."""

    id = "not_a_number"
    title = "The loss is no longer a number"
    order = 2
    sees = (Sees.NETWORK,)
    may_see = (Sees.AHEAD, Sees.CURVE)
    explains = (
        "learning_rate_high",
        "slow_learning",
        "rising_loss",
        "oscillating_loss",
        "loss_spikes",
        "constant_loss",
        "exploding_gradients",
        "flooded_signal",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        session, ahead = patient.session, patient.ahead
        own = session.divergence if isinstance(session, Session) else None
        seen = own or (ahead.diverged if ahead is not None else None)
        if seen is None:
            return
        node = patient.node(seen.node) if seen.node else ""
        where = f"first in {patient.name(seen.node)}" if node else "in the loss itself"
        who = "The training" if own is not None else "A copy that was trained on"
        chart = None
        if own is None and ahead is not None and len(ahead.losses):
            chart = line(np.arange(1, len(ahead.losses) + 1), ahead.losses, "step on a copy", "loss")
        elif len(patient.losses):
            chart = loss_curve(patient)
        numbers = [("Step", f"{seen.step:,}"), ("Learning rate", in_digits(patient.rate, 3))]
        if node:
            numbers.append(("First in", patient.name(seen.node)))
        yield Case(
            node,
            f"{who} ended at step {seen.step:,}: numbers became infinite or no numbers at all, {where}. "
            "Most often steps are too large, and each makes the next one larger; the weights are back as "
            "they were before.",
            tuple(numbers),
            chart,
            (
                *scaled_target(patient),
                *scaled_inputs(patient),
                *smaller_rates(patient.rate),
                setting("Limit the norm of the gradients to 1", clip_norm=1.0),
            ),
        )
