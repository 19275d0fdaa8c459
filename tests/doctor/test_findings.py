"""What single findings say, and where they are quiet, beyond what the corpus shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from doctor.corpus.building import dense, project, train
from doctor.corpus.sick import scaled, unscaled_target

from nnstudio.doctor.examination import examined
from nnstudio.doctor.findings.loss_course import _level
from nnstudio.doctor.patient import Patient
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.evaluation import Past

BINARY = {"loss": "binary_cross_entropy"}


def told(built, epochs=0):
    """By finding, the diagnosis; of a run of so many epochs."""
    session = built.session()
    train(session, epochs, 0)
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=False).diagnoses}


@pytest.mark.parametrize(
    "steps, is_told",
    [
        ((dense(8), "relu"), True),
        ((dense(8), "batchnorm", "relu"), False),
        ((("dropout", {"rate": 0.1}), dense(8), "batchnorm", "relu"), False),
        ((dense(8), "relu", dense(8), "batchnorm", "relu"), True),
    ],
    ids=["no normalisation", "behind the first weights", "with Dropout between", "behind the second weights"],
)
def test_scales_of_inputs_are_told_until_a_normalisation_follows(tmp_path, steps, is_told):
    data = scaled(tmp_path, "large", (1, 1, 1, 5000))
    assert ("input_scales" in told(project(data, *steps, dense(1), "sigmoid", **BINARY))) == is_told


@pytest.mark.parametrize(
    "factors, title",
    [((400, 300, 500), "Inputs are large numbers"), ((1, 1, 5000), "Inputs on very different scales")],
)
def test_inputs_that_are_large_alike_have_a_title_of_their_own(tmp_path, factors, title):
    data = scaled(tmp_path, "inputs", factors)
    assert told(project(data, dense(4), "tanh", dense(1), "sigmoid", **BINARY))["input_scales"].title == title


def test_a_regression_that_ends_worse_than_the_mean_is_told_with_the_target_to_scale(tmp_path):
    built = unscaled_target(tmp_path)
    session = built.session()
    train(session, 30, 0)
    y = session.data.y_train
    assert session.history[-1].loss > float(np.var(y))
    told_of = told(built, 30)["slow_learning"]
    assert told_of.title == "Worse than always the same number" and "After 30 epochs" in told_of.text
    assert "scale the target" in told_of.text and told_of.remedies


def test_a_run_that_has_epochs_left_is_not_called_slow(tmp_path):
    assert "slow_learning" not in told(unscaled_target(tmp_path), 20)


def test_a_loss_that_still_falls_at_the_end_is_to_be_trained_for_longer():
    slow = project(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY, optimizer="sgd",
                   learning_rate=0.01, epochs=12)  # fmt: skip
    told_of = told(slow, 12)["slow_learning"]
    assert told_of.title == "The network learns slowly" and "train for longer" in told_of.text
    assert told_of.remedies[0].title == "Set the learning rate to 0.03"


def test_the_level_of_a_constant_answer_is_told_in_words():
    assert "about as wrong as" in _level(1.0) and "times" not in _level(0.95)
    assert "worse than" in _level(1.4)
    assert "only 1.4 times as wrong" in _level(0.7)


def test_a_closer_look_tells_what_was_trained():
    session = project(DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", **BINARY).session()
    patient = Patient.of(session, {})
    report = examined(patient)
    assert report.closer == f"trained a copy for {patient.ahead.steps} steps"
    assert examined(Patient.of(session, {}), may_try=False).closer == ""
    train(session, 3, 0)
    past = Past(session)
    past.go(session.checkpoint_steps[:1], session.parameter_history[:1])
    assert "a step of the past" in examined(Patient.of(past, {})).closer


def test_a_generator_and_its_judge_are_not_judged_by_one_loss():
    built = Project.open(Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns")
    session = built.session()
    for _ in session.slices(40):
        pass
    report = examined(Patient.of(session, {}), may_try=False)
    assert report.diagnoses == ()
    assert {"Nothing to learn in the target", "Overfitting"} <= set(report.passed_over)
