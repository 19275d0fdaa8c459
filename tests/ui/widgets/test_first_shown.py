"""A page is built when it is first seen or asked for, and once."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QStackedWidget

from nnstudio.ui.widgets.first_shown import FirstShown


@pytest.fixture
def built():
    """The pages that were built."""
    return []


@pytest.fixture
def holder(qtbot, built):
    def build() -> QLabel:
        built.append(QLabel("A page"))
        return built[-1]

    stack = QStackedWidget()
    qtbot.addWidget(stack)
    holder = FirstShown(build)
    for page in (QLabel("Another"), holder):
        stack.addWidget(page)
    with qtbot.waitExposed(stack):
        stack.show()
    yield holder
    # Until then the pages are held by it.
    stack.hide()


def test_nobody_looks_so_nothing_is_built(holder, built):
    assert built == [] and holder.existing is None


def test_it_is_built_when_it_is_seen_and_fills_the_room(holder, built, qtbot):
    holder.parentWidget().setCurrentWidget(holder)
    (page,) = built
    assert page.isVisible() and holder.page is page
    qtbot.waitUntil(lambda: page.size() == holder.size())
    holder.parentWidget().setCurrentIndex(0)
    holder.parentWidget().setCurrentWidget(holder)
    assert len(built) == 1


def test_it_is_built_when_it_is_asked_for_and_seen_later(holder, built):
    page = holder.page
    assert built == [page] and not page.isVisible()
    holder.parentWidget().setCurrentWidget(holder)
    assert page.isVisible() and len(built) == 1
