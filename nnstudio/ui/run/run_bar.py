"""Train, pause, step, stop, reset; learning rate, speed; where the run stands."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import QComboBox, QLabel, QToolBar, QToolButton

from nnkernels.spec import Option
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.number_fields import NumberEdit
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import theme

RATE = Option("learning_rate", 0.01, "Size of each step; you can change it while training.", 0.0, 1000.0)
SPEEDS = (
    ("Watch", False, "At most 60 epochs per second, so that you can follow"),
    ("Full speed", True, "As fast as the machine can; views update less often"),
)

# Numbers change this often at the most: drawing costs the training its core, and nobody reads numbers that
# change sixty times a second.
SECONDS = 0.2


class RunBar(QToolBar):
    """Requests: train, pause, step, stop, reset; rate_edited(value), full_speed_chosen(on)."""

    train_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal()
    stop_requested = Signal()
    reset_requested = Signal()
    rate_edited = Signal(float)
    full_speed_chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__("Run")
        self.setObjectName("run bar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self.phase = Phase.EMPTY
        self.train_action = self._action("Train", "play", self._on_train, "Ctrl+Return")
        self.step_action = self._action("Step", "step", self.step_requested.emit, "Ctrl+Shift+Return")
        self.stop_action = self._action("Stop", "stop", self.stop_requested.emit, "Ctrl+.")
        self.reset_action = self._action("Reset", "reset", self.reset_requested.emit, "Ctrl+R")
        self.reset_action.setToolTip(
            "Reset (Ctrl+R): new random weights, drawn by the seed, and an empty curve; can be undone"
        )
        button = self.widgetForAction(self.train_action)
        assert isinstance(button, QToolButton)
        button.setObjectName("primary")
        button.setMinimumWidth(92)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.train_button = button
        # Space steps here, and does not press what happens to have the focus: training has keys of its own.
        for action in (self.train_action, self.step_action):
            keys = QShortcut(Qt.Key.Key_Space, self.widgetForAction(action))
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(self.step_action.trigger)
        self.addSeparator()
        self.rate = NumberEdit(RATE)
        self.rate.setFixedWidth(76)
        self.rate.setToolTip(RATE.help)
        self.rate.setAccessibleName("Learning rate")
        self.rate.value_edited.connect(self.rate_edited)
        self.addWidget(QLabel(" Learning rate "))
        self.addWidget(self.rate)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        for title, full, tip in SPEEDS:
            self.speed.addItem(title, full)
            self.speed.setItemData(self.speed.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.speed.setToolTip("\n".join(f"{title}: {tip}" for title, _, tip in SPEEDS))
        self.speed.currentIndexChanged.connect(
            lambda _i: self.full_speed_chosen.emit(self.speed.currentData())
        )
        self.addWidget(QLabel("  Speed "))
        self.addWidget(self.speed)
        self.forecast = ShortLabel()
        self.forecast.setObjectName("muted")
        self.forecast.setAccessibleName("Estimated time and memory")
        self.addWidget(self.forecast)
        self.status = QLabel()
        self.status.setAccessibleName("Progress")
        self.status.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.addWidget(self.status)
        theme.changed.connect(self._paint)
        self._paint()
        self.show_snapshot(Snapshot())

    def show_settings(self, settings: TrainingSettings) -> None:
        """Show learning rate and seed."""
        self.rate.set_value(settings.hyperparameters()["learning_rate"])
        self._seed, self._epochs = settings.seed, settings.epochs
        self._write()

    _seed, _epochs = 0, 0

    def show_forecast(self, sentence: str) -> None:
        """Say what the run that Train would begin will cost; empty where that is not known."""
        self.forecast.show_text(sentence)

    def follow(self, snapshot: Snapshot) -> None:
        """Show where the run stands, but numbers that run only as often as they can be read."""
        now = time.monotonic()
        if snapshot.phase != Phase.RUNNING or snapshot.phase != self.phase or now >= self._show_after:
            self.show_snapshot(snapshot)
            self._show_after = now + SECONDS

    _show_after = 0.0

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show where the run stands; buttons offer what can be done."""
        if snapshot.phase != self.phase:
            self.phase = snapshot.phase
            self._paint()
        self._snapshot = snapshot
        # Not disabled while a plan is made: a disabled button loses the focus, and the order waits anyway.
        ready = snapshot.phase not in (Phase.EMPTY, Phase.FAILED)
        self.train_action.setEnabled(ready)
        self.step_action.setEnabled(ready)
        self.stop_action.setEnabled(snapshot.phase in (Phase.RUNNING, Phase.PAUSED) and snapshot.steps > 0)
        began = snapshot.steps > 0 or snapshot.phase in (Phase.RUNNING, Phase.PAUSED)
        self.reset_action.setEnabled(began or snapshot.phase == Phase.FAILED)
        self._write()

    _snapshot = Snapshot()

    def _write(self) -> None:
        s = self._snapshot
        parts = [
            f"seed {self._seed}",
            f"epoch {s.epoch:,} of {max(self._epochs, s.epoch):,}",
            f"step {s.steps:,}",
        ]
        if s.loss is not None:
            parts.append("loss NaN" if math.isnan(s.loss) else f"loss {s.loss:.4f}")
        if s.accuracy is not None:
            parts.append(f"accuracy {s.accuracy:.1%}")
        text = "   ".join(parts) + "  "
        # A label that grows lays out the window anew, which costs more than the text.
        wanted = self.status.fontMetrics().horizontalAdvance(text) + 4
        self.status.setMinimumWidth(max(self.status.minimumWidth(), wanted))
        self.status.setText(text)

    def _action(self, title: str, shape: str, slot: object, keys: str) -> QAction:
        action = QAction(title, self)
        action.setData(shape)
        action.setShortcut(keys)
        action.setToolTip(f"{title} ({keys})")
        action.triggered.connect(lambda: slot())  # type: ignore[operator]
        self.addAction(action)
        return action

    def _on_train(self) -> None:
        (self.pause_requested if self.phase == Phase.RUNNING else self.train_requested).emit()

    def _paint(self) -> None:
        running = self.phase == Phase.RUNNING
        titles = {Phase.RUNNING: "Pause", Phase.PAUSED: "Resume", Phase.FINISHED: "Continue"}
        self.train_action.setText(titles.get(self.phase, "Train"))
        self.train_action.setIcon(icon("pause" if running else "play", theme.colours.on_accent))
        for action in (self.step_action, self.stop_action, self.reset_action):
            action.setIcon(icon(action.data(), theme.colours.text))
