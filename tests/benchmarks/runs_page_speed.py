"""The page of runs with a thousand kept runs.

    python tests/benchmarks/runs_page_speed.py [--runs N] [--epochs N]

Opened, until all rows are read and painted; filtered by a word, until the rows that are left are painted.
Medians and the slowest of a few times, and how long the window's thread was busy in one go meanwhile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

TIMES = 7
EXAMPLES = ("xor", "spiral", "iris", "mnist-dense")


def fill(runs: int, epochs: int) -> None:
    """Keep so many runs of some examples, none of them trained."""
    import msgspec
    from safetensors.numpy import save

    from nnstudio.model.curve_columns import of_rows
    from nnstudio.model.projectfile import plain_content
    from nnstudio.project import open_example
    from nnstudio.runs.record import RunContent, RunRecord, RunStatus
    from nnstudio.runs.store import RunStore

    store = RunStore()
    contents = [plain_content(open_example(name).document.to_dict(), "", "") for name in EXAMPLES]
    rows = [
        {
            "epoch": at, "steps": 10 * at, "loss": 1 / at, "accuracy": 0.5, "val_loss": 2 / at,
            "val_accuracy": 0.25, "samples_per_second": 1.0, "seconds": 0.1 * at,
        }
        for at in range(1, epochs + 1)
    ]  # fmt: skip
    metrics = {k: rows[-1][k] for k in ("loss", "accuracy", "val_loss", "val_accuracy")}
    curve = save(of_rows(rows))
    for number in range(runs):
        which = number % len(EXAMPLES)
        content = contents[which]
        began = f"2026-{1 + number // 600:02d}-{1 + number // 24 % 25:02d}T{number % 24:02d}:00:00Z"
        record = RunRecord(
            f"{number:032x}", name=f"{EXAMPLES[which]} {number}", project_name=EXAMPLES[which], began=began,
            changed=began, network_hash=EXAMPLES[which], status=RunStatus.FINISHED, data_name=EXAMPLES[which],
            settings=content["settings"], epochs=epochs, steps=10 * epochs, metrics=metrics,
        )  # fmt: skip
        store.save(record, RunContent(msgspec.json.encode(content), curve))


class Watch:
    """Lets the window work until something holds, and notes how long it was busy in one go."""

    def __init__(self, application: Any, inquiries: Any) -> None:
        self.application, self.inquiries, self.busy = application, inquiries, 0.0

    def until(self, holds: Callable[[], bool]) -> float:
        """Seconds until it holds and is painted."""
        began = time.perf_counter()
        while True:
            start = time.perf_counter()
            self.inquiries.poll()
            self.application.processEvents()
            self.busy = max(self.busy, time.perf_counter() - start)
            if holds():
                return time.perf_counter() - began


def told(what: str, seconds: list[float], watch: Watch) -> None:
    print(
        f"{what}: {1000 * statistics.median(seconds):.0f} ms (slowest {1000 * max(seconds):.0f}), "
        f"the window busy for at most {1000 * watch.busy:.0f} ms"
    )
    watch.busy = 0.0


def measure() -> None:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QApplication

    from nnstudio.ui.run.inquiries import Inquiries
    from nnstudio.ui.runs.library import RunLibrary
    from nnstudio.ui.runs.runs_page import RunsPage
    from nnstudio.ui.widgets.theme import theme

    application = QApplication(["nnstudio"])
    application.setStyle("Fusion")
    theme.apply(application, dark=False)
    inquiries, owner = Inquiries(), QObject()
    watch = Watch(application, inquiries)
    opened, filtered = list[float](), list[float]()
    for _ in range(TIMES):
        began = time.perf_counter()
        page = RunsPage(RunLibrary(inquiries, owner))
        page.resize(1360, 850)
        page.show()
        watch.busy = max(watch.busy, time.perf_counter() - began)
        watch.until(lambda page=page: page.listing is not None and page.table.model().rowCount() > 0)
        page.grab()
        opened.append(time.perf_counter() - began)
        page.close()
        page.deleteLater()
    told("opened", opened, watch)
    page = RunsPage(RunLibrary(inquiries, owner))
    page.resize(1360, 850)
    page.show()
    watch.until(lambda: page.listing is not None and not inquiries.are_open)
    watch.busy = 0.0
    for word in ("iris", "spiral 1", "9", "xor", "", "mnist", "") * 2:
        began = time.perf_counter()
        page.search.setText(word)
        watch.busy = max(watch.busy, time.perf_counter() - began)
        application.processEvents()
        page.table.grab()
        filtered.append(time.perf_counter() - began)
    told("filtered", filtered, watch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nnstudio-runs-") as folder:
        os.environ["NNSTUDIO_DATA"] = os.environ["NNSTUDIO_CONFIG"] = folder
        fill(options.runs, options.epochs)
        measure()


if __name__ == "__main__":
    main()
