"""Quality that was lost in the course of a run is told, and no moment of it."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.finding import findings
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.model.document import DataReference

LOW, FELL, HIGH = np.geomspace(0.7, 0.01, 60), np.geomspace(0.7, 0.0001, 60), np.linspace(0.7, 0.6, 60)


@pytest.mark.parametrize(
    ("loss", "watched", "is_told"),
    [
        ([*LOW, *np.full(30, 0.2)], [*LOW, *np.full(30, 0.15)], True),
        ([*LOW, *np.full(12, 0.2)], [*LOW, *np.full(12, 0.15)], False),
        ([*LOW, *np.full(29, 0.2), 0.012], [*LOW, *np.full(30, 0.15)], False),
        ([*LOW, *np.full(30, 0.005)], [*LOW, *np.full(30, 0.15)], False),
        ([*FELL, *np.full(30, 0.01)], [*FELL, *np.full(30, 0.02)], False),
        ([*HIGH, *np.full(30, 2.0)], [*HIGH, *np.full(30, 2.0)], False),
    ],
    ids=["lost", "for a moment", "comes back", "by heart", "of nothing", "never learned"],
)
def test_quality_that_was_lost_for_good_is_told(loss, watched, is_told):
    session = project(
        DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", loss="binary_cross_entropy"
    ).session()
    patient, count = Patient.of(session, {}), len(loss)
    epochs, nothing = np.arange(1, count + 1), np.full(count, np.nan)
    loss, watched = np.array(loss), np.array(watched)
    patient.losses = Losses(epochs, 4 * epochs, loss, watched, nothing, nothing, loss)
    cases = list(findings["was_better"].look(patient))
    assert bool(cases) == is_told
    for case in cases:
        assert "At epoch 60 the validation loss, averaged over 3 epochs, was 0.0108; over" in case.text
        assert "about 0.15, and the training loss has risen with it" in case.text
        titles = [correction.title for correction in case.corrections]
        assert titles[0] == "Stop after 50 epochs without a better loss, and take the best weights"
        assert titles[-1] == "Set the learning rate to 0.0001"
