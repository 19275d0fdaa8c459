"""What the window trains becomes a kept run before anything takes its place."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from nnstudio.model.insertion import DOT, insertion
from nnstudio.runs import weights_pace
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.training.messages import Phase
from nnstudio.ui.project.switch import SwitchProject


@pytest.fixture
def xor(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    return window


@pytest.fixture
def discards(monkeypatch):
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Discard)


def steps(hands, window, count: int) -> np.ndarray:
    """Weights after so many more steps."""
    before = window.runner.snapshot.steps
    for _ in range(count):
        window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == before + count)
    return hands.compute(lambda session: session.parameters.copy())


def kept(hands, count: int) -> list[RunRecord]:
    """So many runs, the newest first, once they are in the store; read beside the window."""
    store = RunStore()
    hands.wait(lambda: len(store.list()) == count)
    return list(store.list())


def weights_of(run: str) -> np.ndarray:
    state = RunStore().open(run).state
    assert state is not None
    return state.params


def holds(run: str, values: np.ndarray) -> bool:
    return np.array_equal(weights_of(run)[: len(values)], values)


def test_a_reset_keeps_the_run_says_so_and_its_undo_goes_on_with_it(hands, xor):
    trained = steps(hands, xor, 3)
    assert xor.runs.note.isHidden()
    xor.run_steps.reset()
    (run,) = kept(hands, 1)
    assert holds(run.id, trained) and run.status == RunStatus.REPLACED and run.steps == 3
    hands.wait(lambda: not xor.runs.note.isHidden())
    assert xor.runs.note.text.text() == "Kept as run “XOR 1”, 3 steps."
    xor.editor.undo()
    hands.wait(lambda: xor.runner.snapshot.steps == 3)
    later = steps(hands, xor, 1)
    xor.runner.worker.keep()
    hands.wait(lambda: RunStore().list()[0].steps == 4)
    (run,) = kept(hands, 1)
    assert holds(run.id, later)


def test_another_project_and_an_edit_that_costs_weights_keep_runs_that_know_where_they_came_from(
    hands, xor, discards
):
    steps(hands, xor, 2)
    xor.editor.change_nodes(["dense_1"], "units", 7)
    (first,) = kept(hands, 1)
    seven = steps(hands, xor, 1)
    xor.files.open_example("celsius")
    (second,) = (run for run in kept(hands, 2) if run.id != first.id)
    assert holds(second.id, seven) and second.parent == first.id and not first.parent
    assert {first.name, second.name} == {"XOR 1", "XOR 2"}
    assert "250 for training" in first.split


def test_a_closed_window_keeps_what_it_had(hands, xor):
    trained = steps(hands, xor, 2)
    xor.studio.closing.leave()
    store = RunStore()
    hands.wait(lambda: len(store.list()) == 1)
    assert holds(store.list()[0].id, trained) and store.list()[0].status == RunStatus.STOPPED


def test_what_a_person_deleted_does_not_come_back_by_itself(hands, xor):
    steps(hands, xor, 2)
    xor.runner.worker.keep()
    (run,) = kept(hands, 1)
    RunStore().delete([run.id])
    xor.studio.closing.leave()
    hands.wait(lambda: not any(t.name.startswith("nnstudio-runs") for t in threading.enumerate()))
    assert not RunStore().list()


def test_on_the_page_of_runs_undo_brings_back_what_was_deleted_and_leaves_the_network_alone(
    hands, xor, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Yes)
    steps(hands, xor, 2)
    xor.run_steps.reset()
    (run,) = kept(hands, 1)
    xor.runs.show()
    page, history = xor.runs.page, xor.workspace.document.history
    # The newest is selected as the page opens.
    hands.wait(lambda: [each.id for each in page.table.selected()] == [run.id])
    done, undo = history.done, (page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    hands.wait(page.deleted.isVisible)
    assert not RunStore().list()
    QTest.keyClick(*undo)
    assert kept(hands, 1) == [run] and history.done == done
    # With nothing left to bring back, it is the network's again.
    QTest.keyClick(*undo)
    assert history.done == done - 1


def test_what_was_deleted_is_gone_once_the_window_is_closed(hands, xor, monkeypatch):
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Yes)
    steps(hands, xor, 1)
    xor.run_steps.reset()
    (run,) = kept(hands, 1)
    page = xor.runs.page
    xor.runs.show()
    # The newest is selected as the page opens.
    hands.wait(lambda: [each.id for each in page.table.selected()] == [run.id])
    page.remove.click()
    hands.wait(page.deleted.isVisible)
    xor.studio.closing.leave()
    hands.wait(lambda: not any(t.name.startswith("nnstudio-runs") for t in threading.enumerate()))
    assert RunStore().restore([run.id]) == 1


def test_a_run_that_ends_is_kept_with_its_curve_and_its_best_weights(hands, window):
    hands.train("xor", 12)
    (run,) = kept(hands, 1)
    assert run.status == RunStatus.FINISHED and run.epochs == 12
    assert window.runs.note.isHidden()
    store = RunStore()
    curve = store.curve(run.id)
    assert curve == window.runner.rows
    assert run.best["epoch"] == min(curve, key=lambda row: row.watched).epoch
    best = store.open(run.id, best=True)
    assert best.state is not None and best.state.epoch == run.best["epoch"]
    session = best.session()
    loss, _accuracy = session.evaluate(*session.data.part(session.data.watched))
    assert loss == run.best["val_loss"]


def test_large_weights_of_a_run_that_goes_on_are_kept_now_and_then(hands, xor, monkeypatch):
    monkeypatch.setattr(weights_pace, "LARGE", 10)
    xor.editor.change_setting("epochs", 1_000_000)
    xor.runner.orders.train()
    hands.wait_phase(Phase.RUNNING)
    xor.runner.worker.keep()
    (run,) = kept(hands, 1)
    assert run.status == RunStatus.RUNNING
    first = RunStore().open(run.id).state.step
    hands.wait(lambda: xor.runner.snapshot.steps > run.steps)
    xor.runner.worker.keep()
    hands.wait(lambda: RunStore().get(run.id).steps > run.steps)
    assert RunStore().open(run.id).state.step == first
    # As if a minute had gone by.
    xor.runs.kept._pace = weights_pace.WeightsPace()
    xor.runner.worker.keep()
    hands.wait(lambda: RunStore().open(run.id).state.step > first)
    xor.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)


def test_a_learning_rate_that_was_changed_on_the_way_is_that_of_the_run(hands, xor):
    steps(hands, xor, 1)
    xor.editor.change_setting("learning_rate", 0.125)
    steps(hands, xor, 1)
    xor.run_steps.reset()
    (run,) = kept(hands, 1)
    assert run.settings["optimizer_options"]["learning_rate"] == 0.125
    # What it began with is not known any more, but that it was something else is.
    assert run.changed_at == 1


def test_the_same_file_trained_again_is_another_run(hands, xor, tmp_path, discards):
    steps(hands, xor, 1)
    assert hands.save(tmp_path / "p.nns")
    far = steps(hands, xor, 4)
    assert hands.open(tmp_path / "p.nns")
    hands.wait(lambda: xor.runner.snapshot.steps == 1)
    again = steps(hands, xor, 2)
    xor.run_steps.reset()
    runs = {run.steps: run for run in kept(hands, 2)}
    assert holds(runs[5].id, far) and holds(runs[3].id, again)
    assert runs[3].parent == runs[5].id


def test_what_goes_on_after_a_branch_stays_one_run(hands, xor, tmp_path, discards):
    steps(hands, xor, 1)
    assert hands.save(tmp_path / "p.nns")
    steps(hands, xor, 1)
    assert hands.open(tmp_path / "p.nns")
    hands.wait(lambda: xor.runner.snapshot.steps == 1)
    xor.runner.worker.keep()
    branch = next(run for run in kept(hands, 2) if run.steps == 1)
    hands.wait(lambda: hands.compute(lambda session: session.run) == branch.id)
    further = steps(hands, xor, 5)
    xor.run_steps.reset()
    hands.wait(lambda: {run.steps for run in RunStore().list()} == {2, 6})
    assert holds(branch.id, further)


def test_a_store_that_cannot_be_written_is_said_and_training_goes_on(hands, xor):
    xor.runs.library.store.path.mkdir(parents=True)
    steps(hands, xor, 2)
    xor.run_steps.reset()
    hands.wait(lambda: "The run could not be kept." in xor.panels.message.text())
    assert steps(hands, xor, 1) is not None
    xor.runs.library.store.path.rmdir()
    xor.run_steps.reset()
    kept(hands, 1)
    hands.wait(lambda: not xor.panels.message.text())


def test_a_damaged_store_is_put_aside_and_that_stays_said(hands, xor):
    path = xor.runs.library.store.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no database" * 1000)
    steps(hands, xor, 2)
    xor.run_steps.reset()
    hands.wait(lambda: xor.panels.written.isVisible())
    assert "damaged" in xor.panels.written.text.text()
    kept(hands, 1)
    assert any(b"no database" in file.read_bytes()[:20] for file in path.parent.glob("runs-damaged*"))


def test_opening_a_run_brings_its_weights_and_undo_the_project_before(hands, xor, discards):
    trained = steps(hands, xor, 3)
    xor.run_steps.reset()
    (run,) = kept(hands, 1)
    before = xor.workspace.project
    xor.runs.page.open_requested.emit(run, False)
    hands.wait(lambda: xor.workspace.project is not before and xor.runner.snapshot.steps == 3)
    assert np.array_equal(hands.compute(lambda session: session.parameters), trained)
    assert isinstance(xor.workspace.document.history.last, SwitchProject)
    later = steps(hands, xor, 1)
    xor.editor.undo()
    hands.wait(lambda: xor.workspace.project is before)
    (other,) = (record for record in kept(hands, 2) if record.id != run.id)
    assert holds(other.id, later) and other.steps == 4 and other.parent == run.id
    assert holds(run.id, trained) and RunStore().get(run.id).steps == 3, "what was opened stays as it was"


def test_nothing_is_said_beside_another_project_of_a_run_that_was_kept(hands, xor):
    steps(hands, xor, 2)
    xor.run_steps.reset()
    hands.wait(lambda: not xor.runs.note.isHidden())
    xor.files.open_example("celsius")
    assert xor.runs.note.isHidden(), "what was told before"
    hands.wait_phase(Phase.READY)
    steps(hands, xor, 2)
    changed = []
    xor.runs.library.changed.connect(lambda: changed.append(True))
    xor.files.open_example("iris")
    # It is told before the window hears of the change.
    hands.wait(lambda: bool(changed))
    assert len(kept(hands, 2)) == 2 and xor.runs.note.isHidden()


def test_weights_that_were_set_by_hand_and_taken_back_are_not_those_of_the_run(hands, xor):
    trained = steps(hands, xor, 3)
    xor.runner.worker.keep()
    (run,) = kept(hands, 1)
    xor.run_steps.write("dense_1", "weight", 0, 5.0)
    xor.runner.worker.keep()
    hands.wait(lambda: not holds(run.id, trained))
    xor.editor.undo()
    xor.runner.worker.keep()
    hands.wait(lambda: holds(run.id, trained))


def test_a_dot_in_a_link_is_the_same_run_and_an_edit_that_is_undone_leaves_no_mark(hands, xor):
    steps(hands, xor, 3)
    graph = xor.workspace.document.graph
    xor.editor.do(insertion(graph, graph.new_node(DOT, 0, 0), graph.links[-1]))
    for name, value in (("batch_size", 7), ("l2", 0.1)):
        xor.editor.change_setting(name, value)
        hands.wait_phase(Phase.PAUSED)
        xor.editor.undo()
        hands.wait_phase(Phase.PAUSED)
    steps(hands, xor, 1)
    xor.runner.worker.keep()
    hands.wait(lambda: bool(RunStore().list()) and RunStore().list()[0].steps == 4)
    (run,) = kept(hands, 1)
    assert (run.changed_at, run.parent) == (0, "")
