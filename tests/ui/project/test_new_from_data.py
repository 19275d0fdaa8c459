"""Your data: a file that is chosen or dropped on the start page becomes a proposed project."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.messages import Phase


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"
    rows = "".join(f"{i % 9},{i % 4},{'big' if i % 9 > 4 else 'small'}\n" for i in range(90))
    path.write_text("length,width,size\n" + rows)
    return path


def drop_on(widget, path):
    """The events that a drag of a file from elsewhere brings."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(30, 30), copy, mime, left, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(30, 30), copy, mime, left, none))


def test_the_first_card_asks_for_a_file_and_undo_returns(hands, window, table, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(table), ""))
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    before = window.workspace.project
    hands.trigger("start")
    cards = [b for b in window.start_page.findChildren(QPushButton) if b.objectName() == "card"]
    first = cards[0]
    assert first.accessibleName() == "Your data…"
    first.click()
    assert window.workspace.project is before
    hands.assistant().confirm.click()
    hands.wait(lambda: window.workspace.project is not before)
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.READY)
    page = window.panels.data_page
    assert page.isVisible() and window.runner.data.name == "mine"
    hands.wait(lambda: page.look is not None)
    assert page.target.currentText() == "size" and "2 classes" in page.understood.text()
    assert window.panels.status.currentMessage() == (
        "Guessed from 'mine': classification into 2 classes, target 'size'. Correct it here, or press Train."
    )
    assert any("One hidden layer" in note.text for note in hands.graph.notes.values())
    assert not window.workspace.is_modified
    hands.trigger("undo")
    assert window.workspace.project is before


def test_a_file_dropped_on_the_start_page_is_a_new_project(hands, window, table):
    hands.trigger("start")
    drop_on(window.start_page.viewport(), table)
    assert not hands.assistant().adopt.isVisible()
    hands.assistant().confirm.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "mine")
    hands.wait_phase(Phase.READY)
    assert [fact.error for fact in hands.facts.values() if fact.error] == []


def test_what_was_read_for_the_proposal_is_not_read_again_but_is_after_an_edit(
    hands, window, table, monkeypatch
):
    reads, read = [], Project.load_data
    monkeypatch.setattr(Project, "load_data", lambda *given: (reads.append(1), read(*given))[1])
    window.files.new_from_data(table, {})
    hands.assistant().confirm.click()
    hands.wait(lambda: window.runner.is_planned and window.runner.data.name == "mine")
    assert len(reads) == 1
    window.editor.choose_data(
        DataReference("csv", {**window.workspace.document.data.options, "target": "width"})
    )
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("width",))
    assert len(reads) == 2


def test_a_file_dropped_on_the_data_page_is_the_data_of_the_project_and_undo_brings_what_was_learned(
    hands, window, table
):
    hands.train("iris", 2)
    window.show_data()
    drop_on(window.panels.data_page, table)
    hands.assistant().adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "mine")
    hands.trigger("undo")
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.epoch == 2)
    assert window.runner.data.name == "Iris"


def test_a_file_dropped_where_no_network_is_drawn_gets_one(hands, window, table):
    window.drops.take(str(table))
    hands.assistant().confirm.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "mine")
    hands.wait_phase(Phase.READY)
    assert window.panels.data_page.isVisible() and hands.graph.nodes


def test_a_network_is_proposed_for_the_data_that_is_there_and_undo_brings_the_other_back(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    project, drawn, settings = (
        window.workspace.project,
        hands.graph.to_dict(),
        window.editor.document.settings,
    )
    window.panels.data_page.propose.setEnabled(True)
    window.panels.data_page.propose.click()
    hands.wait(lambda: hands.graph.to_dict() != drawn)
    assert window.workspace.project is project, "nobody is asked to save: it is one step"
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.READY)
    hands.trigger("undo")
    assert hands.graph.to_dict() == drawn and window.editor.document.settings == settings
    hands.trigger("redo")
    assert any("hidden layer" in note.text for note in hands.graph.notes.values())
