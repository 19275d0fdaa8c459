"""What several findings tell of a single column of the inputs."""

from __future__ import annotations

from nnstudio.doctor.corrections import left_out
from nnstudio.doctor.finding import Case
from nnstudio.doctor.patient import Patient

# Fewer samples say too little; more columns are pictures, or a series.
FEWEST, MOST_COLUMNS = 30, 400


def name_of(patient: Patient, at: int) -> str:
    """What a person calls a column, in quotes where it has a name."""
    features = patient.data.features
    return f"'{features[at]}'" if len(features) == patient.samples.shape[1] else f"input {at + 1}"


def of_input(patient: Patient, at: int, text: str, *numbers: tuple[str, str]) -> Case:
    """What a column of the inputs shows; where it cannot be left out here, that it has to be in the file."""
    corrections = left_out(patient.data, at)
    if not corrections:
        text += " Leave the column out of the file."
    return Case(patient.node(patient.wiring.inputs[0].id), text, numbers, corrections=corrections)


def can_look_at(patient: Patient) -> bool:
    """Whether the inputs are columns, and enough samples tell something of each."""
    x = patient.samples
    return len(patient.data.input_shape) == 1 and len(x) >= FEWEST and 2 <= x.shape[1] <= MOST_COLUMNS
