"""Drags a layer from the palette to the canvas with a real QDrag; run by test_real_drag.py.

The offscreen platform ignores QDrag, the minimal one runs it: its nested event loop is driven by
mouse events from timers.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.ui.shell.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def main(settings: str) -> int:
    application = QApplication([])
    window = MainWindow(QSettings(settings, QSettings.Format.IniFormat))
    window.show()
    window.files.new()
    application.processEvents()
    tree = window.panels.palette.tree
    start = tree.visualItemRect(window.panels.palette.item("dense")).center()
    handle = window.windowHandle()
    viewport = window.canvas.viewport()
    goal = viewport.mapTo(window, QPoint(120, viewport.height() - 40))
    steps = [
        (lambda p=p: QTest.mouseMove(handle, p)) for p in (goal - QPoint(30, 0), goal - QPoint(9, 0), goal)
    ]
    steps.append(lambda: QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, goal))
    for i, step in enumerate(steps):
        QTimer.singleShot(300 + 80 * i, step)
    QTimer.singleShot(20_000, lambda: sys.exit("the drag never ended"))
    QTest.mousePress(tree.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, start)
    for shift in (4, 12, 30):
        QTest.mouseMove(tree.viewport(), start + QPoint(shift, 0))
    for _ in range(200):
        application.processEvents()
    kinds = [n.kind for n in window.workspace.project.document.graph.nodes]
    window.workspace.project.saved = window.workspace.project.moment()
    window.close()
    print(kinds)
    return 0 if kinds == ["input", "output", "dense"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
