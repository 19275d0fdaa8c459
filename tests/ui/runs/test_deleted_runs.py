"""Runs are deleted and brought back on their page, and the room that they may take is set there."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from ui.runs.rows_of_page import names, select, text

from nnstudio.runs.record import RunContent, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.ui.runs.room_dialog import RoomDialog


def test_runs_are_deleted_once_that_is_confirmed(shelf, monkeypatch):
    for name in ("a", "b", "c"):
        shelf.add(name, is_pinned=name == "b")
    page, asked, answers = shelf.show(), [], [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()) or answers.pop(0))
    select(page, "a", "b")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert "2 runs" in asked[0] and "1 of them" in asked[0] and "Undo brings this back" in asked[0]
    assert len(shelf.store.list()) == 3
    page.remove.click()
    shelf.wait(lambda: names(page) == ["c"])
    assert [run.name for run in shelf.store.list()] == ["c"]


@pytest.fixture
def yes(monkeypatch):
    """Whatever is asked, the answer is yes."""
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Yes)


def test_deleted_runs_come_back_with_all_that_they_had(shelf, yes):
    first = shelf.add("a", 5, notes="seen", tags=("x", "y"), is_pinned=True)
    others = [shelf.add(name) for name in ("b", "c")]
    before = [(shelf.store.get(run.id), shelf.store.curve(run.id)) for run in (first, *others)]
    page = shelf.show()
    assert page.deleted.isHidden()
    select(page, "a", "b")
    page.remove.click()
    shelf.wait(lambda: names(page) == ["c"])
    assert "2 runs were deleted" in page.deleted.text.text() and page.deleted.isVisible()
    select(page, "c")
    page.remove.click()
    shelf.wait(lambda: page.told.isVisible())
    assert "“c” was deleted" in page.deleted.text.text() and "Undo again" in page.deleted.text.text()
    page.deleted.undo.click()
    shelf.wait(lambda: names(page) == ["c"])
    page.setFocus()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shelf.wait(lambda: sorted(names(page)) == ["a", "b", "c"])
    assert [(shelf.store.get(run.id), shelf.store.curve(run.id)) for run in (first, *others)] == before
    assert page.deleted.isHidden() and not page.deleted.can_undo


def test_what_is_deleted_for_good_gives_its_room_back_and_nothing_is_left_to_undo(shelf, yes):
    shelf.add("a")
    page = shelf.show()
    select(page, "a")
    page.remove.click()
    shelf.wait(page.deleted.isVisible)
    page.deleted.erase.click()
    shelf.wait(lambda: not shelf.inquiries.are_open)
    assert page.deleted.isHidden() and shelf.store.restore(["0" * 31 + "1"]) == 1
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shelf.wait(lambda: not shelf.inquiries.are_open)
    assert not shelf.store.list()


def test_runs_that_cannot_come_back_any_more_are_told(shelf, yes):
    shelf.add("a")
    page, said = shelf.show(), []
    page.said.connect(said.append)
    select(page, "a")
    page.remove.click()
    shelf.wait(page.deleted.isVisible)
    RunStore().erase(["0" * 31 + "1"])
    page.deleted.undo.click()
    shelf.wait(lambda: bool(said))
    assert "1 run could not be brought back" in said[0]


def room_dialog(page) -> RoomDialog:
    page.room.change.click()
    return next(dialog for dialog in page.findChildren(RoomDialog) if dialog.isVisible())


def test_the_room_for_runs_is_changed_in_the_window(shelf):
    shelf.add("a")
    page = shelf.show()
    dialog = room_dialog(page)
    assert dialog.size_field.value() == 2048
    dialog.size_field.setValue(3 * 1024)
    dialog.ok.click()
    shelf.wait(lambda: "of at most 3,072 MB" in page.room.told.text())
    assert RunStore().limit == 3 * 2**30
    dialog = room_dialog(page)
    dialog.ok.click()
    shelf.wait(lambda: not shelf.inquiries.are_open)
    assert RunStore().limit == 3 * 2**30


def test_a_limit_below_what_is_kept_is_said_to_cost_runs_before_and_after(shelf):
    for name in ("old", "new"):
        run = shelf.add(name)
        shelf.store.save(run, RunContent(final=os.urandom(2**20)))
    page, noted = shelf.show(), []
    page.noted.connect(noted.append)
    dialog = room_dialog(page)
    dialog.size_field.setValue(2)
    assert "cannot be undone" in dialog.told.text() and dialog.ok.text() == "Let the oldest go"
    assert dialog.cancel.isDefault() and not dialog.ok.isDefault()
    dialog.ok.click()
    shelf.wait(lambda: bool(noted))
    assert "weights of 1 older run (“old”) were let go" in noted[0]


def test_a_run_that_trains_elsewhere_is_not_deleted_and_that_is_said(shelf, monkeypatch):
    shelf.add("going on", status=RunStatus.RUNNING)
    page, said = shelf.show(), []
    page.said.connect(said.append)
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Yes)
    assert text(page, "going on", "status") == "training"
    select(page, "going on")
    page.remove.click()
    shelf.wait(lambda: bool(said))
    assert "still running" in said[0] and names(page) == ["going on"]
