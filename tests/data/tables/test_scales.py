"""Words of a scale are put in its order; others are left alone."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import load
from nnstudio.data.tables.scales import words_in_order


@pytest.mark.parametrize(
    "words, order",
    [
        ("large small medium", "small medium large"),
        ("XL S M L", "S M L XL"),
        ("High Low Medium", "Low Medium High"),
        ("very_good fair good", "fair good very_good"),
        ("always never sometimes", "never sometimes always"),
        ("hot cool mild", "cool mild hot"),
        ("severe mild moderate", "mild moderate severe"),
    ],
)
def test_words_of_a_scale_are_put_in_its_order(words, order):
    assert words_in_order(words.split()) == tuple(order.split())


@pytest.mark.parametrize("words", ["small large", "red green blue", "small medium green", "big large small"])
def test_few_others_and_two_of_one_place_have_none(words):
    assert words_in_order(words.split()) == ()


def _table(tmp_path, **options):
    sizes = ("large", "small", "medium")
    rows = [f"{sizes[i % 3]},{i % 17},{sizes[(i * 7) % 3] if i % 5 else 'small'}" for i in range(200)]
    path = tmp_path / "t.csv"
    path.write_text("size,weight,wanted\n" + "\n".join(rows) + "\n")
    return load("csv", {"path": str(path), "target": "wanted", **options})


def test_a_table_with_words_of_a_scale_says_how_to_use_their_order(tmp_path):
    data = _table(tmp_path)
    (told,) = (note for note in data.notes if "'size'" in note)
    assert "small < medium < large" in told and "size: ordered small < medium < large" in told
    (told,) = (note for note in data.notes if "'wanted'" in note and "order" in note)
    assert "alphabetical" in told


def test_what_it_says_does_so(tmp_path):
    said = "size: ordered small < medium < large; wanted: ordered small < medium < large"
    data = _table(tmp_path, columns=said)
    assert data.classes == ("small", "medium", "large") and data.features[0] == "size"
    assert not any("have an order" in note for note in data.notes)


def test_ordered_words_without_a_stated_order_take_that_of_their_scale(tmp_path):
    stated = _table(tmp_path, columns="size: ordered small < medium < large")
    guessed = _table(tmp_path, columns="size: ordered")
    assert (stated.x_train == guessed.x_train).all()
