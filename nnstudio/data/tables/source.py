"""Files that hold a table: whatever their format, what is done with the rows is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, sources
from nnstudio.data.kept_files import KeptFiles
from nnstudio.data.table_reader import Table
from nnstudio.data.tables.dataset import table_dataset
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.look import TableLook, look_at
from nnstudio.data.tables.marks import marks_of
from nnstudio.data.tables.names import check_names_given, names_in_file, read_names, with_names
from nnstudio.data.tables.options import TABLE_OPTIONS

PREVIEW_ROWS = 5
# What reads a table whose name tells nothing.
USUAL = "csv"


@dataclass(frozen=True, eq=False)
class ReadTable:
    """A table with what was understood of its file.

    Attributes:
        text: how it is written, in words.
        target: the column that is predicted where none is chosen.
        has_names: whether the file names its columns.
        seen: how many cells held each of the marks that usually stand for a missing value, where that was
            counted on the way.
    """

    table: Table
    text: str
    target: str
    has_names: bool
    seen: Mapping[str, int] = field(default_factory=dict)


# Those who ask for the same table one after the other: what shows it, what learns from it.
MOST_KEPT = 2**25
# Of a file that takes long to read, so much is looked at ahead.
START_BYTES, START_ROWS = 2**20, 5000
KEPT: KeptFiles[ReadTable] = KeptFiles(2, MOST_KEPT, shares=True)


class TableSource(Source):
    """A table on disk; a subclass says how its format is read, and has the `TABLE_OPTIONS` among its own.

    Inputs and number targets are standardised with the training part's mean.
    """

    picks = Picks.FILE
    page_options = ("names", "missing_marks", "kept_marks")
    target_option = "target"
    embeds = True

    def read(self, path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> ReadTable:
        """The whole table; ``expected`` are names of columns that new rows would have. Raises DataError."""
        raise NotImplementedError

    def read_once(self, path: Path, options: Mapping[str, Any]) -> ReadTable:
        """As `read`, but a file that has not changed since is not read again; its columns are shared, so
        they are replaced and never written into. Raises DataError.
        """
        return self._own(path, options, self._shared(path, options))

    def _shared(self, path: Path, options: Mapping[str, Any]) -> ReadTable:
        """What all who read the file this way share."""
        later = {"path", *(option.name for option in TABLE_OPTIONS)}
        how = (self.id, *(options[option.name] for option in self.options if option.name not in later))
        return KEPT.get(path, how, lambda: self.read(path, options))

    def _own(self, path: Path, options: Mapping[str, Any], read: ReadTable) -> ReadTable:
        """What is shared, under the names that the options give its columns."""
        read = replace(read, table=replace(read.table, frame=read.table.frame.copy(deep=False)))
        names = read_names(options["names"])
        if not names:
            return read
        check_names_given(names, tuple(map(str, read.table.frame.columns)), path.name)
        return called(read, names)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError(f"No file is chosen yet. Choose a {self.title}.")
        path = Path(options["path"])
        read = self.read_once(path, options)
        return table_dataset(path, read.table, read.target, options)

    def look(self, options: Mapping[str, Any]) -> TableLook | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        shared = self._shared(path, options)
        read = self._own(path, options, shared)
        seen = self.seen_marks(path, options, read)
        marks = marks_of(seen, read.table.frame, options["missing_marks"], options["kept_marks"])
        look = look_at(path, read.table, read.text, read.target, options)
        return replace(look, marks=marks, held=shared)

    def read_start(self, path: Path, options: Mapping[str, Any]) -> ReadTable | None:
        """The first rows of a file that takes long to read; None of others, and where they cannot be read
        alone. Raises DataError.
        """
        return None

    def look_at_start(self, options: Mapping[str, Any]) -> TableLook | None:
        """The first rows of a file that takes long to read, to look at until all are there; None of others.
        Raises DataError.
        """
        path = Path(options["path"])
        read = self.read_start(path, options) if path.is_file() else None
        if read is None:
            return None
        own = self._own(path, options, read)
        look = look_at(path, own.table, own.text, own.target, options)
        # Which rows are held back, and whether something is wrong, is known of all rows only.
        nothing = look.train[:0]
        return replace(look, train=nothing, validation=nothing, test=nothing, problem="", is_start=True)

    def seen_marks(self, path: Path, options: Mapping[str, Any], read: ReadTable) -> Mapping[str, int]:
        """How many cells hold each of the marks that usually stand for a missing value. Raises DataError."""
        return read.seen

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        read = self.read_once(path, options)
        start = read.table.frame.head(PREVIEW_ROWS).apply(texts_of)
        rows = tuple(tuple(row) for row in start.where(start.notna(), "").to_numpy())
        columns = tuple(map(str, start.columns))
        return Preview(read.text, columns, rows, options["target"] or read.target)


def called(read: ReadTable, names: Mapping[str, str]) -> ReadTable:
    """A table under other names of its columns than the file's own."""
    return replace(read, table=with_names(read.table, names), target=names.get(read.target, read.target))


def read_by_either_names(
    path: Path, reader: TableSource, options: Mapping[str, Any], expected: Sequence[str],
    names: Mapping[str, str],
) -> ReadTable:  # fmt: skip
    """New rows under the ``names`` that columns have in training, whether the file has those or its own.

    ``expected``: as for `TableSource.read`, by their names in training. Raises DataError.
    """
    read = called(reader.read(path, options, expected), names)
    if names and not set(expected) <= set(read.table.frame.columns):
        # A row of other names may be taken for data.
        read = called(reader.read(path, options, names_in_file(expected, names)), names)
    return read


def table_suffixes() -> tuple[str, ...]:
    """Of all files that are read as tables."""
    return tuple(s for source in sources if isinstance(source, TableSource) for s in source.suffixes)


def reader_of(path: Path) -> TableSource:
    """What reads a table, by the file's name."""
    readers = {source.id: source for source in sources if isinstance(source, TableSource)}
    suffix = path.suffix.lower()
    return next((reader for reader in readers.values() if suffix in reader.suffixes), readers[USUAL])
