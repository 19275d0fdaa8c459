"""The table and the lines grow together, and one setting of them can be opened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sweep.projects import iris, plan_of
from ui.pointing import double_click
from ui.sweeps.scripted import setting

from nnstudio.sweep.plan import Metric
from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.setting_model import BEST
from nnstudio.ui.sweeps.sweep_page import (
    CHOSEN_BY_ITS_SCORE,
    OPEN,
    OPEN_BEST,
    START,
    STOP,
    STOPPED,
    STOPPING,
)

TITLES = {"learning_rate": "Rate", "batch_size": "Batch"}


def of(number: int, value: float | None = None, status: Status = Status.TRAINED, **more: object):
    values = {"learning_rate": 0.01 * (1 + number % 3), "batch_size": 8 if number % 2 else 16}
    return setting(number, value, status, values=values, **more)


def rows(page) -> list[list[str]]:
    model = page.model
    return [
        [model.data(model.index(r, c)) for c in range(model.columnCount())] for r in range(model.rowCount())
    ]


def click_header(page, column: int) -> None:
    header = page.table.horizontalHeader()
    middle = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    QTest.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, pos=header.rect().center().__class__(middle, 5)
    )


def test_the_best_is_on_top_and_marked(begun):
    begun.add(of(1, 0.5))
    begun.add(of(2, 0.25, deviation=0.01))
    begun.add(of(3, None, Status.DIVERGED, message="The loss is not a number.", run=""))
    # Better, but of fewer epochs.
    begun.add(of(4, 0.1, Status.STOPPED))
    assert [row[0] for row in rows(begun)] == [f"{BEST}2", "1", "4", "3"]
    assert [row[3] for row in rows(begun)] == ["0.25 ± 0.01", "0.5", "0.1, stopped", "diverged"]


def test_the_most_accurate_is_the_best(page):
    plan = plan_of(iris(), "learning_rate=0.01,0.02,0.03", metric=Metric.VAL_ACCURACY)
    page.begin(plan, {"learning_rate": "Learning rate"}, "")
    for number, value in ((1, 0.5), (2, 0.9), (3, 0.7)):
        page.add(setting(number, value))
    assert [row[0] for row in rows(page)] == [f"{BEST}2", "3", "1"] and page.model.best == 2


def test_it_is_sorted_by_a_click_and_what_has_no_value_stays_last(begun):
    for each in (of(1, 0.5), of(2, None, Status.REFUSED), of(3, 0.1)):
        begun.add(each)
    click_header(begun, 0)
    assert [row[0] for row in rows(begun)] == ["1", "2", f"{BEST}3"]
    click_header(begun, 3)
    click_header(begun, 3)
    assert [row[0] for row in rows(begun)] == ["1", f"{BEST}3", "2"]


def test_a_row_and_its_line_belong_together(begun, qtbot):
    for each in (of(1, 0.5), of(2, 0.1)):
        begun.add(each)
    begun.table.select(1)
    qtbot.waitUntil(begun.plot.plot.isVisible)
    assert len(begun.plot.marked.getData()[0]) > 0
    begun.plot.chosen.emit(2)
    assert begun.table.selected == 2
    begun.plot.pointed.emit(1)
    row = begun.model.row_of(1)
    assert begun.model.data(begun.model.index(row, 0), Qt.ItemDataRole.BackgroundRole) is not None
    begun.table.pointed.emit(1)
    assert len(begun.plot.below_mouse.getData()[0]) > 0


def test_a_selected_setting_stays_selected_while_others_come(begun):
    begun.add(of(1, 0.5))
    begun.table.select(1)
    begun.add(of(2, 0.1))
    assert begun.table.selected == 1
    assert [i.row() for i in begun.table.selectionModel().selectedRows()] == [1]


def test_a_setting_is_opened_by_button_key_and_double_click(begun):
    asked = []
    begun.open_requested.connect(lambda s: asked.append(s.number))
    assert not begun.open.isEnabled()
    begun.add(of(1, 0.5))
    begun.add(of(2, None, Status.REFUSED, run="", message="Units must be 3."))
    begun.table.select(1)
    begun.open.click()
    QTest.keyClick(begun.table, Qt.Key.Key_Return)
    position = begun.table.visualRect(begun.model.index(0, 0)).center()
    QTest.mouseClick(begun.table.viewport(), Qt.MouseButton.LeftButton, pos=position)
    double_click(begun.table.viewport(), position)
    assert asked == [1, 1, 1]
    begun.table.select(2)
    QTest.keyClick(begun.table, Qt.Key.Key_Return)
    assert asked == [1, 1, 1] and not begun.open.isEnabled()
    assert begun.message.text() == "Units must be 3."


def test_the_best_of_many_is_not_taken_at_its_word(begun):
    begun.add(of(1, 0.5))
    begun.table.select(1)
    assert not begun.message.isVisible()
    begun.add(of(2, 0.7))
    assert begun.message.text() == CHOSEN_BY_ITS_SCORE


def test_how_far_it_is(begun):
    assert begun.standing.text() == "iris: Starting the processes that train …"
    plan = plan_of(iris(), "batch_size=8,16", "learning_rate=0.01,0.02,0.03")
    begun.begin(plan, TITLES, "iris", "tcp://x:1")
    assert begun.standing.text() == "iris: Waiting for the scheduler at tcp://x:1 and its workers …"
    begun.show_begun(0)
    assert begun.standing.text() == "iris: 0 of 6 settings done."
    begun.show_begun(2)
    begun.add(of(1, 0.5))
    assert begun.standing.text() == (
        "iris: 1 of 6 settings done, 2 trainings begun, a few seconds left. The best validation loss so far "
        "is 0.5, of setting 1."
    )
    assert (begun.bar.value(), begun.bar.maximum()) == (1, 6)
    begun.finish()
    assert begun.standing.text() == (
        "iris: 1 of 6 settings done. The best validation loss is 0.5, of setting 1."
    )


def test_noise_is_told_in_the_words_of_the_window(begun):
    begun.add(of(1, 0.5))
    assert not begun.verdict.isVisible()
    begun.add(of(2, 0.4, verdict=("Setting 2 against 1, by val_loss: This may be noise.",)))
    assert begun.verdict.text() == "Setting 2 against 1, by validation loss: This may be noise."


def test_start_becomes_stop_and_start_again(begun):
    started, stopped = [], []
    begun.start_requested.connect(lambda: started.append(True))
    begun.stop_requested.connect(lambda: stopped.append(True))
    assert begun.start.text() == STOP
    begun.start.click()
    begun.show_stopping()
    assert (started, stopped) == ([], [True])
    begun.show_problem("", "3 settings.")
    assert begun.start.text() == STOPPING and not begun.start.isEnabled()
    begun.finish(is_stopped=True)
    assert begun.start.text() == START and not begun.bar.isVisible()
    assert begun.told.text() == STOPPED and not begun.failure.isVisible()
    begun.start.click()
    assert started == [True]


def test_why_it_could_not_go_on_is_said_until_the_next_one(begun):
    begun.finish("The scheduler no longer answers.", is_stopped=True)
    assert begun.failure.isVisible() and begun.failure.text() == "The scheduler no longer answers."
    assert not begun.told.isVisible() and not begun.runs.isEnabled()
    begun.begin(plan_of(iris(), "batch_size=8,16", "learning_rate=1,2,3"), TITLES)
    assert not begun.failure.isVisible()


def test_a_problem_is_said_and_nothing_can_be_started(page):
    page.show_problem("Loss decides how it is measured.", "")
    assert page.problem.isVisible() and not page.start.isEnabled() and not page.cost.isVisible()
    page.show_problem("", "3 settings.")
    assert not page.problem.isVisible() and page.start.isEnabled() and page.cost.text() == "3 settings."


def test_what_happened_is_told_the_last_of_it(begun):
    for sentence in ("One.", "Two.", "Two.", "Three.", "Four."):
        begun.tell(sentence)
    assert begun.told.text() == "Two.\nThree.\nFour."


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_painted_anew_in_another_theme(begun, qapp, dark):
    from nnstudio.ui.widgets.theme import theme

    begun.add(of(1, 0.5))
    theme.apply(qapp, dark)
    assert begun.plot.marked.opts["pen"].color().name() == theme.colours.text
    theme.apply(qapp, False)


def test_where_nothing_is_selected_the_best_is_opened(begun):
    asked = []
    begun.open_requested.connect(lambda s: asked.append(s.number))
    assert begun.open.text() == OPEN_BEST and not begun.open.isEnabled()
    for number, value in ((1, 0.5), (2, 0.1), (3, 0.3)):
        begun.add(of(number, value))
    begun.open.click()
    begun.table.select(3)
    assert begun.open.text() == OPEN
    begun.open.click()
    assert asked == [2, 3]


def test_loss_and_accuracy_stand_beside_each_other(page):
    plan = plan_of(iris(), "learning_rate=0.01,0.02,0.03")
    page.begin(plan, {"learning_rate": "Rate"}, "", has_accuracy=True)
    page.add(setting(1, 0.5, also=0.9))
    page.add(setting(2, 0.4))
    heads = [page.model.headerData(c, Qt.Orientation.Horizontal).strip() for c in range(5)]
    assert heads == ["Setting", "Rate", "Validation loss", "Validation accuracy", "Epochs"]
    assert [row[2:4] for row in rows(page)] == [["0.4", ""], ["0.5", "90%"]]
    click_header(page, 3)
    assert [row[0] for row in rows(page)] == ["1", f"{BEST}2"]


def test_what_is_said_of_a_row_does_not_move_the_picture(begun):
    for each in (of(1, 0.5), of(2, None, Status.REFUSED, run="", message="Units must be 3.")):
        begun.add(each)
    before = begun.pictures.geometry()
    for number in (1, 2, 1):
        begun.table.select(number)
        assert begun.message.isVisible() and begun.pictures.geometry() == before


def test_a_setting_is_drawn_as_soon_as_it_is_in_the_table_and_many_at_once_together(begun, qtbot):
    begun.add(of(1, 0.5))
    assert len(begun.plot._settings) == 1
    for number in range(2, 6):
        begun.add(of(number, 0.5))
    assert len(begun.plot._settings) == 1
    qtbot.waitUntil(lambda: len(begun.plot._settings) == 5)
