"""Layers of a trained network in the window: shown first, chosen by ticks, one step that undo takes back."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from runs.recorded import keep_trained, trained

from nnstudio.lessons.progress import home
from nnstudio.project import open_example
from nnstudio.runs.store import RunStore
from nnstudio.training.messages import Phase
from nnstudio.ui.project import file_into_network
from nnstudio.ui.project.lender_dialog import LenderDialog
from nnstudio.ui.project.reuse_dialog import ReuseDialog
from nnstudio.ui.runs.lending import kept_runs


@pytest.fixture
def lender(tmp_path):
    """A network for the same points that learned a little, and its arrays."""
    project = open_example("xor")
    session = project.session(1)
    for _slice in session.slices(1):
        pass
    project.state = session.state()
    project.save(tmp_path / "lender.nns")
    return tmp_path / "lender.nns", {name: array.copy() for name, array in session.arrays().items()}


def dialog_of(hands, file) -> ReuseDialog:
    hands.window.layer_reuse.look_at(file)

    def dialogs() -> list[ReuseDialog]:
        return [dialog for dialog in hands.window.findChildren(ReuseDialog) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs()) or bool(hands.window.panels.message.text()))
    assert dialogs(), hands.window.panels.message.text()
    return dialogs()[0]


def click_tick(dialog: ReuseDialog, row: int) -> None:
    index = dialog.model.index(row, 0)
    box = dialog.table.visualRect(index)
    spot = box.topLeft()
    spot.setX(spot.x() + 10)
    spot.setY(box.center().y())
    QTest.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def test_layers_come_over_as_one_step_and_undo_brings_back_what_was(hands, lender):
    file, learned = lender
    window = hands.window
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 3)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    before, history = hands.compute(lambda s: s.arrays()), window.workspace.document.history
    shapes, done = {n.id for n in hands.graph.nodes}, history.done
    dialog = dialog_of(hands, file)
    assert dialog.chosen == ("dense_1",) and "1 of 2 layers" in dialog.said.text()
    assert dialog.model.index(1, 3).data() == "begins with new weights, for other outputs"
    # A tick more, and away again.
    click_tick(dialog, 1)
    assert dialog.chosen == ("dense_1", "dense_2") and "2 of 2 layers" in dialog.said.text()
    click_tick(dialog, 1)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    hands.wait(lambda: history.done == done + 1 and window.runner.is_planned)
    assert history.last.title == "Reuse layers"
    now = hands.compute(lambda session: session.arrays())
    first = [name for name in learned if name.startswith("dense_1.")]
    assert first and all(np.array_equal(now[name], learned[name]) for name in first)
    assert not np.array_equal(now["dense_2.weight"], learned["dense_2.weight"])
    assert {n.id: n.options["frozen"] for n in hands.graph.nodes if n.kind == "dense"} == {
        "dense_1": True, "dense_2": False
    }  # fmt: skip
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    now = hands.compute(lambda session: session.arrays())
    assert all(np.array_equal(now[name], learned[name]) for name in first)
    hands.trigger("undo")
    hands.wait(lambda: history.done == done and window.runner.is_planned)
    assert {n.id for n in hands.graph.nodes} == shapes
    again = hands.compute(lambda s: s.arrays())
    assert all(np.array_equal(again[name], before[name]) for name in before)


def test_nothing_ticked_is_nothing_to_take(hands, lender):
    window = hands.window
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    dialog = dialog_of(hands, lender[0])
    click_tick(dialog, 0)
    assert not dialog.chosen and not dialog.reuse_button.isEnabled() and not dialog.freeze.isEnabled()


def test_what_cannot_be_reused_is_said(hands, tmp_path):
    open_example("xor").save(tmp_path / "fresh.nns")
    hands.window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.window.layer_reuse.look_at(tmp_path / "fresh.nns")
    hands.wait(lambda: "has learned nothing yet" in hands.window.panels.message.text())


def lender_dialog(hands) -> LenderDialog:
    hands.trigger("reuse")

    def dialogs() -> list[LenderDialog]:
        return [dialog for dialog in hands.window.findChildren(LenderDialog) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs()))
    return dialogs()[0]


def test_what_was_trained_is_offered_by_name_before_any_file(hands, lender, tmp_path):
    window = hands.window
    open_example("xor").save(tmp_path / "fresh.nns")
    learned = home("fooling")
    learned.mkdir(parents=True)
    shutil.copy(lender[0], learned / "fooling.nns")
    for path in (lender[0], tmp_path / "fresh.nns"):
        window.recent.remember(path)
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    dialog = lender_dialog(hands)
    texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert texts[0].startswith("lender\n") and not any("fresh" in text for text in texts)
    assert any("(lesson)\nYour work in this lesson." in text for text in texts)
    dialog.show_layers.click()
    hands.wait(lambda: any(d.isVisible() for d in window.findChildren(ReuseDialog)))
    shown = next(d for d in window.findChildren(ReuseDialog) if d.isVisible())
    assert shown.windowTitle() == "Reuse layers of lender.nns" and shown.chosen == ("dense_1",)


def test_who_trained_nothing_may_still_name_a_file(hands, monkeypatch):
    asked = []
    monkeypatch.setattr(file_into_network, "ask_open", lambda *question: asked.append(question) or "")
    hands.window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    dialog = lender_dialog(hands)
    assert not dialog.show_layers.isEnabled() and not dialog.list.isVisible()
    dialog.file.click()
    assert len(asked) == 1 and "*.nns" in asked[0][2]


def test_a_kept_run_lends_its_layers(tmp_path):
    store = RunStore(tmp_path / "runs.sqlite")
    assert kept_runs(store, "") == []
    record = keep_trained(store, *trained("xor", 1))
    (candidate,) = kept_runs(store, "another")
    assert candidate.title == record.name and "1 epoch" in candidate.detail
    assert candidate.read().project.state.epoch == 1
    assert kept_runs(store, record.id) == []
