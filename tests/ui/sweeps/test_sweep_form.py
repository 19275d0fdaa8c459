"""What a person chooses on the left is what would be written on the command line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.project import open_example
from nnstudio.sweep.options import variables
from nnstudio.sweep.plan import Method, Metric
from nnstudio.ui.widgets.field_notes import FieldNote


@pytest.fixture
def form(page):
    return page.form


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def write(field, text: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, text)


def test_it_begins_with_some_learning_rates(form):
    assert form.order.vary == ("learning_rate=0.001, 0.01, 0.1",)
    assert (form.order.method, form.order.trials, form.order.metric) == (Method.GRID, None, Metric.VAL_LOSS)


def test_values_are_written_and_more_is_added(form):
    form.varied.add.click()
    first, second = form.varied.rows
    write(first.values, "0.1, 0.2")
    choose(second.name, "dense_1.units")
    assert second.values.text() == "8, 16, 32"
    write(second.values, "4,8")
    assert form.order.vary == ("learning_rate=0.1, 0.2", "dense_1.units=4,8")
    first.remove.click()
    assert form.order.vary == ("dense_1.units=4,8",)


def test_a_range_is_cut_into_steps_for_a_grid_alone(form):
    (row,) = form.varied.rows
    choose(row.kind, "range")
    assert row.log.isChecked() and row.steps.isVisible() and not row.values.isVisible()
    row.steps.setValue(3)
    assert form.order.vary == ("learning_rate=0.001..0.1:log:3",)
    choose(form.method, Method.TPE)
    assert not row.steps.isVisible()
    write(row.low, "0.0001")
    row.log.setChecked(False)
    assert form.order.vary == ("learning_rate=0.0001..0.1",)
    assert (form.order.method, form.order.trials) == (Method.TPE, 20)


def test_what_has_no_range_has_values_only(form):
    (row,) = form.varied.rows
    choose(row.kind, "range")
    choose(row.name, "optimizer")
    assert not row.kind.isEnabled() and row.values.text().startswith("sgd, adam")
    choose(row.name, "batch_size")
    assert row.kind.isEnabled()


def test_what_is_missing_is_said(form):
    (row,) = form.varied.rows
    row.values.clear()
    assert form.varied.problem == "Learning rate: write the values to try."
    choose(row.kind, "range")
    assert form.varied.problem == ""
    row.high.clear()
    assert form.varied.problem == "Learning rate: write the lowest and the highest value."


def test_repeats_are_seeds_from_the_projects_own_on_and_all_folds(form):
    form.show_project(variables(open_example("iris").document), 7, True, True)
    form.seeds.setValue(3)
    form.folds.setValue(5)
    assert form.order.vary[1:] == ("seed=7..9", "fold=1..5")
    form.show_project(variables(open_example("iris").document), 2**31 - 1, True, True)
    assert form.order.vary[1] == f"seed={2**31 - 3}..{2**31 - 1}"


def test_data_without_classes_or_folds_offers_neither(form):
    form.folds.setValue(5)
    choose(form.compared_by, Metric.VAL_ACCURACY)
    assert form.folds.isVisible() and form.compared_by.isVisible()
    form.show_project(variables(open_example("celsius").document), 1, False, False)
    assert not form.folds.isVisible() and not form.compared_by.isVisible()
    assert form.order.metric == Metric.VAL_LOSS and len(form.order.vary) == 1


def test_a_scheduler_takes_the_place_of_processes(form):
    assert not form.processes.isVisible()
    QTest.mouseClick(form.more, Qt.MouseButton.LeftButton)
    assert form.processes.isVisible() and form.order.workers == form.processes.value()
    write(form.scheduler, " tcp://10.0.0.5:8786 ")
    assert (form.order.workers, form.order.scheduler) == (None, "tcp://10.0.0.5:8786")
    assert not form.processes.isEnabled()


def test_options_that_are_gone_are_varied_no_longer(form):
    """Another project is open; what it has as well stays as a person wrote it."""
    (row,) = form.varied.rows
    write(row.values, "0.5, 0.6")
    form.vary("dense_2.units")
    form.show_project(variables(open_example("celsius").document), 1, False, False)
    assert form.order.vary == ("learning_rate=0.5, 0.6",)


def test_what_is_asked_for_elsewhere_replaces_what_was_only_proposed(form):
    form.vary("dense_1.units")
    assert form.order.vary == ("dense_1.units=8, 16, 32",)
    form.vary("batch_size")
    form.vary("batch_size")
    assert [text.split("=")[0] for text in form.order.vary] == ["dense_1.units", "batch_size"]
    form.vary("seed")
    assert form.order.vary[-1] == "seed=1..6"


def test_every_change_is_told(form):
    told = []
    form.changed.connect(lambda: told.append(form.order))
    (row,) = form.varied.rows
    write(row.values, "1")
    form.halving.click()
    form.seeds.setValue(2)
    choose(form.method, Method.RANDOM)
    form.trials.setValue(7)
    assert (told[-1].trials, told[-1].halving, told[-1].vary) == (7, True, ("learning_rate=1", "seed=1..2"))
    assert len(told) >= 5


def test_a_number_of_seeds_that_cannot_be_is_refused_beside_the_field(form, qtbot):
    form.seeds.setFocus()
    write(form.seeds.lineEdit(), "0")
    QTest.keyClick(form.seeds, Qt.Key.Key_Return)
    assert form.seeds.value() == 1
    assert "at least 1" in form.window().findChild(FieldNote).text()
