"""Only some of the training samples: how many, of which classes, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnkernels.spec import SpecError
from nnstudio.data.dataset import load
from nnstudio.data.some_examples import Examples, read_examples, some_of


@pytest.mark.parametrize("text, count, draw", [("", 0, 1), ("50", 50, 1), (" 50 , draw 3", 50, 3)])
def test_a_number_and_perhaps_a_draw(text, count, draw):
    examples = read_examples(text)
    assert (examples.count, examples.draw) == (count, draw)
    assert read_examples(str(examples)) == examples


@pytest.mark.parametrize("text", ["0", "-3", "many", "50 draw", "1.5", "10, 20"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(SpecError, match="such as 50"):
        read_examples(text)


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 9))
def test_each_class_gives_as_many_and_a_larger_number_adds_to_a_smaller_one(count, draw, seed):
    classes = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], 20))
    train = np.random.default_rng(seed).permutation(60)[:57]

    def some(number):
        return some_of(train, {"examples": str(Examples(number, draw))}, classes)

    taken, more = some(count), some(count + 5)
    counts = np.bincount(classes[taken], minlength=3)
    assert len(taken) == len(set(taken)) == count and set(taken) <= set(more)
    assert counts.max() - counts.min() <= 1 or counts.max() > 17
    # In the order in which they stood.
    assert taken.tolist() == [row for row in train if row in set(taken)]


def test_another_draw_takes_others_and_the_last_ones_count_in_order_of_time():
    train = np.arange(100)
    one, two = (some_of(train, {"examples": f"20, draw {d}"}) for d in (1, 2))
    assert set(one) != set(two)
    assert some_of(train, {"examples": "3"}, in_order=True).tolist() == [97, 98, 99]


@pytest.mark.parametrize(
    "kind", ["iris", "animals", "spiral", "multi_gauss", "celsius"]
)  # fmt: skip
def test_only_the_training_part_is_smaller(kind):
    whole, few = load(kind, {}), load(kind, {"examples": "12"})
    assert len(few.x_train) == 12
    for part in ("validation", "test"):
        assert np.array_equal(getattr(few, f"y_{part}"), getattr(whole, f"y_{part}"))
    if few.classes:
        counts = np.bincount(few.y_train[:, 0].astype(int), minlength=len(few.classes))
        assert counts.min() >= 12 // len(few.classes)
    assert few.split_settings["examples"] == "12"


def test_what_cannot_be_had_is_told():
    assert "all are learned from" in load("iris", {"examples": "5000"}).notes[-1]
    assert "1 of the 3 classes are missing" in load("iris", {"examples": "2"}).notes[-1]
    assert not load("iris", {"examples": "3"}).notes


def test_digits_from_0_to_4_and_from_5_to_9_are_all_digits():
    whole, low, high = (load("mnist", {"digits": which}) for which in ("all", "0 to 4", "5 to 9"))
    assert low.classes + high.classes == whole.classes and high.classes[0] == "5"
    assert len(low.x_test) + len(high.x_test) == len(whole.x_test)
    of_high = whole.y_test[:, 0] >= 5
    assert np.array_equal(high.x_test, whole.x_test[of_high])
    assert np.array_equal(high.y_test[:, 0] + 5, whole.y_test[of_high, 0])
