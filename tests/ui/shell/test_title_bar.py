"""Buttons on the titles of panels grow with the text of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QDockWidget, QToolButton

from nnstudio.ui.shell.title_bar import LEAST_ICON, TitleBar
from nnstudio.ui.widgets.theme import theme


def test_icons_are_as_large_as_the_text_asks_for(qtbot):
    dock = QDockWidget("Loss")
    qtbot.addWidget(dock)
    bar = TitleBar(dock, lambda: None)
    dock.setTitleBarWidget(bar)
    buttons = bar.findChildren(QToolButton)
    before = [button.iconSize().width() for button in buttons]
    assert len(before) == 3 and min(before) >= LEAST_ICON
    theme.set_text_scale(2.0)
    try:
        assert all(b.iconSize().width() > 1.5 * size for b, size in zip(buttons, before, strict=True))
    finally:
        theme.set_text_scale(1.0)
    assert [button.iconSize().width() for button in buttons] == before
