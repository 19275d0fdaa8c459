"""Once a person says what a column is, its head, its cells and the notes of the assistant tell the same."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from nnstudio.ui.data.cell_menu import cell_menu
from nnstudio.ui.data.column_header import column_kind
from nnstudio.ui.panels.data_words import in_window

OFFER = "Read numbers without their unit (m2)"


@pytest.fixture
def page(hands, window, tmp_path):
    path = tmp_path / "flats.csv"
    areas = ("80 m2", "90", "95", "")
    path.write_text("area,price\n" + "".join(f"{areas[i % 4]},{i * 1.5}\n" for i in range(40)))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.proposed is not None and dialog.page.look is not None)
    return dialog.page


def read_again(hands, page, before):
    hands.wait(lambda: page.look is not None and page.look is not before and page.data is not None)


def texts_of(menu) -> dict:
    return {action.text().replace("&", ""): action for action in menu.actions()}


def test_cells_head_and_notes_tell_what_counts_as_missing(hands, page):
    before = page.look
    page.header.said.emit("area", "number")
    read_again(hands, page, before)
    look, model = page.look, page.table.model()
    cell = model.index(0, 0)
    assert cell.data() == "missing (80 m2)" and "is no number" in cell.data(Qt.ItemDataRole.ToolTipRole)
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == model.index(3, 0).data(Qt.ItemDataRole.ForegroundRole)
    number = model.index(1, 0)
    assert (
        number.data() == "90" and number.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    )
    assert page.header._bottom(look.columns[0], look.spreads[0]) == "50.0% missing"
    assert f"choose “{OFFER.removesuffix(' (m2)')}” at the head of 'area'" in page.told.label.text()
    assert "stays text" not in page.told.label.text()


@pytest.mark.parametrize("by", ["head", "cell"])
def test_units_are_left_off_and_put_back_at_the_column(hands, page, by):
    before = page.look
    assert before.columns[0].is_guessed and before.columns[1].name not in before.units
    if by == "head":
        menu = page.header.menu(0, before)
    else:
        menu = cell_menu(page, before, (0, 0), page.reference.options, page._ask)
    texts_of(menu)[OFFER].trigger()
    read_again(hands, page, before)
    look = page.look
    assert page.reference.options["columns"] == "area: number, without unit"
    assert look.columns[0].missing == 10 and page.table.model().index(0, 0).data() == "80 m2"
    shown = texts_of(page.header.menu(0, look))[OFFER]
    assert shown.isChecked()
    shown.trigger()
    assert page.reference.options["columns"] == "area: number"


def test_a_note_names_what_to_choose_for_a_name_with_a_colon():
    said = 'If all are in m2, set Columns to "a: b": without unit; else write all of them alike.'
    assert in_window(said) == (
        "If all are in m2, choose “Read numbers without their unit” at the head of 'a: b'; else write all of "
        "them alike."
    )


def test_a_column_that_is_left_out_contradicts_itself_nowhere(hands, window, tmp_path):
    path = tmp_path / "plants.csv"
    kinds = ("fern", "moss", "moss")
    rows = [f"p-{i:03},{1 + i % 28:02}.{1 + i % 12:02}.2024,{kinds[i % 3]}\n" for i in range(60)]
    path.write_text(f"id,planted on,kind\n{''.join(rows)}")
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.proposed is not None and dialog.page.look is not None)
    page = dialog.page
    row, date = page.look.columns[:2]
    assert row.role == "left out" and "embedding" not in column_kind(row)
    assert "no value comes twice" in page.told.label.text()
    # As the cells have it, and with room for all of it.
    below = page.header._bottom(date, page.look.spreads[1])
    assert below == "01.01.2024 … 24.12.2024"
    assert page.header.sectionSize(1) >= page.fontMetrics().horizontalAdvance(below)
    assert page.shown_label.isVisible() and page.shown_label.buddy() is page.shown
