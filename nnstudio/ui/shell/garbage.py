"""Garbage of Python is looked for in the window's thread alone.

Python looks for it in whatever thread has just made an object. What of Qt's went with it in the thread that
computes left its timers behind, and Qt called them: the window crashed.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 100


class GarbageCollector(QObject):
    """Takes Python's part in the thread that it is made in, until it is stopped; as often as Python would, at
    least `INTERVAL_MS` apart.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Look through the oldest generation that is due, and with it those that are younger."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            # An older one is due after so many looks at the one before it.
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()
