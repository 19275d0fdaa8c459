"""What is in sight on the canvas: all of another project, and what was left of one that comes back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.ui.widgets.theme import theme


def sight(view) -> QRectF:
    return view.mapToScene(view.viewport().rect()).boundingRect()


def shows_all(view) -> bool:
    return sight(view).contains(view.canvas.content_rect())


@pytest.fixture
def looked_at(hands, window):
    """A window on xor, where a person looks at something else than all of it."""
    window.files.open_example("xor")
    hands.click_node("dense_1")
    window.canvas.set_zoom(3.0)
    window.canvas.centerOn(900.0, 500.0)
    assert not shows_all(window.canvas)
    return window


def test_another_project_is_fitted_and_undo_brings_back_what_was_seen(looked_at):
    view, before = looked_at.canvas, sight(looked_at.canvas).center()
    looked_at.files.open_example("mnist-convnet")
    assert shows_all(view)
    # Messages and panels that come and go change nothing about that.
    view.resize(view.width() - 150, view.height() - 60)
    assert shows_all(view)
    looked_at.editor.undo()
    assert view.zoom == pytest.approx(3.0)
    assert (sight(view).center() - before).manhattanLength() < 40


def test_a_project_that_is_opened_from_the_start_page_is_fitted(looked_at):
    looked_at.show_start()
    looked_at.files.open_example("spiral")
    QApplication.processEvents()
    assert looked_at.canvas.isVisible() and shows_all(looked_at.canvas)


def test_nodes_take_the_colours_of_another_theme_at_once(window):
    window.files.open_example("xor")
    view, item = window.canvas, window.canvas.canvas.nodes["dense_1"]
    # Below all that is drawn on it.
    free = view.mapFromScene(item.node.x + WIDTH / 2, item.node.y + HEIGHT - 4)
    try:
        for dark in (False, True):
            theme.apply(QApplication.instance(), dark=dark)
            QApplication.processEvents()
            shown = view.viewport().grab().toImage().pixelColor(free)
            assert (shown.lightness() < 128) == dark and shown != QColor(theme.colours.canvas)
    finally:
        theme.apply(QApplication.instance(), dark=False)
