"""A network that cannot even learn ten samples by heart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import line
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import LEFT, TEN, Patient
from nnstudio.doctor.proposals import larger
from nnstudio.model.quantity import in_digits


@findings.register
class Underfitting(Finding):
    """After a training that led to little, a copy gets ten samples and all the time that it needs."""

    id = "underfitting"
    title = "Not even ten samples can be learned"
    order = 43
    sees = (Sees.BY_HEART,)
    explains = (
        "plateau",
        "slow_learning",
        "nothing_learned",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        course = patient.by_heart
        if course is None or course.diverged or not course.after > LEFT * course.before:
            return
        yield Case(
            "",
            f"A copy of the network was given only {TEN} samples, and after {course.steps:,} steps it still "
            f"has {course.after / course.before:.0%} of the loss that it began with. What cannot learn ten "
            "samples by heart cannot learn more: look for what stands in the way of the signal or of the "
            "gradient.",
            (
                ("Loss of ten samples at first", in_digits(course.before, 3)),
                ("At the end", in_digits(course.after, 3)),
            ),
            line(
                np.arange(1, len(course.losses) + 1), course.losses, "step on a copy", "loss of ten samples"
            ),
            larger(patient),
        )
