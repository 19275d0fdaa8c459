"""Below the bars of a layer's units stand their names, or their numbers from 1."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import PROBABILITIES, SCORES, Activations
from nnstudio.explain.thumbnails import ZERO
from nnstudio.ui.canvas.painting import bar_colour
from nnstudio.ui.live.activations import ActivationView
from nnstudio.ui.live.bar_ticks import MOST_TICKS, highest_ticks, name_ticks, unit_ticks
from nnstudio.ui.live.map_colours import bar_colours
from nnstudio.ui.widgets.theme import theme


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
    both = f"bar: -0.09, price, {told}"
    assert (both in view.caption.text()) == bool(told), "no bar of -0.09 under 92,348 without a word"
    view.set_data(Dataset("d", x, y, x, y, targets=("price", "size"), y_shift=shift))
    view.show_result(
        Activations("out", 0, 0, np.zeros(2), np.ones(2), "1, 2", "3, 4", names=("price", "size"))
    )
    assert (f" · bars: {told}" in view.caption.text()) == bool(told)


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


def test_of_many_classes_the_highest_are_named_and_no_name_touches_another(qapp):
    names, rng = [chr(65 + i) for i in range(61)], np.random.default_rng(2)
    heights = rng.permutation(61) / 61
    ticks = highest_ticks(names, heights, 4.0)
    bars = [round(at) - 1 for at, _ in ticks]
    assert [names[bar] for bar in bars] == [text for _, text in ticks] and bars == sorted(bars)
    assert int(heights.argmax()) in bars and 4 < len(bars) <= MOST_TICKS
    letters = QFontMetricsF(qapp.font())
    for left, right in pairwise(bars):
        room = (letters.horizontalAdvance(names[left]) + letters.horizontalAdvance(names[right])) / 2
        assert (right - left) * 4.0 > room


def test_many_classes_are_named_below_their_bars(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("out", "Output")
    names, values = tuple(f"c{i}" for i in range(40)), np.zeros(40)
    values[7] = 0.5
    view.show_result(Activations("out", 0, 0, values, np.ones(4), "a", "a (90%)", names=names))
    axis = view.bars.getAxis("bottom")
    assert (8.0, "c7") in axis._tickLevels[0] and axis.labelText == "the highest of 40 are named"


@pytest.mark.parametrize(("scale", "what"), [(PROBABILITIES, "classes"), ("", "features")])
def test_the_picture_of_a_sequence_says_what_lies_across_and_down(qtbot, scale, what):
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.ones((2, 5), np.float32), np.ones((2, 5), np.float32)
    view.set_data(Dataset("d", x, y, x, y, classes=("a", "b", "c")))
    view.set_node("out", "Output")
    values = np.full((5, 3), 0.3, np.float32)
    view.show_result(Activations("out", 0, 0, values, np.ones(5), "", "", scale=scale, near="2 of 5 right"))
    assert f"across: 5 steps, down: 3 {what}" in view.caption.text()


def test_few_columns_are_told_beside_the_prediction_in_their_own_unit(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.array([[0.0], [1.0]], np.float32), np.array([[32.0], [50.0]], np.float32)
    view.set_data(Dataset("d", x, y, x, y, features=("Celsius",), x_shift=10.0, x_scale=2.0))
    view.set_node("out", "Output")
    view.show_result(Activations("out", 0, 3, np.ones(1), x[1], "50", "49.5"))
    assert view.caption.text().startswith("Celsius 12 · true: <b>50</b> · prediction: <b>")


@pytest.mark.parametrize(("step", "is_judged"), [(0, False), (1, True)])
def test_before_the_first_step_a_guess_is_neither_right_nor_wrong(qtbot, step, is_judged):
    view = ActivationView()
    qtbot.addWidget(view)
    x, y = np.ones((2, 4), np.float32), np.ones((2, 1), np.float32)
    view.set_data(Dataset("d", x, y, x, y, classes=("a", "b")))
    view.set_node("out", "Output")
    view.show_result(Activations("out", 0, step, np.ones(2), np.ones(4), "a", "a (50%)", names=("a", "b")))
    assert (theme.colours.good in view.caption.text()) == is_judged


def test_the_bar_of_a_class_has_the_colour_that_it_has_on_nodes_and_in_the_plane(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("out", "Output")
    y, both = np.ones((2, 1), np.float32), ("blue", "orange")
    of_classes = [theme.class_colour(0), theme.class_colour(1)]
    for inputs, names, colours in (
        (2, both, of_classes),
        (4, both, of_classes),
    ):
        x = np.ones((2, inputs), np.float32)
        view.set_data(Dataset("d", x, y, x, y, classes=both))
        view.show_result(
            Activations("out", 0, 0, np.ones(2), np.ones(inputs), "blue", "blue (90%)", names=names)
        )
        assert [brush.color().name() for brush in view.bar_item.opts["brushes"]] == colours


def test_nothing_is_said_of_bars_where_a_picture_is_shown_in_their_stead(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    x, names = np.ones((2, 2, 2, 1), np.float32), ("a", "b", "c", "d")
    y = x.reshape(2, 4)
    view.set_data(Dataset("d", x, y, x, y, targets=names, y_scale=np.full(4, 255.0)))
    view.set_node("out", "Output")
    for values, is_told in ((np.ones((2, 2, 1)), False), (np.ones(4), True)):
        view.show_result(Activations("out", 0, 0, values, x[0], "", "1", names=names))
        assert ("bars:" in view.caption.text()) == is_told == (not view.bars.isHidden())


@pytest.mark.parametrize("scale", ["", SCORES])
def test_bars_of_numbers_and_scores_have_the_colours_of_the_key_and_of_nodes(qtbot, scale):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("layer", "Dense")
    names = ("blue", "orange", "green") if scale else ()
    x, y = np.ones((2, 2), np.float32), np.ones((2, 1), np.float32)
    view.set_data(Dataset("d", x, y, x, y, classes=("blue", "orange", "green")))
    values = np.array([-1.5, 0.75, 1.5], np.float32)
    given = Activations("layer", 0, 0, values, np.ones(2), "a", "a", names=names, scale=scale, is_signed=True)
    view.show_result(given)
    below, half, above = (brush.color() for brush in view.bar_item.opts["brushes"])
    assert (below.name(), above.name()) == (theme.colours.second, theme.colours.first)
    assert half == bar_colour(ZERO + 64, True)
    view.show_result(replace(given, values=np.abs(values), is_signed=False, names=(), scale=""))
    assert view.bar_item.opts["brushes"][0].color() == bar_colour(255, False)


def test_a_bar_of_what_is_no_number_has_the_colour_of_errors(qapp):
    assert bar_colours(np.array([np.nan, 1.0]), True)[0] == bar_colour(0, True)


def test_a_small_share_has_not_the_colour_of_the_largest(qapp):
    assert bar_colours(np.array([0.1, 0.2]), False, are_shares=True)[1] == bar_colour(ZERO + 25, False)
