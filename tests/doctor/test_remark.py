"""A watched loss far above that of training is mentioned, and is no finding."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.remark import gap_remark
from nnstudio.model.document import DataReference


def patient_with(loss, watched):
    """Of a run of two classes, whose constant answer has a loss of about 0.69."""
    layers = dense(4), "tanh", dense(1), "sigmoid"
    patient = Patient.of(project(DataReference("xor"), *layers, loss="binary_cross_entropy").session(), {})
    epochs, nothing = np.arange(1, len(loss) + 1), np.full(len(loss), np.nan)
    loss, watched = np.array(loss, float), np.array(watched, float)
    patient.losses = Losses(epochs, 4 * epochs, loss, watched, nothing, nothing, loss)
    return patient


def test_a_gap_is_told_with_its_figures():
    told = gap_remark(patient_with([0.6] * 10 + [0.0275] * 3, [0.6] * 10 + [0.1075] * 3))
    assert "the validation loss is 3.9 times that of training (0.107 against 0.0275" in told or (
        "the validation loss is 3.9 times that of training (0.108 against 0.0275" in told
    )
    assert told.startswith("Worth knowing") and told.endswith("By itself that is no fault.")


@pytest.mark.parametrize(
    ("loss", "watched"),
    [
        ([0.1] * 9, [0.15] * 9),
        ([0.1] * 9, [0.05] * 9),
        ([0.001] * 9, [0.01] * 9),
        ([0.01] * 4, [0.5] * 4),
        ([0.01] * 9, [np.nan] * 9),
        ([0.0] * 9, [0.5] * 9),
        ([-2.0] * 9, [0.5] * 9),
    ],
    ids=["alike", "better", "both next to nothing", "too few", "no number", "nothing", "below 0"],
)
def test_no_gap_is_told(loss, watched):
    assert gap_remark(patient_with(loss, watched)) == ""


def test_it_is_not_told_twice_nor_where_training_draws_otherwise():
    patient = patient_with([0.01] * 9, [0.5] * 9)
    assert gap_remark(patient) and gap_remark(patient, {"labels"})
    assert gap_remark(patient, {"overfitting"}) == gap_remark(patient, {"nothing_learned"}) == ""
    patient.settings = SimpleNamespace(balance="group")
    assert gap_remark(patient) == ""
