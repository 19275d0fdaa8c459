"""The data page: the whole table is shown as it was understood, and corrected at the column itself."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.data.dataset import load, sources
from nnstudio.data.tables.settings import ColumnRole
from nnstudio.model.document import DataReference
from nnstudio.training.messages import Phase
from nnstudio.ui.data.class_order import ClassOrder
from nnstudio.ui.data.column_header import NARROWEST
from nnstudio.ui.data.column_name import ColumnName
from nnstudio.ui.data.looking import READING
from nnstudio.ui.data.page import DataPage
from nnstudio.ui.data.picture_grid import mosaic
from nnstudio.ui.data.table_models import PreparationModel


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    rows = "".join(
        f"{i + 1},{'' if i % 9 == 0 else 20 + i % 30},{1000 + i % 4},{('no', 'yes')[i % 2]},{i * 1.5}\n"
        for i in range(60)
    )
    path.write_text("id,age,zip,member,price\n" + rows)
    return path


@pytest.fixture
def page(hands, window, table):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.panels.data.use("csv", str(table))
    window.show_data()
    hands.wait(lambda: shown(window.panels.data_page))
    return window.panels.data_page


def shown(page):
    """Whether the table of what is chosen is shown."""
    return page.look is not None and not page._is_stale and bool(page.data or page.problem.text())


def column(page, name):
    return next(c for c in page.look.columns if c.name == name)


def after(hands, page, act):
    """Do something, and wait until the table is shown anew."""
    before = page.look
    act()
    hands.wait(lambda: page.look is not before and shown(page))


def test_the_whole_table_is_shown_with_what_its_columns_are(page):
    model = page.table.model()
    assert (model.rowCount(), model.columnCount()) == (60, 5)
    assert model.index(0, 1).data() == "missing" and model.index(1, 1).data() == "21"
    kinds = {c.name: (str(c.type), str(c.role)) for c in page.look.columns}
    assert kinds == {
        "id": ("number", "left out"), "age": ("number", "input"), "zip": ("number", "input"),
        "member": ("category", "input"), "price": ("number", "target"),
    }  # fmt: skip
    parts = [model.headerData(row, Qt.Orientation.Vertical) for row in range(60)]
    assert sum("test" in part for part in parts) == len(page.data.x_test) == 9
    assert "60 rows, separated by comma" in page.understood.text() and "4" in page.understood.text()
    assert "'age' (7)" in page.notes.text() and not page.problem.isVisible()
    assert page.target.currentText() == "price"


def test_what_a_column_is_can_be_said_at_its_head(hands, window, page):
    menu = page.header.menu(2, page.look)
    types = next(a.menu() for a in menu.actions() if a.text() == "&Type")
    (category,) = (a for a in types.actions() if a.text() == "Category")
    assert not category.isChecked()
    after(hands, page, category.trigger)
    assert "zip = 1000" in page.data.features and window.editor.document.data.options["columns"]
    assert not column(page, "zip").is_guessed
    types = next(a.menu() for a in page.header.menu(2, page.look).actions() if a.text() == "&Type")
    after(hands, page, lambda: types.actions()[-1].trigger())
    assert column(page, "zip").is_guessed and "zip" in page.data.features
    after(hands, page, lambda: hands.trigger("undo"))
    assert "zip = 1000" in page.data.features, "it is a step like any other"


def test_another_target_and_task_are_chosen_on_the_page(hands, window, page):
    page.target.setCurrentIndex(page.target.findText("zip"))
    after(hands, page, lambda: page.target.activated.emit(0))
    assert page.data.targets == ("zip",) and len(page.data.classes) == 4
    page.task.setCurrentIndex(page.task.findData("number"))
    after(hands, page, lambda: page.task.activated.emit(0))
    assert page.data.classes == () and page.task.currentData() == "number"
    after(hands, page, lambda: page.header.said.emit("member", "target"))
    assert page.data is None and "which is not a number" in page.problem.text()


def test_a_click_on_a_head_opens_its_menu(page, monkeypatch):
    asked = []
    monkeypatch.setattr(page.header, "open_menu", asked.append)
    at = QPoint(page.header.sectionViewportPosition(1) + 30, 20)
    QTest.mouseClick(page.header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    page.table.setCurrentIndex(page.table.model().index(0, 3))
    QTest.keyClick(page, Qt.Key.Key_Return)
    assert asked == [1, 3]


def test_samples_are_shown_as_the_network_gets_them(page):
    page.shown.setCurrentIndex(2)
    page.shown.activated.emit(1)
    model = page.table.model()
    assert model.rowCount() == 60 and model.columnCount() == len(page.data.features) + 1
    assert model.index(0, 0).data() == f"{page.data.x_train[0, 0]:.4g}"
    last = model.index(59, model.columnCount() - 1).data()
    assert last == f"{page.data.y_test[-1, 0]:.4g}"
    assert model.headerData(59, Qt.Orientation.Vertical) == f"{page.look.test[-1] + 1}  test"


def test_why_nothing_can_be_learned_is_said_beside_the_table(hands, window, page):
    window.editor.choose_data(
        DataReference("csv", {**window.editor.document.data.options, "columns": "price: left out"})
    )
    hands.wait(lambda: page.look is not None and bool(page.problem.text()) and not page._is_stale)
    assert page.problem.isVisible() and page.table.model().rowCount() == 60


def test_pictures_are_shown_by_class(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    window.show_data()
    page = window.panels.data_page
    assert page.stack.currentWidget() is page.pictures and not page.target.isVisible()
    assert "its samples: " in page.understood.text()
    window.show_canvas()
    assert window.canvas.isVisible() and not page.isVisible()


def test_the_tabs_follow_what_is_shown(hands, window, page):
    tabs = window.page_tabs
    assert tabs.tabText(tabs.currentIndex()) == "Data"
    tabs.setCurrentIndex(0)
    assert window.canvas.isVisible()
    window.show_start()
    assert not tabs.isVisible()


def test_a_mosaic_is_as_large_as_its_pictures():
    image = mosaic(np.ones((20, 24, 24, 1), np.float32))
    assert (image.width(), image.height()) == (18 * 50, 2 * 50)
    assert image.pixelColor(0, 0).red() == 255 and image.pixelColor(49, 0).alpha() == 0
    assert mosaic(np.zeros((0, 8, 8, 3), np.float32)).isNull()


def test_the_preparation_is_a_list_that_is_changed_at_its_rows(hands, page):
    page.shown.setCurrentIndex(1)
    page._show()
    model = page.table.model()
    rows = {model.index(row, 0).data(): [model.index(row, c).data() for c in range(1, 6)] for row in range(5)}
    assert rows["id"] == ["Left out", "Number", "", "", "Nothing"]
    assert rows["age"][2].startswith("By ") and rows["age"][4] == "age, age is missing"
    assert rows["age"][3].startswith("(value - ") and rows["price"][4] == "A number to predict"
    menu = page.header.menu(1, page.look)
    scaling = next(a.menu() for a in menu.actions() if a.text() == "&Scaling")
    clip = next(a for a in scaling.actions() if a.text() == "Clip")
    after(hands, page, clip.trigger)
    page._show()
    assert page.table.model().index(1, 4).data().startswith("clipped, then (value - ")
    menu.deleteLater()


def test_what_is_subtracted_has_one_sign(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text("longitude,price\n" + "".join(f"{-120 - i % 7},{i * 3}\n" for i in range(60)))
    options = sources["csv"].complete({"path": str(path)})
    look = sources["csv"].look(options)
    model = PreparationModel(look, load("csv", options))
    assert model.index(0, 4).data().startswith("(value + 12")


def test_columns_that_are_scrolled_to_get_the_width_of_what_they_hold(hands, page, tmp_path):
    path = tmp_path / "many.csv"
    rows = "".join(",".join([f"{'long ' * 9}{i % 3}"] * 300) + f",{i}\n" for i in range(12))
    path.write_text(",".join(f"c{i}" for i in range(300)) + ",y\n" + rows)
    after(hands, page, lambda: page.data_requested.emit(DataReference("csv", {"path": str(path)})))
    table = page.table
    assert table.columnWidth(0) > NARROWEST == table.columnWidth(250)
    # The file is read as it was, whatever is seen of it: a histogram for each column, too.
    assert len(page.look.spreads) == 301 and len(page.look.spreads[-1].bars) == 24
    bar = table.horizontalScrollBar()
    hands.wait(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    seen = page.header.logicalIndexAt(page.header.viewport().width() // 2)
    assert seen > 200 and table.columnWidth(seen) > NARROWEST


def test_a_category_is_given_an_embedding_at_its_head(hands, page):
    menu = page.header.menu(3, page.look)
    coding = next(a.menu() for a in menu.actions() if a.text() == "&Coding")
    assert [a.text() for a in coding.actions() if a.isChecked()] == ["One-hot"]
    after(hands, page, next(a for a in coding.actions() if a.text() == "Embedding").trigger)
    menu.deleteLater()
    assert page.data.features[-1] == "member" and page.data.tokens[0].size == 3
    page.shown.setCurrentIndex(1)
    page._show()
    row = [page.table.model().index(3, c).data() for c in (0, 4, 5)]
    assert row == ["member", "As it is, for an Embedding", "member"]


def test_classes_get_an_order_and_names(hands, window, page):
    after(hands, page, lambda: page._on_said("member", "target"))
    assert page.data.classes == ("no", "yes")
    at = [c.name for c in page.look.columns].index("member")
    menu = page.header.menu(at, page.look)
    next(a for a in menu.actions() if "Order and names" in a.text()).trigger()
    dialog = window.findChild(ClassOrder)
    dialog.table.setCurrentCell(1, 1)
    dialog.up.click()
    dialog.table.item(0, 1).setText("a member")
    after(hands, page, dialog._accept)
    assert page.data.classes == ("a member", "no")
    assert page.reference.options["columns"].endswith("member: ordered yes = a member < no")
    menu.deleteLater()


def test_the_words_of_an_input_get_an_order(hands, window, page):
    at = [c.name for c in page.look.columns].index("member")
    menu = page.header.menu(at, page.look)
    next(a for a in menu.actions() if "Order of the values" in a.text()).trigger()
    dialog = window.findChild(ClassOrder)
    dialog.table.setCurrentCell(1, 1)
    dialog.up.click()
    after(hands, page, dialog._accept)
    assert page.reference.options["columns"].endswith("member: ordered yes < no")
    assert page.data.features[-1] == "member"
    menu.deleteLater()


def test_a_column_gets_another_name_and_undo_brings_back_its_own(hands, window, page):
    after(hands, page, lambda: page._on_said("age", "left out"))
    next(a for a in page.header.menu(1, page.look).actions() if "Re&name" in a.text()).trigger()
    dialog = window.findChild(ColumnName)
    dialog.name.setText("zip")
    dialog._accept()
    assert dialog.isVisible() and dialog.hint.text() == "Another column is called 'zip'."
    dialog.name.setText("years")
    after(hands, page, dialog._accept)
    assert column(page, "years").role == ColumnRole.LEFT_OUT
    assert any("'age' is called 'years'" in note for note in page.data.notes)
    after(hands, page, lambda: hands.trigger("undo"))
    assert column(page, "age").role == ColumnRole.LEFT_OUT


def test_names_that_cannot_be_written_are_refused(qtbot):
    dialog = ClassOrder(None, ("0", "1"))
    dialog.table.item(0, 1).setText("a < b")
    dialog._accept()
    assert "no name can have" in dialog.hint.text()
    dialog.table.item(0, 1).setText("1")
    dialog._accept()
    assert "same name" in dialog.hint.text()
    dialog.reject()


def test_in_a_low_window_rows_are_seen_and_the_notes_scroll(hands, window, page):
    window.resize(1100, 700)
    page.told.say("\n".join(f"•  note {i}" for i in range(12)))
    hands.wait(lambda: page.told.height() < page.notes.height())
    assert page.told.height() >= 2 * page.fontMetrics().height()
    assert page.table.rowAt(30) == 1, "two rows are below the heads"
    page.told.say("•  one note")
    hands.wait(lambda: page.told.height() == page.notes.heightForWidth(page.told.viewport().width()))
    page.told.say("")
    assert not page.told.isVisible()


def test_samples_have_the_numbers_of_their_rows_in_the_file(page):
    page.shown.setCurrentIndex(2)
    page._show()
    model = page.table.model()
    heads = [str(model.headerData(row, Qt.Orientation.Vertical)) for row in range(model.rowCount())]
    numbers = [int(head.split()[0]) for head in heads]
    assert sorted(numbers) == list(range(1, 61)) and numbers != sorted(numbers)
    price = model.columnCount() - 1
    y = [float(model.index(row, price).data()) * page.data.y_scale + page.data.y_shift for row in range(60)]
    assert np.allclose(np.ravel(y), [(number - 1) * 1.5 for number in numbers], atol=0.05)
    assert sum("test" in head for head in heads) == len(page.data.x_test)


def test_samples_are_not_shown_before_their_table(qtbot, table):
    waiting = []
    page = DataPage(lambda work, then, failed: waiting.append((work, then)))
    qtbot.addWidget(page)
    page.show()
    page.show_reference(DataReference("csv", {"path": str(table)}), lambda: table)
    page.show_loaded(load("csv", {"path": str(table)}))
    assert page.table.model() is None and page.veil.text == READING
    for work, then in waiting:
        then(work())
    assert page.table.model().rowCount() == 60 and not page.veil.text


def test_of_a_file_that_takes_long_the_first_rows_are_seen_until_all_are_there(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("nnstudio.data.csv_file.LARGE", 0)
    monkeypatch.setattr("nnstudio.data.csv_file.START_BYTES", 200)
    path = tmp_path / "large.csv"
    path.write_text("size,price\n" + "".join(f"{i},{2 * i}\n" for i in range(60)))
    waiting = []
    page = DataPage(lambda work, then, failed: waiting.append((work, then)))
    qtbot.addWidget(page)
    page.show_reference(DataReference("csv", {"path": str(path)}), lambda: path)
    page.show()
    (work, then), *others = waiting
    assert not others
    then(work())
    first = page.table.model().rowCount()
    heads = [page.table.model().headerData(row, Qt.Orientation.Vertical) for row in range(first)]
    assert 10 < first < 60 and heads == [str(row + 1) for row in range(first)] and not page.veil.text
    assert page.understood.text().startswith(f"The first {first} rows, ")
    assert page.understood.text().endswith("Reading the others …")
    page.show_loaded(load("csv", {"path": str(path)}))
    assert page.table.model().rowCount() == first
    work, then = waiting[-1]
    then(work())
    assert page.table.model().rowCount() == 60 and page.understood.text().startswith("60 rows, ")


def test_first_rows_that_come_after_all_of_them_are_not_shown(qtbot, table, monkeypatch):
    monkeypatch.setattr("nnstudio.data.csv_file.LARGE", 0)
    monkeypatch.setattr("nnstudio.data.csv_file.START_BYTES", 200)
    waiting = []
    page = DataPage(lambda work, then, failed: waiting.append((work, then)))
    qtbot.addWidget(page)
    page.show()
    page.show_reference(DataReference("csv", {"path": str(table)}), lambda: table)
    page.show_loaded(load("csv", {"path": str(table)}))
    for work, then in reversed(waiting):
        then(work())
    assert page.table.model().rowCount() == 60
