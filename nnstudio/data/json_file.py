"""JSON: an object for each row, one on each line or all in an array."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.dialect import MAX_COLUMNS
from nnstudio.data.kept_files import KeptFiles
from nnstudio.data.large_tables import LARGE
from nnstudio.data.table_reader import MAX_BYTES
from nnstudio.data.tables.nested import told_nested
from nnstudio.data.tables.options import KEPT_MARKS, TABLE_OPTIONS
from nnstudio.data.tables.source import START_BYTES, ReadTable, TableSource
from nnstudio.data.tables.typed import MOST_CHOICES, listed, typed_table
from nnstudio.model.atomic_file import FileError, read_regular

WHAT_TO_DO = "Write an object for each row, one on each line or all in an array."
ARRAY = Option(
    "array", "", "Name of the JSON array with the rows, such as data.items; empty means the only one."
)
LINES = "JSON, an object on each line"
# Objects within objects in which arrays are looked for.
MOST_DEPTH = 4
# To find the names, a whole file is read.
NAMES: KeptFiles[tuple[str, ...]] = KeptFiles(3, MAX_BYTES)


@sources.register
class JsonFile(TableSource):
    """Objects of names and values; values inside of values get columns of their own, one level deep."""

    id = "json"
    title = "JSON file"
    order = 23
    suffixes = (".jsonl", ".ndjson", ".json")
    listed_options = (ARRAY.name,)
    help = "JSON with an object for each sample, one on each line or all in an array."
    options = (Option("path", "", "The file."), ARRAY, KEPT_MARKS, *TABLE_OPTIONS)

    def read(self, path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> ReadTable:
        return _read(path, *_rows(path, options[ARRAY.name], bool(expected)), options)

    def read_start(self, path: Path, options: Mapping[str, Any]) -> ReadTable | None:
        if path.stat().st_size <= LARGE:
            return None
        with path.open("rb") as file:
            raw = file.read(START_BYTES)
        # Of one array nothing is known before its end.
        lines = raw[: raw.rfind(b"\n") + 1].decode("utf-8-sig", "replace").split("\n")
        if not lines or not _is_object(lines[0]):
            return None
        rows = [_line(path, line, number) for number, line in enumerate(lines, 1) if line.strip()]
        return _read(path, _objects(path, rows, "Row"), LINES, [], options)

    def listed_in(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        return {ARRAY.name: NAMES.get(path, "", lambda: _names_of_arrays(path))}

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [
            {"width": i / 4, "colour": ("red", "blue")[i % 2], "count": i % 7, "good": i % 3 == 0}
            for i in range(40)
        ]
        path = folder / "table.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return {"path": str(path)}


class _Object(dict[str, Any]):
    """An object of a file; ``again`` are names that it has more than once."""

    again: tuple[str, ...] = ()


def _object(pairs: Sequence[tuple[str, Any]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        result.again = tuple(name for name, count in counts.items() if count > 1)
    return result


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object)


def _read(
    path: Path, rows: list[_Object], text: str, notes: list[str], options: Mapping[str, Any]
) -> ReadTable:
    """Objects as a table of columns. Raises DataError."""
    flat, opened, left_out = _flat(path, rows)
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = [(name, [row.get(name) for row in flat]) for name in names]
    if not columns:
        why = " ".join((f"'{path.name}' has no values.", *told_nested([], left_out), WHAT_TO_DO))
        raise DataError(why)
    return typed_table(
        path, columns, text, [*notes, *told_nested(opened, left_out)], kept_marks=options["kept_marks"]
    )


def _rows(path: Path, array: str, is_new: bool) -> tuple[list[_Object], str, list[str]]:
    """The objects of a file, how they are written, and notes; ``is_new``: of new rows, whose file need not
    hold them under the name of an array. Raises DataError.
    """
    text = _text(path)
    if text.lstrip().startswith("["):
        return _objects(path, _whole(path, text), "Entry"), "JSON, an array of objects", []
    lines = [line for line in text.split("\n") if line.strip()]
    if _is_object(lines[0]):
        rows = [_line(path, line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(rows) > 1:
            return _objects(path, rows, "Row"), LINES, []
    return _inside(path, _whole(path, text), array, is_new)


def _text(path: Path) -> str:
    try:
        raw = read_regular(path, MAX_BYTES)
    except FileError as error:
        raise DataError(str(error)) from error
    try:
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else json.detect_encoding(raw))
    except ValueError as error:
        raise DataError(f"'{path.name}' is not JSON: {error}. {WHAT_TO_DO}") from error
    if not text.strip():
        raise DataError(f"'{path.name}' is empty. {WHAT_TO_DO}")
    return text


def _names_of_arrays(path: Path) -> tuple[str, ...]:
    """Of the arrays of objects in an object that is the whole file; none where the rows lie in no array of a
    name. Raises DataError.
    """
    text = _text(path).strip()
    if not text.startswith("{"):
        return ()
    try:
        value = _parsed(text)
    except (ValueError, RecursionError):
        # An object on each line.
        return ()
    return tuple(dict(_arrays(value)))


def _is_object(text: str) -> bool:
    try:
        return isinstance(_parsed(text), dict)
    except (ValueError, RecursionError):
        return False


def _line(path: Path, line: str, number: int) -> Any:
    try:
        return _parsed(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"Line {number:,} of '{path.name}' is not JSON: {str(error)[:200]}. Correct it. {WHAT_TO_DO}"
        ) from error


def _whole(path: Path, text: str) -> Any:
    try:
        return _parsed(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"'{path.name}' is not JSON: {str(error)[:200]}. {WHAT_TO_DO}") from error


def _inside(path: Path, value: Any, array: str, is_new: bool) -> tuple[list[_Object], str, list[str]]:
    """The rows of an object that holds them under one of its names. Raises DataError."""
    arrays = dict(_arrays(value)) if isinstance(value, dict) else {}
    if not arrays:
        raise DataError(f"'{path.name}' holds no array of objects. {WHAT_TO_DO}")
    if array not in arrays and is_new:
        array = ""
    if array and array not in arrays:
        raise DataError(
            f"'{path.name}' has no array of objects '{array}'. It has: {listed([*arrays], MOST_CHOICES)}."
        )
    outermost = [name for name in arrays if name in value]
    candidates = outermost if len(outermost) == 1 else list(arrays)
    if not array and len(candidates) > 1:
        raise DataError(
            f"'{path.name}' holds several arrays of objects: {listed([*arrays], MOST_CHOICES)}. Say which "
            "holds the rows: set Array to its name."
        )
    name = array or candidates[0]
    singles = [single for single in value if not any(f"{a}.".startswith(f"{single}.") for a in arrays)]
    others = [*(other for other in arrays if other != name), *singles]
    notes = [f"The rows are those of '{name}'; left out: {', '.join(others[:3])}."] if others else []
    return _objects(path, arrays[name], "Entry"), f"JSON, the array '{name}'", notes


def _arrays(value: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, list[Any]]]:
    """Arrays of objects inside of an object, and in objects in it, by their names with points between."""
    for name, inner in value.items():
        if _is_table(inner):
            yield f"{before}{name}", inner
        elif isinstance(inner, dict) and depth < MOST_DEPTH:
            yield from _arrays(inner, f"{before}{name}.", depth + 1)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _objects(path: Path, rows: list[Any], what: str) -> list[_Object]:
    """The rows, if all are objects that have each name once. Raises DataError."""
    for number, row in enumerate(rows, 1):
        where = f"{what} {number:,} of '{path.name}'"
        if not isinstance(row, _Object):
            raise DataError(f"{where} is {json.dumps(row)[:40]}, not an object. {WHAT_TO_DO}")
        if row.again:
            raise DataError(f"{where} has '{row.again[0]}' more than once. Keep one of them.")
    return rows


def _flat(path: Path, rows: Sequence[_Object]) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Rows of single values; names that were opened, and those that are left out."""
    opened: dict[str, None] = {}
    left_out: dict[str, None] = {}
    names: set[str] = set()
    flat = []
    for row in rows:
        single: dict[str, Any] = {}
        for name, value in row.items():
            pairs = [(name, value)]
            if isinstance(value, dict):
                opened[name] = None
                pairs = [(f"{name}.{inner}", v) for inner, v in value.items()]
            for key, v in pairs:
                if isinstance(v, list | dict):
                    left_out[key] = None
                elif key in single:
                    raise DataError(f"'{path.name}' has two values '{key}' in one row. Rename one of them.")
                else:
                    single[key] = v
        names |= single.keys()
        if len(names) > MAX_COLUMNS:
            raise DataError(
                f"The objects of '{path.name}' have more than {MAX_COLUMNS:,} different names. {WHAT_TO_DO}"
            )
        flat.append(single)
    return flat, list(opened), list(left_out)
