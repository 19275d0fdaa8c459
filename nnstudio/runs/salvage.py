"""Saves what can be read of a damaged store of runs into a new one; the damaged file stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnstudio.model.quantity import counted
from nnstudio.runs.database import Database
from nnstudio.runs.record import RunError, RunRecord, RunStatus, now
from nnstudio.runs.rows import COLUMNS, LEVELS, count_bytes, record_of_row, write_record
from nnstudio.runs.sqlite_pages import Row, rows_in

# Columns of the tables, in their order; of runs, the last one is not in every row.
RUN_COLUMNS = (
    "id", "began", "changed", "name", "notes", "tags", "is_pinned", "owner", "bytes", "table_hash", "facts",
    "discarded",
)  # fmt: skip
NAME = "recovered {}"
REASON = "The file of the runs was damaged. Its name, notes and times were lost; the rest is as it was."


@dataclass(frozen=True)
class Salvage:
    """What became of the runs in a damaged file.

    Attributes:
        runs: how many are kept.
        incomplete: of so many of them a curve, weights or data are lost.
        nameless: of so many of them the record was lost, and what lay beside it is kept.
    """

    runs: int = 0
    incomplete: int = 0
    nameless: int = 0

    @property
    def sentence(self) -> str:
        """What a person should know; it ends before what became of the file."""
        if not self.runs:
            return "The file with the kept runs was damaged, and none of them could be read."
        told = f"The file with the kept runs was damaged. {counted(self.runs, 'run')} could be read and "
        told += "is kept" if self.runs == 1 else "are kept"
        if self.nameless:
            told += f", {self.nameless:,} of them without name, notes and tags (as “{NAME.format(1)}” …)"
        if self.incomplete:
            told += f"; of {self.incomplete:,}, curve, weights or data are lost"
        return f"{told}. Others may be lost."


def salvage(damaged: Path, fresh: Path) -> Salvage:
    """Write a new store with what can be read of a damaged one. Raises RunError, and OSError."""
    _take_in_log(damaged)
    database = Database(fresh)
    with damaged.open("rb") as file, _mapped(file.fileno()) as content, database.writing() as connection:
        connection.row_factory = sqlite3.Row
        expected = _save_records(connection, content)
        _save_contents(connection, content)
        nameless = _name_the_nameless(connection)
        incomplete = sum(not _is_whole(connection, run, size) for run, size in expected.items())
        connection.execute("DELETE FROM contents WHERE run NOT IN (SELECT id FROM runs)")
    return Salvage(len(expected) + nameless, incomplete, nameless)


def _take_in_log(path: Path) -> None:
    """What was written last may still lie in the log beside the file."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextlib.contextmanager
def _mapped(number: int) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a file, which may be too large for the memory."""
    try:
        mapped = mmap.mmap(number, 0, access=mmap.ACCESS_READ)
    except ValueError:
        # Nothing is in it.
        yield b""
        return
    with mapped:
        yield mapped


def _save_records(connection: sqlite3.Connection, content: bytes | mmap.mmap) -> dict[str, int]:
    """All but what lies beside records; returns the runs, and how many bytes each should take."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    expected: dict[str, int] = {}
    for row in rows_in(content):
        if _is_run(row):
            # Rows that were written before a column was added lack it.
            values: dict[str, Any] = dict(zip(RUN_COLUMNS, (*row, ""), strict=False))
            if values["id"] not in expected and _is_readable(values):
                names, marks = ", ".join(RUN_COLUMNS), ", ".join("?" * len(RUN_COLUMNS))
                connection.execute(
                    f"INSERT INTO runs ({names}) VALUES ({marks})", [values[name] for name in RUN_COLUMNS]
                )
                expected[str(values["id"])] = int(values["bytes"])
        elif len(row) == 2 and isinstance(row[1], bytes) and _hash(row[1]) == row[0]:
            connection.execute("INSERT OR IGNORE INTO tables VALUES (?, ?)", row)
        elif len(row) == 2 and row[0] == "limit" and isinstance(row[1], str) and row[1].isdigit():
            connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", row)
        elif len(row) == 4 and _is_id(row[0]) and all(isinstance(value, str) for value in row):
            connection.execute("INSERT OR IGNORE INTO removed VALUES (?, ?, ?, ?)", row)
    return expected


def _save_contents(connection: sqlite3.Connection, content: bytes | mmap.mmap) -> None:
    """What lies beside records, where it is as it was written: each has a checksum."""
    for row in rows_in(content):
        if len(row) == 3 and _is_id(row[0]) and row[1] in LEVELS and isinstance(row[2], bytes):
            with contextlib.suppress(zlib.error):
                zlib.decompress(row[2])
                connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", row)


def _name_the_nameless(connection: sqlite3.Connection) -> int:
    """Give what lies there without a record another one; returns how many were given."""
    rows = connection.execute(
        "SELECT run, content FROM contents WHERE kind = 'project' AND run NOT IN (SELECT id FROM runs)"
    ).fetchall()
    count = 0
    for row in rows:
        try:
            plain = json.loads(zlib.decompress(row["content"]))
            record = _record_of(row["run"], plain, NAME.format(count + 1))
        except (ValueError, KeyError, TypeError):
            continue
        write_record(connection, record)
        count_bytes(connection, record.id)
        count += 1
    return count


def _record_of(run: str, plain: Mapping[str, Any], name: str) -> RunRecord:
    """What a project.json tells of its run."""
    trained = plain.get("run") or {}
    return RunRecord(
        run, name, began=now(), changed=now(), status=RunStatus.STOPPED, reason=REASON,
        data_kind=plain["data"]["kind"], settings=plain["settings"], seed=int(plain["settings"]["seed"]),
        epochs=int(trained.get("epoch", 0)), steps=int(trained.get("step", 0)),
    )  # fmt: skip


def _is_whole(connection: sqlite3.Connection, run: str, size: int) -> bool:
    """Whether a run takes as many bytes as it did, and has its data; what it takes is written down."""
    count_bytes(connection, run)
    row = connection.execute(
        "SELECT bytes, table_hash != '' AND NOT EXISTS (SELECT 1 FROM tables WHERE hash = table_hash)"
        " AS lacks_data FROM runs WHERE id = ?",
        (run,),
    ).fetchone()
    return bool(row["bytes"] == size and not row["lacks_data"])


def _hash(table: bytes) -> str:
    return hashlib.sha256(table).hexdigest()


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 32 and all(digit in "0123456789abcdef" for digit in value)


def _is_run(row: Row) -> bool:
    return len(row) in (len(RUN_COLUMNS) - 1, len(RUN_COLUMNS)) and _is_id(row[0])


def _is_readable(values: Mapping[str, Any]) -> bool:
    """Whether a row is a record, and not bytes that only look like one."""
    texts = (value for name, value in values.items() if name not in ("is_pinned", "bytes"))
    if not all(isinstance(text, str) for text in texts):
        return False
    row = {name: values[name] for name in (*COLUMNS, "facts", "owner")}
    try:
        record_of_row({**row, "has_weights": 0, "has_best_weights": 0})
    except RunError:
        return False
    return True
