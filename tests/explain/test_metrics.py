"""Metrics equal counts by hand, at every kept place of a run."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import Split
from nnstudio.explain.metrics import METRICS, along, fitting
from nnstudio.project import open_example
from nnstudio.training.session import Session
from nnstudio.training.weights import set_weight


def by_id(name):
    return next(m for m in METRICS if m.id == name)


@pytest.fixture
def predictions():
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(5), 60)
    truth = rng.integers(0, 4, 60)  # the fifth class is answered, and never true
    return probabilities, truth


def test_ratios_of_classes_are_counted_by_hand(predictions):
    probabilities, truth = predictions
    chosen = [max(range(5), key=lambda k: row[k]) for row in probabilities]
    pairs = list(zip(chosen, truth.tolist(), strict=True))
    precisions, recalls, f1s = [], [], []
    for k in range(5):
        right = sum(a == b == k for a, b in pairs)
        answered, there = sum(a == k for a, _ in pairs), sum(b == k for _, b in pairs)
        if answered:
            precisions.append(right / answered)
        if there:
            recalls.append(right / there)
        if answered + there:
            p, r = right / answered if answered else 0, right / there if there else 0
            f1s.append(2 * p * r / (p + r) if p + r else 0)
    assert by_id("precision").measure(probabilities, truth) == pytest.approx(np.mean(precisions))
    assert by_id("recall").measure(probabilities, truth) == pytest.approx(np.mean(recalls))
    assert by_id("f1").measure(probabilities, truth) == pytest.approx(np.mean(f1s))


@pytest.mark.parametrize("name, count", [("top3", 3), ("top5", 5)])
def test_the_class_is_among_the_most_probable_ones(name, count):
    rng = np.random.default_rng(5)
    probabilities, truth = rng.dirichlet(np.ones(8), 60), rng.integers(0, 8, 60)
    among = [
        t in sorted(range(8), key=lambda k: -row[k])[:count]
        for row, t in zip(probabilities, truth, strict=True)
    ]
    assert by_id(name).measure(probabilities, truth) == pytest.approx(np.mean(among))


def test_five_classes_have_no_five_most_probable_ones():
    assert "top5" not in {metric.id for metric in fitting(5)}
    assert "top5" in {metric.id for metric in fitting(6)}


def test_errors_of_numbers_by_hand():
    predictions, truth = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [4.0], [5.0]])
    assert by_id("mae").measure(predictions, truth) == pytest.approx(1.0)
    assert by_id("rmse").measure(predictions, truth) == pytest.approx((5 / 3) ** 0.5)
    mean = 10 / 3
    spread = (1 - mean) ** 2 + (4 - mean) ** 2 + (5 - mean) ** 2
    assert by_id("r2").measure(predictions, truth) == pytest.approx(1 - 5 / spread)
    assert np.isnan(by_id("r2").measure(predictions, np.ones((3, 1))))


@pytest.mark.parametrize("name", ["spiral", "iris", "celsius"])
def test_a_curve_equals_the_network_stopped_there(name):
    session = open_example(name).session()
    for _ in session.slices(6):
        pass
    offered = fitting(len(session.data.classes))
    assert offered and all(bool(m.classes[1]) == bool(session.data.classes) for m in offered)
    metric = offered[0]
    curves = [c for c in along(session, metric.id) if c is not None][-1]
    assert curves.steps.tolist() == session.journal.steps
    again = open_example(name).session()
    index = len(curves.steps) // 2
    while again.steps < curves.steps[index]:
        again.single_step()
    assert curves.epochs[index] == pytest.approx(curves.steps[index] / again.steps_per_epoch)
    data = again.data
    watched = Split.VALIDATION if data.watched == Split.TRAINING else data.watched
    for (x, y), values in (
        ((data.x_train, data.y_train), curves.training),
        (data.part(watched), curves.validation),
    ):
        if not len(x):
            assert np.isnan(values).all()
            continue
        outputs = again.predict(x).reshape(len(x), -1)
        if name == "iris":
            expected = metric.measure(outputs, y[:, 0].astype(int))
        elif name == "spiral":
            expected = metric.measure(np.stack([1 - outputs[:, 0], outputs[:, 0]], 1), y[:, 0].astype(int))
        else:
            expected = np.abs(outputs - y).mean() * float(np.ravel(data.y_scale)[0])
        assert values[index] == pytest.approx(expected, rel=1e-5)


def test_what_was_measured_is_not_measured_again_until_a_reset():
    session = open_example("xor").session()
    for _ in session.slices(4):
        pass
    pieces = list(along(session, "f1"))
    assert len(pieces) > 10
    awaited = [c.awaited for c in pieces if c is not None]
    assert awaited == [*range(len(session.journal.steps))[::-1], 0], "how many are still to come"
    assert len(list(along(session, "f1"))) == 1
    session.reset()
    assert [c.steps.tolist() for c in along(session, "f1") if c is not None][-1] == [0]


def test_broken_predictions_have_no_value_and_strange_names_no_curve():
    session = open_example("xor").session()
    session.parameters[:] = np.nan
    session.journal.restart(0, session.parameters)
    curves = [c for c in along(session, "f1") if c is not None][-1]
    assert np.isnan(curves.training).all() and np.isnan(curves.validation).all()
    assert list(along(session, "mae")) == [] == list(along(session, ""))


def gone_back() -> Session:
    """A run that early stopping brought back to its best epoch."""
    project = open_example("iris")
    settings = project.document.settings
    for name, value in {"patience": 5, "epochs": 2000, "learning_rate": 0.05}.items():
        settings = settings.with_option(name, value)
    project.document.set_settings(settings)
    session = project.session()
    for _ in session.slices():
        pass
    assert session.returned_to is not None
    return session


def test_a_run_that_went_back_to_its_best_epoch_is_measured_there():
    session = gone_back()
    # The best epoch may end between two of the kept steps: here all the kept ones are others.
    session.journal.steps = [step + (step == session.steps) for step in session.journal.steps]
    curve = [c for c in along(session, "f1") if c is not None][-1]
    (at,) = np.flatnonzero(curve.steps == session.steps)
    x, y = session.data.part(session.data.watched)
    expected = by_id("f1").measure(session.predict(x).reshape(len(x), -1), y[:, 0].astype(int))
    assert curve.validation[at] == pytest.approx(expected, rel=1e-6)


def test_weights_set_by_hand_are_not_taken_for_those_of_the_best_epoch():
    session = gone_back()
    session.journal.steps = [step + (step == session.steps) for step in session.journal.steps]
    node = next(slot.node for slot in session.layout.parameters if slot.name == "bias")
    kept = set_weight(session, node, "bias", 0, 40.0)
    assert session.steps not in [c for c in along(session, "f1") if c is not None][-1].steps
    set_weight(session, node, "bias", 0, kept)
    assert session.steps in [c for c in along(session, "f1") if c is not None][-1].steps
