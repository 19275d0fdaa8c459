"""The 3-D surface is drawn in the screen's pixels once it rests, and its scale tells the losses."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.surface_renderer import Camera
from nnstudio.ui.widgets import surface_3d
from nnstudio.ui.widgets.loss_scale import Ends, in_line, told_losses
from nnstudio.ui.widgets.surface_3d import MOST_PIXELS, SCALE_ROOM, Surface3D


def test_a_surface_at_rest_has_as_many_pixels_as_the_screen(qtbot):
    view = Surface3D()
    qtbot.addWidget(view)
    view.resize(460, 120)
    view.show()
    heights = np.linspace(0, 1, 16).reshape(4, 4)
    view.show_heights(heights, np.array([[0.0, 0.0, 0.5]]), Ends(0.01, 100.0), ("direction 1", "direction 2"))
    view.grab()
    assert view._rendered.picture.shape[1] == MOST_PIXELS and view._rest.isActive()
    view._refine()
    across = int((460 - SCALE_ROOM) * view.devicePixelRatioF())
    qtbot.waitUntil(lambda: view._rendered.picture.shape[1] == across)
    assert not view._next.isActive()
    view.turn(5, 0)
    view.grab()
    assert view._rendered.picture.shape[1] == MOST_PIXELS


def test_losses_of_the_scale_are_equally_many_times_apart():
    assert told_losses(Ends(0.01, 100.0)) == ["0.01", "0.1", "1", "10", "100"]


def test_the_lower_end_of_the_scale_says_that_it_stands_for_less_too():
    assert told_losses(Ends(0.069, 100.0, or_less=True))[0] == "≤\N{NO-BREAK SPACE}0.069"
    assert in_line(told_losses(Ends(0.069, 100.0, or_less=True))[0]) == "0.069 or less"
    assert in_line(told_losses(Ends(0.069, 100.0))[0]) == "0.069"


@pytest.mark.parametrize("size", [(200, 160), (460, 70), (120, 60)])
def test_a_small_surface_has_its_scale_above_it(qtbot, size):
    view = Surface3D()
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    heights, path = np.linspace(0, 1, 16).reshape(4, 4), np.array([[0.0, 0.0, 0.5]])
    view.show_heights(heights, path, Ends(0.01, 100.0), ("direction 1", "direction 2"))
    head = int(view._box().top())
    assert head > 10 and view._box().width() == size[0]
    image = view.grab().toImage()
    scale = image.devicePixelRatio()
    middle = [image.pixelColor(int(x * scale), int(head / 2 * scale)).name() for x in range(size[0])]
    # All colours of the losses, from dark to bright, are in the line above.
    assert len(set(middle)) > size[0] / 6
    assert view._box().bottom() == size[1]


def hill() -> tuple[np.ndarray, np.ndarray]:
    """A ridge between the usual eye and the lowest point, and a path that ends there."""
    x, y = np.meshgrid(np.linspace(-1, 1, 65), np.linspace(-1, 1, 65))
    c, s = np.cos(np.radians(Camera().turn)), np.sin(np.radians(Camera().turn))
    away = -x * s + y * c
    return np.exp(-(((away + 0.45) / 0.15) ** 2)), np.array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.0]])


def test_the_eye_goes_where_the_point_of_the_weights_is_seen(qtbot):
    view = Surface3D()
    qtbot.addWidget(view)
    view.resize(460, 300)
    view.show()
    heights, path = hill()
    view.show_heights(heights, path, Ends(0.01, 100.0), ("a", "b"))
    view.grab()
    assert view.camera != Camera()
    assert view._rendered.project(*path[-1:].T)[2].all()
    kept = view.camera
    view.show_heights(heights, path, Ends(0.01, 100.0), ("a", "b"))
    assert view.camera == kept, "what is seen stays as it is"


def test_a_person_who_turned_it_keeps_the_sight(qtbot):
    view = Surface3D()
    qtbot.addWidget(view)
    view.turn(0.0, -10.0)
    kept = view.camera
    view.show_heights(*hill(), Ends(0.01, 100.0), ("a", "b"))
    assert view.camera == kept


def test_a_point_that_no_sight_shows_is_looked_for_in_one_sight_with_each_picture(qtbot, monkeypatch):
    view, looks, render = Surface3D(), [], surface_3d.render
    qtbot.addWidget(view)
    monkeypatch.setattr(surface_3d, "render", lambda *given: looks.append(given) or render(*given))
    heights, below = np.ones((5, 5)), np.array([[0.0, 0.0, -3.0]])
    for _ in range(3):
        view.show_heights(heights, below, Ends(0.01, 100.0), ("direction 1", "direction 2"))
    assert len(looks) == len(surface_3d.SIGHTS) + 2 and view.camera == Camera()
    view.clear()
    view.show_heights(heights, below, Ends(0.01, 100.0), ("direction 1", "direction 2"))
    assert len(looks) == 2 * len(surface_3d.SIGHTS) + 2


def test_a_point_that_was_hidden_is_seen_once_the_surface_is_another(qtbot):
    view = Surface3D()
    qtbot.addWidget(view)
    view.resize(460, 300)
    view.show()
    heights, path = hill()
    below = path - [[0.0, 0.0, 3.0]]
    view.show_heights(heights, below, Ends(0.01, 100.0), ("a", "b"))
    for _ in surface_3d.SIGHTS:
        view.show_heights(heights, path, Ends(0.01, 100.0), ("a", "b"))
    view.grab()
    assert view._rendered.project(*path[-1:].T)[2].all()
