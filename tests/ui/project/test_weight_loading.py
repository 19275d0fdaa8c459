"""Weights of a file in the window: shown before anything changes, one step, and undo loses nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from importing.weight_files import safetensors
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.training.messages import Phase
from nnstudio.ui.project.weights_dialog import WeightsDialog


@pytest.fixture
def trained(hands, tmp_path):
    """A window whose xor network learned and pauses, and a file of other weights for its layers."""
    window = hands.window
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 3)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    arrays = hands.compute(lambda session: session.arrays())
    rng = np.random.default_rng(1)
    drawn = {name: rng.normal(size=v.shape).astype(np.float32) for name, v in arrays.items()}
    turned = {name: v.T for name, v in drawn.items()}
    return safetensors(tmp_path, turned), drawn


def dialog_of(hands, file: Path) -> WeightsDialog:
    hands.window.weight_loading.look_at(file)

    def dialogs() -> list[WeightsDialog]:
        return [dialog for dialog in hands.window.findChildren(WeightsDialog) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs()) or bool(hands.window.panels.message.text()))
    assert dialogs(), hands.window.panels.message.text()
    return dialogs()[0]


def arrays_are(hands, expected) -> bool:
    now = hands.compute(lambda session: session.arrays())
    return all(np.array_equal(now[name], expected[name]) for name in expected)


@pytest.mark.parametrize("freeze", [False, True])
def test_weights_are_loaded_and_undo_brings_back_what_was_trained(hands, trained, freeze):
    file, drawn = trained
    window, history = hands.window, hands.window.workspace.document.history
    before, rows, done = hands.compute(lambda s: s.arrays()), len(window.runner.rows), history.done
    dialog = dialog_of(hands, file)
    assert "arrays of the file match" in dialog.said.text() and "Undo brings back" in dialog.notes.text()
    assert history.done == done and arrays_are(hands, before)
    if freeze:
        dialog.freeze.setFocus()
        QTest.keyClick(dialog.freeze, Qt.Key.Key_Space)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    hands.wait(lambda: history.done == done + 1 and window.runner.is_planned)
    assert history.last.title == "Load weights" and arrays_are(hands, drawn)
    hands.wait(lambda: len(window.runner.rows) == 0)
    assert {bool(n.options.get("frozen")) for n in hands.graph.nodes if n.kind == "dense"} == {freeze}
    if freeze:
        window.runner.orders.step()
        hands.wait(lambda: window.runner.snapshot.steps == 1)
        assert arrays_are(hands, drawn)
    hands.trigger("undo")
    hands.wait(lambda: window.runner.is_planned and len(window.runner.rows) == rows)
    assert arrays_are(hands, before)
    assert not any(n.options.get("frozen") for n in hands.graph.nodes)
    hands.trigger("redo")
    hands.wait(lambda: window.runner.is_planned and len(window.runner.rows) == 0)
    assert arrays_are(hands, drawn)


def test_what_does_not_match_stands_first_and_escape_changes_nothing(hands, trained, tmp_path):
    _, drawn = trained
    first = next(name for name in drawn if name.endswith("weight"))
    file = safetensors(tmp_path, {**{n: v.T for n, v in drawn.items()}, first: np.zeros((3, 7), np.float32)})
    dialog = dialog_of(hands, file)
    model = dialog.table.model()
    top = [model.index(0, column).data() for column in range(4)]
    assert top[:3] == [first, "3×7", "not loaded"] and "against" in top[3]
    moves = hands.window.workspace.document.history.moves
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and hands.window.workspace.document.history.moves == moves


def test_nothing_that_matches_cannot_be_loaded(hands, trained, tmp_path):
    dialog = dialog_of(hands, safetensors(tmp_path, {"x.weight": np.zeros((50, 60), np.float32)}))
    assert not dialog.load_button.isEnabled() and not dialog.freeze.isEnabled()
    dialog.close()


def test_a_file_that_cannot_be_read_is_a_sentence(hands, trained, tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 64)
    hands.window.weight_loading.look_at(tmp_path / "bad.safetensors")
    hands.wait(lambda: "bad.safetensors" in hands.window.panels.message.text())


def test_an_edit_meanwhile_is_told(hands, trained):
    file, _ = trained
    dialog = dialog_of(hands, file)
    hands.window.editor.change_setting("batch_size", 7)
    before = hands.window.workspace.document.history.done
    dialog.load_button.click()
    hands.wait(lambda: "changed meanwhile" in hands.window.panels.message.text())
    assert hands.window.workspace.document.history.done == before


def test_loaded_weights_are_saved(hands, trained, tmp_path):
    file, drawn = trained
    path = tmp_path / "p.nns"
    assert hands.save(path)
    dialog_of(hands, file).load_button.click()
    hands.wait(lambda: hands.window.workspace.document.history.done == 1)
    assert hands.save(path) and hands.open(path)
    hands.wait(lambda: hands.window.runner.is_planned and hands.window.runner.has_network)
    assert arrays_are(hands, drawn)
