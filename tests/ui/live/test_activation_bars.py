"""Below the bars of a layer's units stand their names, or their numbers from 1."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import PROBABILITIES, Activations
from nnstudio.ui.live.activations import ActivationView
from nnstudio.ui.live.bar_ticks import MOST_TICKS, name_ticks, unit_ticks


@pytest.mark.parametrize("count", [1, 8, 10, 64, 512])
def test_units_are_counted_from_1_and_no_further_than_there_are(count):
    at = [position for position, _ in unit_ticks(count)]
    assert at[0] == 1 and at[-1] <= count and len(at) <= MOST_TICKS + 1
    assert [text for _, text in unit_ticks(count)] == [f"{position:.0f}" for position in at]


def test_long_names_are_shortened_to_the_bar(qapp):
    (_, short), (_, long) = name_ticks(["a", "a very long name of a class"], 60)
    assert short == "a" and long != "a very long name of a class" and "\u2026" in long


def test_classes_stand_below_the_bars_of_the_output(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("out", "Output")
    result = Activations("out", 0, 0, np.ones(2), np.ones(4), "a", "a (90%)", names=("a", "b"))
    view.show_result(result)
    axis = view.bars.getAxis("bottom")
    assert axis.labelText == "" and [text for _, text in axis._tickLevels[0]] == ["a", "b"]
    assert list(view.bar_item.opts["x"]) == [1, 2]


def test_few_names_have_the_whole_width_and_their_bars_stay_slim(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("out", "Output")
    names = ("setosa", "versicolor", "virginica")
    view.show_result(Activations("out", 0, 0, np.ones(3), np.ones(4), "a", "a (90%)", names=names))
    low, high = view.bars.getViewBox().viewRange()[0]
    assert high - low < len(names) + 0.5 and view.bar_item.opts["width"] < 0.5


@pytest.mark.parametrize(("value", "own_range"), [(0.01, False), (3.0, True)])
def test_the_probability_of_the_only_class_that_is_drawn_stands_on_0_to_1(qtbot, value, own_range):
    # On a range of its own, 1% of orange fills the plot under "prediction: blue (99%)".
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.ones((2, 2), np.float32), np.ones((2, 1), np.float32)
    view.set_data(Dataset("d", x, y, x, y, classes=("blue", "orange")))
    view.set_node("out", "Output")
    values = np.array([value], np.float32)
    view.show_result(Activations("out", 0, 0, values, np.ones(2), "blue", "blue (99%)", names=("orange",)))
    assert bool(view.bars.getViewBox().autoRangeEnabled()[1]) is own_range
    if not own_range:
        low, high = view.bars.getViewBox().viewRange()[1]
        assert low <= 0 and high >= 1


@pytest.mark.parametrize(("shift", "told"), [(0.0, ""), (100_000.0, "scaled as for training")])
def test_bars_of_targets_say_that_they_are_not_in_the_targets_own_unit(qtbot, shift, told):
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.ones((2, 2), np.float32), np.ones((2, 1), np.float32)
    view.set_data(Dataset("d", x, y, x, y, targets=("price",), y_shift=shift))
    view.set_node("out", "Output")
    view.show_result(
        Activations("out", 0, 0, np.array([-0.09]), np.ones(2), "37,536", "92,348", names=("price",))
    )
    assert view.bars.getAxis("bottom").labelText == told


def test_names_that_would_look_alike_keep_the_beginning_of_each_word(qapp):
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    metrics = QFontMetricsF(qapp.font())
    room = metrics.horizontalAdvance("sepa leng")
    short = [text for _at, text in name_ticks(names, room)]
    assert len(set(short)) == 4 and all(metrics.horizontalAdvance(text) <= 0.9 * room for text in short)
    assert all(n.startswith(t.split()[0]) and t.split()[1] in n for n, t in zip(names, short, strict=True))
    assert [text for _at, text in name_ticks(["", "same", "same"], 200)] == ["", "same", "same"]


def test_one_output_that_tells_two_classes_apart_has_a_bar_for_each(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.ones((2, 2), np.float32), np.ones((2, 1), np.float32)
    view.set_data(Dataset("d", x, y, x, y, classes=("blue", "orange")))
    view.set_node("out", "Output")
    values = np.array([0.25], np.float32)
    view.show_result(
        Activations(
            "out", 0, 0, values, np.ones(2), "blue", "blue (75%)", names=("orange",), scale=PROBABILITIES
        )
    )
    assert list(view.bar_item.opts["height"]) == [0.75, 0.25]
    ticks = view.bars.getAxis("bottom")._tickLevels[0]
    assert [text for _, text in ticks] == ["blue", "orange"]


def test_the_name_of_the_only_bar_is_whole(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.resize(260, 250)
    view.show()
    view.set_node("out", "Output")
    name = "price_in_thousands"
    view.show_result(Activations("out", 0, 0, np.ones(1), np.ones(4), "1", "1", names=(name,)))
    assert [text for _, text in view.bars.getAxis("bottom")._tickLevels[0]] == [name]
