"""Pages that are not seen take no room."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nnstudio.ui.widgets.pages import Pages


def test_only_the_page_that_is_seen_takes_room(qtbot):
    pages = Pages()
    qtbot.addWidget(pages)
    small, large = QWidget(), QWidget()
    small.setMinimumSize(30, 20)
    large.setMinimumSize(600, 400)
    pages.addWidget(small)
    pages.addWidget(large)
    assert pages.minimumSizeHint() == small.minimumSize()
    pages.setCurrentWidget(large)
    assert pages.minimumSizeHint() == large.minimumSize()
