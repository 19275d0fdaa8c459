"""Numbers over the plane, and points beside a function that is typed, or refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data.formula import MOST_CHARACTERS, evaluate

X = np.linspace(-6, 6, 101)
ALL = {"test_ratio": 0.0, "validation_ratio": 0.0}


def test_a_plane_is_linear():
    data = load("plane", {})
    np.testing.assert_allclose(data.y_train[:, 0], data.x_train.sum(1) / 10, atol=1e-6)
    assert data.is_plane and not data.classes and data.fitting_loss == "mse"


def test_blobs_have_their_sign_and_end():
    data = load("multi_gauss", {"samples": 5000})
    hill = np.linalg.norm(data.x_train - [-4, 2.5], axis=1)
    hollow = np.linalg.norm(data.x_train - [0, 2.5], axis=1)
    np.testing.assert_allclose(data.y_train[hill < 1, 0], 1 - hill[hill < 1] / 2, atol=1e-6)
    np.testing.assert_allclose(data.y_train[hollow < 1, 0], hollow[hollow < 1] / 2 - 1, atol=1e-6)
    far = np.abs(data.x_train[:, 1]) > 4.6
    assert far.any() and not data.y_train[far].any()


@pytest.mark.parametrize("kind", ["plane", "multi_gauss"])
def test_noise_moves_numbers_but_no_points(kind):
    quiet, noisy = load(kind, {}), load(kind, {"noise": 0.3})
    assert np.array_equal(quiet.x_train, noisy.x_train) and not np.array_equal(quiet.y_train, noisy.y_train)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(3*x) / 2", np.sin(3 * X) / 2),
        ("-x**2 + 1.5", 1.5 - X**2),
        (" abs(x) - +2 ", np.abs(X) - 2),
        ("exp(-x*x)*e + cos(pi*x)", np.exp(1 - X * X) + np.cos(np.pi * X)),
        ("tan(x/9) + log(x*x + 1) - sqrt(x + 6)", np.tan(X / 9) + np.log(X * X + 1) - np.sqrt(X + 6)),
        ("3", np.full(len(X), 3.0)),
    ],
)
def test_formulas_are_computed(text, expected):
    np.testing.assert_allclose(evaluate(text, X), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No function is typed"),
        ("y = 2*x", "right of 'y ='"),
        ("2x", "cannot be read at character"),
        ("2^x", r"'2 \^ x'.*x\*\*2"),
        ("1,5*x", "decimal mark is a point"),
        ("2(x + 1)", "product"),
        ("x(2)", "product"),
        ("foo + x", "'foo' in the function is not known"),
        ("sin", r"Write sin\(x\)"),
        ("sin(x, 2)", "one value"),
        ("sin(*x)", "one value"),
        ("sin(x=x)", "one value"),
        ("x.__class__", r"'x\.__class__'"),
        ("__import__('os')", "'__import__"),
        ("[x for x in x]", "cannot be used"),
        ("lambda: x", "cannot be used"),
        ("x if x else 1", "cannot be used"),
        ("x < 1", "cannot be used"),
        ("x // 2", "cannot be used"),
        ("True", "'True'"),
        ("2j", "'2j'"),
        ("'a'", "cannot be used"),
        ("x\0", r"'x\?' cannot be read"),
        ("\ud800", r"'\?' cannot be read"),
        ("(" * 190 + "x", "cannot be read"),
        ("x" * (MOST_CHARACTERS + 1), "at most 200"),
        ("9**9**9**9**9", "no finite value"),
        ("log(-1 - abs(x))", "no finite value at x = "),
    ],
)
def test_whatever_is_not_listed_is_refused(text, words):
    with pytest.raises(DataError, match=words) as told:
        load("above_function", {"function": text})
    assert str(told.value).endswith(".")


def test_points_above_the_function_are_one_class():
    data = load("above_function", {"function": "x / 2"})
    above = data.x_train[:, 1] > data.x_train[:, 0] / 2
    assert np.array_equal(above, data.y_train[:, 0] == data.classes.index("above")) and not data.notes


def test_points_where_a_function_has_no_value_are_left_out_and_counted():
    data = load("above_function", {"function": "sqrt(x)", "samples": 100, **ALL})
    count = 100 - len(data.x_train)
    assert (data.x_train[:, 0] >= 0).all() and data.notes[0].startswith(f"{count} of 100 points are left out")


def test_a_function_beyond_the_picture_is_told():
    assert "All points are below '100'" in load("above_function", {"function": "100"}).notes[0]
