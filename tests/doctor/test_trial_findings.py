"""Schedules, windows of a series, augmentation and pools: what is said of them, and what mends them."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import dense, project, train
from doctor.corpus.sick import BINARY
from doctor.corpus.trial import (
    BOTH,
    FLIP,
    TRIAL_SICK,
    augmented,
    by_month,
    drifts,
    glyphs,
    series,
    two_months,
    with_schedule,
)

from nnstudio.doctor import alikeness
from nnstudio.doctor.examination import examined
from nnstudio.doctor.findings.learning_rate import LearningRateLow
from nnstudio.doctor.forecasts import forecast_error
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.schedule import factor_now
from nnstudio.model.document import DataReference
from nnstudio.training.evaluation import Past

SPIRAL = DataReference("spiral")


def told(session, may_try=False):
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=may_try).diagnoses}


def shown(diagnosis):
    return dict(diagnosis.numbers)


def test_a_schedule_that_is_over_is_told_with_the_epoch_and_the_rates(tmp_path):
    built = with_schedule(SPIRAL, "step", 80, every=1, gamma=0.1)(tmp_path)
    session = built.session()
    before = told(session)["learning_rate_gone"]
    assert "From epoch 3 on, the schedule Step leaves 1% of the learning rate or less" in before.text
    assert shown(before)["In epoch 3"] == "0.0003" and before.chart.mark == 3
    train(session, 40, 0)
    after = told(session)
    assert "learning_rate_gone" in after and "plateau" not in after
    past, steps = Past(session), session.checkpoint_steps
    past.go(steps[:-1], session.parameter_history[:-1])
    assert "learning_rate_gone" in told(past)


def test_a_schedule_of_the_losses_is_told_only_once_it_has_taken_the_rate(tmp_path):
    built = with_schedule(SPIRAL, "plateau", 100, wait=0, gamma=0.01, batch_size=8, learning_rate=0.2)(
        tmp_path
    )
    session = built.session()
    assert "learning_rate_gone" not in told(session)
    train(session, 40, 0)
    assert "Reduce on plateau" in told(session)["learning_rate_gone"].text
    assert factor_now(Patient.of(session, {})) <= 0.01


def test_a_rate_that_a_schedule_made_small_is_not_called_too_low(monkeypatch):
    built = project(SPIRAL, dense(4), "tanh", dense(1), "sigmoid", **BINARY, schedule="cosine", epochs=40)
    session = built.session()
    train(session, 40, 0)
    patient = Patient.of(session, {})
    patient.updates = {"dense_1": 1e-6}
    patient.relative = 0.95
    patient.losses.loss[:] = np.linspace(0.70, 0.69, len(patient.losses))
    assert list(LearningRateLow().look(patient)) == []
    # As much by a rate that stays is too little.
    built.document.settings = built.document.settings.with_option("schedule", "constant")
    patient.settings = built.document.settings
    assert len(list(LearningRateLow().look(patient))) == 1


@pytest.mark.parametrize("title", ["Let one season enter", "Let the position in the season enter"])
def test_a_window_of_one_season_is_one_undo_step_and_read_as_from_the_file(tmp_path, title):
    built = two_months(tmp_path)
    document, before, session = built.document, built.document.to_dict(), built.session()
    (remedy,) = (r for r in told(session)["short_window"].remedies if r.title.startswith(title))
    document.history.push(remedy.make(document, document.graph))
    tried, read = remedy.read(document, session.data), built.load_data()
    assert read.input_shape == tried.input_shape != session.data.input_shape
    np.testing.assert_array_equal(tried.x_train, read.x_train)
    np.testing.assert_array_equal(tried.y_validation, read.y_validation)
    assert "short_window" not in told(built.session())
    document.history.undo()
    assert document.to_dict() == before


def test_a_network_is_told_beside_simple_forecasts(tmp_path):
    built = two_months(tmp_path)
    session = built.session()
    train(session, 20, 0)
    data, whole = session.data, session.data.series
    rows = whole.ends[data.watched]
    value = whole.series.target[:, 0]
    x, _y = data.part(data.watched)
    predicted = session.predict(x)[:, 0] * data.y_scale[0] + data.y_shift[0]
    figures = shown(told(session)["short_window"])
    assert float(figures["Error on the validation part"]) == pytest.approx(
        np.abs(predicted - value[rows]).mean(), rel=1e-3
    )
    assert float(figures["Of the value a season before"]) == pytest.approx(
        np.abs(value[rows - 12] - value[rows]).mean(), rel=1e-3
    )
    assert forecast_error(session) == pytest.approx(np.abs(predicted - value[rows]).mean(), rel=1e-6)


def test_a_season_that_is_not_clear_asks_for_no_longer_window(tmp_path):
    values = by_month(260, 80) + np.random.default_rng(1).normal(0, 60, 260)
    built = series(tmp_path, "unclear", "M", values, "flatten", dense(4), "relu", window=2)
    assert "short_window" not in told(built.session())


def test_forecasts_that_the_last_value_beats_are_told_only_once_the_run_is_over(tmp_path):
    session = drifts(tmp_path).session()
    train(session, 30, 0)
    assert "short_window" not in told(session)
    train(session, 60, 0)
    diagnosis = told(session)["short_window"]
    assert diagnosis.title == "Worse than a simple forecast"
    assert diagnosis.remedies[0].title == "Predict the change from the row before"


def test_classes_that_a_flip_makes_alike_are_named_with_what_they_are_as_they_are(tmp_path):
    session = augmented("bqo", BOTH)(tmp_path).session()
    diagnosis = told(session)["harmful_augmentation"]
    named = [name for name, _share in diagnosis.numbers]
    assert "'0' that look like '1'" in named and "'1' that look like '0'" in named
    assert not any("'2'" in name for name in named), "an o upside down is an o"
    titles = [remedy.title for remedy in diagnosis.remedies]
    assert titles == ["Delete randomflip_1", "Let randomflip_1 flip from left to right only"]


def test_samples_are_compared_once(tmp_path, monkeypatch):
    session = augmented("LJ", FLIP)(tmp_path).session()
    calls, look = [], alikeness.alike_of
    monkeypatch.setattr(alikeness, "alike_of", lambda *given: calls.append(1) or look(*given))
    for _ in range(3):
        assert "harmful_augmentation" in told(session)
    assert calls == [1]


def test_a_letter_and_its_mirror_image_are_taken_for_each_other_by_half(tmp_path):
    """Against mirroring by hand: half of the draws are mirrored, and all of these look like the other."""
    session = augmented("LJ", FLIP)(tmp_path).session()
    x, y = glyphs(200, "LJ", 5)
    node = session.layout.nodes["randomflip_1"]
    seen = alikeness.alike_of(session, node, x, y)
    mirrored = x[:, :, ::-1].reshape(200, -1)
    apart = ((mirrored[:, None] - x.reshape(200, -1)[None]) ** 2).sum(2)
    by_hand = y[apart.argmin(1)] != y
    assert by_hand.mean() > 0.95
    assert seen.wrong == pytest.approx(0.5, abs=0.06)
    assert all(0.3 < after < 0.6 and before < 0.05 for after, before, _one, _other in seen.pairs())


def test_a_closer_look_says_which_copies_it_trained(tmp_path):
    (case,) = (c for c in TRIAL_SICK if c.name == "the height of a spot behind a maximum")
    session = case.build(tmp_path).session()
    assert "lost_position" not in told(session), "only what was tried is told"
    report = examined(Patient.of(session, {}))
    assert "and one without globalmaxpool_1 for" in report.closer
    (diagnosis,) = (d for d in report.diagnoses if d.finding == "lost_position")
    assert diagnosis.node == "globalmaxpool_1"
    assert [remedy.title for remedy in diagnosis.remedies] == ["Replace globalmaxpool_1 with Flatten"]


@pytest.mark.parametrize("name", ["the height of a spot behind a maximum", "letters upside down"])
def test_a_layer_that_harms_is_taken_out_in_one_undo_step(tmp_path, name):
    (case,) = (c for c in TRIAL_SICK if c.name == name)
    built = case.build(tmp_path)
    document, before = built.document, built.document.to_dict()
    seen = told(built.session(), may_try=True)
    remedy = seen[case.expected[0]].remedies[0]
    document.history.push(remedy.make(document, document.graph))
    assert case.expected[0] not in told(built.session(), may_try=True)
    document.history.undo()
    assert document.to_dict() == before
