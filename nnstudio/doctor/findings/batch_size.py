"""A batch that holds all of the data."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting

# Of fewer samples, all together are a usual batch.
FEW = 64


@findings.register
class BatchSize(Finding):
    """A batch size above the number of training samples: each epoch is a single step."""

    id = "batch_size"
    title = "A batch larger than the data"
    order = 26

    def look(self, patient: Patient) -> Iterator[Case]:
        samples, batch = len(patient.data.x_train), patient.settings.batch_size
        if batch <= samples or samples < FEW:
            return
        yield Case(
            "",
            f"A batch of {batch:,} is more than the {samples:,} training samples, so each epoch is only one "
            "step. The network learns far more slowly than with smaller batches.",
            (("Batch size", f"{batch:,}"), ("Training samples", f"{samples:,}"), ("Steps an epoch", "1")),
            remedies=(setting("Set the batch size to 32", batch_size=32),),
        )
