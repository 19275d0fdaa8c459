"""What is saved holds the weights of the network that is saved with them."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.training.messages import Phase


def test_a_save_right_after_an_edit_holds_the_weights_of_the_edited_network(hands, window, tmp_path):
    hands.train("xor", 3)
    window.editor.change_node("dense_1", "units", 3)
    path = tmp_path / "x.nns"
    assert hands.save(path) and not window.workspace.is_modified
    assert hands.open(path)
    hands.wait_phase(Phase.READY, Phase.PAUSED, Phase.FAILED)
    assert window.runner.snapshot.phase != Phase.FAILED, window.runner.snapshot.message


@pytest.mark.parametrize("goes", ["to a file", "to a recovery copy"])
def test_an_edit_while_the_state_is_asked_for_is_written_with_weights_that_fit(hands, window, tmp_path, goes):
    hands.train("xor", 3)
    window.keeper.autosave.wait()
    gate, path = threading.Event(), tmp_path / "x.nns"
    held = window.runner.worker.compute(lambda _session: gate.wait(60))
    if goes == "to a file":
        window.files.save_to(path)
    else:
        path = window.keeper.autosave.path
        path.unlink(missing_ok=True)
        window.workspace.note_trained()
        window.keeper.keep_copy()
    window.editor.change_node("dense_1", "units", 3)
    gate.set()
    assert held.result(60)
    hands.wait(path.exists)
    hands.wait(lambda: not window.files.is_saving)
    window.keeper.autosave.wait()
    project = Project.open(path)
    assert project.document.graph["dense_1"].options["units"] == 3 and not project.warnings
    assert np.array_equal(project.state.params, hands.state().params), "what was learned fits three units"


def test_weights_set_by_hand_before_training_are_saved(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.run_steps.write("dense_1", "weight", 0, 7.25)
    path = tmp_path / "x.nns"
    assert hands.save(path) and hands.open(path)
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    assert (hands.compute(lambda s: s.parameters.copy()) == 7.25).sum() == 1


def test_a_broken_network_keeps_what_was_learned_when_saved_and_mended(hands, window, tmp_path):
    hands.train("xor", 3)
    before = hands.compute(lambda s: s.parameters.copy())
    link = list(hands.graph.links)[1]
    window.editor.remove([], [link])
    hands.wait_phase(Phase.FAILED)
    path, done = tmp_path / "x.nns", []
    window.files.save_to(path, lambda: done.append(True))
    hands.wait(lambda: bool(done))
    assert hands.open(path)
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.FAILED)
    window.editor.connect_nodes(link, None)
    hands.wait_phase(Phase.PAUSED)
    np.testing.assert_array_equal(hands.compute(lambda s: s.parameters.copy()), before)


def test_a_trained_project_that_is_opened_was_not_trained_since(hands, window, tmp_path):
    hands.train("xor", 3)
    assert hands.save(tmp_path / "x.nns") and hands.open(tmp_path / "x.nns")
    hands.wait_phase(Phase.PAUSED)
    opened = window.runner.snapshot
    # What a look between the two may meet.
    window.workspace._on_snapshot(replace(opened, phase=Phase.PREPARING, steps=0))
    window.workspace._on_snapshot(opened)
    assert not window.workspace.is_modified


def set_by_hand(window):
    window.run_steps.write("dense_1", "weight", 0, 7.25)


def freeze(window):
    window.editor.change_node("dense_1", "frozen", True)


@pytest.mark.parametrize("change", [set_by_hand, freeze, lambda window: window.run_steps.reset()])
def test_what_is_done_while_the_state_is_asked_for_is_saved_or_known_as_unsaved(
    hands, window, tmp_path, change
):
    hands.train("xor", 3)
    gate, path = threading.Event(), tmp_path / "x.nns"
    held = window.runner.worker.compute(lambda _session: gate.wait(60))
    window.files.save_to(path)
    change(window)
    gate.set()
    assert held.result(60)
    hands.wait(path.exists)
    hands.wait(lambda: not window.files.is_saving)
    written, now = Project.open(path), hands.state()
    assert not window.workspace.is_modified
    assert (written.state is None) == (now is None)
    if now is not None:
        np.testing.assert_array_equal(written.state.params, now.params)
    assert written.document.to_network() == window.workspace.document.to_network()


def test_what_is_done_while_the_file_is_written_is_unsaved(hands, window, tmp_path, held_writing):
    began, gate, _ = held_writing
    hands.train("xor", 3)
    (tmp_path / "held").mkdir()
    window.files.save_to(tmp_path / "held" / "x.nns")
    hands.wait(began.is_set)
    assert window.workspace.is_modified, "it is not on disk yet"
    set_by_hand(window)
    gate.set()
    hands.wait(lambda: not window.files.is_saving)
    assert window.workspace.is_modified
    hands.trigger("undo")
    assert not window.workspace.is_modified, "it is as it was written"
    window.runner.orders.step()
    hands.wait(lambda: window.workspace.is_modified)


def test_a_save_that_fails_while_the_project_before_is_shown_leaves_both_unsaved(
    hands, window, tmp_path, held_writing
):
    began, gate, failure = held_writing
    window.files.open_example("spiral")
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 77)
    failure.append(FileError("The disk is full."))
    window.files.save_to(tmp_path / "held" / "x.nns")
    hands.wait(began.is_set)
    hands.trigger("undo")
    hands.trigger("undo")
    gate.set()
    hands.wait(lambda: not window.files.is_saving)
    assert not window.workspace.is_modified, "the other project is as it was opened"
    hands.trigger("redo")
    hands.trigger("redo")
    assert window.workspace.is_modified and window.workspace.document.settings.epochs == 77


def test_a_save_asked_for_before_another_project_is_shown_says_that_it_was_not_made(hands, window, tmp_path):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.train("xor", 3)
    gate = threading.Event()
    held = window.runner.worker.compute(lambda _session: gate.wait(60))
    window.files.save_to(tmp_path / "x.nns")
    for _ in range(window.workspace.document.history.done):
        hands.trigger("undo")
    gate.set()
    assert held.result(60)
    hands.wait(lambda: not window.files.is_saving)
    assert "was not saved: another project" in window.panels.message.text()
    assert not (tmp_path / "x.nns").exists()


def test_a_step_and_a_save_in_one_go_leave_nothing_unsaved(hands, window, tmp_path):
    hands.train("xor", 3)
    window.runner.orders.step()
    assert hands.save(tmp_path / "x.nns")
    hands.wait(lambda: window.runner.snapshot.phase == Phase.PAUSED)
    assert not window.workspace.is_modified
    assert Project.open(tmp_path / "x.nns").state.step == window.runner.snapshot.steps


def test_a_save_from_an_earlier_step_says_that_the_weights_are_those_of_now(hands, window, tmp_path):
    hands.train("xor", 30)
    window.runner.orders.travel(window.runner.snapshot.kept.steps[3])
    hands.wait(lambda: window.runner.snapshot.shown is not None)
    assert hands.save(tmp_path / "x.nns")
    assert "as they are now" in window.panels.status.currentMessage()
    assert Project.open(tmp_path / "x.nns").state.epoch == 30


def nines(state):
    return 0 if state is None else int((state.params == 9).sum())


def test_a_hand_set_weight_is_not_undone_before_its_project_is_back(hands, window, tmp_path):
    hands.train("xor", 3)
    assert hands.save(tmp_path / "x.nns")
    saved = window.workspace.document.history.done
    window.run_steps.write("dense_1", "weight", 0, 9.0)
    assert hands.save(tmp_path / "y.nns")
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.editor.go_to_step(saved)
    assert "before the network is ready" in window.panels.message.text()
    hands.wait(lambda: window.runner.is_planned)
    assert nines(hands.state()) == 1 and not window.workspace.is_modified, "it is as it was saved last"
    window.editor.go_to_step(saved)
    assert nines(hands.state()) == 0 and window.workspace.is_modified
    hands.trigger("redo")
    assert nines(hands.state()) == 1


def test_training_after_the_state_was_taken_is_known_whatever_the_window_saw(hands, window, tmp_path):
    hands.train("xor", 3)
    gate, path = threading.Event(), tmp_path / "x.nns"
    held = window.runner.worker.compute(lambda _session: gate.wait(60))
    freeze(window)
    window.files.save_to(path)
    window.runner.orders.step()
    gate.set()
    assert held.result(60)
    hands.wait(lambda: path.exists() and not window.files.is_saving)
    hands.wait(lambda: window.runner.snapshot.phase == Phase.PAUSED and window.runner.is_planned)
    differs = Project.open(path).state.step != hands.state().step
    hands.wait(lambda: window.workspace.is_modified == differs)


def test_what_was_trained_while_it_was_written_is_in_a_recovery_copy(hands, window, tmp_path, held_writing):
    began, gate, _ = held_writing
    hands.train("xor", 3)
    window.keeper.autosave.wait()
    (tmp_path / "held").mkdir()
    window.files.save_to(tmp_path / "held" / "x.nns")
    hands.wait(began.is_set)
    window.runner.orders.step()
    hands.wait(lambda: window.workspace.project.was_trained)
    gate.set()
    hands.wait(lambda: not window.files.is_saving)
    step, copy = window.runner.snapshot.steps, window.keeper.autosave.path
    hands.wait(lambda: copy.exists() and Project.open(copy).state.step == step)


def save(hands, window, path):
    """Save where a sentence about the network stands above the canvas."""
    done = []
    window.files.save_to(path, lambda: done.append(True))
    hands.wait(lambda: bool(done))


@pytest.fixture
def broken(hands, window, tmp_path):
    """A trained network that cannot be planned, opened; the link that would mend it."""
    hands.train("xor", 3)
    link = list(hands.graph.links)[1]
    window.editor.remove([], [link])
    hands.wait_phase(Phase.FAILED)
    save(hands, window, tmp_path / "x.nns")
    assert hands.open(tmp_path / "x.nns")
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.FAILED)
    return link


def test_a_reset_of_a_broken_network_is_saved_and_undone(hands, window, tmp_path, broken):
    window.run_steps.reset()
    save(hands, window, tmp_path / "y.nns")
    assert Project.open(tmp_path / "y.nns").state is None
    hands.trigger("undo")
    save(hands, window, tmp_path / "y.nns")
    assert Project.open(tmp_path / "y.nns").state.epoch == 3
    window.editor.connect_nodes(broken, None)
    hands.wait_phase(Phase.PAUSED)
    assert hands.state().epoch == 3


def test_a_reset_before_the_project_is_back_holds(hands, window, tmp_path):
    hands.train("xor", 3)
    assert hands.save(tmp_path / "x.nns")
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.trigger("undo")
    window.run_steps.reset()
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.READY)
    assert hands.state() is None
    hands.trigger("undo")
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.PAUSED)
    assert hands.state().epoch == 3


def test_closing_asks_about_what_only_redo_would_show(hands, window, monkeypatch):
    window.files.open_example("spiral")
    hands.train("xor", 3)
    while window.workspace.document.history.done:
        hands.trigger("undo")
    assert not window.workspace.is_modified
    asked = []
    monkeypatch.setattr(window.files.leaving, "keeps_runs", lambda: False)
    monkeypatch.setattr(window.files, "ask", lambda *words: asked.append(words))
    window.close()
    assert window.isVisible() and len(asked) == 1 and "Redo shows them again" in asked[0][1]


def test_a_network_that_cannot_be_planned_is_not_recorded(hands, window, tmp_path, broken):
    assert window.exports.record_to(tmp_path / "x.gif") is None
    assert "cannot run yet" in window.panels.message.text()
