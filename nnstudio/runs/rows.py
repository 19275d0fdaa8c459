"""Records and their contents as rows of the store's tables, both ways."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from sqlite3 import Connection, Row
from typing import Any

import msgspec

from nnstudio.runs.liveness import is_alive, this_process
from nnstudio.runs.record import RunContent, RunError, RunRecord, RunStatus

# Columns of the table; all other fields of a record are in "facts".
COLUMNS = ("id", "began", "changed", "name", "notes", "tags", "is_pinned", "bytes")
# How hard each is packed. Curves are written every ten seconds, and hardly get smaller with more effort;
# weights do not get smaller at all, but the checksum that comes with it tells whether they are as they were.
LEVELS = {"project": 1, "curve": 1, "final": 0, "best": 0}
ALL = (
    f"SELECT {', '.join(COLUMNS)}, facts, owner,"
    " EXISTS (SELECT 1 FROM contents WHERE run = id AND kind = 'final') AS has_weights,"
    " EXISTS (SELECT 1 FROM contents WHERE run = id AND kind = 'best') AS has_best_weights FROM runs"
    " WHERE TRUE"
)
# Without those that were discarded; more conditions may follow.
SELECT = f"{ALL} AND discarded = ''"
# Why a run says less than others.
SPOILT = "Its record was damaged: settings, numbers and tags are lost."
# What the tables themselves tell.
DERIVED = ("bytes", "has_weights", "has_best_weights")


def write_record(connection: Connection, record: RunRecord) -> None:
    """Write a record in the place of an older one, a discarded one, too. One that is running belongs to this
    process.
    """
    plain = asdict(record)
    facts = {name: value for name, value in plain.items() if name not in (*COLUMNS, *DERIVED)}
    owner = this_process() if record.status == RunStatus.RUNNING else ""
    connection.execute(
        "INSERT INTO runs (id, began, changed, name, notes, tags, is_pinned, owner, bytes, table_hash, facts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?) ON CONFLICT (id) DO UPDATE SET"
        " began = excluded.began, changed = excluded.changed, name = excluded.name, notes = excluded.notes,"
        " tags = excluded.tags, is_pinned = excluded.is_pinned, owner = excluded.owner,"
        " facts = excluded.facts, discarded = ''",
        (
            record.id, record.began, record.changed, record.name, record.notes, json.dumps(record.tags),
            int(record.is_pinned), owner, msgspec.json.encode(facts).decode(),
        ),
    )  # fmt: skip


def write_contents(connection: Connection, record: RunRecord, content: RunContent) -> None:
    """Write what is there of a run's content, and count its bytes."""
    for kind, level in LEVELS.items():
        value: bytes | None = getattr(content, kind)
        if value is not None:
            packed = zlib.compress(value, level)
            connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (record.id, kind, packed))
    if content.table is not None:
        known = connection.execute("SELECT 1 FROM tables WHERE hash = ?", (record.data_hash,)).fetchone()
        if known is None:
            connection.execute("INSERT INTO tables VALUES (?, ?)", (record.data_hash, content.table))
        connection.execute("UPDATE runs SET table_hash = ? WHERE id = ?", (record.data_hash, record.id))
    count_bytes(connection, record.id)


def count_bytes(connection: Connection, run: str) -> None:
    """Write down what a run takes, without its data."""
    connection.execute(
        "UPDATE runs SET bytes = length(CAST(facts AS BLOB)) +"
        " (SELECT COALESCE(SUM(length(content)), 0) FROM contents WHERE run = id) WHERE id = ?",
        (run,),
    )


def read_contents(connection: Connection, run: str, kinds: Sequence[str]) -> Mapping[str, bytes]:
    """What there is of these kinds. Raises RunError where it is not as it was written."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT kind, content FROM contents WHERE run = ? AND kind IN ({marks})", (run, *kinds)
    )
    try:
        return {row["kind"]: zlib.decompress(row["content"]) for row in rows}
    except zlib.error as error:
        raise RunError(f"What was kept of this run is damaged and cannot be opened ({error}).") from error


def whole_or_spoilt(row: Row) -> RunRecord:
    """The record in a row of SELECT; of one that is damaged what is left: it can be opened and deleted all
    the same.
    """
    try:
        return record_of_row(row)
    except RunError:
        columns = {name: row[name] for name in COLUMNS if name != "tags"}
        columns |= {name: bool(row[name]) for name in ("is_pinned", "has_weights", "has_best_weights")}
        return RunRecord(**columns, status=RunStatus.STOPPED, reason=SPOILT)


def record_of_row(row: Row | Mapping[str, Any]) -> RunRecord:
    """The record in a row of SELECT; a run whose program is gone is cut off. Raises RunError."""
    try:
        plain = msgspec.json.decode(row["facts"]) | {name: row[name] for name in COLUMNS}
        plain["tags"] = msgspec.json.decode(row["tags"])
        for name in ("is_pinned", "has_weights", "has_best_weights"):
            plain[name] = bool(row[name])
        record = msgspec.convert(plain, RunRecord)
    except (msgspec.DecodeError, TypeError) as error:
        raise RunError(f"The record of the run '{row['name']}' cannot be read ({error}).") from error
    if record.status == RunStatus.RUNNING and not is_alive(row["owner"], record.changed):
        return replace(record, status=RunStatus.CUT_OFF)
    return record
