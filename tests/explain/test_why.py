"""The probe behind the view Why?: one network from first to last piece, and sentences where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import explained, pictures, session
from kernels.networks import chain

from nnstudio.data.dataset import Dataset
from nnstudio.data.tables.encoders import CategoryEncoder, NumberEncoder
from nnstudio.data.vocabulary import Unit
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.targets import class_target, question
from nnstudio.explain.why import QUICK, WhyProbe, methods_of_view
from nnstudio.model.tokens import Tokens
from nnstudio.training.underway import Underway

METHODS = [method.id for method in methods_of_view()]


def told(given, probe):
    *pieces, last = probe.run(given)
    shares = [piece.share for piece in pieces]
    assert all(isinstance(piece, Underway) for piece in pieces) and shares == sorted(shares)
    return last


def test_the_methods_are_those_that_tell_importance():
    assert METHODS == ["saliency", "integrated_gradients", "occlusion", "grad_cam"]


@pytest.mark.parametrize("method", METHODS)
def test_it_gives_what_the_method_gives(method):
    given = session()
    result = told(given, WhyProbe(method, 4, number=2))
    x, y, _ = given.samples()
    asked, _ = question(given, x[4:5], int(y[4, 0]), class_target(given, 2), -1, (x[:0], y[:0]))
    expected = explained(method, Differentiable(given), asked, **QUICK.get(method, {}))
    np.testing.assert_array_equal(result.explanation.values, expected.values)
    assert result.label == "rgb"[int(y[4, 0])] and result.prediction and result.target == "score of b"
    assert np.array_equal(result.sample, x[4]) and not result.problem


def test_columns_of_a_table_are_told_by_name_where_a_method_covers_them_together():
    encoders = (CategoryEncoder("shade", ("red", "blue")), NumberEncoder("size"))
    features = tuple(name for encoder in encoders for name in encoder.features)
    x = np.array([[1, 0, 0.5], [0, 1, -0.5]] * 8, np.float32)
    data = Dataset("table", x, x[:, 1:2], x, x[:, 1:2], ("no", "yes"), features, inputs=encoders)
    given = session(chain(("dense", {"units": 2})), data)
    together = told(given, WhyProbe("occlusion", 1))
    assert together.names == ("shade = blue", "size") and together.explanation.values.shape == (2,)
    assert told(given, WhyProbe("saliency", 1)).names == features


def test_a_network_that_learns_on_meanwhile_is_explained_as_it_was():
    given = session()
    still = told(given, WhyProbe("integrated_gradients", 0))
    pieces = WhyProbe("integrated_gradients", 0).run(given)
    next(pieces)
    for _ in range(3):
        given.single_step()
    *_, late = pieces
    assert given.steps == 3 and late.step == 0
    np.testing.assert_array_equal(late.explanation.values, still.explanation.values)


def test_a_sample_of_ones_own_has_no_label():
    given = session()
    own = tuple(given.data.x_test[1].ravel().tolist())
    result = told(given, WhyProbe("saliency", 0, own))
    assert result.label == "" and np.array_equal(result.sample, given.data.x_test[1])


def test_what_cannot_be_explained_is_a_sentence():
    flat = session(chain(("flatten", {}), ("dense", {"units": 3})))
    result = told(flat, WhyProbe("grad_cam", 0))
    assert result.explanation is None and "Choose another method" in result.problem
    broken = session()
    broken.parameters[:] = np.nan
    assert "no numbers" in told(broken, WhyProbe("saliency", 0)).problem


def test_tokens_of_a_text_are_named_by_themselves():
    train, test = (np.array([tokens] * 20, np.float32) for tokens in ([0, 2, 1], [2, 0, 1]))
    text = replace(
        pictures(), x_train=train, x_test=test,
        classes=("x", "space", "y"), tokens=(Tokens((0, 1, 2), 3),), text=Unit.CHARACTERS,
    )  # fmt: skip
    given = session(chain(("embedding", {"size": 3}), ("flatten", {}), ("dense", {"units": 3})), text)
    result = told(given, WhyProbe("occlusion", 0))
    assert result.names == ("y", "x", "␣") and result.explanation.values.shape == (3,)
    assert told(given, WhyProbe("saliency", 0)).explanation.values.shape == (3,)


def test_numbers_are_explained_by_their_number():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2)).astype(np.float32)
    data = replace(
        pictures(),
        x_train=x,
        x_test=x,
        y_train=x,
        y_test=x,
        classes=(),
        targets=("p", "q"),
        features=("a", "b"),
    )
    given = session(chain(("dense", {"units": 2})), data, loss="mse")
    weights = given.arrays()["dense0.weight"]
    for number in (0, 1):
        result = told(given, WhyProbe("saliency", 0, number=number))
        np.testing.assert_allclose(result.explanation.values, np.abs(weights[:, number]), rtol=1e-6)
        assert result.names == ("a", "b")
