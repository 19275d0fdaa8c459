"""Results equal a count by hand; they survive one class, no mistakes and what is no number."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.facts import facts_of_data
from nnstudio.data.imitation import holds_only_real
from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.picture_pairs import MOST
from nnstudio.explain.prediction import PredictionProbe
from nnstudio.explain.results import (
    BINS,
    PAIRS,
    ResultsProbe,
    among_best,
    calibration_of,
    of_classes,
    of_numbers,
    roc_of,
)  # fmt: skip
from nnstudio.explain.thumbnails import ThumbnailsProbe
from nnstudio.model.document import DataReference
from nnstudio.model.settings import TrainingSettings
from nnstudio.model.templates import templates
from nnstudio.project import Project, open_example
from nnstudio.training.session import Session
from nnstudio.ui.project.new_projects import project_of_template


def autoencoder() -> Session:
    project, template = Project(), templates["autoencoder"]
    project.document.set_data(DataReference(template.data, dict(template.data_options)))
    project.document.graph.fill(template.graph(facts_of_data(project.load_data())).to_dict())
    project.document.set_settings(project.document.settings.with_option("loss", "mse"))
    return project.session()


def result_of(session: Session):
    return [r for r in ResultsProbe().run(session) if r is not None][-1]


@pytest.fixture(scope="module")
def iris():
    session = open_example("iris").session()
    for _ in session.slices(5):
        pass
    return session


def test_the_matrix_and_its_ratios_are_counted_by_hand(iris):
    results = result_of(iris)
    data = iris.data
    x, y = data.part(data.watched)
    outputs = iris.predict(x)
    count = len(data.classes)
    matrix = [[0] * count for _ in range(count)]
    for target, output in zip(y, outputs, strict=True):
        matrix[int(target[0])][max(range(count), key=lambda k: output[k])] += 1
    assert results.matrix.tolist() == matrix and results.count == len(x)
    for k in range(count):
        across, down = sum(matrix[k]), sum(row[k] for row in matrix)
        assert (
            results.recall[k] == pytest.approx(matrix[k][k] / across)
            if across
            else np.isnan(results.recall[k])
        )
        assert (
            results.precision[k] == pytest.approx(matrix[k][k] / down)
            if down
            else np.isnan(results.precision[k])
        )
    assert results.accuracy == pytest.approx(sum(matrix[k][k] for k in range(count)) / results.count)


def test_the_worst_mistakes_are_those_whose_truth_got_least(iris):
    results = result_of(iris)
    x, y = iris.data.part(iris.data.watched)
    outputs, truth = iris.predict(x), y[:, 0].astype(int)
    wrong = [i for i in range(len(truth)) if int(outputs[i].argmax()) != truth[i]]
    wrong.sort(key=lambda i: outputs[i][truth[i]])
    assert [m.index for m in results.mistakes] == wrong[:12]
    for m in results.mistakes:
        np.testing.assert_array_equal(m.sample, x[m.index])
        assert m.truth != m.prediction


def test_all_predictions_come_from_one_network_though_it_learns_meanwhile():
    session = open_example("mnist-dense").session()
    x, y = session.data.part(session.data.watched)
    expected = session.predict(x).argmax(1)
    probe = ResultsProbe().run(session)
    assert next(probe) is None
    session.single_step()
    results = [r for r in probe if r is not None][-1]
    truth = y[:, 0].astype(int)
    assert results.step == 0
    assert int(np.trace(results.matrix)) == int((expected == truth).sum())


def test_calibration_is_counted_by_hand():
    rng = np.random.default_rng(3)
    sure, right = rng.uniform(0.3, 1, 500), rng.uniform(size=500) < 0.7
    table = calibration_of(sure, right)
    for k in range(BINS):
        inside = [i for i in range(500) if k / BINS <= sure[i] < (k + 1) / BINS]
        assert table[k, 2] == len(inside)
        if inside:
            assert table[k, 0] == pytest.approx(sum(sure[i] for i in inside) / len(inside))
            assert table[k, 1] == pytest.approx(sum(right[i] for i in inside) / len(inside))


def test_the_area_below_roc_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(4)
    positive = rng.uniform(size=80) < 0.4
    scores = np.round(rng.normal(size=80) + positive, 1)
    points, area = roc_of(scores, positive)
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert area == pytest.approx(sum(pairs) / len(pairs))
    assert points[0].tolist() == [0, 0] and points[-1].tolist() == [1, 1]
    assert np.isnan(roc_of(scores, np.ones(80, bool))[1])


def test_two_classes_have_a_curve_and_numbers_have_errors():
    assert result_of(open_example("spiral").session()).roc is not None
    session = open_example("celsius").session()
    results = result_of(session)
    data = session.data
    part = data.part(data.watched)
    truth = part[1] * data.y_scale + data.y_shift
    error = session.predict(part[0]).reshape(truth.shape) * data.y_scale + data.y_shift - truth
    assert results.mean_absolute == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert results.root_mean_square == pytest.approx(np.sqrt((error**2).mean()), rel=1e-5)
    assert results.explained == pytest.approx(
        1 - (error**2).sum() / ((truth - truth.mean()) ** 2).sum(), rel=1e-4
    )
    assert results.total == truth.size == results.residuals.sum() and not results.non_finite
    bins = [
        sum(low <= e < high for e in error.ravel())
        for low, high in itertools.pairwise(results.edges.tolist())
    ]
    bins[-1] += 1  # the largest difference is the last edge itself
    assert results.residuals.tolist() == bins


def test_of_many_numbers_some_are_drawn_and_all_are_counted():
    session = autoencoder()
    results = result_of(session)
    assert results.total == results.residuals.sum() == 480 * 784
    assert len(results.truth) == len(results.predicted) <= PAIRS < results.total
    assert 50 < len(np.unique(results.truth)) <= 256
    assert len(results.pictures) == MOST and results.pictures[0].drawn.shape == (28, 28, 1)


def test_numbers_that_are_not_finite_are_counted_apart():
    session = open_example("celsius").session()
    y = session.data.y_train
    outputs = y.copy()
    outputs[0] = np.nan
    results = of_numbers(session, 0, "test", session.data.x_train, y, outputs)
    assert results.non_finite == 1 and len(results.truth) == len(y) - 1 == results.residuals.sum()


def test_predictions_that_are_not_finite_are_counted_apart(iris):
    data = iris.data
    outputs = iris.predict(data.x_test)
    outputs[:4] = np.nan
    results = of_classes(iris, 0, "test", data.x_test, data.y_test, outputs)
    assert results.non_finite == 4 and results.matrix.sum() == len(data.x_test) - 4
    assert results.accuracy <= 1 - 4 / len(data.x_test)


def test_one_sample_of_one_class():
    x, y = np.ones((1, 2), np.float32), np.zeros((1, 1), np.float32)
    data = Dataset("one", x, y, x[:0], y[:0], classes=("only", "never"))
    session = open_example("xor").session()
    lone = Session(open_example("xor").document.to_network(), data, session.settings)
    results = result_of(lone)
    assert results.part == "training" and results.count == 1 and np.isnan(results.area)


def test_what_an_autoencoder_draws_is_a_picture_everywhere():
    session = autoencoder()
    x = session.data.x_validation[5]
    drawn = session.predict(x[None]).reshape(28, 28, 1)
    (shown,) = ActivationProbe(session.layout.output, 5).run(session)
    np.testing.assert_array_equal(shown.values, drawn)
    assert shown.label.startswith("784 numbers, 0 .. 25")
    error = 255 * np.abs(drawn - x).mean()
    assert shown.near == f"mean error {error:.3g} where values run from 0 to {255 * x.max():.4g}"
    (own,) = ActivationProbe(session.layout.output, 0, tuple(x.ravel().tolist())).run(session)
    assert own.near == "", "nobody knows what is true"
    (prediction,) = PredictionProbe(tuple(x.ravel().tolist())).run(session)
    assert prediction.shape == (28, 28, 1)
    np.testing.assert_allclose(prediction.values, 255 * drawn.ravel(), rtol=1e-6)
    (result,) = ThumbnailsProbe((session.layout.output, "n2")).run(session)
    assert {name: one.kind for name, one in result.thumbnails.items()} == {
        session.layout.output: "picture", "n2": "values",
    }  # fmt: skip


def test_the_share_in_the_top_5_is_counted_by_hand():
    rng = np.random.default_rng(6)
    x, y = rng.random((40, 3), np.float32), rng.integers(0, 7, (40, 1)).astype(np.float32)
    nodes = (NodeSpec("in", "input", {}), NodeSpec("scores", "dense", {"units": 7}, ("in",)))
    network = NetworkSpec((*nodes, NodeSpec("out", "output", {}, ("scores",))))
    data = Dataset("seven", x, y, x[:0], y[:0], tuple("abcdefg"))
    session = Session(network, data, TrainingSettings(loss="softmax_cross_entropy"))
    outputs = session.predict(x)
    outputs[0] = np.nan
    ranks = [
        sorted(range(7), key=lambda k: -row[k]).index(int(t))
        for row, t in zip(outputs[1:], y[1:, 0], strict=True)
    ]
    results = of_classes(session, 0, "training", x, y, outputs)
    assert results.top5 == pytest.approx(sum(rank < 5 for rank in ranks) / 40)
    assert results.accuracy < results.top5 < 39 / 40


def test_a_network_that_gives_every_class_the_same_gets_what_chance_gets():
    truth = np.arange(8)
    alike = np.full((8, 8), 1 / 8)
    np.testing.assert_allclose(among_best(alike, truth, 5), 5 / 8)
    # Two are more probable, four alike: three of these four are drawn.
    likely = np.array([[0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.0, 0.0]] * 8)
    np.testing.assert_allclose(among_best(likely, truth, 5), [1, 1, 0.75, 0.75, 0.75, 0.75, 0, 0])


def test_few_classes_have_no_top_5(iris):
    assert np.isnan(result_of(iris).top5)


def test_a_judge_is_told_to_see_real_samples_only_unless_there_are_others():
    session = project_of_template("generator_and_judge").session(1)
    judged = [r for r in ResultsProbe(Split.VALIDATION).run(session) if r is not None][-1]
    assert judged.only_real and judged.matrix[0].sum() == 0 < judged.matrix[1].sum()
    data = session.data
    assert holds_only_real(data) and not holds_only_real(replace(data, classes=("a", "b")))
    # A part without generated ones does not say that the others have none.
    some = data.y_train.copy()
    some[0] = 0
    assert not holds_only_real(replace(data, y_train=some))
