"""All runs of this person, in one file of their data folder; must not know how a run comes to be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection, Row
from typing import Any, TypeVar

from nnstudio.model.own_folder import own_data
from nnstudio.project import Project
from nnstudio.runs.database import DamagedStore, Database
from nnstudio.runs.opening import final_of, of_best
from nnstudio.runs.record import (
    RemovedRun,
    RunContent,
    RunError,
    RunFilter,
    RunRecord,
    RunStatus,
    free_name,
    in_order,
    now,
    taken_up,
    utc,
)
from nnstudio.runs.room import LIMIT, delete_unused_tables, make_room, used
from nnstudio.runs.rows import (
    ALL,
    LEVELS,
    SELECT,
    SPOILT,
    read_contents,
    whole_or_spoilt,
    write_contents,
    write_record,
)
from nnstudio.runs.salvage import salvage
from nnstudio.training.curve import Curve

FILE = "runs.sqlite"
NOTHING = RunContent()
NOT_LOST = "What else was kept of it can still be opened."
Result = TypeVar("Result")


class RunStore:
    """The runs in a file; every method may be called from any thread, and by several processes at once.

    All of them read or write the disk, and wait up to five seconds for another writer: never on the window's
    thread. All raise RunError with a sentence where that fails. A damaged file is put aside, a new one is
    begun with what could be read of it, and `take_notes` says so.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = own_data() / FILE if path is None else path
        self._database = Database(self.path)

    def take_notes(self) -> tuple[str, ...]:
        """Sentences on what happened to the file since this was last asked; each is told once."""
        notes = tuple(self._database.notes)
        del self._database.notes[: len(notes)]
        return notes

    # Writing

    def save(self, record: RunRecord, content: RunContent = NOTHING) -> tuple[str, ...]:
        """Keep a run, or how it stands now; what a person set of it stays. Returns sentences on what went
        to make room.
        """

        def write(connection: Connection) -> tuple[list[str], bool]:
            # One that was deleted comes back when it goes on, with what a person wrote of it.
            before = self._record(connection, record.id, ALL)
            merged = record if before is None else taken_up(before, record)
            if not merged.name:
                taken = (row["name"] for row in connection.execute("SELECT name FROM runs"))
                merged = replace(merged, name=free_name(merged.project_name, taken))
            write_record(connection, merged)
            write_contents(connection, merged, content)
            limit = self._limit(connection)
            is_too_large = used(connection) > limit
            return make_room(connection, limit, record.id), is_too_large

        told, was_too_large = self._write(write)
        if was_too_large:
            self._database.give_back()
        return tuple(told)

    def set_name(self, run: str, name: str) -> None:
        """Rename a run; blanks at the ends go. Raises RunError for a name without a letter."""
        if not name.strip():
            raise RunError("A run needs a name of at least one character.")
        self._set(run, "name", name.strip())

    def set_notes(self, run: str, notes: str) -> None:
        self._set(run, "notes", notes)

    def set_tags(self, run: str, tags: Iterable[str]) -> None:
        """Each once, in this order; empty ones are left out."""
        self._set(run, "tags", json.dumps([*dict.fromkeys(tag.strip() for tag in tags if tag.strip())]))

    def set_pinned(self, run: str, is_pinned: bool) -> None:
        """A pinned run is never let go to make room."""
        self._set(run, "is_pinned", int(is_pinned))

    def delete(self, runs: Sequence[str]) -> None:
        """Delete runs for good, and give their room back. Raises RunError where one is still running; then
        none is deleted.
        """

        def write(connection: Connection) -> None:
            ids = self._ended(connection, runs)
            connection.executemany("DELETE FROM runs WHERE id = ?", ids)
            delete_unused_tables(connection)

        self._write(write)
        self._database.give_back()

    def discard(self, runs: Sequence[str]) -> None:
        """Delete runs so that `restore` brings them back as they were; they take their room until `erase`, or
        until it is needed. Raises as `delete`.
        """

        def write(connection: Connection) -> None:
            ids = self._ended(connection, runs)
            connection.executemany(f"UPDATE runs SET discarded = '{now()}' WHERE id = ?", ids)

        self._write(write)

    def restore(self, runs: Sequence[str]) -> int:
        """Bring discarded runs back, with all that they had; returns how many could not be: they went to make
        room, or were erased.
        """

        def write(connection: Connection) -> int:
            ids = [(run,) for run in runs]
            done = connection.executemany("UPDATE runs SET discarded = '' WHERE id = ?", ids).rowcount
            return len(ids) - done

        return self._write(write)

    def erase(self, runs: Sequence[str]) -> None:
        """Delete these discarded runs for good, and all that were discarded more than a day ago: nobody is
        left who could restore them. Gives their room back.
        """
        old = utc(datetime.now(UTC) - timedelta(days=1))

        def write(connection: Connection) -> None:
            ids = [(run,) for run in runs]
            connection.executemany("DELETE FROM runs WHERE id = ? AND discarded != ''", ids)
            connection.execute("DELETE FROM runs WHERE discarded != '' AND discarded < ?", (old,))
            delete_unused_tables(connection)

        self._write(write)
        self._database.give_back()

    def set_limit(self, limit: int) -> tuple[str, ...]:
        """Change how many bytes the store may take; returns sentences on what went to make room."""

        def write(connection: Connection) -> list[str]:
            connection.execute("INSERT OR REPLACE INTO settings VALUES ('limit', ?)", (str(limit),))
            return make_room(connection, limit)

        told = self._write(write)
        self._database.give_back()
        return tuple(told)

    # Reading

    def list(
        self,
        text: str = "",
        status: str = "",
        tag: str = "",
        project: str = "",
        since: str = "",
        sweep: str = "",
        order: str = "began",
        is_descending: bool = True,
    ) -> Sequence[RunRecord]:
        """Runs that `RunFilter` lets through, the newest first, or by another column of `RunRecord.value`."""
        chosen = RunFilter(text, status, tag, project, sweep, since)
        rows = self._read(lambda connection: connection.execute(f"{SELECT} ORDER BY rowid DESC").fetchall())
        records = []
        for row in rows:
            record = whole_or_spoilt(row)
            if record.reason == SPOILT:
                self._database.note(f"The record of the run '{record.name}' cannot be read. {NOT_LOST}")
            records.append(record)
        return in_order(filter(chosen.lets_through, records), order, is_descending)

    def get(self, run: str) -> RunRecord:
        """The run of this id, of the only id that begins so, or the only one of this name."""
        return self._read(lambda connection: self._present(connection, run))

    def known(self, run: str) -> RunRecord | None:
        """The run of this very id; None where there is none."""
        return self._read(lambda connection: self._record(connection, run))

    def curve(self, run: str) -> Curve:
        """The curve of a run; empty before its first epoch."""
        content = self._contents(run, ("curve",)).get("curve")
        if content is None:
            return Curve()
        from safetensors.numpy import load

        return Curve.of_columns(load(content))

    def project_text(self, run: str) -> dict[str, Any]:
        """project.json of a run as plain data: network, settings and choice of data. Raises RunError."""
        content = self._contents(run, ("project",)).get("project")
        if content is None:
            raise RunError("Nothing but the record was kept of this run.")
        return dict(json.loads(content))

    def open(self, run: str, best: bool = False) -> Project:
        """The project of a run as it was, without a file of its own: with its weights and where training
        stood, or with the best weights, from where training would be another run.

        `Project.warnings` say what the store no longer has. Raises RunError, and ProjectError.
        """

        def read(connection: Connection) -> tuple[RunRecord, Mapping[str, bytes], bytes | None]:
            record = self._present(connection, run)
            contents = read_contents(connection, record.id, tuple(LEVELS))
            row = connection.execute(
                "SELECT content FROM tables JOIN runs ON hash = table_hash WHERE id = ?", (record.id,)
            ).fetchone()
            return record, contents, None if row is None else row["content"]

        record, contents, table = self._read(read)
        return (of_best if best else final_of)(record, contents, table)

    @property
    def used_bytes(self) -> int:
        """What the file takes on the disk."""
        return self._database.bytes

    @property
    def limit(self) -> int:
        """The most bytes that it should take; pinned runs stay, whatever they take."""
        return self._read(self._limit)

    def removed(self) -> Sequence[RemovedRun]:
        """Runs that went to make room, the latest first."""
        rows = self._read(lambda c: c.execute("SELECT * FROM removed ORDER BY removed DESC").fetchall())
        return [RemovedRun(row["id"], row["name"], row["began"], row["removed"]) for row in rows]

    # The file

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        def write() -> Result:
            with self._database.writing() as connection:
                connection.row_factory = Row
                return work(connection)

        return self._undamaged(write)

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        def read() -> Result:
            with self._database.reading() as connection:
                connection.row_factory = Row
                return work(connection)

        return self._undamaged(read)

    def _undamaged(self, work: Callable[[], Result]) -> Result:
        """Do it; where the file is damaged, put that aside, and do it with what could be saved of it."""
        try:
            return work()
        except DamagedStore:
            self._database.put_aside(lambda damaged, fresh: salvage(damaged, fresh).sentence)
            return work()

    def _limit(self, connection: Connection) -> int:
        row = connection.execute("SELECT value FROM settings WHERE name = 'limit'").fetchone()
        return LIMIT if row is None else int(row["value"])

    def _set(self, run: str, column: str, value: object) -> None:
        def write(connection: Connection) -> None:
            record = self._present(connection, run)
            connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, record.id))

        self._write(write)

    def _ended(self, connection: Connection, runs: Sequence[str]) -> Sequence[tuple[str]]:
        """The ids of runs that may be deleted. Raises RunError."""
        records = [self._present(connection, run) for run in runs]
        for record in records:
            if record.status == RunStatus.RUNNING:
                raise RunError(f"'{record.name}' is still running. Stop it before you delete it.")
        return [(record.id,) for record in records]

    def _record(self, connection: Connection, run: str, among: str = SELECT) -> RunRecord | None:
        row = connection.execute(f"{among} AND id = ?", (run,)).fetchone()
        return None if row is None else whole_or_spoilt(row)

    def _present(self, connection: Connection, run: str) -> RunRecord:
        """As `get`."""
        if (record := self._record(connection, run)) is not None:
            return record
        rows = connection.execute(
            f"{SELECT} AND (substr(id, 1, ?) = ? OR name = ?) ORDER BY began DESC",
            (len(run), run.lower(), run),
        ).fetchall()
        named = [row for row in rows if row["name"] == run]
        rows = named or rows
        if not run or not rows:
            raise RunError(f"There is no run '{run}'. nnstudio runs list shows those that are there.")
        if len(rows) > 1:
            known = ", ".join(f"{row['id'][:12]} ({row['name']})" for row in rows[:5])
            raise RunError(f"'{run}' may be one of {len(rows)} runs: {known}. Give more of the id.")
        return whole_or_spoilt(rows[0])

    def _contents(self, run: str, kinds: Sequence[str]) -> Mapping[str, bytes]:
        def read(connection: Connection) -> Mapping[str, bytes]:
            return read_contents(connection, self._present(connection, run).id, kinds)

        return self._read(read)
