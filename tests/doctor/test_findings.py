"""What single findings say, and where they are quiet, beyond what the corpus shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from doctor.corpus.building import arrays, clouds, columns_of, dense, project, table, train
from doctor.corpus.later import pictures_twice
from doctor.corpus.sick import numbered, same_number, scaled, several_labels, unscaled_target, yes_or_no

from nnstudio.doctor.answers import Answers, rows_of
from nnstudio.doctor.charts import POINTS, line
from nnstudio.doctor.examination import examined
from nnstudio.doctor.finding import Judged, findings
from nnstudio.doctor.findings.loss_course import _level
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.model.document import DataReference
from nnstudio.project import Project, open_example
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


def test_a_run_that_cannot_get_anywhere_any_more_is_called_slow_before_its_end(tmp_path):
    told_of = told(unscaled_target(tmp_path), 24)["slow_learning"]
    assert told_of.text.startswith(
        "After 24 of 30 epochs the predictions are worse than always giving the mean"
    )
    assert "at this pace that will not change" in told_of.text


def curves(patient, watched, loss):
    """A patient whose run had these losses, and whose weights are those of the last epoch."""
    count = len(watched)
    epochs = np.arange(1, count + 1)
    patient.losses = Losses(
        epochs, epochs * 4, np.array(loss), np.array(watched), *np.full((2, count), np.nan), np.array(loss)
    )
    return patient


@pytest.mark.parametrize(
    "loss, is_told",
    [
        (np.linspace(1.5, 1.47, 20), True),
        (np.geomspace(9e13, 3.4e11, 20), False),
        (np.where(np.arange(20) % 7 == 6, 5.0, np.linspace(1.5, 1.4, 20)), False),
    ],
    ids=["hardly falls", "falls by hundreds", "jumps"],
)
def test_a_learning_rate_is_too_low_only_where_the_loss_hardly_moves(loss, is_told):
    session = project(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY).session()
    patient = curves(Patient.of(session, {}), loss, loss)
    patient.step, patient.updates = 500, {"dense_1": 1e-5}
    assert bool(list(findings["learning_rate_low"].look(patient))) == is_told


def test_a_signal_that_explodes_is_not_also_told_as_a_rate_that_is_too_low():
    square = [step for _ in range(4) for step in (dense(16), "square")]
    built = project(DataReference("spiral"), *square, dense(1), "sigmoid", **BINARY, epochs=30)
    assert list(told(built, 30)) == ["flooded_signal"]


def test_what_harms_predictions_only_is_judged_by_the_loss_that_training_watches():
    steps = dense(8), "relu", ("dropout", {"rate": 0.5}), "batchnorm", dense(3), "softmax"
    built = project(DataReference("iris"), *steps, loss="softmax_cross_entropy")
    assert told(built)["dropout_before_batchnorm"].judged == Judged.WATCHED


@pytest.mark.parametrize(
    "sick, finding, title, loss",
    [
        (numbered, "row_numbers", "Leave the column 'counter' out", "binary_cross_entropy"),
        (
            yes_or_no,
            "labels_as_numbers",
            "Take the target as classes, with binary cross-entropy",
            "binary_cross_entropy",
        ),
        (
            several_labels,
            "labels_as_numbers",
            "Take the targets as yes or no, with",
            "multi_label_cross_entropy",
        ),
    ],
)
def test_what_was_said_of_the_data_is_put_right_in_one_undo_step(tmp_path, sick, finding, title, loss):
    built = sick(tmp_path)
    document, before = built.document, built.document.to_dict()
    (correction,) = told(built)[finding].corrections
    assert correction.title.startswith(title)
    document.history.push(correction.make(document, document.graph))
    assert document.settings.loss == loss and finding not in told(built)
    document.history.undo()
    assert document.to_dict() == before and finding in told(built)


def test_layers_that_could_be_one_are_only_a_note_once_the_data_cannot_be_fitted_better():
    built = project(DataReference("plane"), dense(8), dense(1), loss="mse", learning_rate=0.02)
    before, after = told(built)["no_nonlinearity"], told(built, 30)["no_nonlinearity"]
    assert not before.is_note and before.remedies and "ReLU" in before.text
    assert after.is_note and not after.remedies and "one layer is enough" in after.text
    (correction,) = after.corrections
    assert correction.title == "Delete dense_1"
    built.document.history.push(correction.make(built.document, built.document.graph))
    session = built.session()
    train(session, 30, 0)
    assert session.history[-1].loss < 1e-3 and told(built, 30) == {}


def repeated(folder, **options):
    """A table that has each row three times, with columns of so many options."""
    rows, y = clouds(40, seed=4)
    thrice = columns_of(np.concatenate([rows, rows, rows]), kind=np.array(["a", "b"])[np.tile(y, 3)])
    return project(table(folder, "thrice", thrice, **options), dense(1), "sigmoid", **BINARY)


@pytest.mark.parametrize("build", [repeated, pictures_twice])
def test_repeated_samples_are_put_right_in_one_undo_step(tmp_path, build):
    built = build(tmp_path)
    document, before = built.document, built.document.to_dict()
    together, once = told(built)["repeated_rows"].corrections
    assert (together.title, once.title) == ("Keep equal samples in one part", "Leave repeated samples out")
    for correction in (together, once):
        document.history.push(correction.make(document, document.graph))
        assert "repeated_rows" not in told(built)
        document.history.undo()
        assert document.to_dict() == before


@pytest.mark.parametrize("split", ["guess", "by group"])
def test_rows_of_groups_can_only_be_kept_once(tmp_path, split):
    rows, y = clouds(40, seed=4)
    cells = columns_of(
        np.tile(rows, (3, 1)), site=np.arange(120) % 12, kind=np.array(["a", "b"])[np.tile(y, 3)]
    )
    data = table(tmp_path, "sites", cells, columns="site: group", split=split)
    (once,) = told(project(data, dense(1), "sigmoid", **BINARY))["repeated_rows"].corrections
    assert once.title == "Leave repeated samples out"


def test_a_run_that_may_still_get_there_is_not_called_slow():
    """After 16 of 20 epochs both are near a constant answer; only one falls fast enough to leave it."""
    session = project(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY,
                      epochs=20).session()  # fmt: skip
    for fall, is_told in ((0.001, True), (0.05, False)):
        loss = np.concatenate([np.full(12, 0.7), 0.7 - fall * np.arange(1, 5)])
        patient = curves(Patient.of(session, {}), np.full(16, 0.7), loss)
        patient.relative = 0.98
        assert bool(list(findings["slow_learning"].look(patient))) == is_told


def test_a_gap_alone_is_no_overfitting_and_a_rise_beyond_chance_is(tmp_path):
    """The same rise of the curve is told where all samples rise a little, and not where one of them does."""
    data = table(tmp_path, "few", columns_of(*[clouds(200, seed=5)[0]], kind=["a", "b"] * 100))
    session = project(data, dense(4), "relu", dense(1), "sigmoid", **BINARY).session()
    part, falls = session.data.watched, np.linspace(0.6, 0.01, 40)
    flat = np.concatenate([np.linspace(0.7, 0.4, 20), np.full(20, 0.4)])
    rising = np.concatenate([np.linspace(0.7, 0.4, 20), np.linspace(0.4, 0.5, 20)])
    count = len(session.data.part(part)[0])
    then = np.full(count, 0.4)
    one = then + np.eye(count)[0] * 0.1 * count
    for watched, now, is_told in ((flat, then, False), (rising, then + 0.1, True), (rising, one, False)):
        patient = curves(Patient.of(session, {}), watched, falls)
        patient.answers[part] = Answers(part, np.arange(count), now, np.zeros(0, int), np.zeros((0, 0)))
        patient.losses_at = lambda *_where: then
        cases = list(findings["overfitting"].look(patient))
        assert bool(cases) == is_told
        if cases:
            average = "the validation loss, averaged over 3 epochs, has risen from 0.402 to 0.495"
            assert f"Since epoch 22 {average}" in cases[0].text
            # Those of single epochs, as the curve has them.
            assert "the best weights are those of epoch 20" in cases[0].text
            figures = dict(cases[0].numbers)
            assert figures["Least validation loss"] == "0.4 (epoch 20)"
            assert figures["Now"] == "0.5 (epoch 40)"
            assert figures["Average rises since"] == "epoch 22"


def test_a_small_curve_reaches_as_low_and_as_high_as_the_loss_did():
    loss = np.linspace(1.0, 0.5, 1000)
    loss[[333, 777]] = 0.1425, 3.0
    chart = line(np.arange(1, 1001), loss, "epoch", "validation loss")
    assert len(chart.x) <= POINTS and (chart.x[0], chart.x[-1]) == (1, 1000)
    assert (chart.y.min(), chart.y.max()) == (0.1425, 3.0)
    assert dict(zip(chart.x, chart.y, strict=True))[334] == 0.1425, "at its own epoch"


def test_losses_of_a_kept_step_are_those_of_its_weights():
    session = project(DataReference("circle"), dense(4), "tanh", dense(1), "sigmoid", **BINARY).session()
    train(session, 3, 0)
    patient, step = Patient.of(session, {}), session.checkpoint_steps[1]
    losses = patient.losses_at(step, session.data.watched, 0)
    now = session.parameters.copy()
    session.parameters[:] = session.parameter_history[1]
    x, y = (v[rows_of(len(v))] for v in session.data.part(session.data.watched))
    assert losses.mean() == pytest.approx(session.evaluate(x, y)[0], rel=1e-4)
    session.parameters[:] = now
    assert patient.losses_at(10**6, session.data.watched, 2) is None


def test_a_loss_that_still_falls_at_the_end_is_to_be_trained_for_longer():
    slow = project(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY, optimizer="sgd",
                   learning_rate=0.01, epochs=12)  # fmt: skip
    told_of = told(slow, 12)["slow_learning"]
    assert told_of.title == "The network learns slowly" and "train for longer" in told_of.text
    assert told_of.remedies[0].title == "Set the learning rate to 0.03"


def test_the_level_of_a_constant_answer_is_told_in_words():
    assert "is about that of" in _level(1.0) and "times" not in _level(0.95)
    assert "higher than that of" in _level(1.4)
    assert "only 1.4 times it" in _level(0.7)


def test_layers_that_are_all_frozen_are_told_and_thawed():
    frozen = (dense(4, frozen=True), "tanh", dense(1, frozen=True), "sigmoid")
    built = project(DataReference("xor"), *frozen, **BINARY)
    seen = told(built, 20)["constant_loss"]
    assert "did not move at all" in seen.text and "All layers with weights are frozen" in seen.text
    (remedy,) = seen.remedies
    built.document.history.push(remedy.make(built.document, built.document.graph))
    assert "constant_loss" not in told(built, 20)


def test_a_target_that_never_differs_is_told_in_its_own_units(tmp_path):
    (text,) = [d.text for d in told(same_number(tmp_path)).values() if d.finding == "constant_target"]
    assert text.startswith("'price' is 7 in all")


def test_a_closer_look_tells_what_was_trained():
    session = project(DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", **BINARY).session()
    patient = Patient.of(session, {})
    report = examined(patient)
    first, last = (float(f"{loss:.3g}") for loss in (patient.ahead.before, patient.ahead.after))
    assert report.closer == (
        f"trained a copy for {patient.ahead.steps} steps (loss from {first:g} to {last:g})"
    )
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


def test_numbers_in_arrays_are_taken_as_classes_in_one_undo_step(tmp_path):
    x, y = clouds(100, seed=6)
    built = project(
        arrays(tmp_path, "two", x, y * 1.0, task="number"), dense(4), "relu", dense(1), loss="mse"
    )
    (correction,) = told(built)["labels_as_numbers"].corrections
    built.document.history.push(correction.make(built.document, built.document.graph))
    assert built.session().data.classes and "labels_as_numbers" not in told(built)


def test_what_makes_values_explode_is_named_and_replaced():
    square = [step for _ in range(4) for step in (dense(16), "square")]
    built = project(DataReference("spiral"), *square, dense(1), "sigmoid", **BINARY)
    seen = told(built)["flooded_signal"]
    assert seen.node == "square_2" and "square_2 makes large values larger" in seen.text
    assert [remedy.title for remedy in seen.remedies] == [
        f"Replace all 4 Square layers with {title}" for title in ("ReLU", "Tanh")
    ]
    built.document.history.push(seen.remedies[1].make(built.document, built.document.graph))
    assert [n.kind for n in built.document.graph.nodes].count("tanh") == 4 and told(built) == {}


@pytest.mark.parametrize(
    "spikes, level, every, is_told",
    [
        (12, 0.01, 40, True),
        (11, 0.01, 40, False),
        (30, 0.01, 10, True),
        (30, 0.3, 10, False),
        (4, 0.01, 10, True),
        (3, 0.01, 10, False),
    ],
    ids=["enough", "too few", "many", "little learned", "four close together", "three close together"],
)
def test_spikes_are_told_of_a_network_that_had_learned(spikes, level, every, is_told):
    session = project(DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", **BINARY).session()
    loss = np.concatenate([np.geomspace(0.7, level, 40), np.full(40 + every * spikes, level)])
    loss[60 : 60 + every * spikes : every] = 4.0
    loss[61 : 61 + every * spikes : every] = 1.0
    cases = list(findings["loss_spikes"].look(curves(Patient.of(session, {}), loss, loss)))
    assert bool(cases) == is_told
    if cases:
        assert f"Since epoch 61, the training loss has shot up {spikes} times" in cases[0].text
        assert (
            "from about 0.01 to as much as 4" in cases[0].text and ("Spikes", f"{spikes}") in cases[0].numbers
        )
        assert cases[0].chart.y.max() == 4.0
        assert [c.title for c in cases[0].corrections][-1] == "Set the learning rate to 0.0001"


def test_a_learning_rate_that_may_fall_is_proposed_while_the_run_has_epochs_left():
    built = project(DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", **BINARY, epochs=1000)
    loss = np.concatenate([np.geomspace(0.7, 0.001, 40), np.tile([*np.full(9, 0.001), 0.9], 20)])
    patient = curves(Patient.of(built.session(), {}), loss, loss)
    (case,) = findings["loss_spikes"].look(patient)
    document = built.document
    document.history.push(case.corrections[0].make(document, document.graph))
    assert document.settings.schedule == "cosine"
    document.history.undo()
    assert document.settings.schedule == "constant"


@pytest.mark.parametrize("right, is_told", [(0.9, True), (0.62, False)], ids=["knows them", "knows none"])
def test_a_network_that_knows_no_more_of_its_own_samples_did_not_learn_them_by_heart(
    tmp_path, right, is_told
):
    """Of the others it knows 60%, while their loss rises beyond that of a constant answer."""
    data = table(tmp_path, "few", columns_of(clouds(200, seed=5)[0], kind=["a", "b"] * 100))
    session = project(data, dense(4), "relu", dense(1), "sigmoid", **BINARY).session()
    rising = np.concatenate([np.linspace(0.7, 0.4, 20), np.linspace(0.4, 3.0, 20)])
    patient = curves(Patient.of(session, {}), rising, np.linspace(0.6, 0.1, 40))
    patient.losses.accuracy[:], patient.losses.watched_accuracy[:] = right, 0.6
    assert bool(list(findings["overfitting"].look(patient))) == is_told


def test_a_rate_that_is_too_high_names_the_losses_that_it_compares():
    built = open_example("xor")
    built.document.set_settings(built.document.settings.with_option("learning_rate", 3.0))
    seen = told(built, 40)["learning_rate_high"]
    numbers = dict(seen.numbers)
    assert float(numbers["Loss of a constant answer"]) == pytest.approx(np.log(2), abs=0.01)
    assert float(numbers["Training loss"]) > 0 and "times as wrong" not in seen.text
