"""A lesson leads to the next thing: the keys, panels, arrays that it is about, and other lessons."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.progress import Progress, prepare, read_progress, write_progress
from nnstudio.training.messages import Phase
from nnstudio.ui.lessons.lesson_panel import EARLIER
from nnstudio.ui.lessons.pointing import WidgetFrame

LESSON = "celsius"


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def begin_at(learner, lesson: str, step: int) -> None:
    """Open a lesson of which nothing is done, at a step counted from zero."""
    write_progress(lesson, Progress(step))
    learner.open(lesson)
    assert learner.panel.at == step


def test_an_array_that_a_step_is_about_is_brought_into_weights(hands, window, learner):
    begin_at(learner, "festival", 1)
    view = window.live.views["weights"]
    hands.wait(lambda: view.choice.currentText() == "weight" and view.table.isVisible())
    assert [hands.graph[n].name for n in hands.canvas.canvas.selected_nodes()] == ["Total"]
    view.choice.setCurrentIndex(view.choice.findText("bias"))
    view.what.setCurrentIndex(view.what.findText("Gradient"))
    click(learner.panel.skip)
    hands.wait(lambda: view.table.isVisible() and view.choice.count() == 2)
    assert (view.choice.currentText(), view.what.currentText()) == ("bias", "Values")
    click(learner.panel.back)
    assert view.choice.currentText() == "weight"


def test_layers_is_there_while_a_step_needs_it(hands, window, learner):
    palette = window.docks["palette"]
    begin_at(learner, "xor", 1)
    assert palette.isHidden()
    click(learner.panel.skip)
    assert window.docks.is_seen("palette") and window.docks.is_seen("inspector")
    width = learner.panel.width()
    click(learner.panel.back)
    assert palette.isHidden() and abs(learner.panel.width() - width) < 30


def test_the_keys_lead_to_what_is_to_be_done(window, learner):
    begin_at(learner, LESSON, 0)
    panel = learner.panel
    panel.skip.setFocus()
    click(panel.skip)
    assert QApplication.focusWidget() is panel.question.field
    for _hint in panel._hints:
        panel.hint.setFocus()
        click(panel.hint)
    assert not panel.hint.isEnabled() and QApplication.focusWidget() is panel.question.field
    panel.skip.setFocus()
    click(panel.skip)
    assert QApplication.focusWidget() is panel.scroller, "no answer is asked for"


def test_a_question_about_a_reset_is_answered_no_by_enter(learner, monkeypatch):
    defaults = []

    def exec_(box):
        defaults.append(box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel))
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    begin_at(learner, LESSON, 0)
    click(learner.panel.reset)
    assert defaults == [True] and learner.run.open is not None


def test_the_end_leads_to_the_next_lesson_without_a_question(hands, window, learner):
    steps = len(shipped_lesson(LESSON).lesson.steps)
    write_progress(LESSON, Progress(steps - 1, tuple(range(steps))))
    learner.open(LESSON)
    window.editor.change_setting("epochs", 77)
    panel = learner.panel
    assert not panel.end.isVisible()
    click(panel.next)
    assert panel.end.lessons.isVisible() and "You have finished" in panel.note.text()
    hands.wait(panel.end.next.isVisible)
    assert panel.end.next.text() == "Next lesson: How many bottles to bring?"
    assert QApplication.focusWidget() is panel.end.next
    # The checks are looked at once more.
    panel._shown = ()
    learner.run.judge.look()
    assert not panel.next.isEnabled()
    click(panel.end.next)
    hands.wait(lambda: learner.run.open is not None and learner.run.open.folder.id == "vending-1")
    assert not panel.end.isVisible()
    # The work was saved by itself, or the fixture's dialog would have been an error.
    learner.open(LESSON)
    assert window.workspace.document.settings.epochs == 77


def test_the_list_says_where_to_start_and_what_is_next(hands, window, learner):
    page = window.lessons_page

    def noted(word: str) -> list[str]:
        return [name for name, card in page.cards.items() if word in card.accessibleDescription()]

    hands.trigger("lessons")
    hands.wait(lambda: bool(page.cards))
    assert noted("Start here") == [LESSON] and noted("Next") == []
    page.search.setText("bottles")
    write_progress(LESSON, Progress(0, tuple(range(len(shipped_lesson(LESSON).lesson.steps)))))
    hands.trigger("lessons")
    hands.wait(lambda: noted("Next") == ["vending-1"])
    assert page.search.text() == "", "what was searched for before is no matter now"


def test_nothing_of_the_network_is_left_on_the_page_of_lessons(hands, window, learner):
    begin_at(learner, LESSON, 3)
    bar = window.panels.run_bar
    # Watched, as at full speed the run may be over before anybody sees that it goes on.
    bar.speed.setCurrentIndex(0)
    click(bar.train_button)
    hands.wait_phase(Phase.RUNNING)
    hands.wait(window.live.timeline.isVisible)
    click(bar.train_button)
    hands.wait_phase(Phase.PAUSED)
    window.panels.outcome.say("It ended.")
    frames = [f for f in window.findChildren(WidgetFrame) if f.isVisible()]
    assert frames and window.panels.outcome.isVisible()
    window.learning.show()
    assert not window.live.timeline.isVisible() and not window.panels.outcome.isVisible()
    assert not [f for f in window.findChildren(WidgetFrame) if f.isVisible()]
    window.show_canvas()
    assert window.live.timeline.isVisible() and window.panels.outcome.isVisible()
    assert [f for f in window.findChildren(WidgetFrame) if f.isVisible()]


def test_what_a_lesson_is_about_is_not_marked_as_wrong(hands, window, learner):
    begin_at(learner, "why-activations", 0)
    section = window.panels.problems.doctor
    hands.wait(lambda: ("no_nonlinearity", "dense_1") in section.rows)
    assert not any(item.problems for item in hands.canvas.canvas.nodes.values())
    assert window.docks["problems"].windowTitle() == "Problems"
    click(learner.panel.leave)
    hands.wait(lambda: learner.run.open is None)
    hands.wait(lambda: any(item.problems for item in hands.canvas.canvas.nodes.values()))


def test_a_lesson_stands_as_soon_as_its_network_is_seen(window, learner):
    stood = []
    # Of all that hear of another project, this hears last.
    window.workspace.shown.connect(lambda: stood.append((learner.run.open, learner.panel.isVisible())))
    learner.open(LESSON)
    ((lesson, is_visible),) = stood
    assert lesson is not None and is_visible, "the studio with all of its panels was seen before"


def test_work_that_is_gone_is_told(learner):
    prepare(shipped_lesson("festival"))
    write_progress("festival", Progress(2, (0, 1)))
    learner.open("festival")
    assert "was not kept" in learner.panel.note.text() and learner.panel.note.isVisible()
    click(learner.panel.back)
    assert learner.panel.note.text() == EARLIER
    assert read_progress("festival").done == (0, 1)


def test_a_done_step_says_that_its_words_are_of_the_network_of_that_time(hands, learner):
    panel = learner.panel
    learner.open("festival")
    for step in shipped_lesson("festival").lesson.steps[:2]:
        learner.play(step.solution)
        hands.wait(panel.next.isEnabled)
        assert EARLIER not in panel.note.text()
        click(panel.next)
    assert not panel.note.isVisible()
    click(panel.back)
    assert not panel.note.isVisible(), "the network is the one that this step was done with"
    click(panel.back)
    assert panel.note.text() == EARLIER and panel.note.isVisible()


def test_a_lesson_says_which_one_it_goes_on_from(learner):
    learner.open("festival")
    note = learner.panel.note
    assert "“From Celsius to Fahrenheit”" in note.text() and note.isVisible()
    click(learner.panel.skip)
    assert "goes on from" not in note.text()


@pytest.mark.parametrize("words", ["handwritten digits", "top-5 accuracy"])
def test_lessons_are_found_by_their_words(hands, window, words):
    page = window.lessons_page
    hands.trigger("lessons")
    hands.wait(lambda: bool(page.cards))
    page.search.setText(words)
    assert [name for name, card in page.cards.items() if card.isVisible()] == ["digits"]
