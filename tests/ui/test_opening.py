"""What a person is offered when the program starts, with and without the name of a file."""

from __future__ import annotations

import pytest
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


def test_without_a_copy_and_a_file_there_is_the_start_page(window):
    open_first(window, [])
    assert window.start_page.isVisible() and window.workspace.has_project


def test_a_file_that_cannot_be_read_is_told_over_an_example(hands, window, tmp_path):
    (tmp_path / "bad.nns").write_bytes(b"no project")
    open_first(window, [str(tmp_path / "bad.nns")])
    hands.wait(lambda: window.workspace.has_project)
    assert "bad.nns" in window.panels.message.text()
