"""The panel of a lesson: what counts as done at its opening, and hints that are seen in full."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.lessons.condition import YES, Verdict
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.ui.lessons.lesson_panel import LessonPanel

LACKS = Verdict(False, "It lacks.")


@pytest.fixture
def panel(qtbot):
    panel = LessonPanel()
    qtbot.addWidget(panel)
    panel.resize(340, 480)
    panel.show()
    return panel


def test_what_holds_from_the_start_is_not_said_to_be_done(panel):
    lesson = shipped_lesson("playground").lesson
    panel.show_step(lesson, 0, (), "")
    head = panel.missing.head
    told = []
    for verdicts in (
        (LACKS, LACKS, YES), (LACKS, None, YES), (LACKS, YES, YES), (LACKS, YES, LACKS), (YES, YES, LACKS),
    ):  # fmt: skip
        panel.show_verdicts(verdicts, lesson, ())
        told.append(head.text())
    to_do = "To do  ·  {} of {} done"
    assert told == ["To do", "To do", to_do.format(1, 2), to_do.format(1, 3), to_do.format(2, 3)]
    panel.show_step(lesson, 1, (), "")
    panel.show_verdicts((YES, LACKS, LACKS), lesson, ())
    assert head.text() == "To do" and not head.isHidden()


@pytest.mark.parametrize("height", [480, 700])
def test_each_hint_is_seen_to_its_end(panel, qtbot, height):
    panel.resize(340, height)
    lesson = shipped_lesson("picture-as-vector").lesson
    at = next(at for at, step in enumerate(lesson.steps) if len(step.hints) == 3 and len(step.checks) >= 3)
    panel.show_step(lesson, at, (), "")
    also = [Verdict(False, f"And this, {n}.") for n, _ in enumerate(lesson.steps[at].checks[1:])]
    panel.show_verdicts((LACKS, *also), lesson, ())
    hint = panel.hint_text

    def is_seen() -> bool:
        seen, room = hint.visibleRegion().boundingRect().height(), panel.scroller.viewport().height()
        return hint.height() >= hint.heightForWidth(hint.width()) and seen >= min(hint.height(), room)

    for told in lesson.steps[at].hints:
        QTest.mouseClick(panel.hint, Qt.MouseButton.LeftButton)
        assert hint.text().endswith(told)
        qtbot.waitUntil(is_seen, timeout=2000)
