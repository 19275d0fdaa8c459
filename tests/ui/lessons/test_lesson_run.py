"""A lesson is left, gone on with and begun anew, and nothing that a learner did is lost; what lights up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from nnstudio.lessons.lesson import readable_lessons, shipped_lesson
from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import home, read_progress, work_file, write_progress
from nnstudio.training.messages import Phase
from nnstudio.ui.lessons.pointing import NodeFrame, WidgetFrame
from nnstudio.ui.project.lenders import has_weights
from nnstudio.ui.widgets.theme import contrast, theme

LESSON = "celsius"


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def arrangement(window) -> dict[str, tuple[bool, bool]]:
    QCoreApplication.processEvents()
    return {name: (window.docks[name].isHidden(), window.docks.is_seen(name)) for name in window.docks}


@pytest.fixture
def answers(monkeypatch):
    """What a person answers to questions, and what they were asked."""
    asked = []

    def exec_(box):
        asked.append(box.text())
        return QMessageBox.StandardButton.Reset

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def test_a_lesson_has_its_panels_and_gives_the_others_back(hands, window, learner):
    window.files.open_example(LESSON)
    hands.wait_phase(Phase.READY)
    before = arrangement(window)
    learner.open(LESSON)
    assert learner.panel.isVisible() and window.docks["palette"].isHidden()
    assert all(window.docks[name].isVisible() for name in learner.run.open.lesson.panels)
    click(learner.panel.leave)
    assert learner.run.open is None and not learner.panel.isVisible()
    assert window.pages.currentWidget() is window.lessons_page, "one goes back to where one came from"
    window.show_canvas()
    assert arrangement(window) == before
    assert window.workspace.project.path == work_file(LESSON), "the work stays open"


def test_it_is_gone_on_with_where_it_was_left(hands, window, learner):
    learner.open(LESSON)
    learner.click_node("Dense")
    hands.wait(learner.panel.next.isEnabled)
    click(learner.panel.next)
    QTest.keyClicks(learner.panel.question.field, "1.8")
    click(learner.panel.question.check)
    hands.wait(learner.panel.next.isEnabled)
    window.files.open_example("xor")
    assert learner.run.open is None and not learner.panel.isVisible()
    learner.open(LESSON)
    panel = learner.panel
    assert panel.at == 1 and panel.question.field.text() == "1.8" and panel.praise.isVisible()
    assert [dot.is_done for dot in panel.dots.dots] == [True, True, False, False, False]
    click(panel.dots.dots[0])
    assert panel.at == 0 and panel.next.isEnabled(), "what was done stays done"
    assert not panel.dots.dots[4].isEnabled()


def test_a_skipped_step_is_told_and_does_not_count(learner):
    learner.open(LESSON)
    click(learner.panel.skip)
    assert learner.panel.at == 1 and "skipped" in learner.panel.note.text() and learner.panel.note.isVisible()
    assert not learner.panel.dots.dots[0].is_done


def test_undo_of_the_opening_leaves_it_and_redo_goes_on(hands, window, learner):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    learner.open(LESSON)
    hands.trigger("undo")
    assert learner.run.open is None
    hands.trigger("redo")
    hands.wait(lambda: learner.run.open is not None)
    assert learner.panel.isVisible()


def test_a_reset_keeps_the_work_under_another_name(hands, window, learner, answers):
    learner.open(LESSON)
    learner.click_node("Dense")
    hands.wait(learner.panel.next.isEnabled)
    old = window.workspace.project
    window.editor.change_setting("epochs", 77)
    click(learner.panel.reset)
    hands.wait(lambda: window.workspace.project is not old and learner.run.open is not None)
    (text,) = answers
    assert "kept" in text
    assert read_progress(LESSON).done == () and learner.panel.at == 0
    (kept,) = (path for path in home(LESSON).glob("*.nns") if path != work_file(LESSON))
    assert hands.open(kept)
    assert window.workspace.document.settings.epochs == 77


def test_damaged_progress_is_told_and_the_lesson_opens(window, learner):
    write_progress(LESSON, read_progress(LESSON))
    (home(LESSON) / "progress.json").write_text("{", encoding="utf-8")
    learner.open(LESSON)
    assert "begins anew" in window.panels.message.text() and learner.panel.at == 0


def test_what_a_step_points_at_lights_up_until_it_is_left(hands, window, learner):
    learner.open(LESSON)

    def lit() -> list[str]:
        learner.run.pointing.refresh()
        nodes = [i.parentItem().node.name for i in window.canvas.canvas.items() if isinstance(i, NodeFrame)]
        frames = [f for f in window.findChildren(WidgetFrame) if f.isVisible()]
        return nodes + [type(frame.parentWidget()).__name__ for frame in frames]

    assert lit() == ["Dense", "QDockWidget"]
    click(learner.panel.skip)
    assert lit() == []
    click(learner.panel.skip)
    assert lit() == ["Dense", "QDockWidget", "QDockWidget"]
    assert window.docks.is_seen("weights") and window.docks.is_seen("fit")
    click(learner.panel.skip)
    assert sorted(lit()) == ["QDockWidget", "RunBar", "RunBar"]
    click(learner.panel.leave)
    assert lit() == []


def test_the_page_can_be_searched_and_names_what_is_broken(hands, window, learner, tmp_path):
    page = window.lessons_page
    hands.trigger("lessons")
    hands.wait(lambda: LESSON in page.cards)
    assert page.search.hasFocus()
    QTest.keyClicks(page.search, "celsius thermom")
    assert page.cards[LESSON].isVisible()
    assert [name for name, card in page.cards.items() if card.isVisible()] == [LESSON]
    page.search.setText("gardening")
    assert not page.cards[LESSON].isVisible() and "gardening" in page.told.text()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "lesson.toml").write_text("title = ", encoding="utf-8")
    lessons, errors = readable_lessons(tmp_path)
    page.search.clear()
    page.show_library(Library([shipped_lesson(LESSON)], {}, [str(error) for error in errors]))
    hands.wait(page.cards[LESSON].isVisible)
    labels = page.findChildren(QLabel)
    (broken,) = (label for label in labels if "'broken' cannot be read" in label.text())
    hands.wait(broken.isVisible)
    assert not lessons
    page.show_library(Library())
    assert page.told.isVisible() and "No lessons" in page.told.text()


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_in_both_themes(learner, dark):
    application = QApplication.instance()
    learner.open(LESSON)
    try:
        theme.apply(application, dark)
        panel = learner.panel
        text, back = panel.text.palette().text().color(), panel.text.palette().base().color()
        assert contrast(text, back) >= 4.5
        for label in (panel.chapter, panel.title, panel.heading):
            label.ensurePolished()
            ink = label.palette().windowText().color()
            assert contrast(ink, back) >= 4.5, label.text()
        assert panel.text.toPlainText().startswith("In the middle of the window")
    finally:
        theme.apply(application, dark=False)


def test_a_view_that_a_step_points_at_becomes_large_before_others(window, learner):
    learner.open(LESSON)
    window.large.show("loss_curve")
    window.large.leave()
    learner.run.pointing.begin(["button train", "panel fit"])
    window.toggle_large()
    assert window.stage.shows("fit")
    window.large.leave()
    learner.run.pointing.end()
    window.canvas.setFocus()
    window.toggle_large()
    assert window.stage.shows("fit"), "the one that was last"


def test_what_was_learned_is_saved_when_the_lesson_is_left(hands, window, learner):
    learner.open(LESSON)
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    hands.wait(lambda: window.workspace.is_modified)
    assert not has_weights(work_file(LESSON))
    click(learner.panel.leave)
    hands.wait(lambda: not window.workspace.is_modified)
    assert has_weights(work_file(LESSON)), "its layers can be reused"


def go_to(learner, step: int) -> None:
    while learner.panel.at < step:
        click(learner.panel.skip)


def test_a_setting_of_many_is_scrolled_to_and_framed(hands, window, learner):
    learner.open("bias")
    hands.wait(lambda: window.panels.training.extras.editors["balance"].count() > 1)
    go_to(learner, 4)
    field, panel = window.panels.training.extras.editors["balance"], window.panels.training

    def is_in_sight() -> bool:
        at = field.mapTo(panel.viewport(), field.rect().topLeft()).y()
        return 0 <= at <= panel.viewport().height() - field.height()

    hands.wait(lambda: field.isVisible() and is_in_sight())
    (frame,) = field.parentWidget().findChildren(WidgetFrame)
    assert frame.isVisible() and frame.geometry().contains(field.geometry())
    # The next step asks for it, too.
    click(learner.panel.skip)
    hands.wait(lambda: window.docks.is_seen("training") and is_in_sight())


def test_a_view_of_the_lesson_stays_where_an_edit_leaves_it_nothing_to_show(hands, window, learner):
    learner.open("autoencoder")
    hands.wait(lambda: window.docks.views.nodes is not None)
    go_to(learner, 5)
    code = next(n for n in window.editor.graph.nodes if n.name == "Code")
    window.editor.change_node(code.id, "units", 8)
    hands.wait(lambda: window.docks.views.lack("code_map"))
    assert not window.docks["code_map"].isHidden()
    window.docks.show("code_map")
    view = window.live.views["code_map"]
    hands.wait(lambda: "no code of two numbers" in view.hint.text() and view.hint.isVisible())
    click(learner.panel.leave)
    assert window.docks["code_map"].isHidden()
    hands.wait(lambda: not window.workspace.is_modified)


def test_what_was_searched_among_the_layers_does_not_hide_those_of_a_lesson(window, learner):
    window.panels.palette.search.setText("tanh")
    learner.open(LESSON)
    assert window.panels.palette.search.text() == ""
    assert not window.panels.palette.item("dense").isHidden()
