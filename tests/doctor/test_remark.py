"""A watched loss far above that of training is mentioned, and is no finding."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import Answers
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.remark import gap_remark, remark, rise_remark
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


def test_a_gap_of_thousands_is_no_figure():
    assert "more than 1,000 times that of training" in gap_remark(patient_with([1e-6] * 9, [0.5] * 9))


FALL, RISE = np.geomspace(0.5, 0.01, 30), np.array([*np.linspace(0.5, 0.2, 15), *np.linspace(0.2, 0.4, 15)])


def with_answers(patient, now, then):
    """A patient of whose watched samples some losses are known: as they are, and as they were at the best."""
    part, rows = patient.data.watched, np.arange(len(now))
    patient.answers[part] = Answers(part, rows, np.array(now), np.zeros(0, np.int64), np.zeros((0, 0)))
    patient.losses_at = lambda *_at: np.array(then)
    return patient


def test_a_rise_that_may_be_chance_is_told_with_what_a_single_sample_makes_of_it():
    count = len(patient_with([], []).data.part(Split.VALIDATION)[0])
    now, then = np.full(count, 0.1), np.full(count, 0.09)
    now[3] = 4.0
    patient = with_answers(patient_with(FALL, RISE), now, then)
    told = rise_remark(patient)
    assert "since epoch 17 the validation loss, averaged over 3 epochs, has risen from 0.205 to 0.386" in told
    assert f"with {count} samples it may be chance: 76% of it is of a single one." in told
    assert remark(patient) == told and "knows its own samples" not in told
    now[4:] = 0.07
    with_answers(patient, now, then)
    assert ": without the one whose loss rose most there is no rise." in rise_remark(patient)
    with_answers(patient, then + np.where(np.arange(count) % 2, 1.0, -0.9), then)
    assert rise_remark(patient).endswith("it may be chance.")


def test_a_rise_beyond_chance_and_one_of_next_to_nothing_are_no_remarks():
    assert rise_remark(with_answers(patient_with(FALL, RISE), [0.5] * 20, [0.2] * 20)) == ""
    assert rise_remark(with_answers(patient_with(FALL / 50, RISE / 50), [4.0, 0.1], [0.1, 0.1])) == ""


def test_two_remarks_are_told_one_after_the_other():
    patient = patient_with([*np.geomspace(0.7, 0.02, 30), *[0.02] * 20, 0.3, *[0.02] * 3], [0.2] * 54)
    jump, gap = "Worth knowing: at epoch 51", " Also worth knowing: the validation loss is 10.0 times"
    assert remark(patient).startswith(jump) and gap in remark(patient)
