"""The view Why?: what is drawn of a picture, a row and a sequence, what is said, which results are late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures

from nnstudio.explain.method import Explanation
from nnstudio.explain.why import PREDICTED, Why, WhyProbe
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.live.why import MOST_BARS, WhyView
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def view(qtbot):
    view = WhyView()
    qtbot.addWidget(view)
    view.resize(420, 330)
    view.show()
    view.set_data(pictures())
    return view


def answer(view, values, sample=None, **how):
    figures = how.pop("figures", {"score of r": 1.5})
    names = how.pop("names", ())
    explanation = Explanation(values, figures, **how)
    sample = np.zeros((8, 8, 3)) if sample is None else sample
    return Why(7, view.probe(), sample, "r", "g (60%)", "score of r", explanation, "", names)


def row(features: int):
    x = np.zeros((5, features), np.float32)
    return replace(pictures(), x_train=x, x_test=x, y_train=x[:, :1], y_test=x[:, :1])


def test_it_asks_for_what_is_chosen(view):
    assert view.probe() == WhyProbe(view.method.currentData(), 0, None, PREDICTED)
    view.sample.setValue(3)
    view.method.setCurrentIndex(view.method.findData("occlusion"))
    view.number.setCurrentIndex(view.number.findText("b"))
    assert view.probe() == WhyProbe("occlusion", 3, None, 2)
    view.on_request(ShowSample(np.ones(192, np.float32)))
    assert view.probe().own == (1.0,) * 192


def test_another_choice_asks_anew_and_empties_the_picture(view, qtbot):
    view.show_result(answer(view, np.ones((8, 8, 1))))
    for choice in (view.method, view.number):
        with qtbot.waitSignal(view.probe_changed, timeout=1000):
            choice.setCurrentIndex(1)
        assert view.map.isHidden() and not view.hint.isHidden()
    assert "signed" not in view.method.toolTip() and "arXiv" in view.method.toolTip()


def test_a_picture_stands_beside_what_matters_in_it(view):
    values = np.zeros((8, 8, 1))
    values[1, 2], values[3, 4] = 2.0, -1.0
    view.show_result(answer(view, values))
    assert view.picture.isVisible() and view.map.isVisible() and not view.bars.isVisible()
    colours = theme.colours
    for at, colour, share in (
        ((1, 2), colours.first, 1.0),
        ((3, 4), colours.second, 0.5),
        ((0, 0), colours.base, 1.0),
    ):
        ends = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in (colours.base, colour)])
        expected = ends[0] + share * (ends[1] - ends[0])
        np.testing.assert_allclose(view.images[1].image[at], expected, atol=1e-6)
    text = view.caption.text()
    assert (
        "true: <b>r</b>" in text
        and "score of r: 1.5" in text
        and "speaks for it" in text
        and "against" in text
    )


def test_sizes_speak_neither_for_nor_against(view):
    view.show_result(answer(view, np.ones((8, 8, 3)), is_size=True))
    assert "would move it most" in view.caption.text() and "speaks for" not in view.caption.text()


def test_a_row_is_drawn_as_bars_and_of_many_the_strongest_in_their_order(view):
    view.set_data(row(3))
    view.show_result(answer(view, np.array([1.0, -2.0, 0.5]), np.zeros(3), names=("a", "b", "c")))
    assert view.bars.isVisible() and not view.map.isVisible()
    assert view.bar_item.opts["height"].tolist() == [1.0, -2.0, 0.5]
    many = np.arange(200.0) * np.where(np.arange(200) % 2, 1, -1)
    view.set_data(row(200))
    view.show_result(answer(view, many, np.zeros(200)))
    assert view.bar_item.opts["height"].tolist() == many[-MOST_BARS:].tolist()
    assert f"the strongest {MOST_BARS} of 200 inputs" in view.caption.text()


def test_steps_of_a_sequence_run_to_the_right(view):
    x = np.zeros((5, 6, 2), np.float32)
    view.set_data(replace(pictures(), x_train=x, x_test=x))
    view.show_result(answer(view, np.ones((6, 2)), x[0]))
    assert view.images[1].image.shape == (2, 6, 3) and view.picture.isHidden()


def test_a_late_result_and_a_problem(view):
    late = answer(view, np.ones((8, 8, 1)))
    view.sample.setValue(2)
    view.show_result(late)
    assert view.map.isHidden()
    view.show_result(replace(answer(view, None), explanation=None, problem="Choose another method."))
    assert view.hint.text() == "Choose another method." and view.map.isHidden()


def test_notes_and_names_of_layers_are_told_and_words_are_no_markup(view):
    view.set_names({"n3": "My <b> layer"})
    view.show_result(answer(view, np.ones((8, 8, 1)), figures={"layer": "n3"}, notes=("Rough.",)))
    assert "layer: My &lt;b&gt; layer" in view.caption.text() and "Rough." in view.caption.text()


def test_where_there_is_one_number_there_is_nothing_to_choose(view):
    view.set_data(replace(row(3), classes=()))
    assert view.number.isHidden() and view.probe().number == 0


def test_in_a_panel_that_is_narrow_from_the_start_the_method_stands_below(qtbot):
    view = WhyView()
    qtbot.addWidget(view)
    view.resize(260, 330)
    view.set_data(pictures())
    view.show()
    view.layout().activate()
    assert view.method.y() >= view.number.y() + view.number.height()


def test_in_a_narrow_panel_the_method_stands_below(view):
    assert view.method.y() == view.number.y()
    view.resize(260, 330)
    view.layout().activate()
    assert view.method.y() >= view.number.y() + view.number.height()
    assert view.method.width() > 200
    view.resize(500, 330)
    view.layout().activate()
    assert view.method.y() == view.number.y()


def test_importance_is_a_table_too(view):
    assert view.csv_text() == ""
    values = np.zeros((8, 8, 3))
    values[2, 3, 1] = -0.5
    view.show_result(answer(view, values, np.full((8, 8, 3), 0.25)))
    rows = view.csv_text().splitlines()
    assert rows[0] == "row,column,channel,sample,importance" and len(rows) == 1 + 8 * 8 * 3
    assert "2,3,1,0.25,-0.5" in rows
