"""Which process writes a run, and whether it still lives; must not know what a run is."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path

# A running record is written every ten seconds. Where its process cannot be asked for, such as on another
# machine, a record that is older than this is of one that is gone.
MOST_SILENT = timedelta(minutes=2)


def this_process() -> str:
    """This process as a text, from which `is_alive` knows it: machine, number, and when it began."""
    return f"{platform.node()}|{os.getpid()}|{_began(os.getpid())}"


def is_alive(owner: str, changed: str) -> bool:
    """Whether the process of that text still runs; ``changed`` is when it last wrote, as records have it."""
    host, number, began = (*owner.split("|"), "", "")[:3]
    if host == platform.node() and number.isdigit() and os.name == "posix":
        # The number may have gone to another process since.
        return _exists(int(number)) and _began(int(number)) == began
    try:
        return datetime.now(UTC) - datetime.fromisoformat(changed) < MOST_SILENT
    except ValueError:
        return False


def _exists(number: int) -> bool:
    # Not on Windows: there, this would end the process.
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _began(number: int) -> str:
    """When a process began, in ticks since the machine did; "" where that is not told, as on macOS."""
    try:
        # The name of the program, in brackets, may hold anything.
        told = Path(f"/proc/{number}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        # One that ended, but whose end nobody asked for yet, is gone, too.
        return "" if told[0] in ("Z", "X") else told[19]
    except (OSError, IndexError):
        return ""
