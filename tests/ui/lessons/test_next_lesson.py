"""One button above all lessons leads to the one that a learner goes on with."""

from __future__ import annotations

import pytest
from lessons.shipped import LESSONS
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import Progress
from nnstudio.ui.lessons.lessons_page import LessonsPage
from nnstudio.ui.lessons.missing_list import MissingList

FIRST, SECOND, THIRD, *_REST = LESSONS


def all_of(folder) -> Progress:
    return Progress(0, tuple(range(len(folder.lesson.steps))))


@pytest.fixture
def page(qtbot):
    page = LessonsPage()
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    return page


@pytest.mark.parametrize(
    "progress, why, folder, how_far, button",
    [
        ({}, "Start here", FIRST, "5 steps", "Start"),
        ({FIRST.id: Progress(2, (0, 1))}, "Go on where you were", FIRST, "step 3 of 5", "Continue"),
        ({FIRST.id: all_of(FIRST)}, "Next", SECOND, "7 steps", "Start"),
        # Who leaves the path is not called back to it.
        (
            {FIRST.id: all_of(FIRST), THIRD.id: Progress(1)},
            "Go on where you were",
            THIRD,
            "step 2",
            "Continue",
        ),
    ],
)
def test_it_leads_to_the_lesson_that_was_begun_or_comes_next(page, progress, why, folder, how_far, button):
    asked = []
    page.lesson_requested.connect(asked.append)
    page.show_library(Library(LESSONS, progress))
    shown = page.next
    assert shown.isVisible() and shown.why.text() == why and shown.title.text() == folder.lesson.title
    assert how_far in shown.note.text() and shown.button.text() == button
    QTest.mouseClick(shown.button, Qt.MouseButton.LeftButton)
    assert [one.id for one in asked] == [folder.id]


def test_there_is_none_where_all_is_done_and_none_for_those_who_search(page):
    page.show_library(Library(LESSONS, {}))
    page.search.setText("spiral")
    assert not page.next.isVisible()
    page.search.clear()
    assert page.next.isVisible()
    page.show_library(Library(LESSONS, {folder.id: all_of(folder) for folder in LESSONS}))
    assert not page.next.isVisible()


def test_each_chapter_says_how_much_of_it_is_done(page):
    page.show_library(Library(LESSONS, {FIRST.id: all_of(FIRST)}))
    own = [folder for folder in LESSONS if folder.lesson.chapter == FIRST.lesson.chapter]
    chapter, _rows = page._chapters[0]
    told = {label.text() for label in chapter.findChildren(QLabel)}
    assert {FIRST.lesson.chapter, f"1 of {len(own)} done"} <= told


def test_of_several_checks_it_is_said_how_many_hold(qtbot):
    missing = MissingList()
    qtbot.addWidget(missing)
    missing.show_sentences(["One lacks."], (), 2, 3)
    assert missing.head.text() == "To do  ·  2 of 3 done" and not missing.head.isHidden()
    assert missing.sentences == ["One lacks."]
    missing.show_sentences(["One lacks."], (), 0, 1)
    assert missing.head.isHidden()


@pytest.mark.parametrize("scrolled", [0, 40])
def test_a_search_leaves_the_field_where_it_is(page, qtbot, scrolled):
    page.show_library(Library(LESSONS, {FIRST.id: Progress(2, (0, 1))}))
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 500)
    page.verticalScrollBar().setValue(scrolled)

    def where():
        QCoreApplication.processEvents()
        return page.search.mapTo(page, page.search.rect().topLeft()), page.search.width()

    before = where()
    for words in ("s", "spiral", "no lesson at all", ""):
        page.search.setText(words)
        assert where() == before, words


def test_a_title_that_is_searched_goes_first_and_a_single_hit_stands_at_the_left(page, qtbot):
    page.resize(1800, 900)
    page.show_library(Library(LESSONS, {}))
    qtbot.waitUntil(lambda: page.columns.count > 1)
    first = page.cards[FIRST.id]

    def left(card):
        QCoreApplication.processEvents()
        return card.mapTo(page, card.rect().topLeft()).x(), card.width()

    before = left(first)
    for text in ("right for", "right for whom"):
        page.search.setText(text)
        assert left(page.cards["bias"]) == before
        titled = page.cards["bias"].mapTo(page, page.cards["bias"].rect().topLeft()).y()
        seen = [c for n, c in page.cards.items() if c.isVisible() and n != "bias" and left(c) == before]
        assert all(card.mapTo(page, card.rect().topLeft()).y() > titled for card in seen)
    assert [name for name, card in page.cards.items() if card.isVisible()] == ["bias"]
    page.search.clear()
    assert left(first) == before and all(card.isVisible() for card in page.cards.values())
