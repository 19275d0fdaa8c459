"""A row goes on below where its room ends, keeps groups together, and is as narrow as its widest group."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from nnstudio.ui.widgets.wrapping_row import GAP, WrappingRow


class Block(QWidget):
    """So many pixels wide and 20 high."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setFixedSize(width, 20)


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    page.blocks = [Block(width) for width in (40, 60, 50, 70)]
    a, b, c, d = page.blocks
    row = WrappingRow([[a, b], [c]], [[d]])
    row.setContentsMargins(0, 0, 0, 0)
    page.setLayout(row)
    page.show()
    return page


def corners(page, width: int) -> list[tuple[int, int]]:
    page.resize(width, page.layout().heightForWidth(width))
    page.layout().activate()
    return [(block.x(), block.y()) for block in page.blocks if not block.isHidden()]


def test_what_has_room_stands_in_one_line_with_the_right_ones_at_its_end(page):
    assert page.layout().heightForWidth(400) == 20
    assert corners(page, 400) == [(0, 0), (48, 0), (116, 0), (330, 0)]


def test_what_has_none_goes_on_below_and_groups_stay_together(page):
    below = 20 + GAP
    assert corners(page, 170) == [(0, 0), (48, 0), (116, 0), (100, below)]
    assert corners(page, 120) == [(0, 0), (48, 0), (0, below), (50, 2 * below)]
    assert page.minimumSizeHint().width() == 40 + GAP + 60, "its widest group"


def test_what_is_hidden_takes_no_room(page):
    page.blocks[2].hide()
    assert corners(page, 190) == [(0, 0), (48, 0), (120, 0)]
    for block in page.blocks:
        block.hide()
    assert page.layout().heightForWidth(190) == 0


def test_what_is_put_elsewhere_is_gone_from_it(page, qtbot):
    other = QWidget()
    qtbot.addWidget(other)
    QHBoxLayout(other).addWidget(page.blocks[3])
    assert page.layout().count() == 3 and page.layout().heightForWidth(170) == 20
