"""Edits in the middle of a training keep what was learned and say what became of it; undo brings all back."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.model import commands
from nnstudio.training.messages import Phase
from nnstudio.training.surgery.beginning import Beginning, Pace
from nnstudio.ui.panels.notice import WAITS
from nnstudio.ui.project.unit_dialogs import PruneDialog, UnitsDialog


@pytest.fixture
def trained(hands, window):
    """A window whose spiral network made some steps and pauses; edits are planned at once."""
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.runner.planner._settle.setInterval(0)
    for _ in range(8):
        window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 8)
    return window


def everything(hands):
    """All that a run has: arrays, the flat buffer with the optimizer's, curve, timeline, predictions."""

    def look(session):
        x = np.ascontiguousarray(session.data.x_train[:100])
        return (
            session.arrays(), session.program.params.copy(), session.history.copy(),
            list(session.checkpoint_steps), session.predict(x), session.steps, session.run,
        )  # fmt: skip

    return hands.compute(look)


def same(one, other) -> bool:
    return (
        np.array_equal(one[1], other[1]) and one[2] == other[2] and one[3] == other[3]
        and np.array_equal(one[4], other[4]) and one[5:] == other[5:]
    )  # fmt: skip


def planned(hands, change) -> None:
    """Make a change and wait until the worker has it."""
    start = hands.window.runner.snapshot.start
    change()
    hands.wait(lambda: hands.window.runner.snapshot.start > start)
    hands.wait_phase(Phase.PAUSED, Phase.READY, Phase.RUNNING, Phase.FAILED)


def step(hands) -> None:
    steps = hands.window.runner.snapshot.steps
    hands.window.runner.orders.step()
    hands.wait(lambda: hands.window.runner.snapshot.steps == steps + 1)


class Surgeon:
    """Makes edits of the network that can be trained on; every choice comes from one seed."""

    def __init__(self, window, seed: int) -> None:
        self.window, self.editor, self.random = window, window.editor, random.Random(seed)

    def of_kind(self, *kinds: str) -> str:
        nodes = [n.id for n in self.editor.graph.nodes if n.kind in kinds]
        # The last Dense gives what the data asks for.
        return self.random.choice(nodes[:-1] if kinds == ("dense",) else nodes)

    def resize(self) -> None:
        node = self.of_kind("dense")
        units = self.editor.graph[node].options["units"]
        self.editor.change_node(node, "units", units + self.random.choice((-2, 3, 9)))

    def insert(self) -> None:
        source = self.of_kind("dense", "tanh")
        (link,) = [k for k in self.editor.graph.links if k.source == source]
        kind = self.random.choice(("batchnorm", "dropout", "tanh", "layernorm"))
        node = self.editor.graph.new_node(kind, 0.0, 0.0)
        self.editor.do(commands.InsertBetween(self.editor.graph, node, link))

    def grow(self) -> None:
        node = self.of_kind("dense", "tanh")
        self.editor.view.canvas.select([node])
        self.window.presenter.look_again()
        can_split = self.editor.graph[node].options.get("units", 1) > 1
        steps = ("deepen", "branch", *(("split", "split") if can_split else ()))
        self.window.menus.actions[self.random.choice(steps)].trigger()

    def remove(self) -> None:
        self.editor.remove([self.of_kind("tanh", "batchnorm", "dropout", "relu")], [], bridge=True)

    def edit(self) -> None:
        self.random.choice((self.resize, self.insert, self.grow, self.remove))()


@pytest.mark.parametrize("seed", range(2))
def test_random_edits_keep_what_fits_and_undo_brings_each_moment_back(hands, trained, seed):
    surgeon = Surgeon(trained, seed)
    moments = [everything(hands)]
    for _ in range(5):
        before = everything(hands)
        planned(hands, surgeon.edit)
        if trained.runner.snapshot.phase == Phase.FAILED:
            # Branches that are added no longer fit.
            planned(hands, lambda: hands.trigger("undo"))
            assert same(everything(hands), before)
            continue
        snapshot, after = trained.runner.snapshot, everything(hands)
        assert snapshot.phase == Phase.PAUSED and snapshot.carried.goes_on
        assert (after[2], after[5]) == (before[2], before[5]), "curve and steps"
        alike = [n for n in before[0] if n in after[0] and before[0][n].shape == after[0][n].shape]
        assert all(np.array_equal(before[0][n], after[0][n]) for n in alike)
        apart = float(np.abs(after[4] - before[4]).max())
        assert snapshot.carried.keeps_function == (apart <= 1e-5)
        step(hands)
        moments.append(everything(hands))
    for moment in reversed(moments[:-1]):
        planned(hands, lambda: hands.trigger("undo"))
        assert same(everything(hands), moment)
    for moment in moments[1:]:
        planned(hands, lambda: hands.trigger("redo"))
        assert same(everything(hands), moment)


