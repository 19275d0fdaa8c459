"""Any view can be copied or saved as a picture, without buttons that nobody could press there."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from nnstudio.data.dataset import load
from nnstudio.ui.live.decision_boundary import FINE, LARGE, DecisionBoundary
from nnstudio.ui.live.picture import PictureButton
from nnstudio.ui.widgets.picture_button import SCALE, pictured
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def view(qtbot):
    view = DecisionBoundary()
    qtbot.addWidget(view)
    view.resize(300, 280)
    view.set_data(load("spiral", {"samples": 100}))
    view.show()
    return view


@pytest.fixture
def button(qtbot, view):
    button = PictureButton(lambda: view)
    qtbot.addWidget(button)
    return button


def test_a_picture_shows_the_view_and_not_its_buttons(view):
    image, seen = pictured(view).toImage(), view.grab().toImage()
    corner, size = view.options.mapTo(view, QPoint()), view.options.size()
    area = [(corner.x() + i, corner.y() + j) for i in range(size.width()) for j in range(size.height())]
    ground = QColor(theme.colours.window)
    assert all(image.pixelColor(*at) == ground for at in area)
    assert any(seen.pixelColor(*at) != ground for at in area), "the button is seen in the window"
    below = view.plot.geometry()
    assert image.copy(below).constBits() == seen.copy(below).constBits()


def test_a_picture_is_copied_sharp(button, view):
    button.copy.trigger()
    assert QGuiApplication.clipboard().image().width() == round(view.width() * SCALE)


def test_a_picture_is_saved_under_the_name_of_the_view(button, view, monkeypatch, tmp_path):
    asked, written = [], []
    view.requested.connect(written.append)

    def answer(_parent, _title, name, *_more, **_also):
        asked.append(name)
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    button.save.trigger()
    (request,) = written
    assert asked[0].endswith("decision boundary.png") and request.path == tmp_path / "mine.png"
    assert QImage.fromData(request.content()).height() == round(view.height() * SCALE)


def test_numbers_are_saved_where_a_view_has_some(button, view, monkeypatch, tmp_path):
    button.options.aboutToShow.emit()
    assert not button.save_table.isVisible()
    monkeypatch.setattr(view, "csv_text", lambda: "step,share\n1,0.5\n")
    button.options.aboutToShow.emit()
    assert button.save_table.isVisible()
    written = []
    view.requested.connect(written.append)
    chosen = str(tmp_path / "numbers"), ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_more, **_also: chosen)
    button.save_table.trigger()
    (request,) = written
    assert request.path == tmp_path / "numbers.csv" and request.content() == b"step,share\n1,0.5\n"


def test_what_grows_is_saved_as_a_gif(button, view, monkeypatch, tmp_path):
    button.options.aboutToShow.emit()
    assert not button.save_grown.isVisible()
    frames = [np.full((4, 6, 3), share) for share in (0.0, 0.5, 1.0)]
    monkeypatch.setattr(view, "frames", lambda: frames)
    button.options.aboutToShow.emit()
    assert button.save_grown.isVisible()
    written = []
    view.requested.connect(written.append)
    chosen = str(tmp_path / "grown"), ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_more, **_also: chosen)
    button.save_grown.trigger()
    (request,) = written
    assert request.path == tmp_path / "grown.gif"
    with Image.open(io.BytesIO(request.content())) as picture:
        assert picture.n_frames == 3
        shown = [np.asarray(frame.convert("L")).mean() for frame in ImageSequence.Iterator(picture)]
    assert shown == pytest.approx([0, 128, 255], abs=2)


def test_without_a_view_there_is_nothing_to_copy(qtbot):
    button = PictureButton(lambda: None)
    qtbot.addWidget(button)
    button.options.aboutToShow.emit()
    assert not button.copy.isEnabled() and not button.save.isEnabled()


def test_a_large_boundary_asks_for_more_points(view):
    small, asked = view.probe().size, []
    view.probe_changed.connect(lambda: asked.append(view.probe().size))
    view.resize(LARGE + 50, LARGE + 50)
    assert asked == [FINE] and small < FINE
    view.resize(300, 280)
    assert asked == [FINE, small]
