"""A weight that is being dragged or typed: written as it goes, so that all views follow, and one step of the
history in the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from nnkernels.spec import SpecError
from nnstudio.training.weights import Replaced
from nnstudio.ui.run.run_steps import RunSteps

# A value on its way is written this often at the most, in milliseconds: each voids what views computed.
MOVE_MS = 33


class WeightByHand(QObject):
    """Writes through the orders to the run; `finish` alone makes a step that can be undone."""

    def __init__(self, steps: RunSteps, parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._forget()
        self._timer = QTimer(self, singleShot=True, interval=MOVE_MS)
        self._timer.timeout.connect(self._write)

    def _forget(self) -> None:
        # Node, array and flat index of the value on its way, and what stood there before; None where there is
        # none, or where nothing was written yet.
        self._at: tuple[str, str, int] | None = None
        self._before: Replaced | None = None
        # What is to be written next.
        self._wanted: float | None = None

    def move(self, node: str, array: str, index: int, value: float | None) -> None:
        """A value is on its way; None: it is given up, and what was there comes back."""
        at = (node, array, index)
        if value is None or at != self._at:
            self._give_up()
        if value is None:
            return
        self._at, self._wanted = at, value
        if not self._timer.isActive():
            self._write()

    def finish(self, node: str, array: str, index: int, value: float) -> None:
        """Write a value; undo brings back what was there before it was on its way."""
        if self._at != (node, array, index):
            self._give_up()
        before = self._before
        self._timer.stop()
        self._forget()
        self._steps.write(node, array, index, value, before)

    def finish_all(self, node: str, values: Sequence[tuple[str, int, float]]) -> None:
        """Write several values of a node as one step; a value that is on its way is given up."""
        self._give_up()
        self._forget()
        self._steps.write_all(node, values)

    def _write(self) -> None:
        if self._at is None or self._wanted is None:
            return
        # Where the network is not ready, that is said when the value is let go.
        with contextlib.suppress(SpecError):
            replaced = self._steps.runner.orders.set_weight(*self._at, self._wanted)
            self._before = self._before or replaced
        self._wanted = None
        self._timer.start()

    def _give_up(self) -> None:
        at, before = self._at, self._before
        self._timer.stop()
        self._forget()
        if at is not None and before is not None:
            with contextlib.suppress(SpecError):
                self._steps.runner.orders.set_weight(*at, before)
