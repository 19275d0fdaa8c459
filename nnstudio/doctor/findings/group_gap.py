"""Results that differ by a group of the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.imitation import holds_only_real
from nnstudio.doctor.charts import bars
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.explain.by_group import by_groups
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_percent

# Accuracies so far apart, by so many standard errors, of groups of so many samples at least.
APART, ERRORS, FEWEST = 0.15, 4.0, 20


@findings.register
class GroupGap(Finding):
    """The accuracy of two groups of a column, on the part that training watches."""

    id = "group_gap"
    title = "Worse results for a group"
    order = 50
    sees = (Sees.ANSWERS,)
    judged = Judged.GROUPS

    def look(self, patient: Patient) -> Iterator[Case]:
        part: Split = patient.data.watched
        answers = patient.answers[part]
        # Of real samples alone it is no fault that a judge doubts those of a group more.
        if not patient.is_trained or not answers.likely.size or holds_only_real(patient.data):
            return
        right = (answers.chosen == answers.labels).astype(float)
        told = by_groups(patient.data.groupings, part, answers.rows, right)
        targets = set(patient.data.targets)
        for group in (g for g in told if g.column not in targets):
            many = np.flatnonzero(group.counts >= FEWEST)
            if len(many) < 2:
                continue
            values, counts = group.values[many], group.counts[many]
            low, high = int(values.argmin()), int(values.argmax())
            errors = np.sqrt((np.maximum(values * (1 - values), 0.01) / counts)[[low, high]].sum())
            gap = float(values[high] - values[low])
            if gap < APART or gap < ERRORS * errors:
                continue
            worst, best = group.groups[many[low]], group.groups[many[high]]
            remedies: tuple[Repair, ...] = ()
            if not patient.settings.balance:
                remedies = (
                    setting(f"Let the groups of '{group.column}' count equally", balance=group.column),
                )
            yield Case(
                "",
                f"Where '{group.column}' is '{worst}', {in_percent(round(float(values[low]), 3))} are "
                f"right; where it is '{best}', {in_percent(round(float(values[high]), 3))}. The overall "
                "accuracy hides that the network does worse for some.",
                (
                    (f"{worst}", f"{in_percent(round(float(values[low]), 3))} of {counts[low]:,}"),
                    (f"{best}", f"{in_percent(round(float(values[high]), 3))} of {counts[high]:,}"),
                ),
                bars(np.nan_to_num(group.values).tolist(), f"group of {group.column}", "share right"),
                remedies,
            )
