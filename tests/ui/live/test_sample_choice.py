"""The field for a sample: those of the watched part, and before them one that a person made."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.sample_choice import OWN, SampleChoice


@pytest.fixture
def choice(qtbot):
    choice = SampleChoice()
    qtbot.addWidget(choice)
    x = np.zeros((5, 2), np.float32)
    choice.set_data(Dataset("d", x, x[:, :1], x[:3], x[:3, :1]))
    return choice


def test_there_are_as_many_samples_as_the_watched_part_has(choice, qtbot):
    assert (choice.minimum(), choice.maximum(), choice.own) == (0, 2, None)
    with qtbot.waitSignal(choice.chosen):
        choice.setValue(2)
    assert choice.index == 2


def test_ones_own_sample_is_gone_to_and_left_again(choice, qtbot):
    with qtbot.waitSignal(choice.chosen):
        choice.show_own(np.array([[1.5], [2]], np.float32))
    assert choice.own == (1.5, 2.0) and choice.text() == "own" and choice.index == 0
    with qtbot.waitSignal(choice.chosen):
        choice.show_own(np.array([3, 4], np.float32))
    assert choice.own == (3.0, 4.0), "another one, though the field stands where it stood"
    choice.setValue(1)
    assert choice.own is None and choice.index == 1
    choice.setValue(OWN)
    assert choice.own == (3.0, 4.0)


def test_other_data_has_no_sample_of_ones_own(choice):
    choice.show_own(np.array([3, 4], np.float32))
    x = np.zeros((9, 2), np.float32)
    choice.set_data(Dataset("e", x, x[:, :1], x[:0], x[:0, :1]))
    assert (choice.minimum(), choice.maximum(), choice.own, choice.text()) == (0, 8, None, "0")


def test_it_is_as_broad_before_its_data_is_read_as_it_is_then(qtbot):
    choice = SampleChoice()
    qtbot.addWidget(choice)
    before = choice.sizeHint().width(), choice.minimumSizeHint().width()
    x = np.zeros((2000, 2), np.float32)
    choice.set_data(Dataset("d", x, x[:, :1], x, x[:, :1]))
    after = choice.sizeHint().width(), choice.minimumSizeHint().width()
    assert choice.maximum() == 1999
    # Letters are no more than a pixel apart.
    assert all(abs(a - b) <= 4 for a, b in zip(before, after, strict=True))
