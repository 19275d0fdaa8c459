"""Targets of which a few lie so far beyond all others that a squared loss is about nothing but them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.answers import rows_of
from nnstudio.doctor.charts import histogram
from nnstudio.doctor.far import far_ones
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import DATA_ROWS, Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.quantity import in_digits, in_percent

# More than this share of the targets is another kind of sample, and no few.
FEW = 0.1


@findings.register
class FarTargets(Finding):
    """A few numbers to learn that are far beyond all others, where errors are squared."""

    id = "far_targets"
    title = "Targets far beyond all others"
    order = 22
    sees = (Sees.DATA,)
    explains = (
        "plateau", "slow_learning", "constant_loss", "underfitting", "nothing_learned", "oscillating_loss",
    )  # fmt: skip

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        if data.classes or data.are_labels or patient.session.loss.id != "mse" or data.series is not None:
            return
        width = patient.targets.shape[1]
        if width != len(data.targets):
            return
        shift, scale = (np.broadcast_to(v, width) for v in (data.y_shift, data.y_scale))
        for at, name in enumerate(data.targets):
            y = patient.targets[:, at]
            far = far_ones(y)
            if not far.any() or far.mean() > FEW:
                continue
            values = y * scale[at] + shift[at]
            low, high = np.quantile(values[~far], [0.25, 0.75])
            squares = (y - y.mean()) ** 2
            farthest = values[far][np.abs(values[far] - np.median(values)).argmax()]
            yield Case(
                "",
                f"{int(far.sum()):,} of {len(far):,} training targets of '{name}' lie far beyond all others, "
                f"up to {in_digits(float(farthest))}, while half of the others lie between "
                f"{in_digits(float(low), 3)} and {in_digits(float(high), 3)}. Squared errors are nearly all "
                "theirs, so the network hardly learns the others. Look at these samples, and correct them in "
                "the file if they are mistakes; if not, mean absolute error lets the others count for more.",
                (
                    ("Far beyond", f"{int(far.sum()):,} of {len(far):,}"),
                    ("The farthest", in_digits(float(farthest))),
                    ("Their share of squared distances from the mean", in_percent(
                        round(float(squares[far].sum() / squares.sum()), 3))),
                ),
                histogram(values, name, "samples"),
                corrections=(setting("Use mean absolute error, which does not square errors", loss="mae"),),
                shown=tuple(int(row) for row in rows_of(len(data.x_train), DATA_ROWS)[far]),
            )  # fmt: skip
