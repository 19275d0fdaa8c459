"""Signals to end while a project is trained: remembered until what was trained is saved."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

# Ctrl+C; what batch systems send; what a closing terminal or desktop sends, where there is such a signal.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupts:
    """Signals to end are remembered while this is open, so that none can cut a save short.

    Attributes:
        asked: whether one came; the training then stops after the slice that it is in.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        # Only the main thread may set handlers, and only there they arrive.
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
                # What nohup has ignored is ignored on purpose.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: object) -> None:
        text = "saving what was trained" if self.asked else "stopping after this step, then saving"
        self.asked = True
        # Not print: a handler may come in the middle of one.
        _tell(2, f"\nnnstudio: {text} ...\n".encode())
        _tell(1, b"")


def _tell(stream: int, text: bytes) -> None:
    """Write to a stream; one that leads to a terminal that is gone leads nowhere from then on."""
    try:
        os.write(stream, text)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream)
        os.close(nowhere)
