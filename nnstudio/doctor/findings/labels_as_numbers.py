"""A loss for numbers where the targets are yes or no."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec import TaskKind
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient

# Fewer samples are a textbook's example, of which each value is meant.
FEWEST = 30


@findings.register
class LabelsAsNumbers(Finding):
    """Targets of which there are only two values, 0 and 1 before scaling, and a loss for quantities."""

    id = "labels_as_numbers"
    title = "A loss that does not fit the targets"
    order = 23
    sees = (Sees.NETWORK, Sees.DATA)

    def look(self, patient: Patient) -> Iterator[Case]:
        data, loss = patient.data, patient.session.loss
        is_for_numbers = loss.task == TaskKind.REGRESSION and loss.folds == ""
        if data.classes or not is_for_numbers or len(data.x_train) < FEWEST or data.draws_pictures:
            return
        values = [np.unique(column) for column in patient.targets.T]
        if any(len(v) != 2 for v in values):
            return
        several = data.target_width > 1
        what = f"the {data.target_width} target values" if several else "the targets"
        advice = (
            "Choose multi-label cross-entropy"
            if several and data.are_labels
            else "Take the target as classes under Data, and choose a cross-entropy"
        )
        yield Case(
            patient.node(patient.layout.output),
            f"Each of {what} is one of two values, which {loss.title.lower()} takes for quantities. "
            f"{advice}: it learns from wrong answers faster, and tells how sure the network is.",
            (("Values of the target", "2"), ("Loss", loss.title)),
        )
