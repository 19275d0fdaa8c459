"""A sweep in the window: it gets the project as it is, its settings are opened, and closing ends it."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from ui.sweeps.scripted import Scripted, setting

from nnstudio.model.projectfile import plain_content
from nnstudio.runs.record import RunContent, RunRecord, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.sweep import order as order_module
from nnstudio.sweep.messages import Begun, Finished, Progress, Told
from nnstudio.sweep.options import with_values
from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.forms import VARY


@pytest.fixture
def sweeps(window, hands):
    """The page of sweeps beside the flowers, and nothing that trains behind it."""
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.sweeps.process = Scripted
    hands.trigger("sweep")
    assert window.sweeps.page.isVisible()
    yield window.sweeps
    # Nobody is there to answer whether a sweep may end.
    for process in window.sweeps.findChildren(Scripted):
        process.tell(Finished())


def start(hands, sweeps) -> Scripted:
    """Press Start; returns what got the job."""
    sweeps.page.start.click()
    hands.wait(lambda: any(process.job is not None for process in sweeps.findChildren(Scripted)))
    return sweeps.findChildren(Scripted)[-1]


def test_the_process_gets_the_project_as_it_is_now(hands, window, sweeps):
    window.editor.change_nodes(["dense_1"], "units", 9)
    hands.wait(lambda: "About" in sweeps.page.cost.text())
    assert sweeps.page.cost.text().startswith("3 settings. About ")
    process = start(hands, sweeps)
    assert process.job.order.vary == ("learning_rate=0.001, 0.01, 0.1",)
    document = process.job.shared.opened().document
    assert document.graph["dense_1"].options["units"] == 9 and process.job.path == ""
    process.tell(Begun(3, ("Compared by val_loss.",)), Progress(1), Told("A worker ended."), setting(1, 0.5))
    assert sweeps.page.told.text() == "Compared by validation loss.\nA worker ended."
    assert "1 of 3 settings done, 1 training begun" in sweeps.page.standing.text()
    sweeps.page.start.click()
    assert process.is_stopped
    process.tell(Finished())
    assert "It was stopped." in sweeps.page.told.text() and sweeps.page.start.isEnabled()


def test_a_setting_is_opened_and_undo_returns(hands, window, sweeps):
    before = window.workspace.project
    store, other = RunStore(), with_values(window.workspace.document, {"dense_1.units": 9})
    # As of a run whose weights went to make room: nothing needs to be trained for it.
    content = RunContent(msgspec.json.encode(plain_content(other.to_dict(), "", "") | {"run": {}}))
    process = start(hands, sweeps)
    store.save(RunRecord("0" * 31 + "1", status=RunStatus.FINISHED, sweep=process.job.shared.id), content)
    store.save(RunRecord("0" * 31 + "2", status=RunStatus.FINISHED), content)
    process.tell(setting(1, 0.5))
    sweeps.page.runs.click()
    hands.wait(lambda: [run.id[-1] for run in window.runs.page.model.shown] == ["1"])
    hands.trigger("sweep")
    sweeps.page.table.select(1)
    sweeps.page.open.click()
    hands.wait(lambda: window.workspace.project is not before)
    assert hands.graph["dense_1"].options["units"] == 9 and window.canvas.isVisible()
    assert window.menus.actions["undo"].text() == "Undo Open setting 1 of the sweep"
    hands.wait(
        lambda: "Opened setting 1 of the sweep (Learning rate 0.01" in window.panels.written.text.text()
    )
    # The sweep goes on, and tells elsewhere how far it is, and that it is over.
    tabs = window.page_tabs
    assert tabs.tabText(tabs.count() - 1) == "Sweep (1/3)"
    process.tell(Finished())
    assert tabs.tabText(tabs.count() - 1) == "Sweep"
    assert "The sweep is over: 1 setting tried." in window.panels.written.text.text()
    hands.trigger("undo")
    assert window.workspace.project is before


def test_what_cannot_be_is_said_on_the_page(window, hands, sweeps, monkeypatch):
    page = sweeps.page
    sweeps.vary("loss")
    assert page.problem.isVisible() and not page.start.isEnabled()
    assert "Compare by validation accuracy, or do not vary it." in page.problem.text()
    sweeps.page.form.varied.rows[0].remove.click()
    assert "A sweep varies something" in page.problem.text()
    sweeps.vary("batch_size")
    assert not page.problem.isVisible() and page.start.isEnabled()
    process = start(hands, sweeps)
    process.tell(Finished("No Dask scheduler answers at 'tcp://x:1'."))
    assert page.failure.text() == "No Dask scheduler answers at 'tcp://x:1'."
    monkeypatch.setattr(order_module, "NEEDED", ("no_such_package",))
    sweeps.look_again()
    assert "pip install 'nnstudio[sweep]'" in page.problem.text()


def test_closing_ends_a_sweep_only_if_a_person_wants_that(hands, window, sweeps, monkeypatch):
    process, asked = start(hands, sweeps), []
    button = QMessageBox.StandardButton

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return button.No if len(asked) == 1 else button.Yes

    process.tell(setting(1, 0.5))
    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not window.close() and window.isVisible() and not process.is_closed
    assert asked[0].startswith("A sweep is running: 1 of 3 settings done.")
    assert window.close() and process.is_closed and len(asked) == 2


def right_click(widget) -> dict[str, QAction]:
    """What the menu that opens then offers, by its words."""
    middle = widget.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, widget.mapToGlobal(middle))
    QApplication.sendEvent(widget, event)
    return {action.text(): action for action in QApplication.activePopupWidget().actions()}


def test_an_option_is_varied_from_where_it_is_set(hands, window, sweeps):
    page, training = sweeps.page, window.panels.training
    hands.trigger("go canvas")
    hands.click_node("dense_1")
    right_click(window.panels.inspector.form.editors["units"])[VARY].trigger()
    QApplication.activePopupWidget().close()
    assert page.isVisible() and page.form.order.vary == ("dense_1.units=8, 16, 32",)
    hands.trigger("go training")
    offered = right_click(training.optimizer.form.editors["learning_rate"])
    # A field for text keeps what it has of its own.
    assert any(text.startswith("&Paste") for text in offered)
    offered[VARY].trigger()
    QApplication.activePopupWidget().close()
    assert [text.split("=")[0] for text in page.form.order.vary] == ["dense_1.units", "learning_rate"]
    hands.trigger("go training")
    right_click(training.optimizer.picker.editors["optimizer"])[VARY].trigger()
    QApplication.activePopupWidget().close()
    assert page.form.order.vary[-1].startswith("optimizer=sgd, adam")


def test_a_sweep_of_before_is_seen_again_and_its_settings_are_opened(hands, window, sweeps):
    assert not sweeps.page.earlier.isVisible()
    content = plain_content(window.workspace.document.to_dict(), "", "") | {"run": {}}
    for at, (rate, loss) in enumerate(((0.001, 0.9), (0.01, 0.2), (0.1, 0.4)), 1):
        record = RunRecord(
            f"{at:032x}", project_name="Iris", status=RunStatus.FINISHED, sweep="of before", epochs=3,
            began=f"2026-01-02T03:04:0{at}Z", values={"learning_rate": rate}, metrics={"val_loss": loss},
        )  # fmt: skip
        RunStore().save(record, RunContent(msgspec.json.encode(content)))
    sweeps.look_again()
    hands.wait(sweeps.page.earlier.isVisible)
    sweeps.page.earlier.click()
    (line,) = QApplication.activePopupWidget().actions()
    assert line.text().endswith("Learning rate · 3 settings · best validation loss 0.2")
    line.trigger()
    QApplication.activePopupWidget().close()
    page = sweeps.page
    told = "Iris: 3 of 3 settings done. The best validation loss is 0.2, of setting 2."
    assert page.standing.text() == told
    assert "put together from its runs" in page.told.text() and page.start.isEnabled()
    assert page.pictures.currentWidget() is page.curve and page.through == 3
    page.runs.click()
    hands.wait(lambda: len(window.runs.page.model.shown) == 3)
    hands.trigger("sweep")
    page.table.select(2)
    before = window.workspace.project
    page.open.click()
    hands.wait(lambda: window.workspace.project is not before)


def test_the_time_slider_is_not_beside_runs_and_sweeps(hands, window, sweeps):
    slider = window.live.timeline
    window.runner.orders.step()
    hands.wait(lambda: slider.isVisibleTo(slider.parentWidget()))
    assert not slider.isVisible()
    hands.trigger("runs")
    assert not slider.isVisible()
    hands.trigger("go canvas")
    assert slider.isVisible()


def test_a_network_that_cannot_run_is_not_swept(hands, window, sweeps):
    window.editor.change_nodes(["dense_2"], "units", 7)
    hands.wait(lambda: not sweeps.page.start.isEnabled())
    assert "The network cannot run yet" in sweeps.page.problem.text() and "7" in sweeps.page.problem.text()
    hands.trigger("undo")
    hands.wait(sweeps.page.start.isEnabled)


def test_what_the_first_settings_take_corrects_what_is_expected_while_a_sweep_runs(hands, window, sweeps):
    hands.wait(lambda: "About" in sweeps.page.cost.text())
    assert "not measured here yet" in sweeps.page.cost.text()
    process = start(hands, sweeps)
    sweeps._begun -= 9.0
    process.tell(Begun(3), Progress(1))
    assert "not measured" not in sweeps.page.cost.text()
    # 3 epochs of 20 s each; the project has 100.
    process.tell(setting(1, 0.5, seconds=60.0))
    assert "those so far" in sweeps.page.cost.text() and " h," in sweeps.page.cost.text()
    process.tell(Finished())


def test_what_a_sweep_took_is_what_the_next_one_is_expected_to_take(hands, window, sweeps):
    hands.wait(lambda: "About" in sweeps.page.cost.text())
    process = start(hands, sweeps)
    # 3 epochs of 20 s each; the project has 100.
    process.tell(Begun(3), *(setting(n, 0.5, seconds=60.0) for n in (1, 2, 3)), Finished())
    assert "those of the sweep before" in sweeps.page.cost.text() and " h," in sweeps.page.cost.text()
    window.editor.change_nodes(["dense_1"], "units", 9)
    hands.wait(lambda: "this network" in sweeps.page.cost.text())
