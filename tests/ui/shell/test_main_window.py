"""The window itself: what it leaves behind."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QSettings

from nnstudio.training.messages import Phase
from nnstudio.ui.shell.main_window import MainWindow


def _opened_and_closed(qtbot, settings: QSettings) -> weakref.ref[MainWindow]:
    window = MainWindow(settings)
    with qtbot.waitExposed(window):
        window.show()
    window.files.open_example("spiral")
    qtbot.waitUntil(lambda: window.runner.snapshot.phase == Phase.READY, timeout=200_000)
    window.workspace.project.saved = window.workspace.project.moment()
    window.close()
    window.deleteLater()
    return weakref.ref(window)


def test_a_closed_window_frees_all_that_it_held(qtbot, tmp_path):
    gone = _opened_and_closed(qtbot, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))

    def freed() -> None:
        gc.collect()
        assert gone() is None

    qtbot.waitUntil(freed)
