"""The view Dream: what it asks for, what it draws and says, and which results are late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures

from nnstudio.explain.dream import Dream, DreamProbe
from nnstudio.ui.live.dream import NEEDS, SELECT, DreamView
from nnstudio.ui.live.requests import ShowSample


@pytest.fixture
def view(qtbot):
    view = DreamView()
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    view.set_data(pictures())
    view.set_node("c", "Conv")
    return view


def grown(view, share=1.0, name=""):
    grey = np.full((8, 8, 3), 0.5)
    return Dream(
        4, view.probe(), 6, 0, name, grey, 0.5, 2.25, share, exciting=((3, 1.5), (0, 1.25), (7, 0.5))
    )


def test_it_asks_for_the_unit_and_the_beginning_that_are_chosen(view):
    assert view.probe() == DreamProbe("c", 0, "noise") and view.sample.isHidden()
    view.show_result(grown(view))
    view.unit.setValue(5)
    view.start.setCurrentIndex(view.start.findData("sample"))
    view.sample.setValue(7)
    assert view.sample.isVisible() and view.probe() == DreamProbe("c", 5, "sample", 7)
    view.on_request(ShowSample(np.zeros(192, np.float32)))
    assert view.probe().own == (0.0,) * 192
    view.octaves.setValue(3)
    view.jitter.setValue(0)
    view.start.setCurrentIndex(view.start.findText("from a photograph: cat"))
    assert view.probe() == DreamProbe("c", 5, "cat", octaves=3, jitter=0) and view.sample.isHidden()


def test_a_picture_is_drawn_with_how_far_it_has_grown(view):
    view.show_result(grown(view, 0.25, name="red"))
    np.testing.assert_allclose(view.pictures.images[1].image, 0.5)
    assert "25% grown · Conv, unit 0 (red) of 6: 0.5 → 2.25" in view.caption.toolTip()
    view.show_result(grown(view))
    assert "Conv, unit 0 of 6: 0.5 → 2.25" in view.caption.toolTip()
    assert "grown" not in view.caption.toolTip()
    assert view.unit.maximum() == 5 and view.hint.isHidden()


def test_the_samples_that_excite_it_most_stand_beside_it(view):
    view.show_result(grown(view))
    tiled, samples = view.pictures.images[2].image, view.data.x_test
    # Two columns with a line of one pixel between, and nothing in the place of a fourth.
    assert tiled.shape == (17, 17, 3)
    np.testing.assert_allclose(tiled[:8, :8], samples[3], atol=1e-6)
    np.testing.assert_allclose(tiled[:8, 9:], samples[0], atol=1e-6)
    np.testing.assert_allclose(tiled[9:, :8], samples[7], atol=1e-6)
    assert (tiled[8] == 0.5).all() and (tiled[9:, 9:] == 0.5).all()
    assert view.pictures.captions[2].text() == "samples that excite it most: 1.5, 1.25, 0.5"


def test_another_layer_begins_with_its_first_unit_and_an_empty_picture(view):
    view.show_result(grown(view))
    view.unit.setValue(3)
    late = grown(view)
    view.set_node("d", "Dense")
    assert view.probe() == DreamProbe("d", 0, "noise") and view.pictures.isHidden()
    view.show_result(late)
    assert view.pictures.isHidden()


def test_where_there_is_nothing_it_says_why(view):
    problem = replace(grown(view), picture=None, problem="This is the data itself.")
    view.show_result(problem)
    assert view.hint.text() == "This is the data itself." and view.pictures.isHidden()
    view.set_node("", "")
    assert view.hint.text() == SELECT and view.probe() is None
    view.set_node("c", "Conv")
    x = np.zeros((4, 2), np.float32)
    view.set_data(replace(pictures(), x_train=x, x_test=x))
    assert view.hint.text() == NEEDS and view.probe() is None


def test_what_was_seen_of_it_growing_and_its_numbers_can_be_saved(view):
    assert view.csv_text() == "" and not view.frames()
    shades = tuple(np.full((8, 8, 3), shade) for shade in (0.5, 0.75))
    view.show_result(replace(grown(view), picture=shades[-1], frames=shades))
    assert [frame.mean() for frame in view.frames()] == pytest.approx([0.5, 0.75])
    rows = view.csv_text().splitlines()
    assert rows[0] == "row,column,channel,value" and len(rows) == 1 + 8 * 8 * 3
    assert all(float(line.split(",")[3]) == 0.75 for line in rows[1:])
    view.unit.setValue(1)
    assert not view.frames() and view.csv_text() == ""


def test_the_photograph_that_it_began_with_stands_beside_it(view):
    view.show_result(grown(view))
    assert view.pictures.plots[0].isHidden() and view.pictures.captions[0].isHidden()
    view.show_result(replace(grown(view), begun=np.full((8, 8, 3), 0.25)))
    assert view.pictures.plots[0].isVisible() and view.pictures.captions[0].text() == "began with"
    np.testing.assert_allclose(view.pictures.images[0].image, 0.25)
    assert view.csv_text().splitlines()[:2] == ["row,column,channel,sample,changed", "0,0,0,0.25,0.5"]
