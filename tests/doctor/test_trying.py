"""Remedies are tried on copies: what helps is told apart from what does not, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.course import Course, enough_steps, train_copy
from nnstudio.doctor.examination import examined
from nnstudio.doctor.finding import Diagnosis, Judged
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import insertion, moved_behind, option, removal, replacement, setting
from nnstudio.doctor.trying import _judged, _Scale, lengths_of, try_all
from nnstudio.model.document import DataReference

BINARY = {"loss": "binary_cross_entropy"}


@pytest.fixture(autouse=True)
def one_look(monkeypatch):
    """What does not help is not tried for thousands of steps."""
    monkeypatch.setattr("nnstudio.doctor.trying.LENGTHS", (300,))


@pytest.fixture
def hot():
    return project(DataReference("xor"), dense(8), "tanh", dense(1), "sigmoid", **BINARY, learning_rate=100.0)


def finished(pieces):
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def diagnosis_of(*remedies, judged=Judged.TRAINING):
    return Diagnosis("x", "X", "", "A. B.", (("n", "1"),), 0, remedies=remedies, judged=judged)


def test_what_helps_is_told_first_with_both_losses(hot):
    session = hot.session()
    cold = setting("Cold", learning_rate=0.03)
    trials = finished(
        try_all(hot.document.copying(), session, diagnosis_of(setting("Hotter", learning_rate=900.0), cold))
    )
    assert [trial.helps for trial in trials] == [True, False] and trials[0].remedy is cold
    # The same run by hand.
    hot.document.set_settings(hot.document.settings.with_option("learning_rate", 0.03))
    other = hot.session()
    for _ in range(trials[0].steps):
        other.single_step()
    x, y = other.data.x_train, other.data.y_train
    assert trials[0].after == pytest.approx(other.evaluate(x, y)[0], rel=0.2)
    assert f"training loss {trials[0].after:.2g}"[:17] in trials[0].text
    assert "steps from the start" in trials[0].text
    assert trials[1].text.startswith("training loss") and "(without it:" in trials[1].text


def test_remedies_come_in_the_order_of_what_they_reach(hot):
    rates = (0.001, 0.03, 0.005)
    remedies = [setting(f"{rate}", learning_rate=rate) for rate in rates]
    trials = finished(try_all(hot.document.copying(), hot.session(), diagnosis_of(*remedies)))
    assert len(trials) == 3 and [trial.remedy.title for trial in trials] == ["0.03", "0.005", "0.001"]
    assert trials[0].after < trials[1].after < trials[2].after


def test_a_lower_loss_that_is_no_better_than_a_constant_answer_is_no_help():
    """At a rate of 100, the loss is many times that of a coin; at hardly any rate, it is that of a coin."""
    sick = project(DataReference("xor"), dense(1), "sigmoid", **BINARY, learning_rate=100.0)
    still = setting("Hardly any steps", learning_rate=1e-4)
    (trial,) = finished(try_all(sick.document.copying(), sick.session(), diagnosis_of(still)))
    assert trial.after < 0.9 * trial.as_it_is and trial.after > 0.65
    assert not trial.helps and "no better than always giving the same answer" in trial.text


def test_too_few_steps_are_said_and_claim_nothing(hot, monkeypatch):
    monkeypatch.setattr("nnstudio.doctor.trying.SECONDS", 1e-9)
    cold = setting("Cold", learning_rate=0.03)
    (trial,) = finished(try_all(hot.document.copying(), hot.session(), diagnosis_of(cold)))
    assert not trial.helps and trial.text.startswith("only 1 step fitted into the time: too few to tell.")


def test_a_trial_that_is_not_clear_goes_on_until_it_is(hot, monkeypatch):
    """In five steps nothing is learned, in some hundreds the network learns; both make as many steps."""
    monkeypatch.setattr("nnstudio.doctor.trying.LENGTHS", (5, 600))
    session = hot.session()
    trials = finished(
        try_all(
            hot.document.copying(), session,
            diagnosis_of(setting("Slow", learning_rate=0.0001), setting("Slower", learning_rate=1e-9)),
        )
    )  # fmt: skip
    assert [trial.steps for trial in trials] == [600, 600]


def test_how_long_a_trial_is_follows_from_the_work_and_not_from_the_clock(hot, monkeypatch):
    session = hot.session()
    lengths = lengths_of(session, Judged.TRAINING)
    assert lengths == (300,)
    monkeypatch.setattr("nnstudio.doctor.trying.MOST_OPERATIONS", 1.0)
    assert lengths_of(session, Judged.TRAINING) == (enough_steps(session),)


def test_the_loss_that_is_compared_is_named(hot):
    cold = diagnosis_of(setting("Cold", learning_rate=0.03), judged=Judged.WATCHED)
    (trial,) = finished(try_all(hot.document.copying(), hot.session(), cold))
    assert f"{hot.session().data.watched} loss" in trial.text and "training" not in trial.text


def test_trying_changes_neither_the_project_nor_the_run(hot):
    session = hot.session()
    before, weights = hot.document.to_dict(), session.parameters.copy()
    finished(try_all(hot.document.copying(), session, diagnosis_of(setting("Cold", learning_rate=0.03))))
    assert hot.document.to_dict() == before and session.steps == 0
    assert np.array_equal(session.parameters, weights)
    assert not hot.document.history.commands


def test_a_remedy_that_no_longer_fits_is_told_and_does_not_help(hot):
    session = hot.session()
    trials = finished(try_all(hot.document.copying(), session, diagnosis_of(removal("Gone", "dense_7"))))
    assert not trials[0].helps and "cannot be tried" in trials[0].text


def test_a_remedy_is_tried_in_pieces(hot):
    colds = [setting(f"Cold {rate}", learning_rate=rate) for rate in (0.03, 0.02)]
    pieces = list(try_all(hot.document.copying(), hot.session(), diagnosis_of(*colds)))
    assert pieces.count(None) > 10
    told = [piece.text for piece in pieces if piece is not None]
    assert told == ["Remedy 1 of 2: up to 300 steps …", "Remedy 2 of 2: up to 300 steps …"]


@pytest.mark.parametrize(
    "remedy, kinds",
    [
        (removal("r", "tanh_1"), ["input", "dense", "dense", "sigmoid", "output"]),
        (
            insertion("i", "dense_1", "batchnorm"),
            ["input", "dense", "batchnorm", "tanh", "dense", "sigmoid", "output"],
        ),
        (
            moved_behind("m", "tanh_1", "dense_2"),
            ["input", "dense", "dense", "tanh", "sigmoid", "output"],
        ),
        (replacement("p", ("tanh_1",), "relu"), ["input", "dense", "relu", "dense", "sigmoid", "output"]),
    ],
    ids=("removal", "insertion", "move", "replacement"),
)  # fmt: skip
def test_each_remedy_is_one_undo_step(hot, remedy, kinds):
    document = hot.document
    before = document.to_dict()
    document.history.push(remedy.make(document, document.graph))
    assert document.history.done == 1
    network, order, at = document.graph, [], "input_1"
    while at:
        order.append(network[at].kind)
        at = next(iter(network.targets(at)), "")
    assert order == kinds
    document.history.undo()
    assert document.to_dict() == before


def test_settings_change_together_and_come_back_together(hot):
    document = hot.document
    before = document.settings
    document.history.push(setting("s", optimizer="sgd", learning_rate=0.5).make(document, document.graph))
    assert (document.settings.optimizer, document.settings.hyperparameters()["learning_rate"]) == ("sgd", 0.5)
    document.history.undo()
    assert document.settings == before
    document.history.push(option("o", "dense_1", "units", 3).make(document, document.graph))
    assert document.graph["dense_1"].options["units"] == 3


def test_a_finding_that_fails_is_logged_and_the_others_go_on(hot, monkeypatch, caplog):
    from nnstudio.doctor.findings.batch_size import BatchSize

    def fails(_self, _patient):
        raise ZeroDivisionError("of no use")

    monkeypatch.setattr(BatchSize, "look", fails)
    report = examined(Patient.of(hot.session(), {}))
    assert "A batch larger than the data" in caplog.text
    caplog.clear()
    assert [d.finding for d in report.diagnoses] == ["learning_rate_high"]


def test_what_could_not_be_looked_at_is_said(hot):
    report = examined(Patient.of(hot.session(), {}), may_try=False)
    assert report.diagnoses == () and "Overfitting" in report.passed_over


def test_a_copy_that_early_stopping_ended_is_not_said_to_lack_time():
    """Even where the project as it is did not fit into the time."""
    losses = np.ones(14)
    stopped = Course(14, losses, 2.0, 0.5, 0.5, 0.7, is_stopped=True)
    late = Course(200, losses, 2.0, 4.0, 4.0, 5.0, is_short=True)
    scale = _Scale("validation loss", False, 0.5, 4.0, False)
    text = _judged(setting("Stop", patience=3), stopped, late, scale).text
    assert text.startswith("Tried on a copy, 14 steps (it stopped by itself) from the start:")


def test_a_copy_that_stops_early_knows_it(hot):
    stop = setting("Stop", patience=1)
    document = hot.document
    stop.make(document, document.graph).redo()
    course = finished(train_copy(hot.session(), 100_000, 60.0, Judged.WATCHED, True))
    assert course.is_stopped and not course.is_short and course.steps < 100_000
