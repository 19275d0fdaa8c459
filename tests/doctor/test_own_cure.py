"""The doctor does not blame what a person just set for what steps before it did."""

from __future__ import annotations

import pytest
from doctor.corpus.building import dense, project
from doctor.corpus.sick import SICK

from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import replacement
from nnstudio.model.document import DataReference
from nnstudio.training.learned import Learned

BINARY = {"loss": "binary_cross_entropy"}
# Findings that blame what steps did, and so one that can be set.
OF_STEPS = {
    "learning_rate_high", "learning_rate_low", "rising_loss", "oscillating_loss", "constant_loss", "plateau",
    "slow_learning", "not_a_number", "heavy_penalty", "overfitting", "loss_spikes",
    "was_better",
}  # fmt: skip


def told(session):
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=False).diagnoses}


@pytest.fixture
def ruined():
    """A project whose weights far too large steps threw away."""
    steps = dense(8), "tanh", dense(8), "tanh", dense(1), "sigmoid"
    built = project(DataReference("spiral"), *steps, **BINARY, learning_rate=10.0)
    session = built.session()
    for _ in session.slices(12):
        pass
    assert "learning_rate_high" in told(session)
    return built, session


def test_a_smaller_rate_is_not_blamed_and_a_new_start_is_advised(ruined):
    _built, session = ruined
    session.set_hyperparameters({**session.hyperparameters, "learning_rate": 0.01})
    (diagnosis,) = told(session).values()
    assert diagnosis.finding == "saturated_units" and diagnosis.needs_reset
    assert f"older than the last change, at step {session.steps}; Reset" in diagnosis.text
    assert not any("learning rate" in remedy.title for remedy in diagnosis.remedies)
    session.reset()
    for _ in session.slices(12):
        pass
    assert told(session) == {}


@pytest.mark.parametrize(
    "option, value",
    [
        ("batch_size", 64),
        ("optimizer", "sgd"),
        ("class_weights", "balanced"),
        ("l2", 0.1),
        ("clip_norm", 1.0),
    ],
)
def test_other_settings_are_not_blamed_either(ruined, option, value):
    built, old = ruined
    built.document.settings = built.document.settings.with_option(option, value)
    new = built.session()
    Learned.of(old).teach(new)
    seen = told(new)
    assert OF_STEPS.isdisjoint(seen) and all(d.needs_reset for d in seen.values())


def other_layers(built):
    change = replacement("r", ("tanh_1",), "relu").make(built.document, built.document.graph)
    built.document.history.push(change)


def other_data(built):
    built.document.data = DataReference("spiral", {"noise": 0.3})


@pytest.mark.parametrize("change", [other_layers, other_data])
def test_another_network_and_other_data_are_not_blamed_either(ruined, change):
    built, old = ruined
    change(built)
    new = built.session()
    assert Learned.of(old).teach(new).goes_on
    seen = told(new)
    assert OF_STEPS.isdisjoint(seen) and all(d.needs_reset for d in seen.values())


def test_what_is_undone_at_once_is_told_again(ruined):
    _built, session = ruined
    rates = dict(session.hyperparameters)
    session.set_hyperparameters({**rates, "learning_rate": 0.01})
    session.set_hyperparameters(rates)
    assert "learning_rate_high" in told(session)


def test_a_weaker_penalty_is_not_blamed(tmp_path):
    case = next(case for case in SICK if case.name == "pulled to zero")
    built = case.build(tmp_path)
    old = built.session()
    for _ in old.slices(case.epochs):
        pass
    assert "heavy_penalty" in told(old)
    built.document.settings = built.document.settings.with_option("l2", 0.02)
    new = built.session()
    Learned.of(old).teach(new)
    assert OF_STEPS.isdisjoint(told(new))


def test_a_step_that_could_not_be_made_is_no_fault_of_another_rate():
    built = project(DataReference("celsius"), dense(1), loss="mse", optimizer="sgd", learning_rate=0.1)
    session = built.session()
    with pytest.raises(ArithmeticError):
        for _ in session.slices(50):
            pass
    assert "not_a_number" in told(session)
    session.set_hyperparameters({"learning_rate": 0.0001})
    assert "not_a_number" not in told(session)
