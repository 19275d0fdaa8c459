"""Samples with pictures: each row has its own, and a list that changes stays where it was scrolled to."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.explain.picture_pairs import PicturePair
from nnstudio.explain.results import NumberResults
from nnstudio.ui.live.picture_rows import EDGE, GAP, PairsTab, PictureRow, PictureRows
from nnstudio.ui.live.result_tabs import NumberTabs


def test_rows_are_written_over_and_not_made_anew(qtbot):
    rows = PictureRows("Worst mistakes")
    qtbot.addWidget(rows)
    rows.show_rows([PictureRow(f"true {i}", (np.eye(4)[..., None],)) for i in range(9)])
    first = rows.item(0)
    rows.show_rows([PictureRow("No mistakes")])
    assert rows.count() == 1 and rows.item(0) is first
    assert first.text() == "No mistakes" and first.icon().isNull()


def test_an_input_stands_beside_what_is_drawn_and_the_target_between(qtbot):
    tab = PairsTab()
    qtbot.addWidget(tab)
    black, white = np.zeros((4, 4, 1)), np.ones((4, 4, 1))
    tab.draw([PicturePair(3, black, None, white, 0.5)], 8)
    assert tab.heading.text() == "Input and what it drew of it: 1 of 8 samples, from the worst to the best"
    image = tab.list.item(0).icon().pixmap(tab.list.iconSize()).toImage()
    assert image.width() == 2 * EDGE + GAP
    assert [image.pixelColor(x, 9).lightness() for x in (9, EDGE + GAP + 9)] == [0, 255]
    assert "sample 3" in tab.list.item(0).text()
    tab.draw([PicturePair(3, black, white, white, 0.5)], 8)
    assert tab.heading.text().startswith("Input, target and what it drew")
    assert tab.list.iconSize().width() > 3 * EDGE


def test_pictures_come_first_where_there_are_some_and_leave_no_empty_tab(qtbot):
    tabs, one = NumberTabs(), np.ones(1)
    qtbot.addWidget(tabs)
    pair = PicturePair(0, np.ones((2, 2, 1)), None, np.ones((2, 2, 1)), 0.0)
    for pictures in ((), (pair,), ()):
        tabs.draw(
            NumberResults(
                0, Split.TEST, 1, one, one, 1, 0, one, np.arange(2), 0.0, 0.0, float("nan"), pictures
            )
        )
        assert tabs.currentWidget() is (tabs.pairs if pictures else tabs.scatter)
        assert tabs.isTabVisible(tabs.indexOf(tabs.pairs)) == bool(pictures)
