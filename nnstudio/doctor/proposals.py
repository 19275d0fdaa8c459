"""Remedies that several findings propose, made for the network that they look at."""

from __future__ import annotations

from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import hidden_layer, setting
from nnstudio.model.problems import Repair


def larger(patient: Patient) -> tuple[Repair, ...]:
    """What gives a network that is stuck more room, or another way."""
    remedies = [setting("Use Adam at a learning rate of 0.01", optimizer="adam", learning_rate=0.01)]
    last = patient.wiring.learned[-1] if patient.wiring.learned else None
    if last is not None and last.layer.id == "dense" and not patient.wiring.is_part(last):
        before = last.inputs[0]
        title = f"Insert a Dense layer of 16 units and a ReLU behind {patient.whole(before)}"
        remedies.append(hidden_layer(title, patient.node(before), 16))
    return tuple(remedies)
