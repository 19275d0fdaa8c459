"""Probes that tell a figure of a network with several Outputs tell that of each, by its name."""

from __future__ import annotations

import numpy as np
import pytest
from several_outputs import KINDS, expected, project, trained

from nnstudio.data.dataset import Split
from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.answers import all_answers
from nnstudio.explain.arithmetic import ArithmeticProbe, Operation
from nnstudio.explain.boundary import BoundaryProbe
from nnstudio.explain.comparison import agreement, swapped
from nnstudio.explain.curves import CurvesProbe, as_csv
from nnstudio.explain.outcome import OutcomeProbe
from nnstudio.explain.prediction import PredictionProbe
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.scores import scores_of
from nnstudio.explain.why import WhyProbe
from nnstudio.lessons.work import Network
from nnstudio.model.graph import Link
from nnstudio.training.by_output import by_output, outputs_of
from nnstudio.training.evaluation import Past
from nnstudio.training.surgery.pruning import Pruning

OUTPUTS = ("out_1", "out_2")
NEAR = {"rel": 2e-4, "abs": 2e-4}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def learned(tmp_path, kind):
    return trained(tmp_path, kind)


def last(probe, session):
    *_, result = (r for r in probe.run(session) if r is not None)
    return result


def of_part(session, kind, part=None):
    x, y = session.data.part(part or session.data.judging)
    return [expected(session, kind, output, x, y) for output in OUTPUTS]


def test_scores_are_those_of_each_output_by_its_own_targets(learned, kind):
    built, session = learned
    scores = scores_of(session, session.data.judging, built.document.graph.names())
    names = [called for _id, called, *_rest in KINDS[kind][3]]
    assert [each.output for each in scores.outputs] == names
    assert scores.r2 is None and scores.mean_absolute_error is None
    for each, told, right in zip(scores.outputs, KINDS[kind][3], of_part(session, kind), strict=True):
        assert each.output in scores.sentence
        if kind == "classes twice":
            assert each.scores.accuracy == pytest.approx(right.right_class)
        elif told[3] == 2:
            assert each.scores.accuracy == pytest.approx(right.right) and each.scores.r2 is None
        else:
            assert each.scores.r2 == pytest.approx(right.r2, **NEAR)
            assert each.scores.mean_absolute_error == pytest.approx(right.error, **NEAR)
    together = sum(each.weight * each.scores.loss for each in scores.outputs)
    assert scores.loss == pytest.approx(together, rel=1e-5)


def test_results_are_those_of_the_output_that_is_asked_for(learned, kind):
    _project, session = learned
    for at, output in enumerate(OUTPUTS):
        results = last(ResultsProbe(Split.VALIDATION, output=output), session)
        right = of_part(session, kind, Split.VALIDATION)[at]
        assert (results.output, results.outputs) == (output, OUTPUTS)
        if kind == "classes twice":
            assert results.accuracy == pytest.approx(right.right_class)
        elif right.truth.shape[1] == 2:
            assert results.labels_right == pytest.approx(right.right)
        else:
            assert results.explained == pytest.approx(right.r2, **NEAR)
            assert results.mean_absolute == pytest.approx(right.error, **NEAR)
    assert last(ResultsProbe(Split.VALIDATION), session).output == "out_1"


def test_the_sentence_at_the_end_of_a_run_names_all_outputs(learned, kind):
    built, session = learned
    scored = last(OutcomeProbe(Split.VALIDATION), session)
    assert [output for output, _text in scored.told] == list(OUTPUTS)
    told = scored.sentence(built.document.graph.names())
    for _output, called, _options, _units in KINDS[kind][3]:
        assert f"{called}: " in told


