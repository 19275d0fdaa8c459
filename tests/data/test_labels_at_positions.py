"""A label at each pixel, step or token: from a file to a network that learns them and predicts them."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from kernels.networks import chain

from nnstudio.data.dataset import DataError, Split, load
from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.metrics import along
from nnstudio.explain.prediction import PredictionProbe
from nnstudio.explain.results import ResultsProbe
from nnstudio.from_data import project_from_data
from nnstudio.model.settings import TrainingSettings
from nnstudio.predict_command import predictions
from nnstudio.training.session import Session

SIDE, COUNT = 6, 60


def pictures():
    """Pictures (n, 6, 6, 1) of dark and bright pixels, and which are bright; the first row has no labels."""
    x = np.random.default_rng(0).uniform(0, 1, (COUNT, SIDE, SIDE, 1))
    y = (x[..., 0] > 0.5).astype(np.uint8)
    y[:, 0] = 255
    return x, y


@pytest.fixture
def masks(tmp_path):
    x, y = pictures()
    np.savez(tmp_path / "masks.npz", images=x, labels=y)
    return tmp_path / "masks.npz"


def last(pieces):
    return [piece for piece in pieces if piece is not None][-1]


def test_a_mask_is_a_label_for_each_pixel(masks):
    data = load("npz", {"path": str(masks)})
    assert data.classes == ("0", "1") and data.target_width == SIDE * SIDE
    assert data.targets[:2] == ("labels 1", "labels 2")
    bright = (data.x_train * data.x_scale + data.x_shift)[..., 0] > 0.5
    labels = data.y_train.reshape(-1, SIDE, SIDE)
    assert (labels[:, 0] == -1).all() and (labels[:, 1:] == bright[:, 1:]).all()
    (note,) = [n for n in data.notes if "label" in n]
    assert "Each pixel" in note and "255 stands for no label, 17% of them" in note
    assert data.fitting_losses[0] == "softmax_cross_entropy" and "hinge" not in data.fitting_losses


def test_a_network_learns_predicts_and_is_judged_by_pixels(masks):
    begun = project_from_data(masks, {})
    session = begun.project.session(1)
    assert [n.layer.id for n in session.layout.nodes.values()][-2:] == ["softmax", "output"]
    for _ in range(150):
        session.single_step()
    results = last(ResultsProbe().run(session))
    x, y, _ = session.samples()
    assert results.count == (y >= 0).sum() == len(x) * SIDE * (SIDE - 1)
    assert results.accuracy > 0.95 and results.matrix.sum() == results.count
    loss, accuracy = session.evaluate(x, y)
    assert accuracy == pytest.approx(results.accuracy, abs=1e-6) and 0 < loss < 0.3
    for mistake in results.mistakes:
        assert y[mistake.index, mistake.position - 1] == int(mistake.truth) != int(mistake.prediction)
    names, rows = predictions(session, session.predict(x[:2]))
    assert len(names) == SIDE * SIDE and len(rows) == 2 and set(rows[0]) <= {"0", "1"}
    shown = last(ActivationProbe(session.layout.output, 0).run(session))
    assert "36 labels: " in shown.prediction and "(no label) 17%" in shown.label
    told = last(PredictionProbe(tuple(x[0].ravel())).run(session))
    assert len(told.names) == SIDE * SIDE and told.names[0].startswith("labels 1: ")
    curve = last(along(session, "f1"))
    assert np.nanmax(curve.validation) > 0.9


def test_steps_of_a_sequence_have_labels(tmp_path):
    x = np.random.default_rng(1).normal(size=(40, 12, 2)).astype(np.float32)
    y = (x[..., 0] > x[..., 1]).astype(np.int64)
    np.savez(tmp_path / "steps.npz", x=x, y=y)
    data = load("npz", {"path": str(tmp_path / "steps.npz"), "kind": "sequences"})
    assert data.target_width == 12 and data.classes == ("0", "1")
    assert load("npz", {"path": str(tmp_path / "steps.npz"), "task": "number"}).classes == ()
    session = project_from_data(tmp_path / "steps.npz", {"kind": "sequences"}).project.session(1)
    assert session.layout.nodes[session.layout.output].shape == (12, 2)


def test_a_number_at_each_step_is_learned_and_judged(tmp_path):
    x = np.random.default_rng(2).normal(size=(60, 5, 2)).astype(np.float32)
    np.savez(tmp_path / "numbers.npz", x=x, y=x[..., 0] - 2 * x[..., 1])
    data = load("npz", {"path": str(tmp_path / "numbers.npz"), "kind": "sequences", "task": "number"})
    settings = TrainingSettings(batch_size=8).with_option("learning_rate", 0.05)
    session = Session(chain(("dense", {"units": 1})), data, settings)
    for _ in range(150):
        session.single_step()
    results = last(ResultsProbe().run(session))
    # One Dense layer serves all steps, and the targets of each are scaled by themselves.
    assert results.explained > 0.9 and results.total == len(data.part(data.watched)[1]) * 5
    names, rows = predictions(session, session.predict(data.x_test[:2]))
    assert len(names) == 5 and np.shape(rows) == (2, 5)


def test_another_number_stands_for_no_label_where_it_is_told(masks):
    assert load("npz", {"path": str(masks), "no_label": ""}).classes == ("0", "1", "255")
    data = load("npz", {"path": str(masks), "no_label": "1"})
    assert data.classes == ("0", "255") and (data.y_train == -1).any()
    with pytest.raises(DataError, match="must be a whole number"):
        load("npz", {"path": str(masks), "no_label": "none"})


def test_what_follows_each_token_is_learned(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("one two three four five six seven\n" * 60, encoding="utf-8")
    options = {"path": str(path), "window": 8, "samples": 100}
    each, following = load("text", {**options, "guess": "each"}), load("text", options)
    assert each.target_width == 8 and each.targets[-1] == "next character after 8"
    np.testing.assert_array_equal(each.y_train[:, :-1], each.x_train[:, 1:])
    np.testing.assert_array_equal(each.y_train[:, -1:], following.y_train)
    begun = project_from_data(path, {"guess": "each", "window": 8, "samples": 100})
    session = begun.project.session(1)
    assert session.layout.nodes[session.layout.output].shape == (8, len(each.classes))
    first = session.single_step().loss
    for _ in range(250):
        latest = session.single_step().loss
    assert latest < 0.8 * first


def test_shakespeare_is_guessed_after_each_character_and_its_parts_lie_apart():
    data = load("shakespeare", {"length": 40, "samples": 90, "guess": "each", "validation_ratio": 0.1})
    text = files("nnstudio.resources").joinpath("datasets/shakespeare.txt").read_text(encoding="utf-8")
    told = {"space": " ", "line end": "\n"}
    names = [told.get(name, name) for name in data.classes]
    shares = {Split.TRAINING: (0.0, 0.8), Split.VALIDATION: (0.8, 0.9), Split.TEST: (0.9, 1.0)}
    for part, (start, end) in shares.items():
        own = text[round(start * len(text)) : round(end * len(text))]
        x, y = data.part(part)
        assert len(x) == (90 if part == Split.TRAINING else 10)
        np.testing.assert_array_equal(y[:, :-1], x[:, 1:])
        for window, following in zip(x, y, strict=True):
            assert "".join(names[int(i)] for i in (*window, following[-1])) in own
    # As it was before there was a choice.
    plain = load("shakespeare", {"length": 40, "samples": 90})
    assert plain.target_width == 1 and plain.parts == (Split.TRAINING, Split.TEST)
