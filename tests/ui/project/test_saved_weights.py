"""What is saved holds the weights of the network that is saved with them."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

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
    # Nothing that was learned fits three units.
    assert project.state is None and hands.state() is None


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
