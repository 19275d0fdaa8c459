"""What the loss surface draws and calls its axes, from results that are given to it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor

from nnstudio.explain.directions import Pick, Plane
from nnstudio.explain.surface import Surface
from nnstudio.training.underway import Standing
from nnstudio.ui.live.loss_surface import SURFACE_3D, LossSurface
from nnstudio.ui.live.surface_words import seen_on
from nnstudio.ui.widgets.loss_scale import Ends
from nnstudio.ui.widgets.surface_3d import PATH, Surface3D
from nnstudio.ui.widgets.theme import contrast, theme


def bowl(size: int, plane: Plane) -> Surface:
    """Losses that rise from the middle."""
    x = np.linspace(-1, 1, size)
    values = 0.1 + x[:, None] ** 2 + x**2
    here = np.zeros((1, 2))
    return Surface(3, values, plane, here, (0.0, 0.0), 64, 0.1, 0.1, False, True)


@pytest.fixture
def view(qtbot):
    view = LossSurface()
    qtbot.addWidget(view)
    return view


def test_axes_are_called_as_the_canvas_calls_the_node(view):
    none = np.zeros(2)
    plane = Plane(
        none, none, none, "", ("dense_1.weight[1, 2]", "loss"), picks=(Pick("dense_1", "weight", 0),)
    )
    view.set_names({"dense_1": "Parking"})
    view.show_result(bowl(9, plane))
    bottom, left = (view.plot.getAxis(side) for side in ("bottom", "left"))
    assert (bottom.labelText, left.labelText) == ("Parking: weight[1, 2]", "loss")
    view.set_names({"dense_1": "Weather"})
    assert bottom.labelText == "Weather: weight[1, 2]", "a node that is renamed"


@pytest.mark.parametrize(
    ("axes", "called"),
    [
        (("direction 1", "direction 2"), "dir. 2"),
        (("dense_1.weight", "dense_1.bias"), "bias"),
        (("1st component", "2nd component"), "PC 2"),
    ],
)
def test_where_the_map_is_low_both_axes_still_have_a_name(view, axes, called):
    none = np.zeros(2)
    picks = (Pick("dense_1", "weight", 0), Pick("dense_1", "bias", 0)) if "bias" in axes[1] else ()
    view.set_names({"dense_1": "Temperature"})
    view.show()
    left = view.plot.getAxis("left")
    view.resize(262, 500)
    view.show_result(bowl(33, Plane(none, none, none, "", axes, picks=picks)))
    view.grab()
    assert left.labelText in (axes[1], "Temperature: bias") and left.label.opacity() == 1
    view.resize(262, 210)
    view.grab()
    assert left.labelText == called and left.label.opacity() == 1
    room = left.size().height()
    assert abs(left.label.pos().y() - (room + left.label.boundingRect().width()) / 2) <= 1, "in its middle"


@pytest.mark.parametrize(
    ("total", "told"), [(5_520, "64 of 5,520 training samples"), (64, "all 64 training samples")]
)
def test_of_how_many_samples_the_loss_is_says_how_many_there_are(total, told):
    none = np.zeros(2)
    assert f"loss 0.1 on {told}." in seen_on(bowl(9, Plane(none, none, none, "")), {}, total)


def test_no_lines_of_equal_loss_are_drawn_before_the_map_is_fine(view):
    none = np.zeros(2)
    whole = bowl(33, Plane(none, none, none, ""))
    view.show_result(whole)
    assert len(view.contours.getData()[0])
    view.show_result(replace(bowl(5, whole.plane), finished=False))
    assert view.contours.getData()[0] is None or not len(view.contours.getData()[0])


def test_where_the_weights_are_is_seen_in_the_deepest_valley(qtbot):
    surface = Surface3D()
    qtbot.addWidget(surface)
    surface.resize(240, 160)
    x = np.linspace(-1, 1, 33)
    heights = np.minimum(np.hypot(*np.meshgrid(x, x)) * 4, 1.0)
    path = np.array([[0.1, 0.0, 0.4], [0.0, 0.0, 0.0]])
    surface.show_heights(heights, path, Ends(0.1, 1.0), ("a", "b"))
    surface.turn(0.0, -90.0)
    image, red = surface.grab().toImage(), QColor(PATH)
    assert not surface._rendered.project(*path.T)[2].all(), "the rim hides it"
    seen = [image.pixelColor(i, j) for i in range(image.width()) for j in range(image.height())]
    near = [c for c in seen if abs(c.red() - red.red()) + abs(c.green() - red.green()) < 60]
    assert len(near) > 10


def test_the_titles_of_the_choices_fit_beside_each_other(view):
    view.resize(250, 300)
    view.show()
    choice = view.sight
    choice.setCurrentIndex(SURFACE_3D)
    assert choice.fontMetrics().horizontalAdvance(choice.currentText()) < choice.width() - 28


def test_losses_that_are_drawn_alike_are_told(view):
    none = np.zeros(2)
    whole = bowl(33, Plane(none, none, none, ""))
    whole.values[16, 16] = 1e-6
    view.sight.setCurrentIndex(SURFACE_3D)
    view.show_result(whole)
    lowest = view.surface_3d._ends.low
    assert view.surface_3d._ends.or_less and lowest > 1e-4
    assert view.details.toolTip().startswith("the lowest loss is 1e-06 · 33 × 33 points"), "no other range"
    view.show_result(bowl(33, whole.plane))
    assert not view.surface_3d._ends.or_less and "lowest" not in view.details.toolTip()


def test_a_finished_map_runs_smoothly_through_what_was_computed(view):
    none = np.zeros(2)
    whole = bowl(33, Plane(none, none, none, ""))
    view.show_result(whole)
    drawn = view.image.image
    assert view.image.is_smooth and drawn.shape == (129, 129)
    np.testing.assert_allclose(drawn[::4, ::4], np.log10(whole.values), atol=1e-9)
    rect = view.image.mapRectToParent(view.image.boundingRect())
    assert rect.center().x() == pytest.approx(0) and rect.width() == pytest.approx(2 * (1 + 1 / 128))
    view.show_result(replace(bowl(5, whole.plane), finished=False))
    assert not view.image.is_smooth and view.image.image.shape == (5, 5), "a coarse one has blocks"


def test_the_first_line_is_a_sentence_and_the_second_holds_what_was_computed(view):
    none = np.zeros(2)
    view.show_result(bowl(33, Plane(none, none, none, "the directions")))
    view.resize(300, 400)
    view.show()
    assert "the weights at step 3: loss 0.1 on 64 training samples." in view.caption.text()
    assert "run bar" in view.caption.toolTip(), "why it tells another loss"
    assert view.details.toolTip() == "33 × 33 points · 64 samples · the directions · 0.10 s"
    assert view.details.toolTip().startswith(f"{view.details.text()} · "), "whole parts, as there is room for"
    view.show_result(replace(bowl(5, Plane(none, none, none, "x")), finished=False))
    now = time.perf_counter()
    view.follow_work(Standing(served=now))
    assert view.details.toolTip().startswith("refining …")
    view.follow_work(Standing(served=now - 2.0))
    assert view.details.toolTip().startswith("to be refined when its turn comes"), "nothing is computed"
    view.follow_work(Standing(served=time.perf_counter()))
    assert view.details.toolTip().startswith("refining …")


@pytest.mark.parametrize(
    ("path", "is_told"),
    [
        ([(0.0, 0.0)], False),
        ([(0.01, 0.01), (0.0, 0.0)], False),
        ([(9.0, 9.0), (0.0, 0.0)], False),
        ([(0.4, 0.0), (0.0, 0.0)], True),
    ],
)
def test_the_path_is_explained_where_it_is_to_be_seen(view, path, is_told):
    none = np.zeros(2)
    view.show_result(replace(bowl(9, Plane(none, none, none, "")), path=np.array(path)))
    assert ("how they came here" in view.caption.text()) == is_told, "hidden by the ring, or outside"


def test_what_is_said_stays_legible_where_the_picture_is_late(view):
    none = np.zeros(2)
    view.show_result(bowl(33, Plane(none, none, none, "")))
    view.resize(300, 400)
    view.show()
    clear = view.grab().toImage()
    view.veil.cover(True, "")
    covered = view.grab().toImage()
    ratio, window = covered.devicePixelRatio(), QColor(theme.colours.window)

    def pixels(image, box):
        return [image.pixelColor(int(x * ratio), int(y * ratio))
                for x in range(box.left(), box.right()) for y in range(box.top(), box.bottom())]  # fmt: skip

    axis = view.plot.getAxis("bottom")
    below = view.plot.mapFromScene(axis.sceneBoundingRect()).boundingRect()
    # Its ticks reach up into the picture.
    below.setTop(
        view.plot.mapFromScene(view.plot.getViewBox().sceneBoundingRect()).boundingRect().bottom() + 1
    )
    texts = [
        view.caption.geometry(),
        view.details.geometry(),
        below.translated(view.plot.mapTo(view, QPoint())),
    ]
    for box in texts:
        said = pixels(covered, box)
        assert said == pixels(clear, box) and max(contrast(colour, window) for colour in said) >= 4.5
    middle = QRect(0, 0, 40, 40)
    box = view.plot.getPlotItem().vb.sceneBoundingRect()
    middle.moveCenter(view.plot.mapTo(view, view.plot.mapFromScene(box.center())))
    assert pixels(covered, middle) != pixels(clear, middle), "the picture itself is greyed"


def test_a_map_that_is_coarse_as_the_network_learns_says_so(view):
    none = np.zeros(2)
    view.show_result(replace(bowl(9, Plane(none, none, none, "")), is_hurried=True))
    assert view.details.toolTip().startswith("finer when paused") and "9 × 9 points" in view.details.toolTip()
    assert len(view.contours.getData()[0]), "it is no more refined: drawn as well as it is known"


def test_a_sum_that_nobody_minimises_is_not_told_as_a_valley_to_go_down_in(view):
    none = np.zeros(2)
    plain = bowl(9, Plane(none, none, none, ""))
    view.set_names({"output": "Real", "output_2": "Fooled <b>"})
    view.show_result(replace(plain, added=("output", "output_2"), is_contested=True))
    told = view.caption.text()
    assert "losses Real + Fooled &lt;b&gt; = 0.1 on 64 training samples." in told
    assert told.endswith("Dark is low; no player goes down on this sum.")
    view.set_names({"output": "Genuine", "output_2": "Fooled"})
    assert "Genuine + Fooled =" in view.caption.text()
    view.show_result(replace(plain, added=("output", "output_2")))
    assert " + " in view.caption.text() and "Dark is low." in view.caption.text()
