"""Other names that a person gives to columns, as one text that is saved with the project.

Such as ``x1: age; "a: b": ratio``: the file's own name, then the one that it has everywhere else. A name that
holds a colon, a semicolon or quotation marks stands in quotation marks, as JSON has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnstudio.data.dataset import DataError
from nnstudio.data.table_reader import Table, names_of
from nnstudio.data.tables.settings import no_such_column, quoted, read_settings, write_settings

if TYPE_CHECKING:
    import pandas as pd

NAME = r'\s*("(?:[^"\\]|\\.)*"|[^:;"]+?)\s*'
PAIR = re.compile(f"{NAME}:{NAME}(?:;|$)")
TOLD = 4


def read_names(text: str) -> dict[str, str]:
    """New names by the file's own. Raises DataError."""
    names: dict[str, str] = {}
    at = 0
    while text[at:].strip(" ;"):
        pair = PAIR.match(text, at)
        if pair is None:
            raise DataError(f"Names takes pairs such as 'x1: age; x2: weight'; '{text[at:][:60]}' is none.")
        own, new = (_unquoted(part) for part in pair.groups())
        names[own] = new
        at = pair.end()
    return names


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError as error:
        raise DataError(f"Names has a name that is not quoted right: {text}.") from error


def write_names(names: Mapping[str, str]) -> str:
    """The text that `read_names` reads; a name that stays is not in it."""
    return "; ".join(f"{quoted(own)}: {quoted(new)}" for own, new in names.items() if own != new)


def check_names_given(names: Mapping[str, str], columns: tuple[str, ...], file: str) -> None:
    """Raise DataError for a column that the file lacks, and for a name that another column has.

    The file's own names are not given to others, so that new rows are understood by either.
    """
    for own, new in names.items():
        if own not in columns:
            raise DataError(no_such_column(own, columns, file))
        if new != own and (new in columns or list(names.values()).count(new) > 1):
            raise DataError(f"'{new}' is already the name of another column of '{file}'. Choose another.")


def with_names(table: Table, names: Mapping[str, str]) -> Table:
    """The table under the names that its columns have here; one whose new name is there already stays."""
    columns = tuple(map(str, table.frame.columns))
    called = {own: new for own, new in names.items() if own in columns and new not in columns}
    if not called:
        return table
    now = [called.get(name, name) for name in columns]
    written = table.written
    units = {called.get(name, name): unit for name, unit in written.units.items()}
    cells: dict[str, pd.Series] = {called.get(name, name): cells for name, cells in written.cells.items()}
    frame = table.frame.set_axis(names_of(now), axis=1)
    notes = (*table.notes, _told(called))
    guesses = tuple(replace(guess, column=called.get(guess.column, guess.column)) for guess in table.guesses)
    times = tuple(called.get(name, name) for name in written.times)
    written = replace(written, units=units, cells=cells, times=times)
    return replace(table, frame=frame, notes=notes, written=written, guesses=guesses)


def _told(called: Mapping[str, str]) -> str:
    pairs = [f"'{own}' is called '{new}'" for own, new in called.items()]
    more = f" and {len(pairs) - TOLD:,} more have other names" if len(pairs) > TOLD else ""
    return f"Columns have other names here than in the file: {', '.join(pairs[:TOLD])}{more}."


def names_in_file(columns: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """What columns are called in the file, where that is known."""
    own = {new: name for name, new in names.items()}
    return tuple(own.get(column, column) for column in columns)


def rename(options: Mapping[str, Any], column: str, new: str) -> dict[str, Any]:
    """What changes in the options of a table where a column gets another name: all that is said of it stays.

    Raises DataError.
    """
    names = read_names(str(options.get("names", "")))
    (own,) = names_in_file([column], names)
    settings = read_settings(str(options.get("columns", "")))
    said = {new if name == column else name: setting for name, setting in settings.items()}
    target = str(options.get("target", ""))
    return {
        "names": write_names({**names, own: new}),
        "columns": write_settings(said),
        "target": new if target == column else target,
    }
