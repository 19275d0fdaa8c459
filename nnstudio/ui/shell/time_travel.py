"""While the timeline looks at the past: that is said, and training goes on from where a person says."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from nnstudio.training.messages import Snapshot
from nnstudio.ui.panels.outcome_bar import OutcomeBar
from nnstudio.ui.panels.past_bar import PastBar
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.question import ask

Button = QMessageBox.StandardButton


class TimeTravel(QObject):
    """Shows the bar of the past; asks before training goes on from a step that is not the one shown."""

    def __init__(self, runner: Runner, run_steps: RunSteps, bar: PastBar, outcome: OutcomeBar) -> None:
        super().__init__(runner)
        self.runner, self.run_steps, self.bar, self.outcome = runner, run_steps, bar, outcome
        runner.snapshot_changed.connect(self._on_snapshot)
        bar.back_requested.connect(lambda: runner.orders.travel(None))
        bar.continue_requested.connect(self.continue_from_here)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        # A recording goes through the past by itself, and is to show the network.
        shown = None if self.runner.orders.is_recorded else snapshot.shown
        self.bar.show_past(shown, snapshot.steps)
        self.outcome.set_past(snapshot.shown is not None)

    def continue_from_here(self) -> None:
        """Train on from the step that is shown."""
        step = self.runner.snapshot.shown
        if step is not None and self.run_steps.go_back(step):
            self.runner.orders.train()

    def train(self) -> None:
        """Train; from the past only after a question."""
        self._go_on(self.runner.orders.train)

    def step(self) -> None:
        """Make one step; from the past only after a question."""
        self._go_on(self.runner.orders.step)

    def _go_on(self, order: Callable[[], None]) -> None:
        shown, now = self.runner.snapshot.shown, self.runner.snapshot.steps
        if shown is None:
            order()
            return
        choice = ask(
            self.bar.window(),
            "Train on from where?",
            f"You are looking back at step {shown:,}, and the network of now is at step {now:,}. If training "
            f"goes on from step {shown:,}, what was learned after it stays under Runs, and Undo brings it "
            "back; what the optimizer remembers begins anew.",
            Button.Yes | Button.No | Button.Cancel,
            {Button.Yes: f"From step {shown:,}", Button.No: f"From now, step {now:,}"},
        )
        # While it was asked, the network may have become another one.
        may_go_back = choice == Button.Yes and self.runner.snapshot.shown == shown
        if choice == Button.No or (may_go_back and self.run_steps.go_back(shown)):
            order()
