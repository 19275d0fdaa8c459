"""The 3-D surface is drawn in the screen's pixels once it rests, and its scale tells the losses."""

from __future__ import annotations

import numpy as np

from nnstudio.ui.widgets.surface_3d import MOST_PIXELS, SCALE_ROOM, Ends, Surface3D, told_losses


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
