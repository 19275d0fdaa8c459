"""Templates of many nodes are whole in sight in the usual window, near enough for names and pictures."""

from __future__ import annotations

import pytest

from nnstudio.model.templates import templates
from nnstudio.ui.canvas.node_item import READABLE
from nnstudio.ui.canvas.view import CanvasView


@pytest.mark.parametrize("name", ["generator_and_judge", "picture_generator"])
def test_names_and_pictures_on_nodes_are_seen_where_all_of_it_is(qtbot, name):
    view = CanvasView(templates[name].graph(None))
    qtbot.addWidget(view)
    # That of the canvas in a window of 1360 x 850 pixels, above the timeline.
    view.resize(838, 394)
    view.show()
    view.fit()
    assert view.zoom >= READABLE
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.canvas.content_rect())
