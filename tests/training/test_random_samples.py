"""Random inputs lie where those of training lay, and are such as the columns can give."""

from __future__ import annotations

import numpy as np
import pytest
from moved_data import by_reference, saved_table

from nnstudio.data.dataset import Dataset
from nnstudio.data.without_samples import plain, without_samples
from nnstudio.model.tokens import Tokens
from nnstudio.training.random_samples import random_samples


@pytest.fixture
def table(tmp_path, monkeypatch) -> Dataset:
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    by_reference(monkeypatch)
    return saved_table(tmp_path).load_data()


def test_they_lie_in_the_ranges_of_training(table):
    x = random_samples(table, 200)
    assert x.dtype == np.float32 and x.shape == (200, *table.input_shape)
    slack = 1e-5
    assert (x >= table.x_train.min(0) - slack).all() and (x <= table.x_train.max(0) + slack).all()
    assert np.array_equal(x, random_samples(without_samples(plain(table)), 200))


def test_categories_orders_and_tokens_are_values_that_there_are(table):
    x = random_samples(table, 200) * table.x_scale + table.x_shift
    at = table.features.index
    colours = x[:, at("colour = blue") : at("colour = red") + 1]
    assert np.allclose(colours.sum(1), 1, atol=1e-5) and (colours.argmax(1) < 3).all()
    assert set(np.rint(x[:, at("grade")] * 1e4) / 1e4) == {0.0, 1.0, 2.0}
    assert set(x[:, at("town")]) == set(range(1, 8))
    assert not np.rint(x[:, at("size is missing")]).any()


def test_tokens_of_a_text_are_whole():
    x = np.array([[0, 4, 2], [3, 1, 5]], np.float32)
    y = np.zeros((2, 1), np.float32)
    text = Dataset("text", x, y, x, y, tuple("abcdef"), tokens=(Tokens((0, 1, 2), 6),))
    tokens = random_samples(text, 50)
    assert np.array_equal(tokens, np.rint(tokens)) and tokens.min() >= 0 and tokens.max() <= 5


def test_pictures_lie_between_their_darkest_and_their_brightest_value():
    x = np.random.default_rng(0).uniform(0.2, 0.7, (30, 4, 4, 1)).astype(np.float32)
    y = np.zeros((30, 1), np.float32)
    some = random_samples(Dataset("pictures", x, y, x, y), 100)
    assert 0.19 < some.min() < 0.25 and 0.65 < some.max() < 0.71
