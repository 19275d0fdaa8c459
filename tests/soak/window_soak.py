"""A window that somebody works in for an hour: what memory, handles, threads and files do meanwhile.

    python tests/soak/window_soak.py [--minutes 60] [--log FILE] [--seed N] [--pace X] [--trace]

Once a minute a line of JSON goes to the log: resident memory, open handles, threads, files in the folders of
the program, widgets and Python objects. In the end it prints how that stood at the start, after a quarter, at
half time and in the end. ``--trace`` tells which lines of Python hold more memory than before; it is slow.
All folders are its own, below a temporary one; compiled operators come from NNSTUDIO_CACHE, if it is set.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Folders of the program, each with what names it to the program.
FOLDERS = {
    "data": "NNSTUDIO_DATA", "config": "NNSTUDIO_CONFIG", "cache": "XDG_CACHE_HOME", "temporary": "TMPDIR",
}  # fmt: skip
MINUTE = 60.0
# Kinds of objects of which more is told when they grew the most.
MOST_KINDS = 12


def prepare(home: Path) -> None:
    """Give the program folders of its own, before any part of it is imported."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name, variable in FOLDERS.items():
        (home / name).mkdir()
        os.environ[variable] = str(home / name)
    tempfile.tempdir = None


def resident() -> float:
    """Megabytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def files_below(folder: Path) -> tuple[int, float]:
    """How many files there are, and their megabytes."""
    sizes = []
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                sizes.append(path.stat().st_size)
        except OSError:
            continue
    return len(sizes), sum(sizes) / 2**20


def kinds_of_objects() -> Counter[str]:
    """How many Python objects there are of each kind; frozen ones, too."""
    gc.unfreeze()
    gc.collect()
    # Whoever holds a tuple that another thread still fills breaks that thread: no other may run meanwhile.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(MINUTE)
    try:
        kinds = Counter(type(each).__qualname__ for each in gc.get_objects())
    finally:
        sys.setswitchinterval(usual)
    gc.freeze()
    return kinds


class Meter:
    """Writes a line for each minute; `tell` sums up."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home, self.log, self.rows = home, log, list[dict[str, Any]]()
        self._began = time.monotonic()
        self._first: Counter[str] = Counter()

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self._began) / MINUTE

    def look(self, done: dict[str, int]) -> None:
        """Write down how it stands."""
        from PySide6.QtWidgets import QApplication

        kinds = kinds_of_objects()
        if not self.rows:
            self._first = kinds
        row: dict[str, Any] = {
            "minutes": round(self.minutes, 2), "memory": round(resident(), 1),
            "handles": len(os.listdir("/proc/self/fd")), "threads": len(os.listdir("/proc/self/task")),
            "widgets": len(QApplication.allWidgets()), "objects": sum(kinds.values()),
        }  # fmt: skip
        for name in FOLDERS:
            row[f"{name} files"], size = files_below(self.home / name)
            row[f"{name} MB"] = round(size, 1)
        row["done"] = sum(done.values())
        more = (kinds - self._first).most_common(MOST_KINDS)
        self.rows.append(row)
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "more": dict(more)}) + "\n")

    def tell(self) -> str:
        """How it stood at the start, after a quarter, at half time and in the end."""
        last = len(self.rows) - 1
        chosen = [self.rows[at] for at in (0, last // 4, last // 2, last)]
        lines = [f"{'':16}" + "".join(f"{title:>10}" for title in ("start", "quarter", "half", "end"))]
        for name in chosen[0]:
            lines.append(f"{name:16}" + "".join(f"{row[name]:>10,}" for row in chosen))
        return "\n".join(lines)


def in_window(home: Path, work: Callable[[Any], None]) -> None:
    """Do something in a window, as the program itself shows it."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from nnstudio.allocator import give_back_memory
    from nnstudio.ui.shell.main_window import MainWindow
    from nnstudio.ui.widgets.theme import theme

    sys.setswitchinterval(0.001)
    give_back_memory()
    application = QApplication(["nnstudio"])
    application.setStyle("Fusion")
    theme.apply(application, dark=False)
    window = MainWindow(QSettings(str(home / "config" / "settings.ini"), QSettings.Format.IniFormat))
    window.resize(1400, 900)
    window.show()
    try:
        work(window)
    finally:
        window.closing.leave()


def soak(home: Path, options: argparse.Namespace) -> None:
    """Work in a window for so long."""
    from soak.person import Person

    meter = Meter(home, options.log)

    def work(window: Any) -> None:
        person = Person(window, home, options.seed, options.pace)
        # What is loaded and made once is no growth.
        for _ in range(options.warm):
            person.cycle()
        meter.look(person.done)
        before = tracemalloc.take_snapshot() if options.trace else None
        due = meter.minutes + 1
        end = meter.minutes + options.minutes
        while meter.minutes < end:
            person.cycle()
            if meter.minutes >= due:
                meter.look(person.done)
                due = meter.minutes + 1
        meter.look(person.done)
        if before is not None:
            for line in tracemalloc.take_snapshot().compare_to(before, "lineno")[:40]:
                print(line)

    in_window(home, work)
    print(meter.tell())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--log", type=Path, default=Path("soak.jsonl"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--warm", type=int, default=2, help="cycles before the first look")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    if options.trace:
        tracemalloc.start()
    with tempfile.TemporaryDirectory(prefix="nnstudio-soak-") as folder:
        prepare(Path(folder))
        soak(Path(folder), options)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
