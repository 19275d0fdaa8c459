"""Samples of a text are read as text, not as the numbers of its characters."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from nnstudio.data.dataset import load
from nnstudio.ui.data.table_models import SamplesModel
from nnstudio.ui.data.text_model import TextModel, samples_of

SONG = "one two\nthree four\n" * 6


@pytest.fixture
def model_of(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text(SONG)

    def model_of(**options):
        ratios = {"test_ratio": 0.2, "validation_ratio": 0.0}
        return samples_of(load("text", {"path": str(path), "window": 8, **ratios, **options}), None)

    return model_of


def shown(model, row: int) -> tuple[str, str]:
    return model.index(row, 0).data(), model.index(row, 1).data()


def test_a_window_and_the_one_that_follows(model_of):
    model = model_of()
    heads = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    assert isinstance(model, TextModel) and heads == ["The network reads", "It guesses"]
    assert shown(model, 0) == ("one two↵", "t")
    # Of a space alone nothing would be seen.
    assert shown(model, SONG.index(" f") - 8) == (SONG[5:13].replace("\n", "↵"), "space")


def test_what_follows_at_every_step_is_a_text_too(model_of):
    assert shown(model_of(guess="each"), 0) == ("one two↵", "ne two↵t")


def test_words_have_spaces_between_and_the_test_part_is_marked(model_of):
    model = model_of(unit="words", window=3)
    assert shown(model, 0) == ("one two three", "four")
    assert model.headerData(model.rowCount() - 1, Qt.Orientation.Vertical).endswith("test")


def test_other_samples_are_numbers_and_too_many_are_no_table():
    assert type(samples_of(load("iris", {}), None)) is SamplesModel
    assert samples_of(load("photograph", {}), None) is None
