"""What the doctor gathers of a network, against what NumPy says of it."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import columns_of, dense, project, table, train

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import gather
from nnstudio.doctor.baseline import baseline
from nnstudio.doctor.examination import examined
from nnstudio.doctor.flow import flow_of
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import replacement
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.evaluation import Past
from nnstudio.training.learned import Learned

XOR = DataReference("xor")
BINARY = {"loss": "binary_cross_entropy"}


@pytest.fixture
def session():
    return project(XOR, dense(6), "relu", dense(1), "sigmoid", **BINARY, learning_rate=0.01).session()


def test_the_flow_is_that_of_a_forward_pass_by_hand(session):
    x, y = session.data.x_train[:64], session.data.y_train[:64]
    flow = flow_of(session, x, y)
    arrays = session.arrays()
    z = x @ arrays["dense_1.weight"] + arrays["dense_1.bias"]
    a = np.maximum(z, 0)
    layer = flow.layers["relu_1"]
    assert layer.size == pytest.approx(np.sqrt((a**2).mean()), rel=1e-4)
    assert layer.spread == pytest.approx(np.sqrt((a.std(0) ** 2).mean()), rel=1e-4)
    assert layer.is_constant.tolist() == (np.ptp(a, axis=0) == 0).tolist()
    p = 1 / (1 + np.exp(-(a @ arrays["dense_2.weight"] + arrays["dense_2.bias"])))
    slope = a.T @ (p - y) / len(x)
    told = next(array for array in flow.arrays if (array.node, array.name) == ("dense_2", "weight"))
    assert told.gradient == pytest.approx(np.sqrt((slope**2).mean()), rel=1e-3)


def test_the_baseline_of_two_even_classes_is_that_of_a_coin(session):
    share = float(session.data.y_train.mean())
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert baseline(session) == pytest.approx(entropy, rel=0.01)


def test_where_classes_are_balanced_the_baseline_is_that_of_a_coin_and_so_are_the_losses(tmp_path):
    """Classes of which each counts as much as the other, however rare it is."""
    y = np.arange(200) % 20 == 0
    x = np.random.default_rng(0).normal(0, 1, (200, 2)).round(3) + 2 * y[:, None]
    data = table(tmp_path, "rare", columns_of(x, kind=np.where(y, "rare", "usual")))
    built = project(data, dense(1), "sigmoid", **BINARY, class_weights="balanced")
    session = built.session()
    assert baseline(session) == pytest.approx(np.log(2), rel=1e-6)
    train(session, 3, 0)
    patient = Patient.of(session, {})
    examined(patient, may_try=False)
    likely = session.predict(session.data.x_train)[:, 0].astype(np.float64)
    label = session.data.y_train[:, 0]
    losses = -np.log(np.where(label == 1, likely, 1 - likely))
    expected = (losses[label == 0].mean() + losses[label == 1].mean()) / 2
    assert patient.relative == pytest.approx(expected / np.log(2), rel=1e-3)


def test_the_baseline_of_numbers_is_their_variance():
    session = project(DataReference("celsius"), dense(1), loss="mse").session()
    assert baseline(session) == pytest.approx(float(session.data.y_train.var()), rel=1e-5)


def test_answers_are_what_the_network_predicts(session):
    *_, answers = gather(session, Split.TRAINING)
    y = session.data.y_train[answers.rows, 0]
    p = session.predict(session.data.x_train[answers.rows])[:, 0].astype(float)
    assert answers.losses == pytest.approx(-np.log(np.where(y == 1, p, 1 - p)), rel=1e-3)
    assert answers.accuracy == pytest.approx(((p > 0.5) == y).mean())


def test_a_past_network_is_seen_with_its_own_curve_and_weights(session):
    for _ in session.slices(12):
        pass
    steps = session.checkpoint_steps
    at = len(steps) // 2
    past = Past(session)
    past.go(steps[: at + 1], session.parameter_history[: at + 1])
    patient = Patient.of(past, {})
    assert patient.step == steps[at]
    assert len(patient.losses) == sum(row.steps <= steps[at] for row in session.history)
    assert Patient.of(session, {}).losses.loss[-1] == session.history[-1].loss


def test_the_curve_of_a_network_before_an_edit_is_not_that_of_the_network_now():
    built = project(XOR, dense(6), "relu", dense(1), "sigmoid", **BINARY, learning_rate=0.01)
    old = built.session()
    for _ in old.slices(6):
        pass
    graph = built.document.graph
    built.document.history.push(replacement("r", ("relu_1",), "tanh").make(built.document, graph))
    new = built.session()
    assert Learned.of(old).teach(new).goes_on and len(new.history) == 6
    assert len(Patient.of(new, {}).losses) == 0
    for _ in new.slices(8):
        pass
    assert Patient.of(new, {}).losses.epochs.tolist() == [7, 8]
    assert Patient.of(old, {}).losses.epochs.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_curve_from_before_a_change_of_the_data_is_not_judged_not_even_when_opened_again(tmp_path):
    built = project(XOR, dense(6), "relu", dense(1), "sigmoid", **BINARY)
    old = built.session()
    for _ in old.slices(6):
        pass
    built.document.data = DataReference("xor", {"noise": 0.3})
    new = built.session()
    Learned.of(old).teach(new)
    assert new.run == old.run and len(new.history) == 6 and len(Patient.of(new, {}).losses) == 0
    for _ in new.slices(8):
        pass
    assert Patient.of(new, {}).losses.epochs.tolist() == [7, 8]
    built.state = new.state()
    built.save(tmp_path / "p.nns")
    opened = Project.open(tmp_path / "p.nns")
    assert Patient.of(opened.session(), {}).losses.epochs.tolist() == [7, 8]


@pytest.mark.parametrize(
    "option, value, is_judged",
    [
        ("loss", "mae", False),
        ("learning_rate", 0.002, False),
        ("batch_size", 4, False),
        ("l2", 0.01, False),
        ("optimizer", "sgd", False),
        ("schedule", "cosine", False),
        ("epochs", 900, True),
        ("seed", 5, True),
    ],
)
def test_a_change_of_what_steps_do_begins_the_curve_anew_for_the_doctor_and_that_of_their_number_does_not(
    option, value, is_judged
):
    built = project(DataReference("celsius"), dense(1), loss="mse")
    session = built.session()
    for _ in session.slices(6):
        pass
    built.document.settings = built.document.settings.with_option(option, value)
    new = built.session()
    Learned.of(session).teach(new)
    assert len(Patient.of(new, {}).losses) == (6 if is_judged else 0)


def test_another_learning_rate_begins_the_curve_anew_and_undone_at_once_it_does_not(session):
    for _ in session.slices(6):
        pass
    rates = dict(session.hyperparameters)
    assert len(Patient.of(session, {}).losses) == 6
    session.set_hyperparameters(rates)
    assert len(Patient.of(session, {}).losses) == 6
    session.set_hyperparameters({**rates, "learning_rate": 0.5})
    session.set_hyperparameters({**rates, "learning_rate": 0.7})
    patient = Patient.of(session, {})
    assert (len(patient.losses), patient.steps_judged, patient.pace) == (0, 0, None)
    session.set_hyperparameters(rates)
    assert len(Patient.of(session, {}).losses) == 6
    session.set_hyperparameters({**rates, "learning_rate": 0.5})
    for _ in session.slices(8):
        pass
    assert Patient.of(session, {}).losses.epochs.tolist() == [7, 8]
    session.set_hyperparameters(rates)
    assert len(Patient.of(session, {}).losses) == 0


def test_the_pace_is_that_of_steps_with_the_learning_rate_of_now(session):
    for _ in session.slices(20):
        pass
    session.set_hyperparameters({**session.hyperparameters, "learning_rate": 1e-9})
    changed = session.steps
    for _ in session.slices(40):
        pass
    patient = Patient.of(session, {})
    assert patient.pace < 1e-7 and patient.first_pace < 1e-7
    steps, norms = patient.weight_norms
    assert steps.min() >= changed and norms == pytest.approx(np.full(len(norms), norms[0]), rel=1e-4)


def test_since_when_is_found_among_the_kept_steps(session):
    for _ in session.slices(20):
        pass
    steps = session.checkpoint_steps
    kept = [np.array(values) for values in session.parameter_history]
    patient = Patient.of(session, {})
    slot = next(s for s in session.layout.parameters if (s.node, s.name) == ("dense_2", "weight"))
    sizes = [float(np.sqrt((v[slot.offset :][: slot.size].astype(float) ** 2).mean())) for v in kept]
    limit = (sizes[0] + sizes[-1]) / 2
    assert sizes[0] < limit

    def holds(flow):
        return next(a for a in flow.arrays if (a.node, a.name) == ("dense_2", "weight")).size > limit

    since = patient.since("sizes", holds).by
    crossing = next(step for step, size in zip(steps, sizes, strict=True) if size > limit)
    assert crossing <= since <= steps[-1] and sizes[steps.index(since)] > limit
    # What is known is not looked for again so soon.
    assert Patient.of(session, {}).since("sizes", lambda _flow: False).by == since
    assert Patient.of(session, {}).since("others", lambda _flow: False) is None


def test_names_are_those_that_people_gave(session):
    patient = Patient.of(session, {"dense_1": "First"})
    assert (patient.name("dense_1"), patient.name("block/dense")) == ("First", "block")
