"""Opening, saving, recovering, data of one's own: nothing is lost, and every fault is a sentence."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.templates import templates
from nnstudio.project import Project, open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.project import file_names, recovery
from nnstudio.ui.widgets.question import said


def answer(monkeypatch, window, button):
    asked = []
    monkeypatch.setattr(
        window.files, "ask", lambda title, text, *_: asked.append((title, said(text))) or button
    )
    return asked


def test_a_broken_file_gets_a_sentence_and_leaves_the_open_project(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    path = tmp_path / "bad.nns"
    path.write_bytes(b"PK\x03\x04 no archive")
    drawn = hands.graph.to_dict()
    assert not hands.open(path)
    assert "bad.nns" in window.panels.message.text() and window.panels.message.isVisible()
    assert hands.graph.to_dict() == drawn and window.runner.snapshot.phase == Phase.READY


def test_an_unwritable_folder_gets_a_sentence(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert not hands.save(tmp_path / "none" / "x.nns")
    assert "cannot be written" in window.panels.message.text()
    assert not hands.export(tmp_path / "none" / "x.npz")
    assert "cannot be written" in window.panels.message.text()


def test_recent_files_are_remembered(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    for name in ("a.nns", "b.nns"):
        hands.save(tmp_path / name)
    assert [p.name for p in window.recent.paths()] == ["b.nns", "a.nns"]
    (tmp_path / "b.nns").unlink()
    assert [p.name for p in window.recent.paths()] == ["a.nns"]


CRASH = """
import os
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from nnstudio.project import open_example
from nnstudio.ui.project.autosave import Autosave
application = QCoreApplication([])
project = open_example("xor")
project.document.graph.replace_node(project.document.graph["dense_1"].__class__("dense_1", "dense", "Mine"))
project.path = Path("folder") / "mine.nns"
autosave = Autosave()
autosave.save(project)
autosave.wait()
os._exit(1)
"""


def test_after_a_crash_the_project_is_offered_again(hands, window, monkeypatch):
    assert recovery.left_behind() == []
    subprocess.run([sys.executable, "-c", CRASH], check=False)
    (copy,) = recovery.left_behind()
    when = datetime.fromtimestamp(copy.stat().st_mtime)
    told = f"'mine.nns' from 'folder', as it was on {when.day} {when:%B %Y at %H:%M}"
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Open)
    window.files.offer_recovery()
    hands.wait(lambda: window.workspace.has_project)
    assert told in asked[0][1]
    assert hands.graph["dense_1"].name == "Mine" and window.workspace.is_modified
    # The old copy goes when the new one is on disk.
    hands.wait(lambda: recovery.left_behind() == [])


def test_every_change_is_autosaved_and_saving_clears_it(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_node("dense_1", "units", 6)
    hands.wait(window.keeper.autosave.path.exists)
    window.keeper.autosave.wait()
    assert Project.open(window.keeper.autosave.path).document.graph["dense_1"].options["units"] == 6
    assert recovery.left_behind() == [], "a running program's own file is nobody's find"
    hands.save(tmp_path / "x.nns")
    assert not window.keeper.autosave.path.exists()


def test_a_csv_of_ones_own(hands, window, tmp_path):
    rows = "".join(f"{i % 9};{i % 4},5;{'big' if i % 9 > 4 else 'small'}\n" for i in range(90))
    path = tmp_path / "mine.csv"
    path.write_text("length;width;size\n" + rows)
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.drops.take(str(path))
    hands.assistant().adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "mine")
    panel = window.panels.data
    assert "semicolon" in panel.guessed.text() and "“,”" in panel.guessed.text()
    assert panel.target.currentText() == "size" and panel.table.item(0, 0).text() == "0"
    assert window.runner.data.classes == ("big", "small")
    hands.wait(lambda: "2 units" in hands.facts["output_1"].error)
    window.editor.change_node("dense_2", "units", 2)
    hands.wait(lambda: window.runner.snapshot.phase == Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: bool(window.runner.rows) and window.runner.rows[-1].val_accuracy > 0.9)


def test_choosing_another_target_is_one_step_back(hands, window, tmp_path):
    path = tmp_path / "n.csv"
    path.write_text("a,b\n" + "".join(f"{i},{i * 2.5}\n" for i in range(50)))
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.panels.data.use("csv", str(path))
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("b",))
    panel = window.panels.data
    panel.target.setCurrentIndex(0)
    panel.target.activated.emit(0)
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("a",))
    hands.trigger("undo")
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("b",))


def test_a_dropped_folder_of_pictures_becomes_the_data(hands, window, tmp_path):
    for name, colour in (("dark", 30), ("light", 220)):
        (tmp_path / "p" / name).mkdir(parents=True)
        for i in range(6):
            Image.new("L", (9, 9), colour + i).save(tmp_path / "p" / name / f"{i}.png")
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    window.drops.take(str(tmp_path / "p"))
    hands.assistant().adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "p")
    panel = window.panels.data
    assert panel.choose.text() == "Choose a folder…" and panel.choose.isVisible()
    assert "6 × dark, 6 × light." in panel.summary.text()
    hands.trigger("undo")
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "MNIST digits")


def test_a_dropped_text_becomes_the_data(hands, window, tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("One green bottle, hanging on the wall.\nIf it should fall, who would know?\n" * 9)
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.drops.take(str(path))
    hands.assistant().adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "song")
    assert window.workspace.document.data.kind == "text"
    assert "are the test part" in window.panels.data.summary.text()


def test_a_dropped_web_link_is_a_sentence_and_changes_nothing(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    before = window.workspace.project.document.data
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.com/pictures")])
    at, none = QPointF(200, 200), Qt.KeyboardModifier.NoModifier
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    view = hands.canvas.viewport()
    QApplication.sendEvent(view, QDragEnterEvent(at.toPoint(), copy, mime, left, none))
    QApplication.sendEvent(view, QDropEvent(at, copy, mime, left, none))
    assert "'https://example.com/pictures' is not a file on this machine" in window.panels.message.text()
    assert window.workspace.project.document.data == before


def test_a_row_of_totals_is_named_and_the_form_can_leave_it_out(hands, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i % 3},{i % 2}\n" for i in range(20)) + "Total,,\n")
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.panels.data.use("csv", str(path))
    panel = window.panels.data
    hands.wait(lambda: "'Total' in data row 21" in panel.error.text())
    assert "that the row is left out" in panel.error.text() and "skip_rows" in panel.form.editors
    field = panel.form.editors["skip_rows"]
    field.setFocus()
    QTest.keyClicks(field, "21")
    QTest.keyClick(field, Qt.Key.Key_Return)
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "t")
    assert not panel.error.isVisible() and window.runner.data.features == ("a", "b")


@pytest.mark.parametrize("text, words", [("a,b\n", "no rows"), ("a,b\n" + "1,2\n" * 9 + "x1,2\n", "'x1'")])
def test_a_bad_csv_gets_a_sentence_and_the_network_stays(hands, window, tmp_path, text, words):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    drawn = hands.graph.to_dict()
    path = tmp_path / "bad.csv"
    path.write_text(text)
    window.panels.data.use("csv", str(path))
    hands.wait(lambda: words in window.panels.data.error.text())
    assert window.panels.data.error.isVisible() and hands.graph.to_dict() == drawn
    hands.trigger("undo")
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "Iris")


def test_a_project_saved_while_training_goes_on_where_it_was(hands, window, tmp_path):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 5)
    assert hands.save(tmp_path / "s.nns")
    assert window.runner.snapshot.phase == Phase.RUNNING
    saved = Project.open(tmp_path / "s.nns")
    assert saved.state.epoch >= 5 and np.isfinite(saved.state.params).all()


def test_every_shipped_example_opens_and_is_sound(hands, window):
    for name in ("celsius", "xor", "spiral", "iris", "mnist-dense", "mnist-convnet"):
        window.files.open_example(name)
        hands.wait(lambda: window.runner.snapshot.phase == Phase.READY and bool(hands.facts))
        assert not [f.error for f in hands.facts.values() if f.error]


def test_a_state_that_does_not_fit_can_be_reset(hands, window, monkeypatch, tmp_path):
    hands.train("xor", 3)
    path = tmp_path / "x.nns"
    project = window.workspace.project
    project.state = hands.state()
    window.editor.change_node("dense_1", "units", 3)
    project.save(path)
    answer(monkeypatch, window, QMessageBox.StandardButton.Discard)
    assert hands.open(path)
    hands.wait_phase(Phase.FAILED)
    assert window.panels.run_bar.reset_action.isEnabled()
    window.run_steps.reset()
    hands.wait_phase(Phase.READY)


def test_another_project_is_shown_when_the_save_is_through(
    hands, window, monkeypatch, tmp_path, held_writing
):
    began, gate, failure = held_writing
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 77)
    (tmp_path / "held").mkdir()
    window.files.save_to(tmp_path / "held" / "x.nns")
    hands.wait(began.is_set)
    before = window.workspace.project
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    window.files.open_example("xor")
    assert window.workspace.project is before and not asked
    failure.append(FileError("The disk is full."))
    gate.set()
    hands.wait(lambda: bool(asked))
    assert window.workspace.project is before and window.workspace.is_modified


def test_what_is_edited_while_it_is_saved_is_asked_about_again(
    hands, window, monkeypatch, tmp_path, held_writing
):
    began, gate, _ = held_writing
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    (tmp_path / "held").mkdir()
    window.workspace.project.path = path = tmp_path / "held" / "x.nns"
    window.editor.change_setting("epochs", 77)
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Save)
    left = []
    window.files.leave(lambda: left.append(True))
    hands.wait(began.is_set)
    window.editor.change_setting("epochs", 99)
    gate.set()
    hands.wait(lambda: bool(left))
    assert len(asked) == 2 and Project.open(path).document.settings.epochs == 99


def test_the_copy_of_an_edit_outlives_the_save_before_it(hands, window, tmp_path, held_writing):
    began, gate, _ = held_writing
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    (tmp_path / "held").mkdir()
    window.files.save_to(tmp_path / "held" / "x.nns")
    copy = window.keeper.autosave.path
    hands.wait(began.is_set)
    window.editor.change_setting("epochs", 99)
    hands.wait(copy.exists)
    gate.set()
    hands.wait(lambda: not window.files.is_saving)
    assert window.workspace.is_modified and Project.open(copy).document.settings.epochs == 99


def test_a_name_that_was_not_typed_is_asked_about(hands, window, monkeypatch, tmp_path):
    (tmp_path / "net.v2.nns").write_bytes(b"precious")
    asked = []
    monkeypatch.setattr(file_names, "may_replace", lambda _parent, path: asked.append(path.name) and False)
    chosen = str(tmp_path / "net.v2")
    assert file_names.completed(window, chosen, ".nns") is None and asked == ["net.v2.nns"]
    assert file_names.completed(window, str(tmp_path / "other.v2"), ".nns") == tmp_path / "other.v2.nns"
    assert file_names.completed(window, str(tmp_path / "net.v2.nns"), ".nns") == tmp_path / "net.v2.nns"
    assert file_names.completed(window, "", ".nns") is None


def test_what_is_edited_while_another_project_is_read_is_asked_about(hands, window, monkeypatch, tmp_path):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    path, gate, read = tmp_path / "x.nns", threading.Event(), Project.open
    assert hands.save(path)
    monkeypatch.setattr(Project, "open", staticmethod(lambda path: (gate.wait(60), read(path))[1]))
    before = window.workspace.project
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    window.files.open(path)
    window.editor.change_setting("epochs", 99)
    gate.set()
    hands.wait(lambda: bool(asked))
    assert window.workspace.project is before and window.workspace.document.settings.epochs == 99


def test_of_two_projects_that_are_opened_the_later_one_is_shown(hands, window, monkeypatch, tmp_path):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    slow, gate, read, opened = tmp_path / "slow.nns", threading.Event(), Project.open, threading.Event()
    assert hands.save(slow)

    def held(path):
        gate.wait(60)
        project = read(path)
        opened.set()
        return project

    monkeypatch.setattr(Project, "open", staticmethod(held))
    window.files.open(slow)
    window.files.new()
    shown = window.workspace.project
    gate.set()
    hands.wait(lambda: opened.is_set() and not window.runner.inquiries.are_open)
    assert window.workspace.project is shown and shown.path is None
    assert window.panels.status.cancel.isHidden()


def test_nothing_of_the_project_before_is_left_where_the_data_of_the_next_cannot_be_read(
    hands, window, monkeypatch, tmp_path
):
    project = open_example("iris")
    project.link_data(tmp_path / "gone.csv")
    project.document.data = DataReference("csv", project.document.data.options)
    project.save(tmp_path / "x.nns")
    hands.train("xor", 3)
    answer(monkeypatch, window, QMessageBox.StandardButton.Discard)
    assert hands.open(tmp_path / "x.nns")
    hands.wait(lambda: "gone.csv" in window.panels.message.text())
    snapshot = window.runner.snapshot
    assert (snapshot.phase, snapshot.steps, snapshot.kept.steps) == (Phase.EMPTY, 0, ())
    assert len(window.runner.rows) == 0
    assert not window.live.timeline.isVisible()
    assert window.exports.record_to(tmp_path / "x.gif") is None
    assert "cannot run yet" in window.panels.message.text()
    # The sentence on the data goes when there is data.
    window.editor.choose_data(DataReference("circle"))
    hands.wait(lambda: window.runner.data is not None)
    assert "gone.csv" not in window.panels.message.text()


@pytest.mark.parametrize("name", [template.id for template in templates if not template.data])
def test_a_template_that_is_a_part_of_a_network_gets_a_sentence_and_leaves_the_open_project(
    hands, window, name
):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    project = window.workspace.project
    window.files.new_from_template(name)
    assert "is a part of a network" in window.panels.message.text() and window.panels.message.isVisible()
    assert window.workspace.project is project and window.runner.snapshot.phase == Phase.READY
