"""One button above all lessons leads to the one that a learner goes on with."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from nnstudio.lessons.lesson import shipped_lessons
from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import Progress
from nnstudio.ui.lessons.lessons_page import LessonsPage
from nnstudio.ui.lessons.missing_list import MissingList

FIRST, SECOND, THIRD, *_REST = LESSONS = shipped_lessons()


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
