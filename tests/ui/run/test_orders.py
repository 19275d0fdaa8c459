"""Orders wait for the plan, and are dropped where there will be none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.model.document import DataReference
from nnstudio.project import open_example
from nnstudio.training.messages import Phase


@pytest.fixture
def xor(hands, window):
    window.files.open_example("xor")
    return window


def test_an_order_waits_until_the_network_is_planned(hands, xor):
    # Data and network are another's until the worker has planned anew.
    xor.files.open_example("celsius")
    assert not xor.runner.is_planned
    xor.runner.orders.step()
    hands.wait(lambda: xor.runner.snapshot.steps == 1)
    assert xor.runner.snapshot.phase == Phase.PAUSED


def test_an_edit_is_planned_before_the_order_that_follows_it(hands, xor):
    hands.wait_phase(Phase.READY)
    xor.editor.change_nodes(["dense_1"], "units", 5)
    xor.runner.orders.step()
    hands.wait(lambda: xor.runner.snapshot.steps == 1)
    assert hands.compute(lambda session: session.arrays()["dense_1.weight"].shape[-1]) == 5


def test_an_order_for_a_network_that_cannot_run_is_dropped(hands, xor):
    hands.wait_phase(Phase.READY)
    output = next(n.id for n in xor.editor.graph.nodes if n.kind == "output")
    links = [link for link in xor.editor.graph.links if link.target == output]
    xor.editor.remove([], links)
    xor.runner.orders.train()
    hands.wait_phase(Phase.FAILED)
    xor.editor.undo()
    hands.wait(lambda: xor.runner.is_planned and xor.runner.snapshot.phase != Phase.FAILED)
    hands.wait_phase(Phase.READY)
    assert xor.runner.snapshot.steps == 0, "nobody asked for training now"


def test_an_order_for_data_that_cannot_be_read_is_dropped(hands, xor, tmp_path):
    hands.wait_phase(Phase.READY)
    before = xor.workspace.document.data
    xor.editor.choose_data(DataReference("csv", {"path": str(tmp_path / "gone.csv")}))
    xor.runner.orders.train()
    hands.wait(lambda: "gone.csv" in xor.panels.message.text())
    xor.editor.choose_data(before)
    hands.wait_phase(Phase.READY)
    hands.wait(lambda: xor.runner.is_planned)
    assert xor.runner.snapshot.steps == 0


def test_an_order_is_dropped_where_planning_fails_unexpectedly(hands, xor, monkeypatch):
    hands.wait_phase(Phase.READY)
    xor.editor.change_nodes(["dense_1"], "units", 5)

    def broken(*_args):
        raise IndexError("nobody expected this")

    monkeypatch.setattr(xor.runner.planner, "_plan", broken)
    with pytest.raises(IndexError):
        xor.runner.orders.train()
    monkeypatch.undo()
    xor.runner.planner.sync()
    hands.wait(lambda: xor.runner.is_planned)
    hands.wait_phase(Phase.READY)
    assert xor.runner.snapshot.steps == 0


def test_a_reset_that_is_pressed_while_an_edit_is_planned_is_not_lost(hands, window):
    hands.train("xor", 3)
    hands.wait(lambda: window.panels.run_bar.reset_action.isEnabled())
    window.editor.change_node("dense_1", "units", 5)
    window.runner.planner.settle_now()
    bar = window.panels.run_bar
    # What the worker tells at once, and the window may look at any moment.
    bar.show_snapshot(replace(window.runner.snapshot, phase=Phase.PREPARING, steps=0))
    bar.reset_action.trigger()
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.READY)
    assert hands.compute(lambda s: (s.steps_done, s.arrays()["dense_1.weight"].shape[-1])) == (0, 5)
    # Nothing is to be reset now, also while the next plan is made.
    bar.show_snapshot(replace(window.runner.snapshot, phase=Phase.PREPARING))
    assert not bar.reset_action.isEnabled()


def test_a_written_weight_is_undone_with_the_edit_after_it(hands, window):
    hands.train("xor", 3)
    before = hands.compute(lambda s: s.parameters.copy())
    window.run_steps.write("dense_1", "weight", 0, 9.5)
    units = hands.graph["dense_1"].options["units"]
    window.editor.change_node("dense_1", "units", units + 1)
    hands.wait(lambda: window.runner.is_planned and len(hands.compute(lambda s: s.parameters)) != len(before))
    window.editor.undo()
    window.editor.undo()
    hands.wait(lambda: len(hands.compute(lambda s: s.parameters)) == len(before))
    assert (hands.compute(lambda s: s.parameters.copy()) == before).all()


def test_an_order_with_data_that_cannot_be_read_says_why_and_is_dropped(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    (tmp_path / "bad.csv").write_text("a,b\n")
    window.panels.data.use("csv", str(tmp_path / "bad.csv"))
    hands.wait(lambda: window.runner.planner.is_stuck)
    window.messages.say("")
    window.panels.run_bar.train_action.trigger()
    hands.wait(lambda: bool(window.panels.message.text()))
    assert "bad.csv" in window.panels.message.text()
    window.editor.undo()
    hands.wait(lambda: window.runner.is_planned)
    hands.wait_phase(Phase.READY)
    assert window.runner.snapshot.steps == 0


def test_who_waits_for_the_state_of_a_project_never_gets_that_of_another(hands, window, monkeypatch):
    hands.train("xor", 3)
    size = len(hands.state().params)
    monkeypatch.setattr(type(window.runner.planner), "is_behind", True)
    states = []
    window.runner.ask_state(states.append)
    assert not states
    window.runner.set_project(open_example("spiral"))
    hands.wait(lambda: bool(states))
    assert len(states[0].params) == size
