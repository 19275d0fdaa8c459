"""What came out of a run, in one sentence: in the target's own unit, and never of the test part."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from doctor.corpus.building import clouds, columns_of, dense, project, table

from nnstudio.data.dataset import Split
from nnstudio.explain.outcome import (
    NO_VALIDATION,
    TEST_ASIDE,
    beside_training,
    chosen_by,
    score,
    was_best,
    without_validation,
)
from nnstudio.explain.results import ResultsProbe
from nnstudio.from_data import project_from_data
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.ending import ending


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "flats.csv"
    rows = "".join(f"{i},{i % 7},{100_000 + 1_000.5 * i}\n" for i in range(300))
    path.write_text(f"size,age,price\n{rows}")
    return project_from_data(path, {}).project.session()


def results_of(session, part=Split.VALIDATION):
    return [r for r in ResultsProbe(part).run(session) if r is not None][-1]


def test_errors_are_in_the_unit_of_the_target(session):
    results = dataclasses.replace(results_of(session), mean_absolute=126_000.4, explained=0.5)
    told = score(results, session.data)
    assert told == (
        f"On {results.count} validation samples the mean absolute error of 'price' is 126,000 (R² 0.50)."
    )


def test_of_several_labels_the_share_that_is_right_is_told_and_no_error(tmp_path):
    x, _ = clouds(200, seed=3)
    cells = columns_of(x, warm=(x[:, 0] > 0) * 1, large=(x[:, 1] > 0) * 1)
    data = table(tmp_path, "labels", cells, columns="warm: target; large: target", task="classes")
    session = project(data, dense(2), loss="multi_label_cross_entropy").session()
    for _ in session.slices(3):
        pass
    results, row = results_of(session), session.history[-1]
    assert 0.5 < row.val_accuracy < 1
    assert score(results, session.data) == (
        f"{row.val_accuracy:.1%} of the {2 * results.count} labels in {results.count} validation samples are "
        "predicted correctly."
    )


def test_predictions_that_are_not_finite_are_counted(session):
    results = dataclasses.replace(results_of(session), non_finite=3, mean_absolute=float("nan"))
    assert score(results, session.data).endswith("no error to tell; 3 predictions are not finite.")


def test_targets_that_are_all_alike_have_no_share_that_is_explained(session):
    results = dataclasses.replace(results_of(session), mean_absolute=3.0, explained=float("nan"))
    assert score(results, session.data).endswith("the mean absolute error of 'price' is 3.")


def test_of_many_samples_it_says_how_many_were_looked_at(session):
    results = dataclasses.replace(results_of(session), count=10)
    total = len(session.data.part(Split.VALIDATION)[0])
    assert f"the first 10 of {total}" in score(results, session.data)


def test_of_a_text_the_characters_are_counted(tmp_path, monkeypatch):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(60)))
    session = project_from_data(path, {"guess": "each", "window": 6, "samples": 80}).project.session()
    results, total = results_of(session), len(session.data.part(Split.VALIDATION)[0])
    right = f"{results.accuracy:.1%}"
    assert score(results, session.data) == (
        f"{right} of the {6 * total} characters in {total} validation samples are predicted correctly."
    )
    monkeypatch.setattr("nnstudio.explain.results.MOST", 4)
    assert f"24 characters in the first 4 of {total} validation" in score(results_of(session), session.data)


@pytest.mark.parametrize(
    ("epoch", "by_hand", "early", "expected"),
    [
        (60, False, None, "Finished after 60 epochs."),
        (1, True, Split.TRAINING, "Stopped by you after 1 whole epoch."),
        (0, True, None, "Stopped by you after 1,200 steps."),
        (12, False, Split.VALIDATION, "Stopped early after 12 epochs: the validation loss no longer fell."),
    ],
)
def test_how_it_ended(epoch, by_hand, early, expected):
    assert ending(epoch, 1200, by_hand, early) == expected


def test_whose_weights_came_back():
    told = ending(30, 600, False, Split.VALIDATION, 23)
    assert told == "Stopped early after 30 epochs, best epoch 23 by validation loss: its weights are back."


def test_the_test_part_is_for_who_asks_for_it(session):
    none = np.zeros((0, 1), np.float32)
    data = dataclasses.replace(session.data, x_validation=none, y_validation=none)
    assert without_validation(data) == TEST_ASIDE
    data = dataclasses.replace(data, x_test=none, y_test=none)
    assert without_validation(data) == NO_VALIDATION


def test_samples_by_which_early_stopping_chose_the_epoch_are_said_to_have(session):
    session.settings = session.settings.with_option("patience", 1).with_option("learning_rate", 0.0)
    session.set_hyperparameters(session.settings.hyperparameters())
    assert results_of(session).chose == 0
    for _ in session.slices(5):
        pass
    assert results_of(session).chose == 1
    assert results_of(session, Split.TRAINING).chose == results_of(session, Split.TEST).chose == 0
    assert "Test, in Results, had no say" in chosen_by(session.data)


@pytest.mark.parametrize(
    ("losses", "since", "told"),
    [
        ((0.7, 0.0063, 0.1499), 0, "The validation loss is 0.1499; it was best at epoch 2: 0.0063."),
        ((0.7, 0.0063, 0.01), 0, ""),
        ((0.7, 0.1, 0.15), 0, ""),
        ((0.0001, 0.7, 0.5), 10, ""),
        ((0.7, 0.0063, float("nan")), 0, ""),
    ],
    ids=["far worse", "hardly", "a little", "another network", "no number"],
)
def test_the_end_says_that_an_epoch_before_it_was_far_better(losses, since, told):
    rows = Curve(Epoch(n, 10 * n, loss, None, loss, None, 1.0, 1.0) for n, loss in enumerate(losses, 1))
    assert was_best(rows, since, Split.VALIDATION) == told


def test_without_samples_to_watch_the_best_epoch_is_of_training():
    rows = Curve(Epoch(n, n, loss, None, None, None, 1.0, 1.0) for n, loss in ((1, 0.7), (2, 0.1), (3, 0.6)))
    assert was_best(rows, 0, Split.TRAINING) == "The training loss is 0.6; it was best at epoch 2: 0.1."


@pytest.mark.parametrize(
    ("training", "other", "samples", "told"),
    [
        ((0.0215, 1.0), (0.285, 0.913), (104, 23),
         "On the training samples it is 100.0%, and the loss 0.0215, not 0.285."),
        ((0.2, 0.97), (0.285, 0.8), (104, 23), "On the training samples it is 97.0%."),
        ((0.0215, 0.96), (0.285, 0.957), (104, 23),
         "The loss is 0.0215 on the training samples, 0.285 on these."),
        ((0.2, None), (0.5, None), (104, 23), "The loss is 0.2 on the training samples, 0.5 on these."),
        ((0.2, 0.96), (0.285, 0.957), (104, 23), ""),
        ((0.285, 0.8), (0.2, 1.0), (104, 23), ""),
        ((1e-10, None), (3e-10, None), (30, 5), ""),
        ((float("nan"), 1.0), (0.285, 0.5), (104, 23), ""),
        ((0.2, 1.0), (None, None), (104, 0), ""),
    ],
    ids=["both", "accuracy", "loss", "numbers", "by chance", "better", "as good as nothing", "no number",
         "no validation"],
)  # fmt: skip
def test_training_samples_that_are_known_far_better_are_told(training, other, samples, told):
    row = Epoch(100, 1000, 0.1, None, *other, 1.0, 1.0)
    assert beside_training(training, row, 1.0, samples) == told
