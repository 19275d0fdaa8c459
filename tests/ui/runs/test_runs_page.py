"""The page of runs under a person's hands: what it lists, filters, changes, compares and draws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from ui.runs.rows_of_page import names, select, text

from nnstudio.runs.record import RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.ui.runs import runs_page
from nnstudio.ui.runs.columns import AT
from nnstudio.ui.runs.table_model import SAME
from nnstudio.ui.widgets.theme import theme


def click_header(page, column: str) -> None:
    header = page.table.horizontalHeader()
    at = header.sectionViewportPosition(AT[column]) + 8
    QTest.mouseClick(
        header.viewport(),
        Qt.MouseButton.LeftButton,
        pos=header.viewport().rect().topLeft() + type(header.viewport().rect().topLeft())(at, 8),
    )


def lines(page, plot: str) -> list:
    return page.curves.plots[plot].listDataItems()


def test_without_runs_it_says_what_will_stand_here(shelf):
    page = shelf.show()
    assert page.told.isVisible() and "Train a network" in page.told.text()
    assert not page.table.isVisible() and not page.curves.isVisible()
    assert page.count.text() == "0 runs" and not page.open.isEnabled()
    shelf.add("first")
    page.refresh()
    shelf.wait(page.table.isVisible)
    assert names(page) == ["first"] and page.curves.isVisible() and not page.told.isVisible()


def test_it_shows_what_a_run_came_to(shelf):
    shelf.add("one", 4, seconds=75.0, tags=("good", "small"), status=RunStatus.STOPPED)
    shelf.add("numbers", 2, has_accuracy=False)
    shelf.add("begun", 0)
    page = shelf.show()
    assert text(page, "one", "loss") == "0.25" and text(page, "one", "val_loss") == "0.5"
    assert text(page, "one", "accuracy") == "50.0%" and text(page, "one", "epochs") == "4"
    assert text(page, "one", "seconds") == "75 s" and text(page, "one", "tags") == "good, small"
    assert text(page, "one", "status") == "stopped by you"
    assert text(page, "numbers", "accuracy") == "-" and text(page, "begun", "loss") == "-"
    assert "of at most 2,048 MB" in page.room.told.text()


def test_it_sorts_by_any_column_and_keeps_the_selection(shelf):
    for name, epochs in (("b", 5), ("c", 1), ("a", 3)):
        shelf.add(name, epochs)
    page = shelf.show()
    select(page, "c")
    click_header(page, "name")
    assert names(page) == ["a", "b", "c"]
    click_header(page, "name")
    assert names(page) == ["c", "b", "a"]
    click_header(page, "epochs")
    assert names(page) == ["c", "a", "b"]
    assert [run.name for run in page.table.selected()] == ["c"]


def test_it_filters_as_a_person_types(shelf):
    shelf.add("tall network", tags=("keep",))
    shelf.add("small network", notes="too small")
    page = shelf.show()
    for typed, left in (("network sm", ["small network"]), ("KEEP", ["tall network"])):
        page.search.clear()
        QTest.keyClicks(page.search, typed)
        assert names(page) == left
    page.search.clear()
    QTest.keyClicks(page.search, "nowhere")
    assert "nowhere" in page.told.text() and page.told.isVisible() and not page.table.isVisible()
    assert page.count.text() == "0 of 2 runs"
    page.search.clear()
    assert page.table.isVisible() and page.count.text() == "2 runs"


def write(page, column: str, typed: str) -> None:
    """Open a cell of the selected run by its key, and type."""
    page.table.setFocus()
    row = page.table.selectionModel().selectedRows()[0].row()
    page.table.setCurrentIndex(page.table.model().index(row, AT[column]))
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    # One that was written in before may not be gone yet.
    editor = page.table.findChildren(QLineEdit)[-1]
    editor.selectAll()
    QTest.keyClicks(editor, typed)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    # Qt takes over what was typed with the next events.
    QApplication.processEvents()


def test_names_and_tags_are_written_in_their_cells(shelf):
    run = shelf.add("before")
    page = shelf.show()
    select(page, "before")
    write(page, "status", "after")
    # At once, and in the store as soon as it is written.
    assert names(page) == ["after"]
    write(page, "tags", " a,b , a,")
    assert text(page, "after", "tags") == "a, b"
    shelf.wait(lambda: shelf.store.get(run.id).tags == ("a", "b"))
    assert shelf.store.get(run.id).name == "after"


def test_a_cell_that_is_written_stays_open_while_runs_come_in(shelf):
    shelf.add("before")
    page = shelf.show()
    select(page, "before")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    editor = page.table.findChild(QLineEdit)
    editor.setText("half wri")
    shelf.add("another")
    page.refresh()
    shelf.wait(lambda: not shelf.inquiries.are_open)
    assert editor.isVisible() and len(names(page)) == 1
    QTest.keyClicks(editor, "tten")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    shelf.wait(lambda: sorted(names(page)) == ["another", "half written"])


def test_notes_are_kept_as_soon_as_another_run_is_selected(shelf):
    run, _other = shelf.add("one"), shelf.add("two", notes="seen")
    page = shelf.show()
    select(page, "one")
    assert page.details.notes.isVisible() and not page.details.notes.toPlainText()
    QTest.keyClicks(page.details.notes, "good")
    select(page, "two")
    assert page.details.notes.toPlainText() == "seen"
    shelf.wait(lambda: shelf.store.get(run.id).notes == "good")
    assert shelf.store.list(text="seen")[0].notes == "seen"


def test_several_are_pinned_and_unpinned_together(shelf):
    runs = [shelf.add(name) for name in ("a", "b")]
    page = shelf.show()
    select(page, "a", "b")
    assert page.pin.text() == "Pin"
    page.pin.click()
    assert page.pin.text() == "Unpin"
    shelf.wait(lambda: all(shelf.store.get(run.id).is_pinned for run in runs))
    model = page.table.model()
    said = model.index(0, AT["is_pinned"]).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "pinned" and model.index(0, AT["is_pinned"]).data(Qt.ItemDataRole.DecorationRole)
    page.pin.click()
    shelf.wait(lambda: not any(shelf.store.get(run.id).is_pinned for run in runs))


def test_curves_of_the_selected_runs_lie_over_each_other(shelf):
    for name, has_accuracy in (("a", True), ("b", False)):
        shelf.add(name, 4, has_accuracy)
    page = shelf.show()
    select(page, "b")
    shelf.wait(lambda: len(lines(page, "loss")) == 2)
    assert not page.curves.plots["accuracy"].isVisible()
    select(page, "a", "b")
    shelf.wait(lambda: len(lines(page, "loss")) == 4)
    assert len(lines(page, "accuracy")) == 2 and page.curves.plots["accuracy"].isVisible()
    drawn = [(line.getData()[1].tolist(), line.opts["pen"].style()) for line in lines(page, "loss")[:2]]
    solid, dashed = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine
    assert drawn == [([1, 1 / 2, 1 / 3, 1 / 4], solid), ([2, 2 / 2, 2 / 3, 2 / 4], dashed)]
    legend = page.curves.legend.text()
    assert all(f"\N{NO-BREAK SPACE}{name}<" in legend for name in ("a", "b", "validation"))


def test_more_runs_than_can_be_told_apart_are_named_by_their_number(shelf):
    for at in range(runs_page.MOST_DRAWN + 3):
        shelf.add(f"run {at}")
    page = shelf.show()
    page.table.selectAll()
    shelf.wait(lambda: len(lines(page, "loss")) == 2 * runs_page.MOST_DRAWN)
    assert "3 more are selected" in page.curves.legend.text()
    assert page.details.title.text() == "11 runs"


def test_two_runs_are_told_apart_in_words_and_one_by_its_facts(shelf):
    first = shelf.add("first")
    settings = {**first.settings, "optimizer": "sgd", "optimizer_options": {}}
    shelf.add("<second>", settings=settings, parent=first.id)
    page = shelf.show()
    select(page, "<second>")
    told = page.details.text.text()
    assert page.details.title.text() == "<second>" and "SGD" in told and ">first<" in told
    select(page, "first", "<second>")
    shelf.wait(lambda: "SGD" in page.details.text.text())
    assert "&lt;second&gt;" in page.details.text.text() and not page.details.notes.isVisible()


def test_a_run_is_opened_by_enter_by_its_button_and_with_its_best_weights(shelf):
    shelf.add("one")
    page, opened = shelf.show(), []
    page.open_requested.connect(lambda record, best: opened.append((record.name, best)))
    select(page, "one")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    page.open.click()
    assert opened == [("one", False)] * 2
    page.table.customContextMenuRequested.emit(page.table.rect().center())
    menu = QApplication.activePopupWidget()
    best = next(action for action in menu.actions() if "best" in action.text())
    # There are none of a run that was never trained.
    assert not best.isEnabled()
    menu.close()


def test_what_another_program_keeps_comes_into_sight(shelf, monkeypatch):
    monkeypatch.setattr(runs_page, "LOOK_MS", 20)
    shelf.page._looking.setInterval(20)
    shelf.add("mine")
    page = shelf.show()
    other = RunStore()
    other.save(replace(shelf.store.list()[0], id="f" * 32, name="theirs"))
    shelf.wait(lambda: sorted(names(page)) == ["mine", "theirs"])


def test_a_run_that_is_asked_for_is_shown_whatever_the_filter_says(shelf):
    runs = [shelf.add(name) for name in ("first", "second")]
    page = shelf.show()
    QTest.keyClicks(page.search, "second")
    assert names(page) == ["second"]
    page.show_run(runs[0].id)
    shelf.wait(lambda: [run.name for run in page.table.selected()] == ["first"])
    assert not page.search.text()
    # As where Ctrl is still held down from the keys that led here.
    QTest.keyPress(page.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for run in (runs[1], runs[1], runs[0]):
        page.show_run(run.id)
        shelf.wait(lambda run=run: [selected.id for selected in page.table.selected()] == [run.id])


def test_a_store_that_cannot_be_read_says_so(shelf):
    shelf.store.path.mkdir(parents=True)
    page = shelf.page
    page.show()
    shelf.wait(lambda: page.told.isVisible() and str(shelf.store.path) in page.told.text())


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_of_networks_are_drawn_in_the_theme(shelf, dark):
    shelf.add("one")
    page = shelf.show()
    theme.apply(QApplication.instance(), dark)
    try:
        model = page.table.model()
        index = model.index(0, AT["network"])
        shelf.wait(lambda: index.data(Qt.ItemDataRole.DecorationRole) is not None)
        picture = index.data(Qt.ItemDataRole.DecorationRole).pixmap(200, 200).toImage()
        colours = {
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        }
        assert theme.category("Layers").name() in colours and theme.colours.base in colours
    finally:
        theme.apply(QApplication.instance(), dark=False)


def test_one_run_is_compared_with_the_open_network_and_two_with_each_other(shelf, qtbot):
    for name in ("a", "b", "c"):
        shelf.add(name, 2)
    page = shelf.show()
    compare = page.buttons.compare
    for chosen, can in (((), False), (("a",), True), (("a", "b"), True), (("a", "b", "c"), False)):
        select(page, *chosen)
        assert compare.isEnabled() == can
        if can:
            with qtbot.waitSignal(page.compare_requested) as asked:
                QTest.mouseClick(compare, Qt.MouseButton.LeftButton)
            assert {run.name for run in asked.args[0]} == set(chosen)
            assert ("both runs" in compare.toolTip()) == (len(chosen) == 2)


def test_no_cell_is_cut_that_is_not_very_long(shelf):
    long = "a name that a person gave to a run, longer than usual"
    shelf.add(long, status=RunStatus.REPLACED, metrics={"loss": 0.0003929, "val_loss": 123456.789})
    shelf.add("b", tags=("word " * 60,))
    page = shelf.show()
    shelf.wait(lambda: page.model.rowCount() == 2)
    metrics = page.table.fontMetrics()
    for name in ("name", "status", "loss", "val_loss", "differs"):
        texts = [page.model.data(page.model.index(row, AT[name])) for row in range(2)]
        assert page.table.columnWidth(AT[name]) > max(map(metrics.horizontalAdvance, texts))
    widths = [page.table.columnWidth(column) for column in range(page.model.columnCount() - 1)]
    assert max(widths) <= 60 * metrics.averageCharWidth()


def test_what_differs_between_networks_is_read_and_the_best_is_bold(shelf):
    shelf.add("old", 2, network_hash="as an earlier version told it", began="2026-01-01T03:04:05Z")
    shelf.document["graph"]["nodes"][1]["options"]["units"] = 64
    shelf.add("larger", 4, network_hash="b", began="2026-01-02T03:04:05Z")
    shelf.add("again", 3, network_hash="c", began="2026-01-03T03:04:05Z")
    page = shelf.show()
    shelf.wait(lambda: "64 units" in text(page, "larger", "differs") and not shelf.inquiries.are_open)
    assert text(page, "larger", "differs").startswith("Dense: 64 units, was 4")
    assert text(page, "again", "differs") == SAME
    role = Qt.ItemDataRole.FontRole
    model = page.table.model()
    bold = [
        n for n in names(page) if model.index(names(page).index(n), AT["val_loss"]).data(role) is not None
    ]
    assert bold == ["larger"]
