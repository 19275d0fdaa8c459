"""A loss for numbers where the targets are yes or no."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec import TaskKind, size_of
from nnstudio.doctor.corrections import taken_as_classes
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.training.by_output import by_output
from nnstudio.training.evaluation import Evaluation

# Fewer samples are a textbook's example, of which each value is meant.
FEWEST = 30
# Targets that are named.
NAMED = 3
MULTI_LABEL, BINARY, SOFTMAX = "multi_label_cross_entropy", "binary_cross_entropy", "softmax_cross_entropy"


def named(targets: tuple[str, ...]) -> str:
    """Names of columns; of many, the first ones."""
    told = ", ".join(f"'{name}'" for name in targets[:NAMED])
    return told if len(targets) <= NAMED else f"{told} and {len(targets) - NAMED:,} more"


@findings.register
class LabelsAsNumbers(Finding):
    """Targets of which there are only two values, 0 and 1 before scaling, and a loss for quantities."""

    id = "labels_as_numbers"
    title = "A loss that does not fit the targets"
    order = 23
    sees = (Sees.NETWORK, Sees.DATA)

    def look(self, patient: Patient) -> Iterator[Case]:
        each = by_output(patient.session)
        for seen in each:
            yield from self._of(patient, seen, len(each) == 1)

    def _of(self, patient: Patient, seen: Evaluation, is_only: bool) -> Iterator[Case]:
        """What one Output is compared with; another loss is offered for the run where it ``is_only``."""
        data, loss_now = seen.data, seen.loss
        is_for_numbers = loss_now.task == TaskKind.REGRESSION and loss_now.folds == ""
        if data.classes or not is_for_numbers or len(data.x_train) < FEWEST or data.draws_pictures:
            return
        values = [np.unique(column) for column in patient.targets.T[list(seen.columns)]]
        if any(len(v) != 2 for v in values):
            return
        several = data.target_width > 1
        count = "Both" if data.target_width == 2 else f"All {data.target_width}"
        what = f"{count} targets have" if several else "The target has"
        advice = (
            "Choose multi-label cross-entropy"
            if several and data.are_labels
            else "Take the targets as yes or no, and choose multi-label cross-entropy"
            if several
            else "Take the target as classes, and choose a cross-entropy"
        )
        width = size_of(seen.layout.nodes[seen.layout.logits].shape)
        loss = MULTI_LABEL if several else BINARY if width == 1 else SOFTMAX
        yield Case(
            patient.node(seen.layout.output),
            f"{what} only two values, which {loss_now.title.lower()} takes for quantities. "
            f"{advice}: it learns from wrong answers faster, and tells how sure the network is.",
            (("Targets", named(data.targets)), ("Loss", loss_now.title)),
            corrections=()
            if not is_only
            else (setting(advice, loss=loss),)
            if several and data.are_labels
            else taken_as_classes(data, loss),
        )