def test_every_target_is_answered_by_the_output_that_predicts_it(learned, kind):
    _project, session = learned
    x, y, _part = session.samples()
    if kind == "classes twice":
        return
    told = all_answers(session, lambda seen: seen.predict(x))
    assert told.shape == y.shape and np.isfinite(told).all()
    for seen, output in zip(by_output(session), OUTPUTS, strict=True):
        right = expected(session, kind, output, x, y)
        np.testing.assert_allclose(told[:, list(seen.columns)], right.predicted, rtol=1e-3, atol=1e-4)


def test_an_output_is_seen_with_the_parameters_of_the_moment(learned):
    _project, session = learned
    x = session.samples()[0]
    then = Past(session)
    before = [seen.predict(x) for seen in by_output(session)]
    session.single_step()
    for old, seen, past in zip(before, by_output(session), by_output(then), strict=True):
        assert np.abs(seen.predict(x) - old).max() > 0
        np.testing.assert_array_equal(past.predict(x), old)


def test_what_is_said_of_a_sample_names_each_output(learned, kind):
    _project, session = learned
    for probe in (ActivationProbe("tanh", 2), WhyProbe("occlusion", 2)):
        result = last(probe, session)
        assert [output for output, _text in result.told] == list(OUTPUTS)
        assert result.prediction.startswith("out_1: ") and "; out_2: " in result.prediction


def test_the_truth_of_a_sample_is_what_each_output_should_say(tmp_path):
    _project, session = trained(tmp_path, "labels and a number")
    at = int(np.flatnonzero(session.samples()[1][:, 1] == 0)[0])
    y = session.samples()[1][at]
    label = last(ActivationProbe("tanh", at), session).label
    assert label.startswith("warm, " if y[0] else "none of the labels, ")
    assert "large" not in label


def test_a_prediction_by_hand_tells_all_numbers_or_the_output_that_is_asked_for(learned, kind):
    _project, session = learned
    x, y, _part = session.samples()
    own = tuple(map(float, x[0]))
    for at, output in enumerate(OUTPUTS):
        told = last(PredictionProbe(own, output), session)
        right = expected(session, kind, output, x[:1], y[:1]).predicted[0]
        if kind == "two numbers":
            assert told.names == ("heat", "cool") and not told.outputs
            assert told.values[at] == pytest.approx(right[0], rel=1e-3, abs=1e-3)
        else:
            assert (told.output, told.outputs) == (output, OUTPUTS)
            np.testing.assert_allclose(told.values, right, rtol=1e-3, atol=1e-4)


def test_a_number_is_explained_at_the_output_that_predicts_it(tmp_path):
    _project, session = trained(tmp_path, "two numbers")
    for number, name in enumerate(("heat", "cool")):
        result = last(WhyProbe("occlusion", 0, number=number), session)
        assert not result.problem and result.target == f"{name} (scaled)"
    problem = last(WhyProbe("occlusion", 0, number=7), session).problem
    assert "No Output predicts number 7" in problem and "heat, cool" in problem


def test_the_boundary_is_of_the_target_that_is_asked_for(tmp_path):
    _project, session = trained(tmp_path, "two numbers")
    for target, output in enumerate(OUTPUTS):
        result = last(BoundaryProbe(16, target), session)
        assert (result.target, result.output) == (target, output)
        left, bottom, right, top = result.extent
        corner = np.array([[left, bottom], [right, top]], np.float32)
        seen = by_output(session)[target]
        assert result.values[0, 0] == pytest.approx(float(seen.predict(corner)[0, 0]), rel=1e-4)
        assert result.values[-1, -1] == pytest.approx(float(seen.predict(corner)[1, 0]), rel=1e-4)


def test_metrics_are_measured_of_each_output(tmp_path):
    _project, session = trained(tmp_path, "two numbers")
    measured = last(CurvesProbe("r2"), session)
    assert [each.output for each in measured.metric.outputs] == list(OUTPUTS)
    right = of_part(session, "two numbers", Split.VALIDATION)
    assert measured.metric.steps[-1] == session.steps
    for each, oracle in zip(measured.metric.outputs, right, strict=True):
        assert each.validation[-1] == pytest.approx(oracle.r2, **NEAR)
    heads = as_csv(session.history, (), measured.metric).splitlines()[0].split(",")
    assert heads[-4:] == ["r2 of out_1", "val_r2 of out_1", "r2 of out_2", "val_r2 of out_2"]


