"""The file in which runs are kept: opened for each use, put aside where it is damaged; knows no run."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nnstudio.runs.migrations import VERSION, migrate, version_of
from nnstudio.runs.record import RunError, now

# How long one process waits for another that writes.
WAIT_SECONDS = 5.0
# What SQLite keeps beside a file.
BESIDE = ("", "-wal", "-shm")
# What fails where a disk is full, a folder is read-only, or a file beside it cannot be.
UNWRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL)
# Bytes that it needs beside the file to begin with.
ROOM = 2**16
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class DamagedStore(RunError):
    """The file is no database any more, or one with faults."""


class Database:
    """A SQLite file that several threads and processes read and write at once.

    A connection lives as long as one use, so that nothing is held open, and any thread may call.

    Attributes:
        notes: sentences on what happened to the file itself; whoever uses it shows them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self._said: set[str] = set()
        self._aside = threading.Lock()

    def note(self, text: str) -> None:
        """Add a sentence to the notes, once."""
        if text not in self._said:
            self._said.add(text)
            self.notes.append(text)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file. Raises RunError."""
        with self._connected(self._open_to_read) as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes all come to be, or none. Raises RunError."""
        with self._connected(self._open) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def give_back(self) -> None:
        """Return free pages to the file system. Raises RunError."""
        with self._connected(self._open) as connection:
            # Not execute: it makes a single step of this, which frees one page.
            connection.executescript("PRAGMA incremental_vacuum")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def bytes(self) -> int:
        """What the file takes on the disk, with what lies beside it."""
        total = 0
        for end in BESIDE:
            with contextlib.suppress(OSError):
                total += os.stat(f"{self.path}{end}").st_size
        return total

    @contextmanager
    def _connected(self, opened: Callable[[], sqlite3.Connection]) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(opened()) as connection:
                yield connection
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _open(self) -> sqlite3.Connection:
        """A connection to a file of this program's version. Raises sqlite3.Error or RunError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"Runs cannot be kept in '{self.path.parent}': {error.strerror}. Set NNSTUDIO_DATA to a "
                "folder that can be written."
            ) from error
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        connection.text_factory = _as_text
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_to_read(self) -> sqlite3.Connection:
        """As `_open`; where nothing can be written, the file alone as it lies there, and a note says so."""
        try:
            return self._open()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in UNWRITABLE or not self.path.is_file():
                raise
            uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            connection.text_factory = _as_text
            if version_of(connection) != VERSION:
                connection.close()
                raise
            self.note(f"{self._told(error)} What is read may lack the latest changes.")
            return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if not version_of(connection):
            # Deleted pages can be given back; it works only before the first table, and writes.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _use_log(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        version = migrate(connection)
        if version > VERSION:
            raise RunError(
                f"The runs in '{self.path}' were written by a newer nnstudio (version {version}, this one "
                f"reads {VERSION}). Update nnstudio to see them; no run is kept until then."
            )

    def _told(self, error: sqlite3.Error) -> RunError:
        """The same as a sentence."""
        code = getattr(error, "sqlite_errorcode", None)
        # Extended codes hold the plain one in their lowest byte.
        plain = None if code is None else code & 0xFF
        if plain in DAMAGE:
            return DamagedStore(f"The runs in '{self.path}' cannot be read: the file is damaged ({error}).")
        if plain in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            why = (
                f"another program has been writing there for more than {WAIT_SECONDS:.0f} seconds. Try again"
            )
        elif plain == sqlite3.SQLITE_FULL or (plain == sqlite3.SQLITE_IOERR and self._is_disk_full()):
            why = "the disk is full. Make room there"
        else:
            mend = "Check the drive" if plain == sqlite3.SQLITE_IOERR else "Make the folder writable"
            why = f"{error}. {mend}, or set NNSTUDIO_DATA to another one"
        return RunError(f"The runs in '{self.path}' cannot be used: {why}.")

    def _is_disk_full(self) -> bool:
        """Whether so little is free that SQLite cannot even begin; it then tells of a fault of the disk."""
        try:
            return shutil.disk_usage(self.path.parent).free < ROOM
        except OSError:
            return False

    def put_aside(self, salvage: Callable[[Path, Path], str]) -> None:
        """Give a damaged file another name, and begin a new one with what can be read of it; nothing is
        deleted. Does nothing where another process did so before. Raises RunError.

        ``salvage(damaged, new)`` writes the new file and says in a sentence what is in it.
        """
        with self._aside:
            if not self._is_damaged():
                return
            stamp = now().translate({ord("-"): None, ord(":"): None})
            aside = self.path.with_name(f"{self.path.stem}-damaged-{stamp}-{os.getpid()}{self.path.suffix}")
            fresh = self.path.with_name(f".{self.path.stem}-{os.getpid()}.part")
            try:
                # A kill leaves the damaged file where it is, and it is tried again.
                _remove(fresh)
                told = salvage(self.path, fresh)
                if not self._is_damaged():
                    return
                for end in BESIDE:
                    with contextlib.suppress(FileNotFoundError):
                        os.rename(f"{self.path}{end}", f"{aside}{end}")
                os.rename(fresh, self.path)
            except OSError as error:
                raise RunError(
                    f"The runs in '{self.path}' are damaged, and what can be read of them cannot be written "
                    f"to a new file: {error.strerror}."
                ) from error
            finally:
                _remove(fresh)
        self.note(f"{told} The damaged file is kept as '{aside}'.")

    def _is_damaged(self) -> bool:
        """Whether SQLite finds faults, looking at all of it."""
        try:
            with contextlib.closing(self._open()) as connection:
                return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
        except RunError:
            return False
        except sqlite3.Error as error:
            return isinstance(self._told(error), DamagedStore)


def _as_text(content: bytes) -> str:
    """A text of the file. Spoilt letters are seen as such, and hide no other run."""
    return content.decode("utf-8", "replace")


def _remove(path: Path) -> None:
    for end in BESIDE:
        Path(f"{path}{end}").unlink(missing_ok=True)


def _use_log(connection: sqlite3.Connection) -> None:
    """Write ahead to a log: readers and a writer do not wait for each other, and a kill costs nothing.

    SQLite does not wait by itself where two processes switch at the same moment.
    """
    give_up = time.monotonic() + WAIT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # Some file systems cannot: then as it is.
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
