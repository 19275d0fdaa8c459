"""Every lesson that comes with the program, played with the widgets: each step wrongly, then rightly."""

from __future__ import annotations

import pytest
from lessons.shipped import LESSONS
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.lessons.progress import read_progress


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_all_lessons_are_on_their_page_and_one_is_done_when_all_its_steps_are(hands, learner):
    folder = next(folder for folder in LESSONS if folder.id == "celsius")
    learner.open_from_page(folder.id)
    page = learner.window.lessons_page
    assert list(page.cards) == [folder.id for folder in LESSONS]
    do_all(hands, learner, folder)
    hands.trigger("lessons")
    hands.wait(lambda: page.cards[folder.id].accessibleDescription().endswith("done"))


@pytest.mark.parametrize("folder", [f for f in LESSONS if f.id != "celsius"], ids=lambda folder: folder.id)
def test_a_lesson_is_done_with_the_mouse_and_the_keys(hands, learner, folder):
    learner.open(folder.id)
    do_all(hands, learner, folder)


def do_all(hands, learner, folder) -> None:
    panel, steps = learner.panel, folder.lesson.steps
    for at, step in enumerate(steps):
        assert (panel.at, panel.heading.text()) == (at, step.title)
        if step.checks:
            do_wrongly(learner, step)
            do_rightly(hands, learner, step)
        assert panel.next.isEnabled()
        click(panel.next)
    assert "You have finished" in panel.note.text()
    hands.wait(lambda: set(read_progress(folder.id).done) == set(range(len(steps))))


def do_wrongly(learner, step) -> None:
    """Nothing counts, what is missing is said, and hints come one at a time."""
    panel = learner.panel
    for wrong in ((), *step.wrong):
        learner.play(wrong)
        assert learner.missing(), (step.title, wrong)
        assert not panel.next.isEnabled() and panel.praise.isHidden()
    for told, hint in enumerate(step.hints, 1):
        assert panel.hint.isEnabled()
        click(panel.hint)
        assert panel.hint_text.isVisible() and panel.hint_text.text().split("\n\n")[told - 1 :] == [hint]
    assert not panel.hint.isEnabled()


def do_rightly(hands, learner, step) -> None:
    panel = learner.panel
    learner.play(step.solution)
    hands.wait(panel.next.isEnabled)
    assert panel.praise.isVisible() and step.praise in panel.praise.text()
    assert panel.missing.sentences == [] and panel.missing.isHidden()
