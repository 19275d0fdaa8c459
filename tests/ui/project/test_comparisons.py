"""Another network beside the open one: its layers and predictions in a dialog, or a sentence."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtGui import QFontMetricsF

from nnstudio import cli
from nnstudio.project import open_example
from nnstudio.runs.store import RunStore
from nnstudio.training.messages import Phase
from nnstudio.ui.project.compared_canvas import Likeness, Mark
from nnstudio.ui.project.comparison_dialog import ComparisonDialog
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import canvas_font


def shown(hands) -> ComparisonDialog:
    def dialogs() -> list[ComparisonDialog]:
        return [dialog for dialog in hands.window.findChildren(ComparisonDialog) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs()) or bool(hands.window.panels.message.text()))
    assert dialogs(), hands.window.panels.message.text()
    return dialogs()[0]


def rows(table) -> list[list[str]]:
    columns = range(table.columnCount())
    return [[table.item(row, column).text() for column in columns] for row in range(table.rowCount())]


@pytest.fixture
def other(tmp_path):
    """An iris project that learned a little."""
    fresh = tmp_path / "fresh.nns"
    open_example("iris").save(fresh)
    assert cli.run(["train", str(fresh), "--epochs", "3", "--out", str(tmp_path / "other.nns")]) == 0
    return tmp_path / "other.nns"


def test_another_project_is_compared(hands, other):
    hands.window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    hands.window.comparisons.compare(other)
    dialog = shown(hands)
    assert dialog.said.text().startswith("Both predict the same class for")
    dense = next(row for row in rows(dialog.layers) if row[0] == "Dense")
    assert dense[0] == dense[1] and "weight: typical difference" in dense[-1]
    assert "outputs: typical difference" in dense[-1]
    assert len(rows(dialog.samples)[0]) == 4
    here, there = dialog.canvases
    assert here.marked["dense_1"].text.startswith("≠ ") and here.marked["dense_1"].text.endswith("%")
    relu = next(row for row in rows(dialog.layers) if "ReLU" in row[0])
    assert relu[-1].startswith(
        "the same layer; it takes in something else, so its outputs differ typically by "
    )
    assert "=" in [mark.text for mark in here.marked.values()], "layers without weights"
    signs = [dialog.layers.verticalHeaderItem(row).text() for row in range(dialog.layers.rowCount())]
    assert set(signs) == {"=", "≠"} and "%" in dense[2] and "%" in dense[3] and relu[2] == "-"
    assert dialog.headline.text().rstrip("%") in dialog.said.text() and dialog.agreed.isHidden()
    assert dialog.curves.isVisible() and "(no epoch yet)" in dialog.curves.legend.text(), "one was trained"
    # Pressing a layer marks its partner, and the row that tells more.
    here.picked.emit("dense_2")
    assert there.chosen == "dense_2"
    row = dialog.layers.selectionModel().selectedRows()[0].row()
    assert dialog.layers.item(row, 0).text() == "Dense 2"
    dialog.close()


def test_a_file_of_another_program_is_compared(hands, other):
    file = other.with_suffix(".onnx")
    assert cli.run(["export", str(other), str(file)]) == 0
    assert hands.open(other)
    hands.wait(lambda: hands.window.runner.has_network)
    hands.window.comparisons.compare(file)
    dialog = shown(hands)
    assert "the same class for 100.00%" in dialog.said.text() and not rows(dialog.samples)
    assert dialog.agreed.isVisible() and not dialog.samples.isVisible()
    dialog.close()


def test_what_cannot_be_compared_is_a_sentence(hands, other, tmp_path):
    hands.window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    shutil.copy(other, tmp_path / "bad.onnx")
    hands.window.comparisons.compare(tmp_path / "bad.onnx")
    hands.wait(lambda: "bad.onnx" in hands.window.panels.message.text())


def test_then_and_now(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    for _ in range(4):
        window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 4)
    hands.trigger("then and now")
    dialog = shown(hands)
    assert dialog.windowTitle() == "At step 0 and Now, at step 4"
    dense = next(row for row in rows(dialog.layers) if row[0] == "Dense")
    assert "weight: typical difference" in dense[-1]
    dialog.close()
    window.runner.orders.travel(3)
    hands.wait(lambda: window.runner.snapshot.shown == 3)
    hands.trigger("then and now")
    hands.wait(
        lambda: any(d.windowTitle().startswith("At step 3") for d in window.findChildren(ComparisonDialog))
    )
    shown(hands).close()


def test_before_and_after_an_edit(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    hands.trigger("before edit")
    hands.wait(lambda: "No layer was changed" in window.panels.message.text())
    hands.trigger("then and now")
    hands.wait(lambda: "no earlier step" in window.panels.message.text())
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    start, units = window.runner.snapshot.start, hands.graph["dense_1"].options["units"]
    window.editor.change_node("dense_1", "units", units + 3)
    hands.wait(lambda: window.runner.snapshot.start > start and window.runner.snapshot.phase == Phase.PAUSED)
    hands.trigger("before edit")
    dialog = shown(hands)
    dense = next(row for row in rows(dialog.layers) if row[0] == "Dense")
    assert f"units {units} against {units + 3}" in dense[-1]
    before, after = dialog.canvases
    assert before.canvas.graph["dense_1"].options["units"] == units
    assert after.marked["dense_1"].text == "≠ options"
    assert "100.00%" in dialog.said.text(), "the edit changed no prediction"
    dialog.close()


def test_a_kept_run_is_compared_with_the_open_network(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    for count in (1, 2):
        window.runner.orders.step()
        hands.wait(lambda count=count: window.runner.snapshot.steps == count)
    hands.trigger("reset")
    hands.wait(lambda: len(RunStore().list()) == 1)
    (record,) = RunStore().list()
    window.runs.page.compare_requested.emit([record])
    dialog = shown(hands)
    assert dialog.windowTitle() == f"This network and {record.name}"
    assert "weight: typical difference" in next(row for row in rows(dialog.layers) if row[0] == "Dense")[-1]
    dialog.close()


def test_two_kept_runs_are_compared_with_each_other(hands, window):
    """The network that is open meanwhile has no part in it."""
    window.files.open_example("iris")
    runs = []
    for number, units in enumerate((5, 9), start=1):
        hands.wait_phase(Phase.READY)
        window.editor.change_node("dense_1", "units", units)
        hands.wait(lambda: window.runner.is_planned)
        window.runner.orders.step()
        hands.wait(lambda: window.runner.snapshot.steps == 1)
        hands.trigger("reset")
        hands.wait(lambda number=number: len(RunStore().list()) == number)
        runs += [record for record in RunStore().list() if record.id not in {run.id for run in runs}]
    older, newer = runs
    window.editor.change_node("dense_1", "units", 3)
    window.runs.page.compare_requested.emit([older, newer])
    dialog = shown(hands)
    assert dialog.windowTitle() == f"{older.name} and {newer.name}"
    assert [c.canvas.graph["dense_1"].options["units"] for c in dialog.canvases] == [5, 9]
    assert "units 5 against 9" in next(row for row in rows(dialog.layers) if row[0] == "Dense")[-1]
    assert "samples" in dialog.said.text()
    dialog.close()


@pytest.mark.parametrize("letters", [11, 16, 24])
def test_a_mark_is_shortened_from_its_front_and_keeps_sign_and_number(qapp, letters):
    metrics = QFontMetricsF(canvas_font(letters, True))
    mark = Mark(Likeness.DIFFERS, "weights by 20.6%")
    seen = {room: mark.shortened(room, metrics) for room in range(20, 400, 5)}
    assert all(metrics.horizontalAdvance(text) <= room or text == "≠" for room, text in seen.items())
    assert set(seen.values()) == {"≠", "≠ 20.6%", "≠ by 20.6%", "≠ weights by 20.6%"}


def test_both_networks_have_the_same_room_however_long_their_names_are(hands, other):
    long = other.rename(other.with_name(f"{'a much longer name ' * 8}.nns"))
    hands.window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    hands.window.comparisons.compare(long)
    dialog = shown(hands)
    here, there = dialog.canvases
    hands.wait(lambda: here.width() > 200)
    assert abs(here.width() - there.width()) <= 2
    titles = [label for label in dialog.findChildren(ShortLabel) if "…" in label.text()]
    assert titles and all(long.name in title.toolTip() for title in titles)
    dialog.close()
