"""What comes next on the path follows from what is done and what each lesson needs."""

from __future__ import annotations

import msgspec
import pytest
from lessons.shipped import LESSONS

from nnstudio.lessons.lesson import LessonFolder, is_about, shipped_lesson
from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import Progress

START = shipped_lesson("celsius")


def lesson(name: str, *needs: str, chapter: str = "One") -> LessonFolder:
    return LessonFolder(
        name, START.folder, msgspec.structs.replace(START.lesson, needs=needs, chapter=chapter)
    )


PATH = (lesson("a"), lesson("b", "a"), lesson("c", "b"), lesson("d", "a"))
ALL = Progress(0, tuple(range(len(START.lesson.steps))))


@pytest.mark.parametrize(
    ("done", "follows"),
    [("", "a"), ("a", "b"), ("ab", "c"), ("abc", "d"), ("b", "a"), ("abcd", None)],
)
def test_the_next_one_is_the_first_that_is_not_done_and_needs_nothing_that_is_not(done, follows):
    library = Library(PATH, dict.fromkeys(done, ALL))
    assert (library.next.id if library.next else None) == follows


def test_one_that_was_begun_or_added_is_not_done():
    library = Library(PATH, {"a": Progress(2, (0, 1))}, own=frozenset("b"))
    assert library.next.id == "a" and 0 < library.share(PATH[0]) < 1 and library.is_begun
    library = Library(PATH[1:2], {}, own=frozenset("b"))
    assert library.next is None and not library.is_begun


@pytest.mark.parametrize(
    ("name", "done", "follows"),
    [
        # The chapter goes on, whatever was left out before it.
        ("a", "a", "c"),
        ("a", "ac", "e"),
        ("e", "e", "b"),
        # Behind the last one comes what was left out, but never the same again.
        ("d", "d", "a"),
        ("d", "abce", None),
        ("d", "abcde", None),
    ],
)
def test_behind_a_lesson_comes_the_rest_of_its_chapter(name, done, follows):
    chapters = {"a": "One", "b": "Two", "c": "One", "d": "Two", "e": "One"}
    library = Library([lesson(one, chapter=chapters[one]) for one in chapters], dict.fromkeys(done, ALL))
    after = library.after(name)
    assert (after.id if after else None) == follows


def test_all_shipped_lessons_come_one_after_the_other():
    lessons, done = LESSONS, {}
    for folder in lessons:
        following = Library(lessons, done).next
        assert following.id == folder.id
        done[folder.id] = Progress(0, tuple(range(len(folder.lesson.steps))))


def test_a_lesson_is_found_by_title_text_and_tags():
    def hits(search: str) -> set[str]:
        return {folder.id for folder in LESSONS if is_about(folder.lesson.parts, search)}

    assert hits("handwritten digits") == {"digits"} == hits("Top-5 accu")
    assert hits("XOR") == {"xor"} and "hot-dog" in hits("softmax") and "digits" in hits("mnist")
    assert hits("gardening") == hits("andwritten digits") == set() and len(hits(" ")) == len(LESSONS)
