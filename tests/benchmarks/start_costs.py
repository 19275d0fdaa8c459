"""Processor seconds from nothing to a start page that is painted, part by part, and to all that is made then.

    python tests/benchmarks/start_costs.py [STARTS]      # the median of so many starts, 7 by default

Processor time, as other programs may run meanwhile. A first start more fills the caches, and does not count.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("python", "Qt", "imports", "window", "shown", "idle", "the rest")
# How many of them lead to the start page.
FIRST = 6
# Makes this a start that is measured.
START = "--start"


def start() -> None:
    """Start as `nnstudio` does; prints the processor time at the end of each part."""
    ends = [time.process_time()]

    def end() -> None:
        ends.append(time.process_time())

    from nnstudio import app
    from nnstudio.ui.shell import furnishing

    app.load_qt()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    end()
    from nnstudio.ui.shell.main_window import MainWindow

    end()
    show = MainWindow.show

    def shown(window: MainWindow) -> None:
        end()
        show(window)
        # Once with what is posted by now, once with what that posts.
        QTimer.singleShot(0, lambda: QTimer.singleShot(0, lambda: idle(window)))

    def idle(window: MainWindow) -> None:
        end()
        QApplication.processEvents()
        end()
        window.furnish()
        end()
        print(*ends, flush=True)
        os._exit(0)

    MainWindow.show = shown  # type: ignore[method-assign]
    # It begins when it is measured.
    furnishing.PAINTED_MS = 1_000_000
    app.run_window([])


def main(starts: int) -> None:
    """Print the median of each part, and of the whole."""
    runs = []
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "kernels"))),
            "QT_QPA_PLATFORM": "offscreen", "NNSTUDIO_DATA": home, "XDG_CONFIG_HOME": home,
        }  # fmt: skip
        for _ in range(starts + 1):
            command = [sys.executable, __file__, START]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            runs.append([float(word) for word in done.stdout.split()])
    parts = [[run[0], *(b - a for a, b in pairwise(run))] for run in runs[1:]]
    for name, seconds in zip(PARTS, zip(*parts, strict=True), strict=True):
        print(f"{name:10} {statistics.median(seconds):6.3f}")
    for name, at in (("start page", FIRST - 1), ("all", -1)):
        whole = [run[at] for run in runs[1:]]
        print(f"{name:10} {statistics.median(whole):6.3f}  (least {min(whole):.3f})")


if __name__ == "__main__":
    if sys.argv[1:2] == [START]:
        start()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
