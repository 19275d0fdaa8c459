"""The view Style: pictures, layers and weights that it asks for, what it draws and says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures

from nnstudio.explain.painting import Painting, PaintingProbe
from nnstudio.ui.live.requests import PressPill, ShowSample
from nnstudio.ui.live.style import NEEDS, StyleView

LAYERS = ("relu1", "relu4")


@pytest.fixture
def view(qtbot):
    view = StyleView()
    qtbot.addWidget(view)
    view.resize(440, 380)
    view.show()
    view.set_data(pictures())
    view.set_names({"relu1": "First", "relu4": "Second"})
    return view


def choose(box, data):
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def painted(view, layers=LAYERS, **how):
    shades = [np.full((8, 8, 3), shade, np.float32) for shade in (0.2, 0.4, 0.6)]
    return Painting(4, view.probe(), layers, *shades, **how)


def test_it_asks_for_what_is_chosen(view):
    assert view.probe() == PaintingProbe("cat", "brick")
    choose(view.styles, "gravel")
    view.weight.setValue(10)
    view.start.setCurrentIndex(view.start.findData("noise"))
    assert view.probe() == PaintingProbe("cat", "gravel", style_weight=10.0, start="noise")
    choose(view.content, "")
    view.sample.setValue(3)
    assert view.sample.isVisible()
    assert view.probe() == PaintingProbe("", "gravel", 3, style_weight=10.0, start="noise")
    view.on_request(ShowSample(np.zeros(192, np.float32)))
    assert view.probe().own == (0.0,) * 192


def test_layers_are_offered_once_they_are_known_and_count_as_one_says(view):
    assert view.weights == {} and view.style_layers.text() == "all layers"
    view.show_result(painted(view))
    assert [field.accessibleName() for field in view.weights.values()] == ["First", "Second"]
    view.weights["relu4"].setValue(3)
    view.content_layer.setCurrentIndex(view.content_layer.findText("First"))
    layers = ("relu1:1", "relu4:3")
    assert view.probe() == PaintingProbe("cat", "brick", content_layer="relu1", style_layers=layers)
    assert view.style_layers.text() == "First, Second × 3" in view.style_layers.toolTip()
    view.weights["relu1"].setValue(0)
    assert view.probe().style_layers == ("relu4:3",) and view.style_layers.text() == "Second × 3"
    view.weights["relu4"].setValue(0)
    assert view.probe().style_layers == ("relu4:1",), "without any layer there is no style"


def test_layers_of_another_network_take_the_place_of_those_before(view, qtbot):
    view.show_result(painted(view))
    view.weights["relu1"].setValue(0)
    with qtbot.waitSignal(view.probe_changed, timeout=1000):
        view.show_result(replace(painted(view), layers=("other",), picture=None, problem="Gone."))
    assert view.probe() == PaintingProbe("cat", "brick") and view.style_layers.text() == "all layers"
    view.set_names({"other": "Another"})
    assert view.weights["other"].accessibleName() == "Another"


def test_three_pictures_are_drawn_with_how_far_it_is_and_the_losses(view):
    view.show_result(painted(view, share=0.25))
    shades = [float(image.image[0, 0, 0]) for image in view.pictures.images]
    assert shades == pytest.approx([0.2, 0.4, 0.6])
    assert view.pictures.captions[2].text() == "25% painted"
    figures = {"content loss at first": 2.0, "content loss now": 0.5}
    figures |= {"style loss at first": 4.0, "style loss now": 0.25}
    view.show_result(painted(view, figures=figures, notes=("A <note>.",), cost="200 steps, 2.1 s"))
    told = view.caption.text()
    assert "content loss: 2 → <b>0.5</b>" in told and "style loss: 4 → <b>0.25</b>" in told
    assert (
        "&lt;note&gt;" in told
        and " · 200 steps, 2.1 s · " in told
        and view.pictures.captions[2].text() == "painted"
    )


def test_a_picture_of_ones_own_is_offered_from_then_on(view, monkeypatch):
    answers = ["", "/somewhere/mine.png"]
    monkeypatch.setattr("nnstudio.ui.live.style.ask_open", lambda *_: answers.pop(0))
    choose(view.styles, "?")
    assert view.styles.currentData() == "brick", "nothing was chosen"
    choose(view.styles, "?")
    assert view.probe().style == "/somewhere/mine.png" and view.styles.currentText() == "mine.png"
    choose(view.styles, "brick")
    choose(view.styles, "/somewhere/mine.png")
    assert view.probe().style == "/somewhere/mine.png" and not answers


def test_a_late_result_a_problem_and_data_without_pictures(view):
    late = painted(view)
    choose(view.content, "coffee")
    view.show_result(late)
    assert view.pictures.isHidden()
    view.show_result(Painting(4, view.probe(), LAYERS, problem="It cannot be read."))
    assert view.hint.text() == "It cannot be read." and view.pictures.isHidden()
    x = np.zeros((4, 2), np.float32)
    view.set_data(replace(pictures(), x_train=x, x_test=x))
    assert view.hint.text() == NEEDS and view.probe() is None


def told(view) -> dict[str, tuple[tuple[str, bool], ...]]:
    return {node: tuple((pill.text, pill.is_on) for pill in pills) for node, pills in view.marks().items()}


def test_layers_are_marked_and_chosen_on_the_canvas_as_in_the_view(view):
    assert view.marks() == {}, "nothing is known of the network yet"
    view.show_result(painted(view))
    off, on = ("content", False), ("content", True)
    assert told(view) == {"relu1": (off, ("style", True)), "relu4": (on, ("style", True))}
    view.on_request(PressPill("relu1", 0))
    view.on_request(PressPill("relu4", 1))
    assert view.content_layer.currentText() == "First" and view.weights["relu4"].value() == 2
    assert told(view) == {"relu1": (on, ("style", True)), "relu4": (off, ("style × 2", True))}
    for _ in range(2):
        view.on_request(PressPill("relu4", 1))
    assert told(view)["relu4"] == (off, ("style", False)) and view.style_layers.text() == "First"
    view.on_request(PressPill("another", 1))


def test_what_was_painted_can_be_saved_as_numbers_and_as_it_grew(view):
    assert view.csv_text() == "" and not view.frames()
    view.show_result(painted(view))
    grey = np.full((8, 8, 1), 0.6, np.float32)
    view.show_result(painted(view, frames=(0.5 * grey, grey)))
    assert len(view.frames()) == 2
    assert view.frames()[-1].shape == (8, 8, 3) and view.frames()[-1].mean() == pytest.approx(0.6)
    rows = view.csv_text().splitlines()
    assert rows[0] == "row,column,channel,sample,changed" and rows[1] == "0,0,0,0.2,0.6"
