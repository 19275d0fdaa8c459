"""Lessons come and go as files: added, replaced and removed once asked; handouts and work are written."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMessageBox, QPushButton

from nnstudio.lessons.lesson import lessons_folder
from nnstudio.lessons.own import lesson_called
from nnstudio.lessons.package import pack
from nnstudio.lessons.panels import panel_title, panel_titles
from nnstudio.lessons.progress import home, read_progress
from nnstudio.project import Project
from nnstudio.ui.lessons.lesson_files import file_name

BUTTON = QMessageBox.StandardButton


@pytest.fixture
def file(tmp_path):
    """A lesson in a chapter of its own, packed."""
    return packed(tmp_path, "Bread in the oven")


def packed(tmp_path, title, chapter="Class 9"):
    folder = tmp_path / "bread"
    shutil.copytree(lessons_folder() / "celsius", folder, dirs_exist_ok=True)
    text = (lessons_folder() / "celsius" / "lesson.toml").read_text("utf-8")
    text = text.replace("From Celsius to Fahrenheit", title, 1).replace('"One neuron"', f'"{chapter}"', 1)
    (folder / "lesson.toml").write_text(text, "utf-8")
    pack(folder, tmp_path / "bread.nnlesson")
    return tmp_path / "bread.nnlesson"


@pytest.fixture
def answers(monkeypatch):
    """What a person is asked; the test may change what they answer."""

    class Answers:
        choice, asked = BUTTON.Yes, []

    Answers.asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: Answers.asked.append(box.text()) or Answers.choice)
    return Answers


def drop(window, path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))


def link(page, name) -> QPushButton:
    return next(b for b in page.findChildren(QPushButton) if b.accessibleName() == name)


def headings(page) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.objectName() == "heading"]


def test_a_dropped_lesson_is_added_begun_and_removed_and_its_work_stays(
    hands, window, learner, file, answers
):
    page = window.lessons_page
    drop(window, file)
    hands.wait(lambda: "bread" in page.cards and page.cards["bread"].hasFocus())
    assert page.isVisible() and headings(page)[-1] == "More lessons"
    assert "Bread in the oven" in window.panels.written.text.text()
    learner.open("bread")
    learner.click_node("Dense")
    hands.wait(learner.panel.next.isEnabled)
    hands.trigger("lessons")
    hands.wait(lambda: "bread" in page.cards and read_progress("bread").done == (0,))
    answers.choice = BUTTON.Cancel
    link(page, "Bread in the oven: remove").click()
    assert lesson_called("bread") is not None and learner.run.open is not None
    answers.choice = BUTTON.Yes
    link(page, "Bread in the oven: remove").click()
    hands.wait(lambda: "bread" not in page.cards)
    assert learner.run.open is None and lesson_called("bread") is None
    assert "work in it stays" in answers.asked[0] and (home("bread") / "bread.nns").exists()


def test_another_lesson_of_the_name_is_replaced_only_when_agreed(
    hands, window, tmp_path, answers, monkeypatch
):
    page, file = window.lessons_page, packed(tmp_path, "Bread", "Learning")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    hands.trigger("open")
    hands.wait(lambda: "bread" in page.cards)
    assert "More lessons" not in headings(page), "it stands in its chapter"
    packed(tmp_path, "Rolls")
    answers.choice = BUTTON.Cancel
    hands.trigger("open")
    hands.wait(lambda: bool(answers.asked))
    assert "“Bread”" in answers.asked[0] and lesson_called("bread").lesson.title == "Bread"
    answers.choice = BUTTON.Yes
    hands.trigger("open")
    hands.wait(lambda: "Rolls" in window.panels.written.text.text())
    assert lesson_called("bread").lesson.title == "Rolls"


def test_what_is_no_lesson_is_told(hands, window, tmp_path):
    (tmp_path / "x.nnlesson").write_bytes(b"no zip")
    drop(window, tmp_path / "x.nnlesson")
    hands.wait(lambda: "not a lesson" in window.panels.message.text())


def test_handouts_are_written_from_the_page_and_from_the_panel(hands, window, learner, tmp_path, monkeypatch):
    page, target = window.lessons_page, tmp_path / "a.md"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda _parent, _title, name, _filters: (str(target), name)
    )
    learner.open("celsius")
    entries = learner.panel.more.menu().actions()
    assert not any("solutions" in entry.text() for entry in entries), "those are not for whoever learns"
    pupils = entries[0]
    pupils.trigger()
    hands.wait(lambda: target.exists() and "a.md" in window.panels.written.text.text())
    assert "Solutions" not in target.read_text("utf-8") and "pupils" in pupils.text()
    target = tmp_path / "b.pdf"
    hands.trigger("lessons")
    hands.wait(lambda: "celsius" in page.cards)
    _, teacher = link(page, "From Celsius to Fahrenheit: print").menu().actions()
    assert "teacher" in teacher.text()
    teacher.trigger()
    hands.wait(lambda: "b.pdf" in window.panels.written.text.text())
    assert target.read_bytes().startswith(b"%PDF")


@pytest.fixture
def named(monkeypatch):
    """What the learner is called, and what was proposed and known when they were asked."""
    said = {"who": "Jonas", "known": [], "files": []}

    def name(_parent, _title, _label, text=""):
        said["known"].append(text)
        return said["who"], True

    monkeypatch.setattr(QInputDialog, "getText", name)
    return said


def test_work_is_saved_as_it_is_now(hands, window, learner, tmp_path, monkeypatch, named):
    def choose(_parent, _title, proposed, _filters):
        named["files"].append(Path(proposed).name)
        # The second time, they think better of it.
        return ("" if named["files"][1:] else str(tmp_path / "work")), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    learner.open("celsius")
    window.editor.change_setting("epochs", 77)
    learner.panel.more.menu().actions()[-1].trigger()
    hands.wait(lambda: "work.zip" in window.panels.written.text.text())
    with zipfile.ZipFile(tmp_path / "work.zip") as archive:
        archive.extractall(tmp_path)
    assert Project.open(tmp_path / "celsius.nns").document.settings.epochs == 77
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert not window.workspace.is_modified
    # The next time the name stands there already.
    learner.panel.more.menu().actions()[-1].trigger()
    hands.wait(lambda: len(named["files"]) == 2)
    assert named["known"] == ["", "Jonas"] and named["files"] == ["celsius Jonas.zip"] * 2
    hands.wait(lambda: not window.runner.inquiries.are_open)


def test_a_handout_calls_each_panel_as_the_window_does(window):
    titles = {name: window.docks[name].windowTitle() for name in window.docks}
    assert {name: panel_title(name) for name in window.docks} == titles
    assert panel_titles() == titles, "a check on the command line knows the same panels"


def test_a_learners_work_is_opened_where_it_is_dropped_and_never_written(
    hands, window, learner, tmp_path, monkeypatch, named
):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "work"), ""))
    learner.open("celsius")
    window.editor.change_setting("epochs", 77)
    learner.panel.more.menu().actions()[-1].trigger()
    hands.wait(lambda: (tmp_path / "work.zip").exists())
    window.files.open_example("xor")
    window.drops.take(str(tmp_path / "work.zip"))
    hands.wait(lambda: window.workspace.document.settings.epochs == 77)
    assert window.workspace.project.path is None
    assert "That file stays as it is" in window.panels.written.text.text()
    assert window.panels.written.isVisible()


def test_the_file_of_a_learners_work_is_called_as_every_system_allows():
    assert file_name("line", "Jo/nas: <K>.") == "line Jo nas K"
    assert file_name("line", "") == "line" and len(file_name("line", "x" * 300)) == 100
