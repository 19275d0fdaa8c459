"""Which thread goes first."""

from __future__ import annotations

import contextlib
import os
import sys
import threading


def lower_priority() -> None:
    """Let other threads, such as the window's, go before this one; threads started from it inherit that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
