"""In a window of any usual size and letters, words are whole, or a tip holds them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTabBar

from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.theme import theme

ROUNDS = 20


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


def width_of(label: QLabel) -> int:
    """Of the text in one line, be it markup or not."""
    text = label.text()
    if "<" in text and label.textFormat().name != "PlainText":
        document = QTextDocument()
        document.setHtml(text)
        text = document.toPlainText()
    return max(label.fontMetrics().horizontalAdvance(line) for line in text.split("\n"))


def is_cut(widget) -> bool:
    room, metrics = widget.contentsRect().width() + 2, widget.fontMetrics()
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + 2
        return "…" in widget.text() or width_of(widget) > room
    if isinstance(widget, QLineEdit):
        return metrics.horizontalAdvance(widget.placeholderText()) > room
    return metrics.horizontalAdvance(widget.text().replace("&", "")) > room


def cut_words(window) -> list[str]:
    """Texts that are seen, are cut, and have no tip."""
    cut = []
    for kind in (QLabel, QAbstractButton, QLineEdit):
        for widget in window.findChildren(kind):
            text = widget.placeholderText() if isinstance(widget, QLineEdit) else widget.text()
            is_seen = widget.isVisible() and not widget.visibleRegion().isEmpty()
            if text and is_seen and not widget.toolTip() and is_cut(widget):
                cut.append(f"{type(widget.parent()).__name__}: {text}")
    return cut


def cut_tabs(window) -> list[str]:
    """Titles of tabs of which only a part is seen, but for the one in front."""
    cut = []
    for bar in window.findChildren(QTabBar):
        lists = [b for b in bar.children() if isinstance(b, QAbstractButton) and b.accessibleName()]
        edge = min([b.x() for b in lists if b.isVisible()] or [bar.width()])
        tabs = [at for at in range(bar.count()) if bar.isTabVisible(at) and at != bar.currentIndex()]
        parts = [at for at in tabs if bar.tabRect(at).left() < edge <= bar.tabRect(at).right()]
        cut += [bar.tabText(at) for at in parts if bar.isVisible()]
    return cut


@pytest.mark.parametrize(
    ("example", "size", "scale"),
    [
        ("iris", (1024, 700), 1.0), ("mnist-convnet", (1024, 700), 1.5),
        ("passengers", (1360, 850), 1.0), ("spiral", (1360, 850), 1.5),
    ],
)  # fmt: skip
def test_words_are_whole_in_every_view(window, hands, normal_text, example, size, scale):
    theme.set_text_scale(scale)
    window.resize(*size)
    window.files.open_example(example)
    hands.wait_phase(Phase.READY)
    for name, dock in ((name, window.docks[name]) for name in window.docks):
        if dock.isHidden():
            continue
        dock.raise_()
        # A picture may have come just now, with words that are still to be laid out.
        for _ in range(ROUNDS):
            QCoreApplication.processEvents()
            if not (cut := cut_words(window) + cut_tabs(window)):
                break
        assert not cut, name
