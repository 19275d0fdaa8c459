"""Pages of blocks use the width of a large screen: more columns, none too wide to read."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout

from nnstudio.ui.widgets.block_columns import parts_of
from nnstudio.ui.widgets.column_page import ColumnPage
from nnstudio.ui.widgets.reading_label import LETTERS, ReadingLabel
from nnstudio.ui.widgets.theme import theme


def best(sizes: list[int], count: int) -> int:
    """The least that the largest of so many parts can have, by trying all."""
    cuts = [cut for k in range(count) for cut in combinations(range(1, len(sizes)), k)]
    ends = [(0, *cut, len(sizes)) for cut in cuts]
    return min(max(sum(sizes[a:b]) for a, b in pairwise(e)) for e in ends)


@pytest.mark.parametrize("sizes", [[3], [7, 3, 9], [4, 4, 3, 6, 1, 2], [1, 1, 9, 1]])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_columns_are_as_equal_as_their_order_allows(sizes, count):
    parts = parts_of(sizes, count)
    assert [i for part in parts for i in part] == list(range(len(sizes)))
    assert len(parts) <= count and max(sum(sizes[i] for i in part) for part in parts) == best(sizes, count)


def test_nothing_makes_no_columns():
    assert parts_of([], 3) == []


@pytest.fixture
def page(qtbot, qapp):
    # As in every window: letters of widgets that have no style sheet yet follow later.
    theme.apply(qapp, dark=False)
    page = ColumnPage("Page", 50, 70, 3)
    qtbot.addWidget(page)
    QVBoxLayout(page.body).addWidget(page.columns)
    page.columns.take([(QLabel(f"Block {i}"), 1) for i in range(3)])
    page.show()
    return page


def columns_seen(page) -> int:
    return len({block.mapTo(page, block.rect().topLeft()).x() for block in page.findChildren(QLabel)})


def test_a_wide_page_has_more_columns_and_an_even_wider_one_has_margins(page, qtbot):
    letter = page.fontMetrics().averageCharWidth()
    for letters, columns in ((60, 1), (120, 2), (200, 3), (250, 3)):
        page.resize(letters * letter, 600)
        qtbot.waitUntil(lambda wanted=columns: columns_seen(page) == wanted)
        assert page.body.width() <= 3 * 70 * letter + 120
    left = page.body.mapTo(page, page.body.rect().topLeft()).x()
    assert left == pytest.approx((page.viewport().width() - page.body.width()) / 2, abs=3)


def test_letters_are_larger_on_a_very_large_page(page):
    block = page.findChildren(QLabel)[0]
    page.resize(1000, 700)
    usual = block.fontInfo().pixelSize()
    page.resize(3840, 2160)
    assert 1.4 * usual <= block.fontInfo().pixelSize() <= 1.6 * usual
    page.resize(3840, 700)
    assert block.fontInfo().pixelSize() == usual, "a low one has no room for them"


def test_larger_letters_take_fewer_columns(page):
    page.resize(130 * page.fontMetrics().averageCharWidth(), 600)
    assert page.columns.count == 2
    theme.set_text_scale(1.8)
    try:
        assert page.columns.count == 1
    finally:
        theme.set_text_scale(1.0)
    assert page.columns.count == 2


def test_lines_of_a_text_end_before_they_are_too_long_to_read(qtbot):
    label = ReadingLabel("word " * 120)
    qtbot.addWidget(label)
    longest = LETTERS * label.fontMetrics().averageCharWidth()
    label.resize(3 * longest, 400)
    label.show()
    assert label.contentsRect().width() == longest
    assert label.heightForWidth(3 * longest) == label.heightForWidth(longest) > label.fontMetrics().height()
    assert label.minimumSizeHint().width() < longest, "it holds no window open"
    label.resize(longest // 2, 400)
    assert label.contentsRect().width() == longest // 2
