"""The tables of the store of runs, version by version; PRAGMA user_version says which a file has.

version 1
    runs
        a row for each run: what a person sets, and lists are filtered by; "facts" are all else, as JSON
    contents
        "project" (project.json), "curve" (history.safetensors), "final" and "best" (weights.safetensors),
        each as a zlib stream, which ends with a checksum
    tables
        data that travels along, each once, by the SHA-256 of its content
    removed
        runs that went to make room
    settings
        of the store itself

version 2
    runs.discarded
        when a person deleted it in the window, where that can still be undone; else ''
"""

from __future__ import annotations

import sqlite3

# Of the file's header, where programs such as `file` look: "nnsr".
APPLICATION = 0x6E6E7372

VERSION_1 = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, began TEXT NOT NULL, changed TEXT NOT NULL, name TEXT NOT NULL, notes TEXT NOT NULL,
    tags TEXT NOT NULL, is_pinned INTEGER NOT NULL, owner TEXT NOT NULL, bytes INTEGER NOT NULL,
    table_hash TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE contents (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, kind TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (run, kind)
);
CREATE TABLE tables (hash TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE removed (id TEXT PRIMARY KEY, name TEXT NOT NULL, began TEXT NOT NULL, removed TEXT NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX runs_began ON runs (began);
"""


def to_version_1(connection: sqlite3.Connection) -> None:
    """The first tables, in an empty file."""
    for statement in VERSION_1.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")


def to_version_2(connection: sqlite3.Connection) -> None:
    """Deleting can be undone."""
    connection.execute("ALTER TABLE runs ADD COLUMN discarded TEXT NOT NULL DEFAULT ''")


# Each leads from the version of its index to the next. They only add: what was written stays readable.
STEPS = (to_version_1, to_version_2)
VERSION = len(STEPS)


def migrate(connection: sqlite3.Connection) -> int:
    """Bring a file to this program's version, all or nothing; returns the version that it has then.

    A file of a newer program is left as it is.
    """
    if version_of(connection) >= VERSION:
        return version_of(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        for step in STEPS[version_of(connection) :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {max(VERSION, version_of(connection))}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return version_of(connection)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a file; 0 of one that was only now begun."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
