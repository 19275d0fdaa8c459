"""Event-loop latency of the window while it trains at full speed, with the views that are seen at first.

    python tests/benchmarks/window_latency.py [EXAMPLE ...] [--seconds 12] [--turns 3] [--every-view]
        [--threads N]

With --every-view all of them stand side by side, in a larger window, and a layer is selected for those
that follow one.

A timer asks to be called every 5 ms; what is printed is how late it is called. The training speed
with the window open is compared with the same session run alone, in turns.
Run it under a virtual or real screen; QT_QPA_PLATFORM=offscreen measures without an X server.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEventLoop, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.widgets.theme import theme

PERIOD_MS = 5
# Training before anything is measured, on both sides: until every view had its first picture, for which
# it may take half of the time, and because what a network does as it learns changes what a step costs.
BEFORE_SECONDS = 16
EPOCHS = 1_000_000


def latencies(seconds: float, busy: MainWindow) -> tuple[np.ndarray, float]:
    """Lateness in milliseconds of a timer over some seconds, and steps per second in others before them.

    The timer wakes the window two hundred times a second: it must not run while the speed is taken.
    """
    late: list[float] = []
    clock = QElapsedTimer()
    clock.start()
    last = clock.nsecsElapsed()

    def tick() -> None:
        nonlocal last
        now = clock.nsecsElapsed()
        late.append(max((now - last) / 1e6 - PERIOD_MS, 0.0))
        last = now

    timer = QTimer(interval=PERIOD_MS)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    before, started = busy.runner.worker.snapshot().steps, time.perf_counter()
    wait(seconds)
    speed = (busy.runner.worker.snapshot().steps - before) / (time.perf_counter() - started)
    timer.start()
    last = clock.nsecsElapsed()
    wait(seconds)
    timer.stop()
    return np.array(late), speed


def wait(seconds: float) -> None:
    """As the program itself waits: asking for events again and again would take the training its core."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def in_a_process(name: str, seconds: float, threads: int, how: str) -> Any:
    """What this script prints with ``--how``.

    Each turn has a process of its own: in one, a second team of threads would be left behind by the turn
    before, and OpenMP, seeing more threads than cores, would put both to sleep at every barrier.
    """
    command = [sys.executable, __file__, name, f"--{how}", f"--threads={threads}", f"--seconds={seconds}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def steps_per_second(name: str, seconds: float, threads: int) -> float:
    """Of a training in this process."""
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", EPOCHS))
    session = project.session(threads)
    run = session.slices()

    def train(seconds: float) -> None:
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            next(run)

    train(BEFORE_SECONDS)
    before, started = session.steps, time.perf_counter()
    train(seconds)
    return (session.steps - before) / (time.perf_counter() - started)


def show_every_view(window: MainWindow) -> None:
    """Put all live views in sight: two rows below the canvas."""
    window.resize(1600, 1000)
    names = list(window.live.views)
    for row in (names[: len(names) // 2], names[len(names) // 2 :]):
        for before, after in itertools.pairwise(row):
            window.splitDockWidget(window.docks[before], window.docks[after], Qt.Orientation.Horizontal)
    first, second = names[0], names[len(names) // 2]
    window.splitDockWidget(window.docks[first], window.docks[second], Qt.Orientation.Vertical)
    for before, after in itertools.pairwise(names[len(names) // 2 :]):
        window.splitDockWidget(window.docks[before], window.docks[after], Qt.Orientation.Horizontal)
    learned = next(
        n.id for n in window.workspace.project.document.graph.nodes if n.kind in ("dense", "conv2d")
    )
    window.canvas.canvas.select([learned])


def with_window(name: str, seconds: float, every_view: bool, threads: int) -> dict[str, Any]:
    """Lateness, steps per second and number of views seen, of a training in a window."""
    sys.setswitchinterval(0.001)
    application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    theme.apply(application, dark=False)
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(QSettings(str(Path(folder) / "s.ini"), QSettings.Format.IniFormat))
        window.runner.planner.threads = threads
        window.show()
        window.files.open_example(name)
        window.editor.change_setting("epochs", EPOCHS)
        until = time.perf_counter() + 120
        while window.runner.snapshot.phase != Phase.READY and time.perf_counter() < until:
            application.processEvents()
        if every_view:
            show_every_view(window)
        window.panels.run_bar.speed.setCurrentIndex(1)
        window.runner.orders.train()
        wait(BEFORE_SECONDS)
        late, speed = latencies(seconds, window)
        seen = sum(window.docks.is_seen(view) for view in window.live.views)
        window.workspace.project.saved = window.workspace.project.moment()
        window.close()
    return {"late": late.tolist(), "speed": speed, "seen": seen}


def measure(name: str, seconds: float, every_view: bool, threads: int, turns: int) -> None:
    """Turns in pairs: alone, then with the window."""
    ratios, late, seen = [], [], 0
    for _ in range(turns):
        speed = in_a_process(name, seconds / turns, threads, "alone")
        result = in_a_process(name, seconds / turns, threads, "window-all" if every_view else "window")
        late.append(np.array(result["late"]))
        ratios.append(result["speed"] / speed)
        seen = result["seen"]
    together = np.concatenate(late)
    p50, p95, p99 = np.percentile(together, [50, 95, 99])
    told = ", ".join(f"{ratio:.0%}" for ratio in sorted(ratios))
    print(
        f"{name:<15} latency p50 {p50:5.1f}  p95 {p95:5.1f}  p99 {p99:5.1f}  max {together.max():6.1f} ms   "
        f"speed with window {statistics.median(ratios):.0%} of alone ({told}; {threads} threads, "
        f"{seen} views seen)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("examples", nargs="*", default=["spiral", "mnist-dense", "mnist-convnet"])
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--every-view", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    for how in ("alone", "window", "window-all"):
        parser.add_argument(f"--{how}", action="store_true", help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.alone:
        print(json.dumps(steps_per_second(o.examples[0], o.seconds, o.threads)))
    elif o.window or o.window_all:
        print(json.dumps(with_window(o.examples[0], o.seconds, o.window_all, o.threads)))
    else:
        for name in o.examples or ["spiral", "mnist-dense", "mnist-convnet"]:
            measure(name, o.seconds, o.every_view, o.threads, o.turns)


if __name__ == "__main__":
    main()
