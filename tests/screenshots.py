"""Takes the pictures of the README and records its replay: python tests/screenshots.py (three minutes; needs
no display). They keep their names and sizes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from nnstudio.training.messages import Phase
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.widgets.theme import theme

FOLDER = Path(__file__).parents[1] / "resources" / "screenshots"
SIZE = (1400, 900)
# The example whose training is replayed, and the width of that in pixels.
REPLAYED, REPLAY_WIDTH = "spiral", 900
# Example, dark, epochs, layer whose activations are shown, panel in front beside the curves.
SHOTS = (
    ("spiral", False, 200, "Dense 2", "decision_boundary"),
    ("mnist-convnet", True, 5, "ReLU", "gradient_flow"),
)
# Milliseconds between looks, looks before it gives up, and looks until the views are drawn.
EACH, MOST, DRAWING = 50, 4000, 300


def wait(condition: Callable[[], bool], most: int = MOST) -> None:
    """Let the window work until the condition holds, or for so many looks."""
    for _ in range(most):
        if condition():
            return
        loop = QEventLoop()
        QTimer.singleShot(EACH, loop.quit)
        loop.exec()


def shoot(window: MainWindow, example: str, epochs: int, layer: str) -> None:
    """Train an example with a layer selected, until all views are drawn."""
    window.files.open_example(example)
    wait(lambda: window.runner.has_network)
    node = next((n.id for n in window.editor.graph.nodes if n.name == layer), None)
    window.canvas.canvas.select([node] if node else [])
    window.panels.run_bar.speed.setCurrentIndex(1)
    window.runner.orders.train()
    wait(lambda: window.runner.snapshot.epoch >= epochs or window.runner.snapshot.phase == Phase.FINISHED)
    window.runner.orders.pause()
    wait(lambda: False, DRAWING)


def record(window: MainWindow) -> None:
    """Write the replay of the training as a GIF."""
    ended: list[str] = []
    recorder = window.exports.record_to(FOLDER / "training.gif", width=REPLAY_WIDTH)
    assert recorder is not None
    recorder.ended.connect(ended.append)
    wait(lambda: bool(ended))
    if ended != [""]:
        raise RuntimeError(f"The replay was not written: {ended}")


def main() -> None:
    """Take all pictures."""
    app = QApplication([])
    app.setStyle("Fusion")
    for example, dark, epochs, layer, panel in SHOTS:
        theme.apply(app, dark)
        settings = Path(tempfile.mkdtemp()) / "settings.ini"
        window = MainWindow(QSettings(str(settings), QSettings.Format.IniFormat))
        window.resize(*SIZE)
        window.show()
        window.docks.raise_(panel)
        shoot(window, example, epochs, layer)
        window.grab().save(str(FOLDER / f"{example}.png"))
        if example == REPLAYED:
            record(window)
        window.leave()


if __name__ == "__main__":
    main()