def test_two_networks_are_compared_output_by_output(learned, kind, tmp_path):
    _project, session = learned
    _other, second = trained(tmp_path, kind, seed=9)
    told = agreement(session, second)
    assert [output for output, _each in told.outputs] == list(OUTPUTS)
    x, y = session.data.part(told.part)
    for output, each in told.outputs:
        mine, other = (expected(s, kind, output, x, y).predicted for s in (session, second))
        if kind == "classes twice":
            assert each.share == pytest.approx((mine.argmax(1) == other.argmax(1)).mean())
        else:
            assert each.mean == pytest.approx(np.abs(mine - other).mean(), rel=1e-3)
        assert f"Head {output}: {each.sentence({})}" in told.sentence({output: f"Head {output}"})
    worst = told.worst[0]
    assert worst.told({worst.output: "Warmth"}) == (f"Warmth: {worst.first}", f"Warmth: {worst.second}")
    back = swapped(told)
    assert [s.first for s in back.worst] == [s.second for s in told.worst]


def test_a_unit_that_only_the_second_output_reads_is_not_idle(tmp_path):
    _project, session = trained(tmp_path, "two numbers")
    slot = next(s for s in session.layout.parameters if (s.node, s.name) == ("out_1_dense", "weight"))
    weight = session.parameters[slot.offset :][: slot.size].reshape(slot.shape)
    # Nothing of the second Input reaches the first Output.
    weight[5:] = 0
    assert Pruning(session, "dense_2", "units").look().idle == 0


def test_lessons_see_the_predictions_of_all_outputs(learned, kind):
    _project, session = learned
    inputs = [0.3, -0.7]
    x = ((np.array([inputs]) - session.data.x_shift) / session.data.x_scale).astype(np.float32)
    y = session.samples()[1][:1]
    right = [expected(session, kind, output, x, y).predicted.ravel() for output in OUTPUTS]
    told = Network(session).values("", inputs)
    np.testing.assert_allclose(told, np.concatenate(right), rtol=1e-3, atol=1e-3)


def test_an_output_of_some_targets_alone_is_compared_with_these(tmp_path):
    """Not with all that the data has."""
    built = project(tmp_path, "two numbers")
    graph = built.document.graph
    for source, name in (("out_1_dense", "out_1"), ("tanh", "out_1_dense")):
        graph.remove_link(Link(source, name))
        graph.remove_node(name)
    session = built.session(1)
    x, y = session.data.part(session.data.judging)
    right = expected(session, "two numbers", "out_2", x, y)
    scores = scores_of(session, session.data.judging)
    assert scores.r2 == pytest.approx(right.r2, **NEAR) and not scores.outputs
    assert scores.mean_absolute_error == pytest.approx(right.error, **NEAR)
    assert outputs_of(session) == ()
    assert last(ResultsProbe(session.data.judging), session).explained == pytest.approx(right.r2, **NEAR)


def test_the_arithmetic_of_the_loss_is_that_of_the_output_that_is_looked_at(learned, kind):
    _project, session = learned
    x, y, _part = session.samples()
    for output in OUTPUTS:
        told = last(ArithmeticProbe(Operation.LOSS, output, sample=3), session)
        stage = told.stages[told.at]
        assert (stage.kind, stage.node) == (Operation.LOSS, output)
        assert told.told.result == pytest.approx(told.told.engine, rel=1e-4)
        seen = next(seen for seen in by_output(session) if seen.layout.output == output)
        wanted = seen.evaluate(x[3:4], y[3:4, list(seen.columns)])[0]
        assert told.told.result == pytest.approx(wanted, rel=1e-4)
