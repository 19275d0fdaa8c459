"""Contract of every data set, and what the shipped ones hold."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from nnkernels.spec import SpecError, losses
from nnstudio.data.dataset import load, sources

MADE = [s for s in sources if not s.picks]


@pytest.mark.parametrize("source", MADE, ids=lambda s: s.id)
def test_contract(source):
    data = source.load(source.defaults())
    assert len(data.x_train) == len(data.y_train) > 0 and len(data.x_test) == len(data.y_test)
    # Only where a person may choose the share of a test part can there be none.
    assert (len(data.x_test) > 0) == (source.defaults().get("test_ratio", 1) > 0)
    assert data.x_train.dtype == data.y_train.dtype == np.float32
    assert np.isfinite(data.x_train).all() and np.isfinite(data.y_train).all()
    assert data.suits(data.fitting_loss)
    assert sum(data.suits(loss.id) for loss in losses) >= 1
    if data.classes:
        assert set(np.unique(data.y_train)) <= set(range(len(data.classes)))
    again = source.load(source.defaults())
    assert np.array_equal(data.x_train, again.x_train)
    assert source.title and source.help.endswith(".")


@pytest.mark.parametrize("kind", ["circle", "xor", "gaussian", "spiral"])
def test_noise_and_test_ratio(kind):
    quiet = load(kind, {"samples": 200, "test_ratio": 0.25})
    assert (len(quiet.x_train), len(quiet.x_test)) == (150, 50)
    noisy = load(kind, {"samples": 200, "test_ratio": 0.25, "noise": 0.4})
    assert not np.array_equal(quiet.x_train, noisy.x_train)
    assert abs(quiet.y_train.mean() - 0.5) < 0.1
    with pytest.raises(SpecError, match="Noise"):
        load(kind, {"noise": 2.0})


def test_exclusive_or_is_what_it_says():
    data = load("xor", {"samples": 400})
    same = (data.x_train[:, 0] > 0) == (data.x_train[:, 1] > 0)
    assert len({bool(s) == (y > 0.5) for s, y in zip(same, data.y_train[:, 0], strict=True)}) == 1


def test_celsius_is_the_formula():
    data = load("celsius", {})
    np.testing.assert_allclose(data.y_train, 1.8 * data.x_train + 32, rtol=1e-6)


def test_mnist_is_shipped_and_balanced():
    data = load("mnist", {})
    assert data.x_train.shape == (6000, 28, 28, 1) and data.x_test.shape == (1000, 28, 28, 1)
    assert data.x_train.max() == 1.0 and data.x_train.min() == 0.0
    assert np.bincount(data.y_train[:, 0].astype(int)).tolist() == [600] * 10


def test_iris_is_standardised_on_the_training_part():
    data = load("iris", {})
    np.testing.assert_allclose(data.x_train.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std(0), 1, atol=1e-5)
    assert data.classes == ("setosa", "versicolor", "virginica")


def test_an_autoencoder_learns_the_picture_itself():
    digits, pictures = load("mnist", {}), load("mnist", {"target": "picture"})
    assert np.array_equal(pictures.x_train, digits.x_train)
    assert np.array_equal(pictures.y_test, pictures.x_test.reshape(1000, 784))
    assert not pictures.classes and pictures.fitting_loss == "mse"
    assert len(pictures.targets) == pictures.target_width == 784


def test_shakespeare_is_characters_and_what_follows_them():
    data = load("shakespeare", {"length": 20, "samples": 900})
    shipped = files("nnstudio.resources").joinpath("datasets/shakespeare.txt").read_text(encoding="utf-8")
    assert data.x_train.shape == (900, 20) and data.x_test.shape == (100, 20)
    marks = [{"space": " ", "line end": "\n"}.get(name, name) for name in data.classes]
    cut = round(len(shipped) * 0.9)
    parts = (
        (data.x_train, data.y_train, shipped[:cut]),
        (data.x_test, data.y_test, shipped[cut:]),
    )
    for x, y, text in parts:
        for row, following in zip(x, y, strict=True):
            assert "".join(marks[int(i)] for i in (*row, following[0])) in text
