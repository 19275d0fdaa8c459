"""Cross-validation in the window: folds come one by one, can be cancelled, and the run is left alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.cross_validation import FoldResult
from nnstudio.data.dataset import Split
from nnstudio.data.splits import Fold
from nnstudio.explain.scores import OutputScores, Scores
from nnstudio.model.document import DataReference
from nnstudio.training.messages import Phase
from nnstudio.ui.run.cross_validation import CrossValidation


@pytest.fixture
def dialog(hands, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i % 13},{i % 7},{i % 13 * 2 - i % 7}\n" for i in range(120)))
    hands.create_from(path)
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 2)
    # Else a fold is over as soon as it is good.
    window.editor.change_setting("patience", 0)
    window.menus.actions["folds"].trigger()
    return window.findChild(CrossValidation)


def cells(dialog, row):
    table = dialog.table
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_folds_their_mean_and_their_spread(hands, window, dialog):
    dialog.folds.setValue(3)
    dialog.button.click()
    hands.wait(lambda: dialog._beside is None)
    assert dialog.said.text() == "" and len(dialog.results) == 3
    assert cells(dialog, 0)[:3] == ["1 of 3", "34", "2"]
    mean = sum(r.scores.loss for r in dialog.results) / 3
    assert cells(dialog, 3)[3].startswith(f"{mean:,.4g} ± ")
    header = dialog.table.horizontalHeader()
    assert all(header.sectionSize(i) >= header.sectionSizeHint(i) for i in range(header.count()))
    hands.wait(lambda: window.runner.snapshot.phase == Phase.READY)
    assert window.runner.snapshot.epoch == 0, "the project's own network is as it was"
    dialog.close()


def test_it_can_be_cancelled_and_started_again(hands, window, dialog):
    window.editor.change_setting("epochs", 1_000_000)
    dialog.button.click()
    hands.wait(lambda: dialog.progress.value() > 0)
    dialog.button.click()
    assert "Cancelled" in dialog.said.text() and dialog.button.text() == "Start"
    window.editor.change_setting("epochs", 1)
    dialog.folds.setValue(2)
    dialog.button.click()
    hands.wait(lambda: len(dialog.results) == 2)
    dialog.close()


def test_what_has_no_folds_says_so(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.choose_data(DataReference("text"))
    window.menus.actions["folds"].trigger()
    dialog = window.findChild(CrossValidation)
    dialog.button.click()
    assert "not divided into folds" in dialog.said.text()
    dialog.close()


def test_closing_ends_it(hands, window, dialog):
    window.editor.change_setting("epochs", 1_000_000)
    dialog.button.click()
    beside = dialog._beside
    hands.wait(lambda: dialog.progress.value() > 0)
    dialog.close()
    assert beside.is_over


def test_escape_cancels_first_and_closes_then_and_enter_takes_no_folds_away(hands, window, dialog):
    window.editor.change_setting("epochs", 1_000_000)
    dialog.button.click()
    beside = dialog._beside
    hands.wait(lambda: dialog.progress.value() > 0)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog._beside is beside and not beside.is_over
    width = dialog.button.width()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert beside.is_over and dialog.isVisible() and "Cancelled" in dialog.said.text()
    assert dialog.button.width() == width and dialog.button.isDefault()
    dialog.close_button.click()
    assert not dialog.isVisible()


def test_each_of_several_outputs_has_columns_with_its_name(dialog):
    own = Scores(Split.VALIDATION, 10, 0.5, None, 0.9, 2.0)
    outputs = tuple(OutputScores(name, (name,), 1.0, own) for name in ("heating", "cooling"))
    dialog.results = [FoldResult(Fold(1, 2), 3, Scores(Split.VALIDATION, 10, 1.0, outputs=outputs))]
    dialog._add_row()
    table = dialog.table
    heads = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount())]
    assert heads[3:7] == ["Loss", "Loss of heating", "R² of heating", "Mean absolute error of heating"]
    assert cells(dialog, 0)[3:6] == ["1", "0.5", "0.9"]
    dialog.close()
