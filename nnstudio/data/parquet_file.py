"""Parquet files, as pandas, Polars, Spark or a data warehouse write them; pyarrow reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.large_tables import LARGE
from nnstudio.data.table_reader import MAX_BYTES
from nnstudio.data.tables.nested import told_nested
from nnstudio.data.tables.options import KEPT_MARKS, TABLE_OPTIONS
from nnstudio.data.tables.source import START_ROWS, ReadTable, TableSource
from nnstudio.data.tables.typed import check_width, typed_table
from nnstudio.model.atomic_file import FileError, read_regular

if TYPE_CHECKING:
    import pyarrow as pa

# At the beginning and at the end of each file; the other one where its columns are encrypted.
MARK, SECRET = b"PAR1", b"PARE"


@sources.register
class ParquetFile(TableSource):
    """A table of columns with types."""

    id = "parquet"
    title = "Parquet file"
    order = 22
    suffixes = (".parquet", ".pq")
    help = "A table as Parquet: a row for each sample, a column for each value."
    options = (Option("path", "", "The file."), KEPT_MARKS, *TABLE_OPTIONS)

    def read(self, path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> ReadTable:
        return _read(path, _table(path), options)

    def read_start(self, path: Path, options: Mapping[str, Any]) -> ReadTable | None:
        if path.stat().st_size <= LARGE:
            return None
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(path) as file:
                start = next(file.iter_batches(START_ROWS), None)
        except (pa.ArrowException, OSError, ValueError, MemoryError, KeyError):
            # Who reads all of it says what is wrong.
            return None
        return start and _read(path, pa.Table.from_batches([start]), options)

    def example(self, folder: Path) -> dict[str, Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = folder / "table.parquet"
        numbers = range(40)
        columns = {
            "width": [i / 4 for i in numbers], "colour": [("red", "blue")[i % 2] for i in numbers],
            "count": [i % 7 for i in numbers], "good": [i % 3 == 0 for i in numbers],
        }  # fmt: skip
        pq.write_table(pa.table(columns), path)
        return {"path": str(path)}


def _read(path: Path, table: pa.Table, options: Mapping[str, Any]) -> ReadTable:
    """What pyarrow read, as a table of columns. Raises DataError."""
    check_width(path, table.num_columns)
    opened = [field.name for field in table.schema if _is_object(field.type)]
    table = table.flatten() if opened else table
    check_width(path, table.num_columns)
    kept: list[tuple[str, Iterable[object]]] = []
    nested, notes = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if _is_nested(column.type):
            nested.append(name)
            continue
        try:
            kept.append((name, _values(column)))
        except (ValueError, OverflowError, NotImplementedError) as error:
            notes.append(f"Column '{name}' ({column.type}) is left out: {_reason(error)}.")
    notes = [*told_nested(opened, nested), *notes]
    if not kept:
        raise DataError(f"'{path.name}' has no column with single values. {' '.join(notes)}")
    return typed_table(path, kept, "Parquet", notes, kept_marks=options["kept_marks"])


def _table(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        raw = read_regular(path, MAX_BYTES)
    except FileError as error:
        raise DataError(str(error)) from error
    if raw[:4] == SECRET:
        raise DataError(f"'{path.name}' is encrypted. Write it without encryption.")
    if raw[:4] != MARK:
        raise DataError(f"'{path.name}' is not a Parquet file. Choose a file with a row for each sample.")
    if raw[-4:] != MARK:
        raise DataError(f"'{path.name}' is cut off: its end is missing. Copy or write it again.")
    try:
        table: pa.Table = pq.read_table(pa.BufferReader(raw))
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError, KeyError) as error:
        raise DataError(f"'{path.name}' cannot be read: {_reason(error)}. Copy or write it again.") from error
    return table


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _is_object(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind))


def _is_nested(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_nested(kind))


def _values(column: pa.ChunkedArray) -> Iterable[object]:
    """An array where they are numbers without gaps, else Python's own types. Raises ValueError, as pyarrow's
    own errors are, OverflowError or NotImplementedError.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time64(kind):
        column = _without_nanoseconds(column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        column = column.cast(pa.large_binary()).cast(pa.large_string())
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and not column.null_count):
        numbers: Iterable[object] = column.to_numpy()
        return numbers
    values: list[object] = column.to_pylist()
    return values


def _without_nanoseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Python's own types know millionths of a second."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    return column.cast(pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us"), safe=False)
