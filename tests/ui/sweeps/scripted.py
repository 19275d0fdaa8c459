"""A process that tells what a test has it tell, and settings as it would tell them."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal

from nnstudio.sweep.messages import Event, Job, Setting
from nnstudio.sweep.trial import Status


class Scripted(QObject):
    """In the place of `SweepProcess`: trains nothing."""

    came = Signal(object)
    gone = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self.is_stopped = self.is_closed = False

    def begin(self, job: bytes) -> None:
        self.job = msgspec.json.decode(job, type=Job)

    def tell(self, *events: Event) -> None:
        for event in events:
            self.came.emit(event)

    def stop(self) -> None:
        self.is_stopped = True

    def close(self) -> None:
        self.is_closed = True


def setting(
    number: int, value: float | None = None, status: Status = Status.TRAINED, **more: object
) -> Setting:
    """One that varies a learning rate, by default."""
    values = more.pop("values", {"learning_rate": 0.01 * number})
    run = more.pop("run", f"{number:032x}")
    return Setting(number, values, status, value, epochs=3, run=run, **more)
