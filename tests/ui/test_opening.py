"""What a person is offered when the program starts, with and without the name of a file."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from nnstudio.app import open_first
from nnstudio.project import open_example
from nnstudio.ui.project.recovery import folder

Answer = QMessageBox.StandardButton


@pytest.fixture
def crashed(tmp_path):
    """What a session left that nobody closed."""
    project = open_example("xor")
    project.document.graph["dense_1"].options["units"] = 6
    folder().mkdir(parents=True, exist_ok=True)
    project.save(folder() / "1-1.nns")
    return folder() / "1-1.nns"


def answers(monkeypatch, *choices: Answer) -> None:
    waiting = list(choices)
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: waiting.pop(0))


def opened(hands, window, kind: str) -> None:
    hands.wait(lambda: any(n.kind == kind for n in window.editor.graph.nodes))


def test_a_file_is_opened_after_what_was_recovered_and_undo_returns_to_that(
    hands, window, crashed, monkeypatch, tmp_path
):
    mine = tmp_path / "mine.nns"
    open_example("celsius").save(mine)
    # It is recovered, and not saved before the file takes its place.
    answers(monkeypatch, Answer.Open, Answer.Discard)
    open_first(window, [str(mine)])
    hands.wait(lambda: window.workspace.project.path == mine)
    window.editor.undo()
    assert window.editor.graph["dense_1"].options["units"] == 6 and window.workspace.is_modified


def test_a_copy_that_is_declined_goes_and_the_file_opens(hands, window, crashed, monkeypatch, tmp_path):
    mine = tmp_path / "mine.nns"
    open_example("celsius").save(mine)
    answers(monkeypatch, Answer.Discard)
    open_first(window, [str(mine)])
    hands.wait(lambda: window.workspace.project.path == mine)
    assert not crashed.exists()


def test_a_broken_copy_is_told_and_the_next_is_offered(hands, window, crashed, monkeypatch):
    broken = folder() / "2-1.nns"
    broken.write_bytes(b"no project")
    answers(monkeypatch, Answer.Open, Answer.Open)
    open_first(window, [])
    hands.wait(lambda: window.workspace.has_project)
    assert window.editor.graph["dense_1"].options["units"] == 6
    assert not window.start_page.isVisible()


def test_what_is_opened_while_the_question_goes_away_is_not_hidden_by_the_start_page(
    window, crashed, monkeypatch
):
    def discard(_box) -> Answer:
        # A click that was heard before the question returned.
        window.files.open_example("xor")
        return Answer.Discard

    monkeypatch.setattr(QMessageBox, "exec", discard)
    open_first(window, [])
    assert window.canvas.isVisible() and not window.start_page.isVisible()


def test_without_a_copy_and_a_file_there_is_the_start_page(window):
    open_first(window, [])
    assert window.start_page.isVisible() and not window.workspace.has_project
    bar, status = window.panels.run_bar, window.panels.status
    assert not bar.train_action.isEnabled() and not bar.rate.isEnabled()
    said = (bar.status, bar.figures, bar.parts, bar.forecast, status.summary)
    assert not any(label.text() for label in said)
    assert not any(window.menus.actions[name].isEnabled() for name in ("save", "export", "note", "go canvas"))
    # Nothing of it is asked about, nor comes back by undo.
    window.files.open_example("xor")
    assert window.workspace.document.history.done == 0 and window.menus.actions["save"].isEnabled()
    assert bar.rate.isEnabled() and bar.status.text() and status.summary.text()


def test_escape_leaves_the_start_page_from_another_part_of_the_window(window):
    window.files.open_example("xor")
    window.show_start()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.canvas.isVisible()


@pytest.mark.parametrize("leave", ["card", "escape"])
def test_the_start_page_leads_back_to_the_project_that_is_open(qtbot, window, leave):
    window.files.open_example("xor")
    for page, show in ((window.start_page, window.show_start), (window.lessons_page, window.learning.show)):
        show()
        assert page.isVisible()
        if leave == "escape" or page is window.lessons_page:
            QTest.keyClick(page, Qt.Key.Key_Escape)
        else:
            window.start_page.back.click()
        assert window.canvas.isVisible() and window.editor.graph.nodes


def test_a_file_that_cannot_be_read_is_told_over_an_example(hands, window, tmp_path):
    (tmp_path / "bad.nns").write_bytes(b"no project")
    open_first(window, [str(tmp_path / "bad.nns")])
    hands.wait(lambda: window.workspace.has_project)
    assert "bad.nns" in window.panels.message.text()
