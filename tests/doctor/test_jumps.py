"""A training loss that jumps is told at the next look, with what it was before and whether it came back."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.examination import examined
from nnstudio.doctor.jumps import jumps_of, latest_jump
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.remark import jump_remark
from nnstudio.model.document import DataReference
from nnstudio.project import open_example

USUAL = 0.69


def losses_of(loss) -> Losses:
    """Of epochs of four steps each."""
    loss, epochs = np.array(loss, float), np.arange(1, len(loss) + 1)
    nothing = np.full(len(loss), np.nan)
    return Losses(epochs, 4 * epochs, loss, nothing, nothing, nothing, loss)


def patient_with(loss) -> Patient:
    layers = dense(4), "tanh", dense(1), "sigmoid"
    patient = Patient.of(project(DataReference("xor"), *layers, loss="binary_cross_entropy").session(), {})
    patient.losses = losses_of(loss)
    return patient


CALM = [*np.geomspace(0.7, 0.02, 30), *[0.02] * 20]


def test_the_newest_epoch_is_enough_to_see_a_jump():
    jump = latest_jump(losses_of([*CALM, 0.3]), USUAL)
    assert jump is not None and (jump.row, jump.level, jump.top) == (50, pytest.approx(0.02), 0.3)
    assert jump.back is None and jump.times == 1
    told = jump_remark(patient_with([*CALM, 0.3]))
    assert (
        "at epoch 51 the training loss jumped from about 0.02 to 0.3, and has not come back so far." in told
    )


def test_a_jump_that_came_back_says_after_how_many_epochs_and_which_of_them_it_is():
    told = jump_remark(patient_with([*CALM, 0.3, 0.2, 0.02, *[0.02] * 5, 0.5, 0.02]))
    assert "at epoch 59 the training loss jumped from about 0.02 to 0.5, and was back after 1 epoch." in told
    assert "one of 2 such jumps since epoch 51" in told


def test_a_jump_that_stays_is_none_that_came_back_once_its_level_is_the_usual_one():
    jump = latest_jump(losses_of([*CALM, *[0.4] * 60]), USUAL)
    assert jump is not None and (jump.row, jump.back, jump.times) == (50, None, 1)


@pytest.mark.parametrize(
    "loss",
    [
        CALM,
        [0.7, 0.2, 0.02, 0.3],
        [*CALM, 0.05],
        [0.7] * 20 + [2.5] + [0.7] * 5,
        np.random.default_rng(0).uniform(0.1, 0.25, 200),
        [*CALM, np.inf],
        [],
    ],
    ids=["calm", "at the start", "of next to nothing", "nothing learned", "noise", "no number", "none"],
)
def test_no_jump_is_told(loss):
    assert latest_jump(losses_of(loss), USUAL) is None


def test_what_says_more_takes_its_place():
    patient = patient_with([*CALM, 0.3])
    assert jump_remark(patient, {"leak"}) and not jump_remark(patient, {"loss_spikes"})


def test_a_learning_rate_that_is_raised_while_it_trains_is_told_by_the_jump_that_follows():
    session = open_example("spiral").session()
    for _ in session.slices(200):
        pass
    began = session.steps_done
    session.set_hyperparameters({**session.hyperparameters, "learning_rate": 1.0})
    for _ in session.slices(202):
        pass
    patient = Patient.of(session, {})
    seen = jumps_of(patient)
    assert seen is not None and seen[0].epochs[seen[1].row] == 201
    assert f"The settings were changed at step {began:,}, just before." in examined(patient, False).remark


def test_of_what_another_change_began_no_level_before_is_known():
    session = open_example("spiral").session()
    for _ in session.slices(200):
        pass
    session.judged.step = session.steps_done
    session.set_hyperparameters({**session.hyperparameters, "learning_rate": 1.0})
    for _ in session.slices(202):
        pass
    assert jumps_of(Patient.of(session, {})) is None
