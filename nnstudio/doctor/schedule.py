"""What a schedule makes of the learning rate along a run."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import schedules
from nnstudio.doctor.patient import Patient

# Epochs at which a schedule is looked at.
LOOKS = 1000


def factors_of(patient: Patient) -> tuple[np.ndarray, np.ndarray]:
    """Epochs from 1, and what the schedule multiplies the rate by at the start of each, both (n,).

    Of a schedule that looks at losses only the epochs so far; nothing where some of them are not known.
    """
    settings, per_epoch = patient.settings, patient.steps_per_epoch
    schedule = schedules[settings.schedule]
    chosen = schedule.complete(settings.schedule_options)
    total = settings.epochs * per_epoch
    if not schedule.start:
        stride = max(1, settings.epochs // LOOKS)
        epochs = np.arange(0, settings.epochs, stride)
        return epochs + 1, schedule.factor(chosen, epochs * per_epoch, per_epoch, total, ())
    rows = patient.curve.column("steps") <= patient.step
    numbers, watched, training = (patient.curve.column(n)[rows] for n in ("epoch", "val_loss", "loss"))
    if not np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
        return np.zeros(0), np.zeros(0)
    memory, factors = settings.remember(None, ()), list[float]()
    for epoch, loss in enumerate(np.where(np.isnan(watched), training, watched)):
        at = np.array([epoch * per_epoch])
        factors.append(float(schedule.factor(chosen, at, per_epoch, total, memory.values)[0]))
        memory = settings.remember(memory, (float(loss),))
    return numbers, np.array(factors)


def factor_now(patient: Patient) -> float:
    """What the schedule multiplied the rate by in the latest epoch; 1 where that is not known."""
    epochs, factors = factors_of(patient)
    if not len(epochs) or not len(patient.losses):
        return 1.0
    at = int(np.searchsorted(epochs, patient.losses.epochs[-1], side="right")) - 1
    return float(factors[max(at, 0)])
