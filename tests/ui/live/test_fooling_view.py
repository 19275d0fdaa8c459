"""The view Fooling: what it asks for, what it draws and says, and which fields a method goes by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures

from nnstudio.explain.fooling import ANY, Fooled, FoolingProbe, Taken
from nnstudio.ui.live.fooling import NEEDS, FoolingView
from nnstudio.ui.live.requests import ShowSample


@pytest.fixture
def view(qtbot):
    view = FoolingView()
    qtbot.addWidget(view)
    view.resize(420, 360)
    view.show()
    view.set_data(pictures())
    return view


def choose(box, data):
    box.setCurrentIndex(box.findData(data))


def fooled(view, **how):
    sample = np.full((8, 8, 3), 0.25, np.float32)
    changed = sample.copy()
    changed[1, 2], changed[3, 4] = 0.35, 0.15
    given = {"label": "r", "before": Taken("r", 0.9), "now": Taken("b", 0.7), "strength": 0.1, **how}
    return Fooled(4, view.probe(), sample, changed, amplified=5.0, **given)


def test_it_asks_for_what_is_chosen(view):
    assert view.probe() == FoolingProbe("fgsm", 0.1)
    view.slider.setValue(25)
    view.sample.setValue(3)
    choose(view.method, "iterated_fgsm")
    view.toward.setCurrentIndex(view.toward.findText("b"))
    assert view.probe() == FoolingProbe("iterated_fgsm", 0.25, 2, 3) and view.strength.text() == "0.25"
    view.on_request(ShowSample(np.zeros(192, np.float32)))
    assert view.probe().own == (0.0,) * 192
    choose(view.start, "noise")
    assert view.probe() == FoolingProbe("iterated_fgsm", 0.25, 2, from_noise=True)
    assert view.sample.isHidden()


def test_fields_that_a_method_does_not_go_by_are_not_there(view):
    choose(view.method, "smallest_change")
    assert view.strong.isHidden() and view.toward.isVisible() and view.probe().strength == 0
    choose(view.method, "robustness")
    assert view.strong.isHidden() and view.toward.isHidden() and view.sample.isHidden()
    assert view.probe() == FoolingProbe("robustness", 0.0)


def test_a_picture_the_changed_one_and_the_difference_are_drawn(view):
    view.show_result(fooled(view))
    images = [image.image for image in view.pictures.images]
    np.testing.assert_allclose(images[0][0, 0], 0.25)
    np.testing.assert_allclose(images[1][1, 2], 0.35)
    shades = [images[2][at][0] for at in ((0, 0), (1, 2), (3, 4))]
    np.testing.assert_allclose(shades, [0.5, 1.0, 0.0], atol=1e-6)
    told = [caption.text() for caption in view.pictures.captions]
    assert told == ["r (90%)", "b (70%)", "difference × 5"]
    assert "true: <b>r</b>" in view.caption.text() and "then for" in view.caption.text()
    assert view.plot.isHidden() and view.hint.isHidden()


def test_what_was_not_fooled_and_what_was_looked_for_is_said(view):
    choose(view.method, "smallest_change")
    view.show_result(fooled(view, now=Taken("r", 0.8), notes=("No strength up to 0.5 <fools>.",)))
    told = view.caption.text()
    assert "both times, at 90% and 80%" in told and "strength 0.1" in told and "&lt;fools&gt;" in told


def test_many_samples_are_a_curve(view):
    choose(view.method, "robustness")
    view.show_result(Fooled(4, view.probe(), rows=((0.0, 0.9), (0.3, 0.2)), count=200))
    x, y = view.curve.getData()
    assert x.tolist() == [0, 0.3] and y.tolist() == [0.9, 0.2]
    assert view.plot.isVisible() and view.pictures.isHidden()
    assert "200 samples" in view.caption.text() and "<b>90%</b>" in view.caption.text()


def test_a_slider_keeps_the_picture_until_the_next_one_is_there(view):
    late = fooled(view)
    view.show_result(late)
    view.slider.setValue(30)
    assert view.pictures.isVisible()
    view.show_result(replace(late, label="late"))
    assert "late" not in view.caption.text()
    choose(view.method, "iterated_fgsm")
    assert view.pictures.isHidden() and not view.hint.isHidden()


def test_problems_and_data_without_classes_are_said(view):
    view.show_result(Fooled(4, view.probe(), problem="Nothing can be changed."))
    assert view.hint.text() == "Nothing can be changed." and view.pictures.isHidden()
    view.set_data(replace(pictures(), classes=()))
    assert view.hint.text() == NEEDS and view.probe() is None
    assert view.toward.findData(ANY) == 0 and view.toward.count() == 1


def test_in_a_narrow_panel_the_class_stands_below_the_sample(view):
    assert view.toward.y() == view.start.y()
    for width, is_below in ((270, True), (420, False)):
        view.resize(width, 360)
        view.layout().activate()
        view.start.parentWidget().layout().activate()
        assert (view.toward.y() >= view.start.y() + view.start.height()) == is_below
        assert view.method.y() > view.toward.y()


def test_numbers_are_a_table_of_inputs_or_of_strengths(view):
    assert view.csv_text() == ""
    view.show_result(fooled(view))
    rows = view.csv_text().splitlines()
    assert rows[0] == "row,column,channel,sample,changed" and len(rows) == 1 + 8 * 8 * 3
    assert "1,2,0,0.25,0.35" in rows and "3,4,2,0.25,0.15" in rows and "0,0,0,0.25,0.25" in rows
    choose(view.method, "robustness")
    view.show_result(replace(fooled(view), rows=((0.0, 1.0), (0.3, 0.25)), count=8))
    assert view.csv_text() == "strength,accuracy\n0.0,1.0\n0.3,0.25\n"
