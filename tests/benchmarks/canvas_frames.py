"""Frame times of the canvas with a large graph: pan, zoom, drag; opening it, and undoing a large paste.

    python tests/benchmarks/canvas_frames.py [--nodes 1000] [--links 1500]

A frame is one event of the mouse or wheel, and all painting that follows from it. Pan, zoom and drag are
measured with everything in sight and at life size. Run it under a virtual or real screen, because the
window system takes part in painting; QT_QPA_PLATFORM=offscreen measures without one.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.model import projectfile
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.shell.overlay import Overlay
from nnstudio.ui.widgets.theme import theme

COLUMNS = 40
KINDS = ("dense", "relu", "add", "layernorm", "add")
FRAMES = 120


def large_document(nodes: int, links: int) -> Document:
    """Rows of layers, each feeding the next, and joins that are fed from the row above too."""
    document = Document()
    graph = document.graph
    for i in range(nodes):
        kind = "input" if i % COLUMNS == 0 else "output" if i == nodes - 1 else KINDS[i % len(KINDS)]
        position = (i % COLUMNS * 222.0, i // COLUMNS * 120.0)
        options = graph.registry[kind].defaults()
        graph.insert_node(Node(f"{kind}_{i}", kind, f"{graph.registry[kind].title} {i}", *position, options))
    names = [n.id for n in graph.nodes]
    pairs = [(i - 1, i) for i in range(nodes) if i % COLUMNS]
    pairs += [
        (i - COLUMNS + step, i)
        for step in (-1, 0, 1, -2, 2)
        for i in range(COLUMNS, nodes)
        if names[i].startswith("add") and (i % COLUMNS) + step in range(COLUMNS)
    ]
    for source, target in dict.fromkeys(pairs):
        if len(graph.links) < links:
            graph.insert_link(Link(names[source], names[target]))
    return document


def frames(application: QApplication, events: Callable[[int], None]) -> list[float]:
    """Milliseconds of each frame."""
    taken = []
    for i in range(FRAMES):
        started = time.perf_counter()
        events(i)
        application.processEvents()
        taken.append((time.perf_counter() - started) * 1000)
        # The rest of a frame's time, in which timers and the worker have their turn.
        while time.perf_counter() - started < 1 / 60:
            application.processEvents()
    return taken


def show(what: str, taken: list[float]) -> None:
    ordered = sorted(taken)
    print(
        f"{what:45} median {statistics.median(taken):6.1f} ms   p95 {ordered[int(len(taken) * 0.95)]:6.1f}"
        f"   max {ordered[-1]:6.1f}",
        flush=True,
    )


def gestures(application: QApplication, window: MainWindow, where: str) -> None:
    """Pan, zoom and drag as the view stands now."""
    view = window.canvas.viewport()
    middle = QPoint(view.width() // 2, view.height() // 2)

    def swing(i: int) -> QPoint:
        return middle + QPoint(abs(i % 60 - 30) * 6 - 90, abs(i % 40 - 20) * 5 - 50)

    QTest.mousePress(view, Qt.MouseButton.MiddleButton, pos=middle)
    show(f"pan, {where}", frames(application, lambda i: QTest.mouseMove(view, swing(i))))
    QTest.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=middle)

    def wheel(i: int) -> None:
        turn = 30 if i % 20 < 10 else -30
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(
            QPointF(middle), QPointF(view.mapToGlobal(middle)), QPoint(), QPoint(0, turn), none,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, event)

    show(f"zoom, {where}", frames(application, wheel))
    canvas = window.canvas.canvas
    item = min(
        canvas.nodes.values(),
        key=lambda n: (window.canvas.mapFromScene(n.pos() + QPointF(80, 30)) - middle).manhattanLength(),
    )
    grip = window.canvas.mapFromScene(item.pos() + QPointF(80, 30))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=grip)
    show(
        f"drag a node, {where}",
        frames(application, lambda i: QTest.mouseMove(view, grip + swing(i) - middle)),
    )
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=grip)
    application.processEvents()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--links", type=int, default=1500)
    options = parser.parse_args()
    application = QApplication([])
    application.setStyle("Fusion")
    theme.apply(application, dark=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.nns"
        document = large_document(options.nodes, options.links)
        print(f"{len(document.graph.nodes)} nodes, {len(document.graph.links)} links")
        projectfile.write(path, document.to_dict(), None)
        window = MainWindow(QSettings(str(Path(folder) / "s.ini"), QSettings.Format.IniFormat))
        window.resize(1400, 900)
        window.show()
        application.processEvents()
        started = time.perf_counter()
        window.files.open(path)
        while not any(facts.shape for facts in window.presenter.state.findings.nodes.values()):
            application.processEvents()
        application.processEvents()
        print(f"open {time.perf_counter() - started:.2f} s")
        until = time.perf_counter() + 1.0
        while time.perf_counter() < until:
            application.processEvents()
        # The network has a problem, and its message lies over the canvas.
        gestures(application, window, "all in sight, a message above")
        message = window.findChild(Overlay)
        assert message is not None
        message.hide()
        application.processEvents()
        gestures(application, window, "all in sight")
        window.canvas.set_zoom(1.0)
        application.processEvents()
        gestures(application, window, "life size")
        names = [n.id for n in window.workspace.project.document.graph.nodes]
        window.canvas.canvas.select(names[:500])
        window.editor.clipboard.copy()
        for what, work in (
            ("paste of 500 nodes", window.editor.clipboard.paste),
            ("its undo", window.workspace.project.document.history.undo),
            ("its redo", window.workspace.project.document.history.redo),
        ):
            started = time.perf_counter()
            work()
            done = time.perf_counter()
            application.processEvents()
            painted = time.perf_counter()
            print(f"{what}: {(done - started) * 1000:.0f} ms, painted {(painted - started) * 1000:.0f} ms")
        window.workspace.project.saved = window.workspace.project.moment()
        window.close()


if __name__ == "__main__":
    main()
