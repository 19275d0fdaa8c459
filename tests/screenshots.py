"""Takes the pictures of the README and of docs/window.md, and records the replay: python tests/screenshots.py
[NAME ...] (five minutes; needs no display). They keep their names and sizes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from nnstudio.training.messages import Phase
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.widgets.theme import theme

FOLDER = Path(__file__).parents[1] / "resources" / "screenshots"
# The picture whose training is replayed, and the width of that in pixels.
REPLAYED, REPLAY_WIDTH = "spiral.png", 900


@dataclass(frozen=True)
class Shot:
    """A picture: of which example, after how many epochs, with the activations of a layer, a panel in front
    beside the curves, and the width and height of the window; ``scale`` is that of the screen.
    """

    example: str
    dark: bool
    epochs: int
    layer: str
    panel: str
    size: tuple[int, int] = (1400, 900)
    scale: int = 1


SPIRAL = Shot("spiral", False, 200, "Dense 2", "decision_boundary")
DIGITS = Shot("mnist-convnet", True, 5, "ReLU", "gradient_flow")
SHOTS = {
    "spiral.png": SPIRAL,
    "mnist-convnet.png": DIGITS,
    "spiral-1024x700.webp": replace(SPIRAL, size=(1024, 700)),
    "digits-1024x700.webp": replace(DIGITS, size=(1024, 700)),
    "digits-1600x1000.webp": replace(DIGITS, dark=False, size=(1600, 1000)),
    "spiral-1600x1000.webp": replace(SPIRAL, dark=True, size=(1600, 1000)),
    "digits-3840x2160.webp": replace(DIGITS, size=(3840, 2160)),
    "spiral-at-2x.webp": replace(SPIRAL, size=(1200, 800), scale=2),
}
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


def take(name: str) -> None:
    """Take one picture."""
    app, shot = QApplication([]), SHOTS[name]
    app.setStyle("Fusion")
    theme.apply(app, shot.dark)
    settings = Path(tempfile.mkdtemp()) / "settings.ini"
    window = MainWindow(QSettings(str(settings), QSettings.Format.IniFormat))
    window.resize(*shot.size)
    window.show()
    window.docks.raise_(shot.panel)
    shoot(window, shot.example, shot.epochs, shot.layer)
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    size, lines = (picture.width(), picture.height()), picture.bytesPerLine()
    # Nothing is lost in either format, and no colour becomes another.
    Image.frombuffer("RGB", size, bytes(picture.constBits()), "raw", "RGB", lines).save(
        FOLDER / name, lossless=True, optimize=True
    )
    if name == REPLAYED:
        record(window)
    window.closing.leave()


def main() -> None:
    """Take all pictures, or those that are named, each in a process with a screen of its own."""
    for name in sys.argv[1:] or SHOTS:
        if name.startswith("only="):
            take(name.removeprefix("only="))
            continue
        environment = os.environ | {"QT_SCALE_FACTOR": str(SHOTS[name].scale)}
        subprocess.run([sys.executable, __file__, f"only={name}"], env=environment, check=True)


if __name__ == "__main__":
    main()
