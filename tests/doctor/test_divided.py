"""Outputs without weight, parts that lack targets, losses of the median: told for what they are, each with a
correction that is one undo step, and without the symptoms that they cause.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from doctor.corpus.building import clouds, columns_of, dense, project, table, train
from doctor.corpus.divided import apart, damages, sorted_by_class, sorted_prices, two_outputs
from doctor.corpus.sick import by_heart

from nnstudio.data.dataset import Split
from nnstudio.doctor.baseline import best_constant, name_of_constant
from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.trying import try_all

CLASSES = {"loss": "softmax_cross_entropy"}


def told(session, may_try=False):
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=may_try).diagnoses}


def corrected(built, diagnosis):
    """The project after its only correction, which is one step."""
    document = built.document
    before = document.to_dict()
    (correction,) = diagnosis.corrections
    document.history.push(correction.make(document, document.graph))
    assert document.history.done == 1
    document.history.undo()
    assert document.to_dict() == before
    document.history.redo()
    return built.session()


@pytest.mark.parametrize("first, second, node", [(1.0, 0.0, "output_2"), (0.0, 1.0, "output_1")])
def test_an_output_without_weight_is_told_and_not_what_follows_from_it(tmp_path, first, second, node):
    built = two_outputs(tmp_path, "weights", first, second)
    session = built.session()
    for epochs in (0, 20):
        train(session, epochs, 0)
        seen = told(session)
        assert list(seen) == ["unweighted_output"] and seen["unweighted_output"].node == node
    assert f"Training loss of {node}" in dict(seen["unweighted_output"].numbers)
    mended = corrected(built, seen["unweighted_output"])
    assert {target.weight for target in mended.layout.targets} == {1.0}
    train(mended, 60, 0)
    assert told(mended) == {} and (mended.outputs.rows[-1] < 0.5).all()


def test_a_small_weight_beside_others_is_told_with_one_that_makes_their_parts_alike(tmp_path):
    built = two_outputs(tmp_path, "small", 1.0, 1e-4, 30.0, optimizer="sgd")
    session = built.session()
    diagnosis = told(session)["unweighted_output"]
    mended = corrected(built, diagnosis)
    # The first target is 30 times as large, and its square so many times: each part of the sum is the same.
    y = session.data.y_train
    ratio = float(np.var(y[:, 0]) / np.var(y[:, 1]))
    assert mended.layout.targets[1].weight == pytest.approx(ratio, rel=0.1)


def test_the_layers_of_an_output_without_weight_are_no_measure_of_gradients(tmp_path):
    """The last layer of the network gets no gradient then, and the others explode beside that."""
    session = two_outputs(tmp_path, "loud", 1.0, 0.0, 40.0).session()
    assert "exploding_gradients" not in told(session)
    # What leads to both counts.
    wiring = Patient.of(session, {}).wiring
    assert {"dense_1", "dense_2"} <= wiring.counted and not {"dense_3", "dense_4"} & wiring.counted


@pytest.mark.parametrize("make, part", [(sorted_by_class, "'d'"), (sorted_prices, "Far outside")])
def test_targets_of_the_last_rows_are_told_at_once_and_silence_overfitting(tmp_path, make, part):
    built = make(tmp_path)
    session = built.session()
    for epochs in (0, 60):
        train(session, epochs, 0)
        seen = told(session)
        assert list(seen) == ["unseen_targets"] and part in dict(seen["unseen_targets"].numbers)
    assert "sorted by the target" in seen["unseen_targets"].text
    mended = corrected(built, seen["unseen_targets"])
    train(mended, 60, 0)
    assert told(mended) == {}


def late_class(folder, name, **columns):
    x, _ = clouds(240, seed=3)
    x[180:] += 2
    kind = np.where(np.arange(240) < 180, "old", "new")
    more = {n: values for n, values in columns.items() if n != "settings"}
    cells = columns_of(x, **more, kind=kind)
    return project(table(folder, name, cells, **columns.get("settings", {})), dense(4), "relu", dense(2),
                   "softmax", **CLASSES)  # fmt: skip


def test_of_rows_in_time_no_other_split_is_offered(tmp_path):
    at = np.arange(240)
    timed = late_class(tmp_path, "timed", hour=at, settings={"columns": "hour: time"})
    dates = np.datetime64("2020-01-01") + at
    dated = late_class(tmp_path, "dated", day=dates, settings={"split": "in order"})
    for built in (timed, dated):
        seen = told(built.session())["unseen_targets"]
        assert seen.corrections == () and "look into the future" in seen.text
    # Dates in no order are no time by which rows are divided.
    mixed = late_class(tmp_path, "born", day=np.random.default_rng(2).permutation(dates),
                       settings={"split": "in order"})  # fmt: skip
    assert len(told(mixed.session())["unseen_targets"].corrections) == 1
    assert told(late_class(tmp_path, "drawn").session()) == {}


def test_a_loss_of_the_median_is_told_and_its_remedy_helps(tmp_path):
    built = damages(tmp_path, "slides", 0.22, 5, loss="mae", epochs=20)
    session = built.session()
    train(session, 20, 0)
    seen = told(session)
    assert list(seen) == ["median_loss"]
    *_, last = iterate(try_all(built.document.copying(), session, seen["median_loss"]))
    (trial,) = last
    assert trial.helps and "mean squared error" in trial.remedy.title


def iterate(pieces):
    while True:
        try:
            yield next(pieces)
        except StopIteration as end:
            yield end.value
            return


@pytest.mark.parametrize(
    "loss, options, name",
    [
        ("mse", {}, "the mean of the target"),
        ("mae", {}, "the median of the target"),
        ("huber", {"delta": 0.5}, "the same number"),
    ],
)
def test_the_constant_that_a_loss_is_compared_with_has_its_right_name(tmp_path, loss, options, name):
    x, _ = clouds(200, seed=6)
    y = np.random.default_rng(6).exponential(1, 200).round(4)
    data = table(tmp_path, "skewed", columns_of(x, y=y), task="number")
    session = project(data, dense(1), loss=loss, **options).session()
    assert name_of_constant(session) == name
    (best,), known = best_constant(session), session.data.y_train[:, 0]

    def cost(answer):
        away = np.abs(known - answer)
        if loss == "huber":
            return np.where(away > 0.5, 0.5 * (away - 0.25), away**2 / 2).mean()
        return (away if loss == "mae" else away**2).mean()

    assert cost(best) <= min(cost(at) for at in np.linspace(-1, 3, 400)) * 1.01


def test_what_never_helped_on_other_samples_is_not_told_as_overfitting(tmp_path):
    session = by_heart(tmp_path).session()
    train(session, 40, 0)
    seen = told(session)
    assert "overfitting" not in seen
    assert "never clearly below" in seen["nothing_learned"].text
    assert "Least validation loss" in dict(seen["nothing_learned"].numbers)


def test_a_target_that_was_sorted_apart_silences_what_follows_from_it(tmp_path):
    built = project(apart(tmp_path, "prices"), dense(64), "relu", dense(32), "relu", dense(1), loss="mse",
                    learning_rate=0.01)  # fmt: skip
    session = built.session()
    train(session, 60, 0)
    (diagnosis,) = told(session).values()
    assert diagnosis.finding == "sorted_target" and diagnosis.shown == () and not diagnosis.corrections
    # Without it, the network is no help on new samples, and does not get worse at what it never knew.
    data = replace(session.data, sorted_target=None)
    session.data = data
    session.remembered.clear()
    assert list(told(session)) == ["nothing_learned"]
    assert session.data.watched == Split.VALIDATION
