"""What is seen after a pan is what would be drawn anew, also while something lies over the canvas."""

from __future__ import annotations

import statistics

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QImage, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.training.messages import Phase


@pytest.fixture
def shows_views() -> bool:
    return False


def settled() -> None:
    for _ in range(10):
        QApplication.processEvents()


def on_screen(widget: QWidget) -> QImage:
    """What a person sees of a widget: what lies over it, too."""
    window = widget.window()
    corner = widget.mapTo(window, QPoint())
    screen = window.screen().grabWindow(window.winId())
    assert isinstance(screen, QPixmap) and not screen.isNull()
    picture = screen.copy(QRect(corner, widget.size())).toImage()
    return picture.convertToFormat(QImage.Format.Format_RGB32)


def drawn_anew(widget: QWidget) -> QImage:
    window = widget.window()
    corner = widget.mapTo(window, QPoint())
    return window.grab(QRect(corner, widget.size())).toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.fixture
def covered(hands, window):
    """A network with a message over its upper edge."""
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY)
    window.canvas.set_zoom(1.5)
    window.messages.say("The disk is full.")
    hands.wait(lambda: window.overlay.height() > 0)
    settled()
    return window


class Painted(QObject):
    """Notes how many pixels of a widget are drawn anew each time."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget.window())
        self.sizes: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.sizes.append(sum(part.width() * part.height() for part in event.region()))
        return False


@pytest.mark.parametrize(("across", "down"), [(0, 7), (0, -9), (11, 0), (-6, 13), (40, -40)])
def test_pixels_are_where_they_belong_under_a_message(covered, across, down):
    view = covered.canvas
    for _ in range(3):
        for bar, by in ((view.horizontalScrollBar(), across), (view.verticalScrollBar(), down)):
            bar.setValue(bar.value() + by)
        settled()
    seen, wanted = (
        f(view.viewport()).convertToFormat(QImage.Format.Format_RGB32) for f in (on_screen, drawn_anew)
    )
    assert seen == wanted


@pytest.mark.parametrize("is_said", [True, False])
def test_only_what_came_into_sight_is_drawn_anew(hands, covered, is_said):
    view, mark = covered.canvas, covered.live.thumbnails.legend.mark
    # The step of the pictures lies over the canvas, too.
    hands.wait(mark.isVisible)
    if not is_said:
        covered.messages.say("")
        hands.wait(lambda: covered.overlay.height() == 0)
    settled()
    painted = Painted(view.viewport())
    bar = view.verticalScrollBar()
    for _ in range(5):
        bar.setValue(bar.value() + 5)
        settled()
    whole = view.viewport().width() * view.viewport().height()
    # More pictures for the nodes may arrive meanwhile, which are drawn all at once.
    assert painted.sizes and statistics.median(painted.sizes) < 0.5 * whole
