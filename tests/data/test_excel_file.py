"""Excel: which sheet and where on it, types of cells, merged ones, errors, and what is no workbook."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.new_rows import read_new_rows

PLAIN = [["size", "colour", "price"], *[[i / 2, ("red", "blue")[i % 2], 10.5 * i] for i in range(30)]]


@pytest.fixture
def book(tmp_path):
    def book(change=None, **sheets):
        workbook = Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if change:
            change(workbook)
        path = tmp_path / "book.xlsx"
        workbook.save(path)
        return path

    return book


def read(path, **options):
    return sources["excel"].read(path, sources["excel"].complete({"path": str(path), **options}))


def test_the_first_sheet_with_a_table_is_read_and_others_are_named(book):
    path = book(Cover=[["A report"], []], Numbers=PLAIN, More=PLAIN[:5])
    known = read(path)
    assert known.text == "Excel, sheet 'Numbers', first row names the columns, 3 columns"
    assert known.table.notes == ("Sheet 'Numbers' is read; others are: 'Cover', 'More'.",)
    assert (known.target, len(known.table.frame)) == ("price", 30)
    assert len(read(path, sheet="More").table.frame) == 4


def test_a_hidden_sheet_is_read_only_where_it_is_named(book):
    def hide(workbook):
        workbook["Secret"].sheet_state = "hidden"

    path = book(hide, Secret=PLAIN[:9], Shown=PLAIN)
    assert "'Shown'" in read(path).text and len(read(path, sheet="Secret").table.frame) == 8


def test_what_stands_around_the_table_is_left_out_and_said(book):
    rows = [["Sales of 2024"], ["by", "me"], [], *[[None, None, *row] for row in PLAIN], [], ["Source: us"]]
    table = read(book(Sheet=rows)).table
    assert list(table.frame.columns) == ["size", "colour", "price"] and len(table.frame) == 30
    assert table.notes == (
        "2 rows above the table are left out, such as row 1: 'Sales of 2024'.",
        "1 row below the table is left out, such as row 36: 'Source: us'.",
    )


def test_empty_rows_and_columns_inside_are_left_out(book):
    rows = [[row[0], None, *row[1:]] for row in PLAIN]
    rows.insert(7, [])
    table = read(book(Sheet=rows)).table
    assert table.frame.shape == (30, 3) and "1 empty row is left out inside of the table." in table.notes


def test_an_index_without_a_name_belongs_to_the_table(book):
    rows = [[None, "a", "b"], *[[i, i * 1.5, i * 2.5] for i in range(20)]]
    table = read(book(Sheet=rows)).table
    assert list(table.frame.columns) == ["column 1", "a", "b"]
    assert "There is no name for 'column 1'." in table.notes


def test_rows_without_names_are_numbered(book):
    known = read(book(Sheet=PLAIN[1:]))
    assert not known.has_names and known.table.frame.columns[0] == "column 1"
    assert len(read(book(Sheet=PLAIN[1:]), header="yes").table.frame) == 29


def test_texts_above_dates_are_names(book):
    days = [[datetime.date(2024, 1, 1 + i), f"on {i}"] for i in range(25)]
    assert read(book(Sheet=[["day", "what"], *days])).has_names


def test_types_of_cells_count(book):
    day = datetime.datetime(2024, 2, 3)
    rows = [["day", "at", "moment", "took", "share", "ok", "code"]]
    for i in range(20):
        later = datetime.timedelta(days=i)
        rows.append(
            [day + later, datetime.time(8, i), day + later * 1.5, later, i / 100, i % 2 == 0, f"0{i:02}"]
        )

    def format_share(workbook):
        for cell in workbook["Sheet"]["E"]:
            cell.number_format = "0.00%"

    table = read(book(format_share, Sheet=rows)).table
    first = table.frame.iloc[1]
    assert first[["day", "moment"]].tolist() == ["2024-02-04", "2024-02-04 12:00:00"]
    assert (first["at"], first["took"], first["share"], first["ok"]) == (481, 1440, 0.01, False)
    assert first["code"] == "001"
    assert "'at' holds times, taken as minutes since midnight: 08:00:00 is 480." in table.notes
    data = load("excel", {"path": str(book(Sheet=rows)), "target": "ok"})
    assert "day: day" in data.features and data.classes == ("False", "True")


def test_errors_and_formulas_that_were_never_computed_are_missing_and_said(book):
    rows = [*PLAIN, [3, "red", "#DIV/0!"], [4, "red", "=A2*2"]]
    table = read(book(Sheet=rows)).table
    assert table.frame["price"].isna().tolist()[-2:] == [True, True] and table.frame["price"].dtype == float
    assert "1 errors such as #DIV/0! (data row 31) in 'price' count as missing." in table.notes
    assert any(note.startswith("1 formulas on sheet 'Sheet' have no value") for note in table.notes)


def test_merged_cells_have_one_value(book):
    rows = [["A title"], ["group", "a", "b"], *[["x" if i == 0 else None, i, i * 3] for i in range(4)]]

    def merge(workbook):
        workbook["Sheet"].merge_cells("A1:C1")
        workbook["Sheet"].merge_cells("A3:A6")

    table = read(book(merge, Sheet=rows)).table
    assert table.frame["group"].tolist() == ["x"] * 4
    assert "3 merged cells have the value of the cell that they are merged with." in table.notes


def test_names_that_occur_twice_or_not_at_all_are_told(book):
    table = read(book(Sheet=[["a", "a", None], *[[i, i + 1, i + 2] for i in range(9)]])).table
    assert list(table.frame.columns) == ["a", "a (2)", "column 3"]
    assert any("'a (2)'" in note for note in table.notes) and any("'column 3'" in n for n in table.notes)


def test_new_rows_may_stand_on_a_sheet_of_another_name_and_in_a_csv(book, tmp_path):
    data = load("excel", {"path": str(book(Train=PLAIN))})
    new = book(Other=[["colour", "size"], ["red", 2], ["blue", 3]])
    rows = read_new_rows(new, {"sheet": "Train"}, data)
    assert rows.x[:, 0].tolist() == [2, 3] and "has no sheet 'Train'" in rows.notes[0]
    text = tmp_path / "new.csv"
    text.write_text("colour,size\nred,2\nblue,3\n")
    assert read_new_rows(text, {}, data).x.tolist() == rows.x.tolist()


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"a,b\n1,2\n", "is not an Excel workbook"),
        (zipped(letter="dear"), "is not an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "has a password"),
        (b"", "is not an Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_a_sentence(tmp_path, content, words):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    for attempt in (load, lambda kind, options: sources[kind].look(sources[kind].complete(options))):
        with pytest.raises(DataError, match=words):
            attempt("excel", {"path": str(path)})


def test_a_cut_workbook_is_a_sentence(book):
    path = book(Sheet=PLAIN)
    content = path.read_bytes()
    for share in range(1, 20):
        path.write_bytes(content[: len(content) * share // 20])
        with pytest.raises(DataError, match=r"\.$"):
            read(path)


@pytest.mark.parametrize(
    "rows, words",
    [
        ([], "holds no table"),
        ([["alone"]], "holds no table"),
        ([["a", "b"]], "no rows of data"),
        ([["a", "b"], ["#REF!", None], [None, "#REF!"]], "target is missing"),
    ],
)
def test_a_sheet_without_a_table_is_a_sentence(book, rows, words):
    path = book(Sheet=rows)
    with pytest.raises(DataError, match=words):
        load("excel", {"path": str(path)})
    with pytest.raises(DataError, match=r"has no sheet 'x'\. Its sheets are: 'Sheet'"):
        load("excel", {"path": str(path), "sheet": "x"})


@pytest.mark.parametrize(
    "cells, numbers, note",
    [
        ([f"{i},5 kg" for i in range(12)], [0.5, 1.5], "in kg"),
        ([f"{1000 + i}.25 €" for i in range(12)], [1000.25, 1001.25], "in €"),
        ([f"0{100 + i}" for i in range(12)], ["0100", "0101"], "codes with a 0"),
    ],
)
def test_texts_that_hold_numbers_are_read_as_in_a_table_of_text(tmp_path, cells, numbers, note):
    book = Workbook()
    book.active.append(["a", "y"])
    for i, cell in enumerate(cells):
        book.active.append([cell, "pq"[i % 2]])
    path = tmp_path / "t.xlsx"
    book.save(path)
    options = sources["excel"].complete({"path": str(path)})
    look = sources["excel"].look(options)
    assert look.frame["a"].tolist()[:2] == numbers
    assert any(note in said for said in sources["excel"].load(options).notes)


def test_the_sheets_are_offered_and_an_error_names_them_all(tmp_path):
    book = Workbook()
    for i in range(5):
        book.create_sheet(f"week {i}").append([i, i])
    book["week 3"].sheet_state = "hidden"
    book.save(tmp_path / "t.xlsx")
    source = sources["excel"]
    names = ("Sheet", *(f"week {i}" for i in range(5)))
    assert source.listed_options == ("sheet",) and source.listed_in(tmp_path / "t.xlsx") == {"sheet": names}
    assert sources["series"].listed_in(tmp_path / "t.xlsx") == {"sheet": names}
    with pytest.raises(DataError, match=r"Its sheets are: 'Sheet', 'week 0', .* 'week 4'"):
        source.load(source.complete({"path": str(tmp_path / "t.xlsx"), "sheet": "week 9"}))
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match="is not an Excel workbook"):
        source.listed_in(tmp_path / "t.xlsx")
