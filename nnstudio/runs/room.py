"""Keeps the store of runs within its bounds: the oldest lose their weights first, and then go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sqlite3 import Connection, Row

from nnstudio.model.quantity import counted
from nnstudio.runs.liveness import is_alive
from nnstudio.runs.record import now
from nnstudio.runs.rows import count_bytes

# Bytes that the store may take, unless the person sets another limit, and between which bounds that may be.
LIMIT = 2 * 2**30
LEAST, MOST = 2**20, 2**50
# Runs that went are remembered up to this number.
MOST_REMEMBERED = 1000
# So many are named in a sentence.
NAMED = 5


def make_room(connection: Connection, limit: int, spared: str = "") -> list[str]:
    """Let discarded runs, then weights, then runs go, the oldest first, until the store takes no more than
    ``limit`` bytes.

    Pinned and running ones stay, and the one with the id ``spared``. Returns sentences on what went.
    """
    if used(connection) <= limit:
        return []
    discarded = connection.execute(
        "SELECT id, name FROM runs WHERE discarded != '' ORDER BY discarded, rowid"
    ).fetchall()
    _until_it_fits(connection, limit, discarded, _erase)
    rows = connection.execute(
        "SELECT id, name, owner, changed, began FROM runs"
        " WHERE NOT is_pinned AND id != ? AND discarded = '' ORDER BY began, rowid",
        (spared,),
    ).fetchall()
    rows = [row for row in rows if not (row["owner"] and is_alive(row["owner"], row["changed"]))]
    emptied = _until_it_fits(connection, limit, rows, _drop_weights)
    gone = _until_it_fits(connection, limit, rows, _remove)
    told = []
    if left := [name for name in emptied if name not in gone]:
        told.append(f"To stay below {in_bytes(limit)}, the weights of {_named(left)} were let go.")
    if gone:
        told.append(f"To stay below {in_bytes(limit)}, {_named(gone)} went. Pin runs that must stay.")
    if (size := used(connection)) > limit:
        told.append(
            f"The runs that must stay take {in_bytes(size)}, more than the limit of "
            f"{in_bytes(limit)}. Delete some, unpin some, or raise the limit."
        )
    return told


def used(connection: Connection) -> int:
    """Bytes of the pages in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def in_bytes(size: int) -> str:
    """A size as it is told."""
    if size < 2**20:
        return f"{size / 2**10:,.0f} kB"
    return f"{size / 2**20:,.0f} MB" if size >= 10 * 2**20 else f"{size / 2**20:,.1f} MB"


def delete_unused_tables(connection: Connection) -> None:
    """Delete the data that no run refers to any more."""
    connection.execute("DELETE FROM tables WHERE hash NOT IN (SELECT table_hash FROM runs)")


def _until_it_fits(
    connection: Connection, limit: int, rows: Sequence[Row], drop: Callable[[Connection, Row], bool]
) -> list[str]:
    """Drop something of one run after the other; returns the names of those that had it."""
    names = []
    for row in rows:
        if used(connection) <= limit:
            break
        if drop(connection, row):
            names.append(row["name"])
    return names


def _drop_weights(connection: Connection, row: Row) -> bool:
    done = connection.execute(
        "DELETE FROM contents WHERE run = ? AND kind IN ('final', 'best')", (row["id"],)
    ).rowcount
    count_bytes(connection, row["id"])
    return done > 0


def _erase(connection: Connection, row: Row) -> bool:
    connection.execute("DELETE FROM runs WHERE id = ?", (row["id"],))
    delete_unused_tables(connection)
    return True


def _remove(connection: Connection, row: Row) -> bool:
    _erase(connection, row)
    connection.execute(
        "INSERT OR REPLACE INTO removed VALUES (?, ?, ?, ?)", (row["id"], row["name"], row["began"], now())
    )
    connection.execute(
        "DELETE FROM removed WHERE rowid NOT IN (SELECT rowid FROM removed ORDER BY removed DESC LIMIT ?)",
        (MOST_REMEMBERED,),
    )
    return True


def _named(names: Sequence[str]) -> str:
    """Some runs as part of a sentence."""
    shown = ", ".join(f"“{name}”" for name in names[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{counted(len(names), 'older run')} ({shown}{more})"
