"""Puts what is recorded in the studio into the list of actions that a teacher records for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from nnstudio.ui.lessons.step_recorder import StepRecorder
from nnstudio.ui.lessons.ways import ActionList


class Recording(QObject):
    """For one list at a time. Signal: changed() when it begins or ends."""

    changed = Signal()

    def __init__(self, recorder: StepRecorder) -> None:
        super().__init__(recorder)
        self.recorder = recorder
        self._target: ActionList | None = None
        recorder.recorded.connect(self._on_recorded)
        recorder.ended.connect(self._on_ended)

    @property
    def what(self) -> str:
        """What it is recorded for, such as “the solution”; "" where nothing is recorded."""
        return self._target.what_it_is if self._target is not None else ""

    def record(self, target: ActionList, on: bool) -> None:
        """Record for a list instead of another, or no more."""
        self.recorder.stop()
        target.show_recording(on)
        if on:
            self._target = target
            self.recorder.begin()
        self.changed.emit()

    def _on_recorded(self, item: dict[str, Any], replaces: bool) -> None:
        target = self._target
        if target is None:
            return
        if replaces and target.items and target.items[-1].get("do") == item["do"]:
            target.items.pop()
        target.extend([item])

    def _on_ended(self) -> None:
        if self._target is not None:
            self._target.show_recording(False)
            self._target = None
        self.changed.emit()
