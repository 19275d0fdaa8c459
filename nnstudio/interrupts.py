"""Ctrl+C while a project is trained: remembered until what was trained can be saved."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any


class Interrupts:
    """Ctrl+C and a request to end are remembered while this is open, so that none can cut a save short.

    Attributes:
        asked: whether one came; the training then stops after the slice that it is in.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        # Only the main thread may set handlers, and only there they arrive.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: object) -> None:
        text = "saving what was trained" if self.asked else "stopping after this step, then saving"
        self.asked = True
        # Not print: a handler may come in the middle of one.
        os.write(2, f"\nnnstudio: {text} ...\n".encode())
