"""Excel workbooks: a sheet with a table on it, read by openpyxl with the values that formulas last had."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.dialect import JUDGED
from nnstudio.data.header import has_header
from nnstudio.data.kept_files import KeptFiles
from nnstudio.data.table_reader import MAX_BYTES
from nnstudio.data.tables.options import KEPT_MARKS, TABLE_OPTIONS
from nnstudio.data.tables.sheet import Area, table_area
from nnstudio.data.tables.source import START_ROWS, ReadTable, TableSource
from nnstudio.data.tables.typed import MOST_CHOICES, check_width, listed, typed_table
from nnstudio.model.atomic_file import FileError, read_regular

if TYPE_CHECKING:
    from openpyxl import Workbook

T = TypeVar("T")
# Office documents of before 2007, and those with a password, begin so.
OLD_OR_SECRET = bytes.fromhex("d0cf11e0a1b11ae1")
ERROR = re.compile(r"#(N/A|[A-Z0-9/_]+[!?])")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
SHEET = Option("sheet", "", "Name of the Excel sheet; empty means the first one that has a table.")
# As other programs than Excel write formulas that were never computed.
NOT_COMPUTED = re.compile(rb"(?:</f>|<f\b[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>|</c>)")


@sources.register
class ExcelFile(TableSource):
    """A table on a sheet; types of cells count, and what stands around it is left out."""

    id = "excel"
    title = "Excel file"
    order = 21
    suffixes = (".xlsx", ".xlsm")
    listed_options = (SHEET.name,)
    help = "A sheet of an Excel workbook: a row for each sample, a column for each value."
    options = (
        Option("path", "", "The file."),
        SHEET,
        Option("header", "guess", "Whether the first row names the columns.", choices=("guess", "yes", "no")),
        KEPT_MARKS,
        *TABLE_OPTIONS,
    )

    def read(self, path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> ReadTable:
        name, is_new = options["sheet"], bool(expected)
        # Preview, look and loading ask for the same one after the other, and openpyxl takes its time.
        sheet = KEPT.get(path, (name, is_new), lambda: _sheet(path, name, is_new))
        return self._read(path, sheet, options, expected)

    def read_start(self, path: Path, options: Mapping[str, Any]) -> ReadTable | None:
        if path.stat().st_size <= SLOW:
            return None
        return self._read(path, _sheet(path, options["sheet"], False, START_ROWS), options)

    def _read(
        self, path: Path, sheet: _Sheet, options: Mapping[str, Any], expected: Iterable[str] = ()
    ) -> ReadTable:
        check_width(path, len(sheet.area.columns))
        inside = [_cells(sheet.rows[i], sheet.area.columns) for i in sheet.area.rows]
        header = {"guess": _has_names(inside, set(expected)), "yes": True, "no": False}[options["header"]]
        names = ["" if cell is None or not header else str(cell) for cell in inside[0]]
        merged = _fill_merged(sheet, inside, sheet.area.rows[1:] if header else sheet.area.rows)
        body = inside[1:] if header else inside
        errors = _remove_errors(body, names)
        columns = [(name, [row[at] for row in body]) for at, name in enumerate(names)]
        told = "first row names the columns" if header else "no header row"
        notes = (*sheet.notes, *sheet.area.notes, *merged, *errors)
        return typed_table(
            path, columns, f"Excel, sheet '{sheet.name}', {told}", notes, header, options["kept_marks"]
        )

    def listed_in(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        return {SHEET.name: SHEETS.get(path, "", lambda: _guarded(path, _sheet_names))}

    def example(self, folder: Path) -> dict[str, Any]:
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(["width", "colour", "count", "good"])
        for i in range(40):
            book.active.append([i / 4, ("red", "blue")[i % 2], i % 7, i % 3 == 0])
        path = folder / "table.xlsx"
        book.save(path)
        return {"path": str(path)}


@dataclass(frozen=True, eq=False)
class _Sheet:
    """A sheet with a table.

    Attributes:
        rows: values of its cells, None for an empty one.
        merged: first and last row and column of the cells that are one, from 0.
    """

    name: str
    rows: Sequence[Sequence[object]]
    area: Area
    merged: Sequence[tuple[int, int, int, int]]
    notes: tuple[str, ...]


# Larger files take long to read.
SLOW = 2**20
# Files of up to so many bytes, the newest ones.
KEPT: KeptFiles[_Sheet] = KeptFiles(3, 20_000_000)
SHEETS: KeptFiles[tuple[str, ...]] = KeptFiles(3, MAX_BYTES)


def _sheet(path: Path, name: str, is_new: bool, most: int | None = None) -> _Sheet:
    """The sheet of a name, or the first with a table, with ``most`` rows; ``is_new``: of new rows, which may
    stand on another. Raises DataError.
    """
    return _guarded(path, lambda raw: _of_book(path, raw, name, is_new, most))


def _guarded(path: Path, work: Callable[[bytes], T]) -> T:
    """What comes of the bytes of a workbook. Raises DataError."""
    with warnings.catch_warnings():
        # On what of the file is not read, such as rules for entering data.
        warnings.simplefilter("ignore")
        try:
            raw = read_regular(path, MAX_BYTES)
            _check_kind(path, raw)
            return work(raw)
        except FileError as error:
            raise DataError(str(error)) from error
        except DataError:
            raise
        except Exception as error:
            # openpyxl raises whatever its parts raise, down to KeyError, for what is no workbook.
            raise DataError(
                f"'{path.name}' is not an Excel workbook, or is damaged: {_reason(error)}. Open it in a "
                "spreadsheet program and save it as .xlsx."
            ) from error


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def _check_kind(path: Path, raw: bytes) -> None:
    if raw.startswith(OLD_OR_SECRET):
        raise DataError(
            f"'{path.name}' has a password, or is an Excel file of before 2007. Open it in Excel and save it "
            "as .xlsx without a password."
        )
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = sum(part.file_size for part in archive.infolist())
        if size > MAX_BYTES:
            raise DataError(
                f"'{path.name}' unpacks to {size / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB are read. "
                "Save the table as CSV."
            )


def _sheet_names(raw: bytes) -> tuple[str, ...]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(raw), read_only=True)
    try:
        return tuple(sheet.title for sheet in book.worksheets)
    finally:
        book.close()


def _of_book(path: Path, raw: bytes, name: str, is_new: bool, most: int | None) -> _Sheet:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    try:
        names = [sheet.title for sheet in book.worksheets]
        shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        notes: tuple[str, ...] = ()
        if name and name not in names:
            if not is_new:
                raise DataError(
                    f"'{path.name}' has no sheet '{name}'. Its sheets are: {listed(names, MOST_CHOICES)}."
                )
            notes = (f"'{path.name}' has no sheet '{name}', so the first one with a table is taken.",)
            name = ""
        for chosen in [name] if name else shown:
            rows = _rows(book, chosen, most)
            area = table_area(rows)
            # A line of two cells alone is no table where another sheet may hold one.
            if area is not None and (len(area.rows) > 1 or chosen == (name or shown[-1])):
                others = [other for other in shown if other != chosen]
                if others and not name:
                    notes += (f"Sheet '{chosen}' is read; others are: {listed(others)}.",)
                # To search the text of a whole sheet would take long, too.
                merged, of_source = _source(raw, book, chosen) if most is None else ([], [])
                return _Sheet(chosen, rows, area, merged, (*notes, *of_source))
    finally:
        book.close()
    where = f"Sheet '{name}' of '{path.name}'" if name else f"'{path.name}'"
    raise DataError(f"{where} holds no table. Choose a sheet with a row for each sample.")


def _rows(book: Workbook, name: str, most: int | None) -> list[Sequence[object]]:
    sheet = book[name]
    # Some programs write a wrong size, or none.
    sheet.reset_dimensions()
    return [
        tuple(None if isinstance(cell, str) and not cell.strip() else cell for cell in row)
        for row in islice(sheet.iter_rows(values_only=True), most)
    ]


def _source(raw: bytes, book: Workbook, name: str) -> tuple[list[tuple[int, int, int, int]], list[str]]:
    """What openpyxl passes over where it reads row by row: merged cells, formulas without values."""
    from openpyxl.utils.cell import range_boundaries

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read(book[name]._worksheet_path)
    merged = []
    for area in MERGED.findall(text):
        left, top, right, bottom = range_boundaries(area.decode())
        merged.append((top - 1, bottom - 1, left - 1, right - 1))
    lacking = len(NOT_COMPUTED.findall(text))
    note = (
        f"{lacking:,} formulas on sheet '{name}' have no value, which count as missing. Open the file in a "
        "spreadsheet program and save it, so that they are computed."
    )
    return merged, [note] if lacking else []


def _cells(row: Sequence[object], columns: Sequence[int]) -> list[object]:
    return [row[at] if at < len(row) else None for at in columns]


def _has_names(rows: Sequence[Sequence[object]], expected: set[str]) -> bool:
    """Whether the first row names the columns: texts above values that are none, or as in a table of text."""
    known = [[None if _is_error(cell) else cell for cell in row] for row in rows[:JUDGED]]
    head, body = known[0], known[1:]
    texts = [["" if cell is None else str(cell).strip() for cell in row] for row in known]
    if expected and expected <= set(texts[0]):
        return True
    if all(isinstance(cell, str | None) for cell in head) and body:
        below = [{type(cell) for cell in column if cell is not None} for column in zip(*body, strict=True)]
        if any(kinds and str not in kinds for kinds in below):
            return True
    return has_header(texts)


def _is_error(cell: object) -> bool:
    return isinstance(cell, str) and ERROR.fullmatch(cell) is not None


def _fill_merged(sheet: _Sheet, inside: Sequence[list[object]], rows: Sequence[int]) -> list[str]:
    """Each of some merged cells gets the value of all of them; a note tells how many."""
    row_at = {row: i for i, row in enumerate(sheet.area.rows)}
    column_at = {column: i for i, column in enumerate(sheet.area.columns)}
    count, body = 0, set(rows)
    for top, bottom, left, right in sheet.merged:
        if top not in body or left not in column_at:
            continue
        value = inside[row_at[top]][column_at[left]]
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left) and row in body and column in column_at:
                    inside[row_at[row]][column_at[column]] = value
                    count += 1
    return [f"{count:,} merged cells have the value of the cell that they are merged with."] if count else []


def _remove_errors(rows: Sequence[list[object]], names: Sequence[str]) -> list[str]:
    """Errors of formulas become empty cells; notes on them."""
    counts: Counter[int] = Counter()
    first: dict[int, tuple[int, object]] = {}
    for i, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if _is_error(cell):
                counts[at] += 1
                first.setdefault(at, (i, cell))
                row[at] = None
    return [
        f"{count:,} errors such as {first[at][1]} (data row {first[at][0]:,}) in "
        f"'{names[at] or f'column {at + 1}'}' count as missing."
        for at, count in sorted(counts.items())
    ]
