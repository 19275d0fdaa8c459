"""What views tell lessons of what is chosen in them, and of what comes of it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.live.asked import draw
from ui.pointing import drag_on_pad, move_over

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.groupings import Grouping
from nnstudio.explain.code_map import CodeMap
from nnstudio.explain.prediction import Prediction
from nnstudio.project import open_example
from nnstudio.ui.live.code_map import CodeMapView
from nnstudio.ui.live.pixels import PixelView
from nnstudio.ui.live.plane import POSITIONS, PlaneView
from nnstudio.ui.live.reacts_to import ReactsToView
from nnstudio.ui.live.try_it import TryView
from nnstudio.ui.live.view import live_views

DIGITS = np.linspace(0, 1, 5 * 12 * 12, dtype=np.float32).reshape(5, 12, 12, 1)


def of_pictures(**more) -> Dataset:
    y = np.zeros((5, 1), np.float32)
    return Dataset("pictures", DIGITS, y, DIGITS[:0], y[:0], classes=("cup", "cap"), **more)


@pytest.fixture
def shown(qtbot):
    def shown(kind, data):
        view = kind()
        qtbot.addWidget(view)
        view.resize(560, 420)
        view.show()
        view.set_data(data)
        return view

    return shown


def chosen_in(view) -> dict:
    showing = view.showing()
    return dict(showing.chosen) if showing is not None else {}


def test_views_with_something_to_choose_say_so():
    silent = {view.id for view in live_views if not view.make.chooses}
    asked = "attention code_map function_curve generator hidden_state kernel pixels plane reacts_to weights"
    assert not silent & set(asked.split())


def test_a_view_that_draws_nothing_shows_nothing(shown):
    for view in live_views:
        assert shown(view.make, None).showing() is None, view.id


def test_pixels_tell_the_pixel_by_numbers_from_one(shown):
    view = shown(PixelView, of_pictures())
    assert chosen_in(view) == {"sample": 0, "row": 7, "column": 7, "channel": "channel 1"}
    view.sample.setValue(3)
    QTest.keyClick(view.numbers, Qt.Key.Key_Right)
    assert chosen_in(view) == {"sample": 3, "row": 7, "column": 8, "channel": "channel 1"}


def test_a_plane_stands_behind_a_layer_or_on_its_way(shown):
    project = open_example("xor")
    session = project.session()
    view = shown(PlaneView, session.data)
    view.set_names({node.id: node.name for node in project.document.graph.nodes})
    stages = draw(view, session).stages
    names = [view._called(stage) for stage in stages]
    assert chosen_in(view)["layer"] == names[0] and view.showing().is_whole
    view.slider.setValue(POSITIONS // 2)
    assert chosen_in(view)["layer"] == f"{names[0]} → {names[1]}"
    view.slider.setValue(POSITIONS)
    assert chosen_in(view)["layer"] == names[1]
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    assert not view.showing().is_whole, "it is not there yet"


def test_a_code_map_tells_the_dot_that_somebody_walked_to(shown):
    points = np.array([[0, 0], [1, 0], [2, 1], [0, 2]], np.float32)
    kinds = Grouping("kind", ("cat", "dog"), {Split.TRAINING: np.array([0, 1, 1, 0, 1], np.uint8)})
    x = np.zeros((5, 2, 2, 1), np.float32)
    y = x.reshape(5, -1)
    view = shown(CodeMapView, Dataset("pictures", x, y, x[:0], y[:0], groupings=(kinds,)))
    view.show_result(CodeMap(3, "m0", points, 5))
    assert view.showing() is None, "no picture is drawn yet"

    def answer() -> None:
        view.show_result(CodeMap(3, "m0", code=view.probe().code, picture=x[0]))

    answer()
    assert chosen_in(view) == {"nearest_dot": ""}, "it begins near any dot"
    move_over(view.plot, 1.9, 0.9)
    assert not view.showing().is_whole, "the picture is of the place before"
    answer()
    assert chosen_in(view) == {"nearest_dot": "dog"}
    assert (view.showing().step, view.showing().is_whole) == (3, True)


def test_what_another_layer_reacts_to_is_not_told_of_this_one(shown):
    view = shown(ReactsToView, of_pictures())
    view.watch("a", "First", True)
    reaction = SimpleNamespace(name="unit 1", samples=(), parts=np.zeros((0, 1, 1, 1)))
    view.show_result(SimpleNamespace(
        step=7, node="a", part=Split.TRAINING, count=5, units=1, seen=(1, 1), reactions=(reaction,)
    ))  # fmt: skip
    assert chosen_in(view) == {"layer": "First"} and view.showing().step == 7
    view.watch("b", "Second", True)
    assert view.showing() is None


def test_try_it_tells_a_drawing_from_a_sample_and_what_it_is_taken_for(shown):
    view = shown(TryView, of_pictures())
    cup = Prediction(4, ("cup", "cap"), np.array([0.7, 0.3]), True)
    assert view.showing() is None, "nothing is predicted yet"
    view.show_result(cup)
    assert chosen_in(view)["picture"] not in ("a sample", "drawn by hand"), "nobody did anything yet"
    QTest.mouseClick(view.sample_button, Qt.MouseButton.LeftButton)
    view.show_result(cup)
    assert chosen_in(view)["picture"] == "a sample" and chosen_in(view)["sample"] == 1
    assert (view.showing().told, view.showing().step) == ({"predicted": "cup"}, 4)
    drag_on_pad(view.pad, ((0.2, 0.2), (0.3, 0.2)))
    assert chosen_in(view)["picture"] == "a sample, changed" and not view.showing().is_whole
    QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    assert view.showing() is None
    drag_on_pad(view.pad, ((0.1, 0.1), (0.2, 0.1)))
    view.show_result(replace(cup, values=np.array([0.2, 0.8])))
    assert chosen_in(view) == {"picture": "drawn by hand", "sample": "none", "stands": "off the middle"}
    assert view.showing().told == {"predicted": "cap"} and view.showing().is_whole
    QTest.mouseClick(view.centre_button, Qt.MouseButton.LeftButton)
    view.show_result(cup)
    assert chosen_in(view)["stands"] == "in the middle" and chosen_in(view)["picture"] == "drawn by hand"


def test_that_there_is_no_map_is_something_to_see_too(shown):
    x = np.zeros((5, 2, 2, 1), np.float32)
    view = shown(CodeMapView, Dataset("pictures", x, x.reshape(5, -1), x[:0], x[:0].reshape(0, 4)))
    view.show_result(CodeMap(7, ""))
    assert chosen_in(view) == {"nearest_dot": "no map"} and view.showing().step == 7
    view.show_result(CodeMap(8, "m0", np.zeros((5, 2), np.float32), 5))
    assert view.showing() is None, "a map that is being drawn is not the sentence any more"