def test_the_bar_says_what_was_kept_and_that_nothing_is_predicted_otherwise(hands, trained):
    trained.runner.orders.train()
    hands.wait(lambda: len(trained.runner.rows) > 2)
    planned(hands, lambda: trained.editor.change_node("dense_1", "units", 12))
    hands.wait_phase(Phase.RUNNING)
    notice = trained.panels.notice
    assert notice.isVisible()
    told = notice.text.text()
    assert "'Dense' has 4 more units, copies of those that it had" in told
    assert "The predictions are" in told and "same on" in told and "All other weights are kept." in told
    rows = len(trained.runner.rows)
    hands.wait(lambda: len(trained.runner.rows) > rows + 2)
    assert [row.epoch for row in trained.runner.rows][:2] == [1, 2]


def test_before_a_new_layer_undoes_what_was_learned_training_waits_and_a_button_slows_it(
    hands, trained, monkeypatch
):
    fast = Beginning(fast=(Pace("dense_2", 2.3, 0.1),))
    monkeypatch.setattr("nnstudio.training.learned.begin_moments", lambda *_about: fast)
    trained.runner.orders.train()
    hands.wait(lambda: len(trained.runner.rows) > 2)
    planned(hands, lambda: trained.editor.change_node("dense_1", "units", 12))
    notice = trained.panels.notice
    assert trained.runner.snapshot.phase == Phase.PAUSED
    assert "'Dense 2' may learn too fast" in notice.text.text() and WAITS in notice.text.text()
    hands.wait(lambda: not notice.slow.visibleRegion().isEmpty())
    planned(hands, lambda: QTest.mouseClick(notice.slow, Qt.MouseButton.LeftButton))
    assert trained.editor.graph["dense_2"].options["learning_rate_factor"] == 0.1
    planned(hands, lambda: hands.trigger("undo"))
    assert trained.editor.graph["dense_2"].options.get("learning_rate_factor", 1.0) == 1.0


def test_units_that_are_gone_are_told_with_what_it_does_to_the_predictions(hands, trained):
    planned(hands, lambda: trained.editor.change_node("dense_1", "units", 4))
    told = trained.panels.notice.text.text()
    assert "'Dense' has 4 fewer units" in told and "The predictions have changed on" in told
    assert told.endswith("The timeline begins here; undo leads back to the one before.")
    before = everything(hands)
    # What lies over the canvas is put there in the next turn.
    hands.wait(lambda: not trained.panels.notice.undo.visibleRegion().isEmpty())
    planned(hands, lambda: QTest.mouseClick(trained.panels.notice.undo, Qt.MouseButton.LeftButton))
    assert not trained.panels.notice.isVisible() and len(before[0]["dense_1.bias"]) == 4
    assert len(everything(hands)[0]["dense_1.bias"]) == 8


def test_what_ran_since_a_change_of_settings_or_a_freeze_stays_when_that_is_undone(hands, trained):
    editor = trained.editor
    freeze = partial(editor.change_node, "dense_1", "frozen", True)
    for change in (partial(editor.change_setting, "l2", 0.1), freeze):
        planned(hands, change)
        step(hands)
        now = everything(hands)
        planned(hands, lambda: hands.trigger("undo"))
        assert same(everything(hands), now)


def test_what_only_passes_values_on_leaves_the_timeline_which_is_said_to_be_in_this_network(hands, trained):
    kept = trained.runner.snapshot.kept.steps
    planned(hands, lambda: trained.editor.remove(["tanh_1"], [], bridge=True))
    assert trained.panels.notice.text.text().startswith("All weights are kept. The predictions have changed")
    assert trained.panels.notice.text.text().endswith("the weights of then in the network of now.")
    hands.wait(lambda: trained.runner.snapshot.kept.steps == kept)


