"""A target that is the same for all samples, or none at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.model.quantity import in_digits

# Samples that are shown.
MOST_SHOWN = 100


@findings.register
class ConstantTarget(Finding):
    """Target values that never differ in the training part, or are not finite."""

    id = "constant_target"
    title = "Nothing to learn in the target"
    order = 1
    sees = (Sees.DATA,)
    explains = (
        "constant_loss",
        "slow_learning",
        "class_never_predicted",
        "imbalance",
        "learning_rate_low",
        "no_gradient",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        # Of all samples: one that differs is enough.
        y = np.asarray(patient.data.y_train)
        if len(y) < 2:
            return
        names = patient.data.targets
        broken = np.flatnonzero(~np.isfinite(y).all(0))
        if len(broken):
            rows = int((~np.isfinite(y)).any(1).sum())
            yield Case(
                "",
                f"{rows:,} training samples have a target that is infinite or no number, so their loss is "
                "none either. Leave these rows out under Data, or correct them.",
                (("Samples", f"{rows:,}"),),
                shown=tuple(np.flatnonzero(~np.isfinite(y).all(1))[:MOST_SHOWN].tolist()),
            )
            return
        if patient.data.draws_pictures or not (y.max(0) == y.min(0)).all():
            return
        name = names[0] if len(names) == 1 else "the target"
        value = patient.data.classes[int(y[0, 0])] if patient.data.classes else _as_in_file(patient.data, y)
        yield Case(
            "",
            f"'{name}' is {value} in all {len(y):,} training samples. A network that always answers that is "
            "right, so it learns nothing from the inputs; choose another target under Data.",
            (("Different values", "1"), ("Training samples", f"{len(y):,}")),
            shown=(),
        )


def _as_in_file(data: Dataset, y: np.ndarray) -> str:
    """The first target, in the units of the data."""
    shift, scale = (float(np.ravel(value)[0]) for value in (data.y_shift, data.y_scale))
    return in_digits(float(in_own_unit(y[0, 0], shift, scale)), 6)
