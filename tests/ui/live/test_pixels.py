"""A pixel that is chosen is the same in the picture, in the numbers, in the row and in words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.pixel_cells import told
from nnstudio.ui.live.pixels import PixelView
from nnstudio.ui.live.requests import ShowSample

HEIGHT, WIDTH = 4, 6
LEFT = Qt.MouseButton.LeftButton


def data_of(channels: int, classes: tuple[str, ...] = ("cat", "dog")) -> Dataset:
    """Three pictures whose numbers count from 0, 72 and 144 on; each enters as a 255th."""
    count = HEIGHT * WIDTH * channels
    x = np.arange(3 * count, dtype=np.float32).reshape(3, HEIGHT, WIDTH, channels) % 256 / 255
    y = np.array([[0], [1], [0]], np.float32)
    return Dataset("p", x, y, x[:0], y[:0], classes, x_scale=255.0)


@pytest.fixture
def view(qtbot):
    view = PixelView()
    qtbot.addWidget(view)
    view.resize(600, 360)
    view.show()
    return view


def chosen(view: PixelView) -> tuple[tuple[int, int], int]:
    """Row and column in the numbers, and the column in the row of numbers."""
    number = view.numbers.currentIndex()
    return (number.row(), number.column()), view.line.currentIndex().column()


def test_a_click_on_a_pixel_of_the_picture_is_its_number_in_the_row(view):
    view.set_data(data_of(1))
    box = view.picture.box()
    x, y = box.left() + box.width() * 4.5 / WIDTH, box.top() + box.height() * 2.5 / HEIGHT
    QTest.mouseClick(view.picture, LEFT, pos=QPoint(int(x), int(y)))
    assert chosen(view) == ((2, 4), 16)
    assert view.line.cells.data(view.line.currentIndex()) == "16"
    told_text = view.caption.text().replace("\N{NO-BREAK SPACE}", " ")
    assert told_text == (
        "Row 3, column 5: 16; the network gets 0.0627. Flattened, it is number 17 of 24: 2 × 6 + 5."
    )
    assert view.channel.isHidden() and view.true.toolTip() == "true: cat"


def test_the_row_leads_back_to_the_pixel_and_its_channel(view):
    data = data_of(3)
    view.set_data(data)
    view.sample.setValue(1)
    for column in (0, 22, 71):
        view.line.setCurrentIndex(view.line.cells.index(0, column))
        (row, across), _ = chosen(view)
        assert view.at == np.unravel_index(column, (HEIGHT, WIDTH, 3)) == (row, across, column % 3)
        assert view.channel.currentText() == ("red", "green", "blue")[column % 3]
        number = view.numbers.cells.data(view.numbers.currentIndex())
        assert float(number) == data.x_train[1].ravel()[column] * 255
    view.channel.setCurrentIndex(0)
    assert chosen(view)[1] == 69 and "(3 × 6 + 5) × 3 + 1" in view.caption.text().replace("\xa0", " ")
    assert view.true.toolTip() == "true: dog"


def test_a_drawn_picture_is_shown_as_numbers_until_there_is_other_data(view):
    view.set_data(data_of(1))
    own = np.full((HEIGHT, WIDTH, 1), 0.2, np.float32)
    view.on_request(ShowSample(own))
    assert view.sample.text() == "own" and view.true.toolTip() == "your own sample"
    assert {view.line.cells.data(view.line.cells.index(0, i)) for i in range(24)} == {"51"}
    view.set_data(data_of(4, ()))
    assert view.sample.text() == "0" and view.true.toolTip() == "" and view.channel.count() == 4


def test_cells_have_the_colour_of_their_number_and_text_that_is_seen_on_it(view):
    view.set_data(data_of(3))
    back, text = Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ForegroundRole
    view.on_request(ShowSample(np.array([0.0, 1.0, 1.0] * (HEIGHT * WIDTH), np.float32)))
    cells = view.line.cells
    red, green, blue = (cells.data(cells.index(0, k), back).getRgb()[:3] for k in range(3))
    assert (red, green, blue) == ((0, 0, 0), (0, 255, 0), (0, 0, 255))
    assert [cells.data(cells.index(0, k), text).name() for k in range(2)] == ["#ffffff", "#000000"]


def test_what_is_no_picture_is_said(view):
    x = np.zeros((3, 5), np.float32)
    view.set_data(Dataset("t", x, x[:, :1], x[:0], x[:0, :1]))
    assert view.hint.isVisible() and "something else" in view.hint.text() and view.numbers.isHidden()


@pytest.mark.parametrize(
    ("value", "text"), [(113.00000457, "113"), (0.25, "0.25"), (float("nan"), "nan"), (-3.0, "-3")]
)
def test_numbers_that_went_through_32_bits_are_whole_again(value, text):
    assert told(value) == text