def test_a_new_name_between_two_edits_leads_back_all_the_same(hands, trained):
    trained.editor.change_node("dense_1", "name", "First")
    hands.wait(lambda: not trained.runner.planner._settle.isActive())
    before = everything(hands)
    planned(hands, lambda: trained.editor.change_node("dense_1", "units", 12))
    step(hands)
    planned(hands, lambda: hands.trigger("undo"))
    assert same(everything(hands), before)


def test_typing_a_number_digit_by_digit_is_one_step_and_undo_leads_before_it(hands, trained, monkeypatch):
    # However slow the machine is, nobody paused between the digits.
    monkeypatch.setattr("nnstudio.model.commands.MERGE_SECONDS", 1000.0)
    start = everything(hands)
    for units in (9, 10, 11):
        planned(hands, lambda units=units: trained.editor.change_node("dense_1", "units", units))
    planned(hands, lambda: hands.trigger("undo"))
    assert same(everything(hands), start)


def test_widen_asks_for_a_number_and_keeps_the_predictions(hands, trained):
    before = everything(hands)
    trained.canvas.canvas.select(["dense_1"])
    trained.menus.actions["widen"].trigger()
    (dialog,) = trained.findChildren(UnitsDialog)
    assert dialog.field.minimum() == 8
    dialog.field.setValue(24)
    planned(hands, lambda: QTest.mouseClick(dialog.button, Qt.MouseButton.LeftButton))
    after = everything(hands)
    assert after[0]["dense_1.weight"].shape == (2, 24) and np.abs(after[4] - before[4]).max() <= 1e-5


def test_units_that_do_nothing_are_removed_after_the_loss_was_shown(hands, trained):
    def silence(session):
        for slot in session.layout.parameters:
            if (slot.node, slot.name) == ("dense_2", "weight"):
                session.parameters[slot.offset :][: slot.size].reshape(slot.shape)[[2, 5]] = 0

    hands.compute(silence)
    before = everything(hands)
    trained.canvas.canvas.select(["dense_1"])
    trained.menus.actions["prune"].trigger()
    hands.wait(lambda: bool(trained.findChildren(PruneDialog)))
    (dialog,) = trained.findChildren(PruneDialog)
    assert dialog.field.value() == 2 and "2 of the 8 units of Dense do nothing" in dialog.said.text()
    hands.wait(lambda: "without these" in dialog.loss.text())
    planned(hands, lambda: QTest.mouseClick(dialog.button, Qt.MouseButton.LeftButton))
    after = everything(hands)
    stay = [unit for unit in range(8) if unit not in (2, 5)]
    assert np.array_equal(after[0]["dense_1.weight"], before[0]["dense_1.weight"][:, stay])
    assert np.abs(after[4] - before[4]).max() <= 1e-6
    planned(hands, lambda: hands.trigger("undo"))
    assert same(everything(hands), before)


def test_freeze_and_thaw(hands, trained):
    trained.canvas.canvas.select(["dense_1", "dense_2"])
    for frozen in (True, False):
        planned(hands, trained.menus.actions["freeze"].trigger)
        assert [hands.graph[n].options["frozen"] for n in ("dense_1", "dense_2")] == [frozen, frozen]


def test_a_layer_is_split_in_two_and_undo_puts_it_together_again(hands, trained):
    before = everything(hands)
    trained.canvas.canvas.select(["dense_1"])
    planned(hands, trained.menus.actions["split"].trigger)
    after = everything(hands)
    (other,) = {name.partition(".")[0] for name in after[0]} - {name.partition(".")[0] for name in before[0]}
    halves = [after[0][f"{name}.weight"] for name in ("dense_1", other)]
    assert np.array_equal(np.concatenate(halves, axis=1), before[0]["dense_1.weight"])
    assert np.abs(after[4] - before[4]).max() <= 1e-5
    assert "takes over 4 units" in trained.panels.notice.text.text()
    planned(hands, lambda: hands.trigger("undo"))
    assert same(everything(hands), before)


@pytest.mark.parametrize("name", ["widen", "deepen", "branch", "split", "prune"])
def test_what_needs_one_layer_says_so(hands, trained, name):
    trained.canvas.canvas.select([])
    trained.menus.actions[name].trigger()
    assert trained.panels.message.text() == "First select one layer."
