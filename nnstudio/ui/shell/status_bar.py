"""The line at the bottom: size of the network, passing remarks, and what is going on in the background."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from nnstudio.model.severity import Severity, tally

if TYPE_CHECKING:
    from nnstudio.ui.project.messages import Task

MESSAGE_MS = 8000
# What ends sooner is not announced: the line would only flicker.
TASK_MS = 500
REFRESH_MS = 200


class Status(QStatusBar):
    """The window's status bar."""

    def __init__(self) -> None:
        super().__init__()
        self.progress, self.task_progress = QProgressBar(), QProgressBar()
        for bar in (self.progress, self.task_progress):
            bar.setMaximumWidth(260)
            bar.setTextVisible(False)
        self.progress_text = QLabel("Compiling the compute core (only once on this machine)")
        self.task_progress.setMaximumWidth(120)
        self.task_progress.setRange(0, 0)
        self.task_text, self.cancel = QLabel(), QPushButton("Cancel")
        self.cancel.clicked.connect(self._on_cancel)
        self.summary = QLabel()
        self.addWidget(self.summary)
        for widget in (
            self.task_text, self.task_progress, self.cancel, self.progress_text, self.progress,
        ):  # fmt: skip
            widget.hide()
            self.addPermanentWidget(widget)
        self._tasks: list[Task] = []
        self._delay = QTimer(self, singleShot=True, interval=TASK_MS)
        self._delay.timeout.connect(self._show_task)
        self._refreshing = QTimer(self, interval=REFRESH_MS)
        self._refreshing.timeout.connect(self._show_share)

    def tell(self, text: str) -> None:
        """A remark that goes by itself."""
        self.showMessage(text, MESSAGE_MS)

    def show_task(self, task: Task) -> None:
        """Something goes on; the newest is shown until it has ended."""
        self._tasks.append(task)
        task.ended.connect(lambda: self._on_ended(task))
        self._delay.start()

    def _on_ended(self, task: Task) -> None:
        self._tasks.remove(task)
        self._show_task()

    def _show_task(self) -> None:
        busy = bool(self._tasks)
        for widget in (self.task_text, self.task_progress, self.cancel):
            widget.setVisible(busy)
        if busy:
            self.task_text.setText(f"{self._tasks[-1].text} …")
            self._show_share()
            self._refreshing.start()
        else:
            self._delay.stop()
            self._refreshing.stop()

    def _show_share(self) -> None:
        """How far the task is; without a number the bar only tells that it goes on."""
        share = self._tasks[-1].share if self._tasks else None
        self.task_progress.setRange(0, 0 if share is None else 100)
        if share is not None:
            self.task_progress.setValue(round(100 * share))

    def _on_cancel(self) -> None:
        if self._tasks:
            task = self._tasks[-1]
            self.task_text.setText(f"{task.text}: cancelling …")
            # It may end at once.
            task.cancel()

    def show_warming(self, done: int, total: int) -> None:
        """How many operators are compiled."""
        busy = done < total
        self.progress.setVisible(busy)
        self.progress_text.setVisible(busy)
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def show_size(self, nodes: int, parameters: int, severities: Iterable[Severity] = ()) -> None:
        """The network in numbers, with what is wrong with it."""
        text = f"{nodes} node{'s' * (nodes != 1)}, {parameters:,} parameter{'s' * (parameters != 1)}"
        told = tally(severities)
        self.summary.setText(f"{text}, {told}" if told else text)
