"""A project gives way: a person is asked where something would be lost, and only there."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox

from nnstudio.project import open_example
from nnstudio.runs.store import RunStore
from nnstudio.training.messages import Phase
from nnstudio.ui.project import recovery
from nnstudio.ui.widgets.question import said


def answer(monkeypatch, window, button):
    """What is asked, in words, and answered with this button."""
    asked = []
    monkeypatch.setattr(
        window.files, "ask", lambda title, text, *_: asked.append((title, said(text))) or button
    )
    return asked


def test_unsaved_changes_are_asked_about(hands, window, monkeypatch):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert hands.may_leave()
    window.editor.change_node("dense_1", "units", 5)
    assert window.isWindowModified()
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    assert not hands.may_leave() and len(asked) == 1
    answer(monkeypatch, window, QMessageBox.StandardButton.Discard)
    assert hands.may_leave()


def test_what_was_trained_is_asked_about_where_its_file_does_not_have_it(
    hands, window, monkeypatch, tmp_path
):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert hands.save(tmp_path / "mine.nns")
    window.runner.orders.train()
    hands.wait(lambda: window.workspace.project.was_trained)
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    assert not hands.may_leave() and "mine.nns is being trained" in asked[0][1]
    assert "Training will stop" in asked[0][1]


def test_a_trained_example_has_nothing_to_lose_since_it_is_kept_as_a_run(hands, window, monkeypatch):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.step()
    hands.wait(lambda: window.workspace.project.was_trained)
    assert hands.may_leave()
    window.files.new()
    hands.wait(lambda: len(RunStore().list()) == 1)
    hands.trigger("undo")
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    monkeypatch.setattr(window.runs.kept, "_problem", "The run could not be kept. The disk is full.")
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    assert not hands.may_leave() and "less than an epoch" in asked[0][1]


def test_a_project_that_a_run_took_the_place_of_is_asked_about_when_the_program_closes(
    hands, window, monkeypatch
):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_node("dense_1", "units", 5)
    edited = window.workspace.project
    # As the page of runs does.
    for _ in range(6):
        window.files.leave(lambda: window.files.show(open_example("spiral"), "Open run"), comes_back=True)
    # Nor does a crash lose it.
    (copy,) = window.files.leaving._copies.values()
    copy.wait()
    assert "edits that were not saved" in recovery.described(copy.path)
    asked = answer(monkeypatch, window, QMessageBox.StandardButton.Cancel)
    assert not window.close() and "“XOR” (no file yet) has changes" in asked[0][1]
    for _ in range(6):
        hands.trigger("undo")
    assert window.workspace.project is edited and hands.graph["dense_1"].options["units"] == 5
    asked.clear()
    assert not copy.path.exists()
    # Now it is the open one.
    assert not window.close() and "This project has unsaved changes" in asked[0][1]
