"""How the start page is laid out."""

from __future__ import annotations

from nnstudio.ui.shell.start_page import Card, StartPage


def test_in_a_tall_window_cards_stay_as_high_as_their_text(qtbot):
    page = StartPage()
    qtbot.addWidget(page)
    heights = []
    for height in (700, 2000):
        page.resize(1200, height)
        page.show()
        page.widget().layout().activate()
        heights.append([card.height() for card in page.findChildren(Card)])
    assert len(heights[0]) > 8 and heights[0] == heights[1]
