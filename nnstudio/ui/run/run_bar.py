"""Train, pause, step, stop, reset; learning rate, speed; where the run stands."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

from nnkernels.planning.installed import is_installed
from nnkernels.spec import MAIN_GROUP, Option
from nnstudio.data.terms import Split
from nnstudio.training.phase import Phase
from nnstudio.ui.run.bar_room import BESIDE, Spare, SpareWords, leave_out, spare_widget, spare_word
from nnstudio.ui.run.bar_words import rates_in_words, shorter
from nnstudio.ui.run.device_box import device_box
from nnstudio.ui.run.speed import speed_box
from nnstudio.ui.run.standing import (
    CONTINUE,
    FIGURES,
    PAUSE,
    RESUME,
    TRAIN,
    in_many_digits,
    standing,
    with_outputs,
    word_for,
)
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.number_fields import NumberEdit
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import theme

if TYPE_CHECKING:
    from nnstudio.model.settings import TrainingSettings
    from nnstudio.training.curve import Curve, Epoch
    from nnstudio.training.messages import Snapshot
    from nnstudio.ui.run.coming import Coming
    from nnstudio.ui.run.standing import Standing

RATE = Option("learning_rate", 0.01, "Size of each step; you can change it while training.", 0.0, 1000.0)

# Numbers change this often at the most: drawing costs the training its core, and nobody reads numbers that
# change sixty times a second.
SECONDS = 0.2
# For so many seconds after a run has ended, a click is one that was meant to pause it.
LATE_CLICK = 1.0
RATE_CAPTIONS = " Learning rate ", " Rate "
# As long as rates are that people type.
LONGEST_RATE = "0.0003125"
# Pixels between a button's picture and its word, and beside the widest text of a label.
GAP, BESIDE_FIGURES = 8, 12
TRAIN_KEYS, STEP_KEYS = "Ctrl+Return", "Ctrl+Shift+Return"


class RunBar(QToolBar):
    """Requests: train, pause, step, stop, reset; rate_edited(value), full_speed_chosen(on);
    device_requested: the other one, see `DeviceChoice`.

    told(passing remark) about what a click on the first button does.
    """

    train_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal()
    stop_requested = Signal()
    reset_requested = Signal()
    told = Signal(str)
    rate_edited = Signal(float)
    full_speed_chosen = Signal(bool)
    device_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Run")
        self.setObjectName("run bar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        # When a run came to its end.
        self.phase, self._ended = Phase.EMPTY, -LATE_CLICK
        self.train_action = self._action(TRAIN, "play", self._on_train, TRAIN_KEYS)
        self.step_action = self._action("Step", "step", self._on_step, STEP_KEYS)
        self.stop_action = self._action("Stop", "stop", self.stop_requested.emit, "Ctrl+.")
        self.reset_action = self._action("Reset", "reset", self._on_reset, "Ctrl+R")
        self.reset_action.setToolTip(
            "Reset (Ctrl+R): new random weights, drawn by the seed, and an empty curve. The run stays under "
            "Runs, and Undo brings it back."
        )
        button = self.widgetForAction(self.train_action)
        assert isinstance(button, QToolButton)
        button.setObjectName("primary")
        self.train_button = button
        reset = self.widgetForAction(self.reset_action)
        assert isinstance(reset, QToolButton)
        # Those that texts name. Step and Stop are seldom used, and there is no room for all.
        for named in (button, reset):
            named.setToolButtonStyle(BESIDE)
        # Space steps here, and does not press what happens to have the focus: training has keys of its own.
        for action in (self.train_action, self.step_action):
            keys = QShortcut(Qt.Key.Key_Space, self.widgetForAction(action))
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(self.step_action.trigger)
        self.addSeparator()
        self.rate = NumberEdit(RATE)
        self.rate.setToolTip(RATE.help)
        self.rate.setAccessibleName("Learning rate")
        self.rate.value_edited.connect(self.rate_edited)
        self.rate_caption = QLabel(RATE_CAPTIONS[0])
        self.addWidget(self.rate_caption)
        self.addWidget(self.rate)
        self.speed = speed_box()
        self.speed.currentIndexChanged.connect(
            lambda _i: self.full_speed_chosen.emit(self.speed.currentData())
        )
        speed_caption = self.addWidget(QLabel("  Speed "))
        self.addWidget(self.speed)
        self.device, spare = device_box(self), []
        self.device.setVisible(is_installed())
        if is_installed():
            device_caption = self.addWidget(QLabel("  Device "))
            self.addWidget(self.device)
            spare = [spare_widget(self, device_caption)]
        self.forecast = ShortLabel()
        self.forecast.setObjectName("muted")
        self.forecast.setAccessibleName("Estimated time and memory")
        self.addWidget(self.forecast)
        self.status, self.parts, self.figures = QLabel(), QLabel(), QLabel()
        self._progress, self._told = (SpareWords(own, BESIDE_FIGURES) for own in (self.status, self.figures))
        added = []
        for label, name in (
            (self.status, "Progress"),
            (self.parts, "Parts of the data"),
            (self.figures, "Loss and accuracy in training, and in validation below"),
        ):
            label.setObjectName("mark")
            label.setAccessibleName(name)
            label.setContentsMargins(8, 0, 0, 0)
            added.append(self.addWidget(label))
        self.parts.setObjectName("small")
        self.parts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        keep = self._keep_width
        # The least missed first.
        self._spares = (
            self._progress.spare(),
            Spare(self._has_whole_caption, self._width_of_caption, self._caption),
            self._told.spare(),
            *spare,
            spare_widget(self, speed_caption),
            spare_word(reset, lambda: reset.fontMetrics().horizontalAdvance(reset.text()) + GAP, keep),
            spare_widget(self, added[1]),
            spare_word(button, lambda: self._widths[0] - self._widths[1], keep),
            self._progress.spare_room(),
            self._told.spare_room(),
        )
        theme.changed.connect(self._paint)
        theme.changed.connect(self._keep_width)
        theme.changed.connect(self._keep_room)
        self._paint()
        self._keep_width()
        # Until a project is open, there is nothing to say of one.
        self._has_project = self._only_real = False
        self._outputs: Mapping[str, str] = {}
        self.rate.setEnabled(False)
        # Whether some layers learn with the rate that stands there, and all groups of layers.
        self._has_rate = True
        self._groups: Sequence[str] = ()
        self.stop_action.setEnabled(False)
        self.reset_action.setEnabled(False)
        self._offer()
        self._write_tips()

    def show_groups(self, groups: Sequence[str]) -> None:
        """Optimizer groups of the open project: each but the main one has a learning rate of its own."""
        self._groups, has_rate = groups, len(groups) < 2 or MAIN_GROUP in groups
        if has_rate != self._has_rate:
            self._has_rate = has_rate
            self.rate.setEnabled(has_rate and self._has_project)
        self._show_rate()

    def show_outputs(self, names: Mapping[str, str]) -> None:
        """What the network's Outputs are called: of several, losses are told as their sum."""
        self._outputs = names
        self._keep_room()

    def _show_rate(self) -> None:
        """No number where it would be nobody's."""
        word, tip = rates_in_words(self._settings, self._groups)
        if self._has_rate:
            self.rate.set_value(self._rate)
        else:
            self.rate.show_mixed(word)
        self.rate.setToolTip(RATE.help if self._has_rate else tip)

    def show_settings(self, settings: TrainingSettings) -> None:
        """Show learning rate, seed and epochs of the project that is open."""
        if not self._has_project:
            self._has_project = True
            self.rate.setEnabled(self._has_rate)
            self.show_parts(Split.VALIDATION)
        self._settings, self._rate = settings, settings.hyperparameters()["learning_rate"]
        self._show_rate()
        self._seed, self._epochs = settings.seed, settings.epochs
        self._keep_room()

    _seed, _epochs, _rate = 0, 0, RATE.default
    _settings: TrainingSettings | None = None
    _obstacle = "Open or begin a project first."

    def show_forecast(self, sentence: str) -> None:
        """Say what the run that Train would begin will cost; empty where that is not known."""
        self.forecast.show_text(sentence, shorter(sentence))

    # Whether Train finds something to train where there is nothing yet; what the project gives way to, or "".
    _can_try, _coming = False, ""

    def show_obstacle(self, why: str, can_try: bool = False) -> None:
        """Say why there is nothing to train yet; empty where there is. ``can_try``: Train looks again."""
        self._obstacle, self._can_try = why, can_try
        self._offer()
        self._write_tips()

    def show_task(self, task: Coming) -> None:
        """While another project is read, what can be pressed must not train the one before."""
        if task.replaces:
            self._coming = task.text
            task.ended.connect(self._forget_task)

    def _forget_task(self) -> None:
        self._coming = ""

    def show_parts(self, watched: Split, only_real: bool = False) -> None:
        """Say what is judged: training, and the part watched meanwhile; ``only_real``: see `Standing`."""
        self._watches, self._only_real = watched != Split.TRAINING, only_real
        below = str(watched) if self._watches else f"no {Split.VALIDATION}"
        self.parts.setText(f"{Split.TRAINING}\n{below}")
        self._keep_room()

    def follow(self, snapshot: Snapshot, rows: Curve) -> None:
        """Show where the run stands, but numbers that run only as often as they can be read."""
        now, self._rows = time.monotonic(), rows
        if snapshot.phase != Phase.RUNNING or snapshot.phase != self.phase or now >= self._show_after:
            self.show_snapshot(snapshot)
            self._show_after = now + SECONDS

    _rows: Curve | Sequence[Epoch] = ()
    _show_after, _message = 0.0, ""

    @cached_property
    def _snapshot(self) -> Snapshot:
        from nnstudio.training.messages import Snapshot

        return Snapshot()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show where the run stands; buttons offer what can be done."""
        before, self._snapshot = self._snapshot, snapshot
        self._message = snapshot.message
        if snapshot.phase == Phase.FINISHED and self.phase == Phase.RUNNING:
            self._ended = time.monotonic()
        if snapshot.phase != self.phase or bool(snapshot.steps) != bool(before.steps):
            self.phase = snapshot.phase
            self._paint()
        self._offer()
        # As Train, it stays as it was while a plan is made: a click that is half done would be lost.
        if snapshot.phase != Phase.PREPARING:
            began = snapshot.steps > 0 or snapshot.phase in (Phase.RUNNING, Phase.PAUSED)
            self.reset_action.setEnabled(began or snapshot.phase == Phase.FAILED)
        self._write()

    def _offer(self) -> None:
        # Not disabled while a plan is made: a disabled button loses the focus, and the order waits anyway.
        ready = self.phase not in (Phase.EMPTY, Phase.FAILED) or self._can_try
        self.train_action.setEnabled(ready)
        self.step_action.setEnabled(ready)

    def _write(self) -> None:
        snapshot, word = self._snapshot, word_for(self._snapshot, self._epochs)
        if word != self.train_action.text():
            self.train_action.setText(word)
        self._write_tips()
        # What is at its end cannot be stopped, nor what was stopped.
        goes_on = word == PAUSE or (word == RESUME and snapshot.phase == Phase.PAUSED)
        self.stop_action.setEnabled(goes_on and snapshot.steps > 0)
        if not self._has_project:
            return
        told = standing(self._snapshot, self._rows, self._epochs, self._watches)
        told = with_outputs(told, self._snapshot, self._outputs)._replace(only_real=self._only_real)
        if told.tip != self.figures.toolTip():
            self.figures.setEnabled(told.tip.startswith(FIGURES))
            self.figures.setToolTip(told.tip)
        self.status.setToolTip(f"Seed {self._seed}")
        grown = self._progress.write(*self._ways(told)), self._told.write(told.figures, told.short_figures)
        if any(grown):
            self._leave_out()

    def _ways(self, told: Standing) -> tuple[str, str]:
        return f"{told.where} · seed {self._seed}", told.where

    def _write_tips(self) -> None:
        """Tips follow the words, and say of what cannot be pressed why."""
        for action, keys in ((self.train_action, TRAIN_KEYS), (self.step_action, STEP_KEYS)):
            tip = f"{action.text()} ({keys})"
            if not action.isEnabled():
                tip += f" is not possible yet. {self._message or self._obstacle}"
            tip = plain_tip(tip)
            if tip != action.toolTip():
                action.setToolTip(tip)

    def _keep_room(self) -> None:
        """Give figures the room that they will need, where the project or the size of letters is another."""
        self._write()
        is_sum = len(self._outputs) > 1
        far = in_many_digits(self._epochs, is_sum, self._only_real) if self._has_project else []
        self._progress.keep_room([self._ways(told) for told in far])
        self._told.keep_room([(told.figures, told.short_figures) for told in far])
        self._leave_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._leave_out()

    def _leave_out(self) -> None:
        """Where figures would have no room, the words of other parts go; tips and names say the same."""
        layout = self.layout()
        if layout is not None:
            leave_out(layout.sizeHint().width(), self.width(), self._spares)

    def _has_whole_caption(self) -> bool:
        return self.rate_caption.text() == RATE_CAPTIONS[0]

    def _caption(self, whole: bool) -> None:
        """A box with a bare number in it says nothing: its caption is short where there is little room."""
        self.rate_caption.setText(RATE_CAPTIONS[not whole])

    def _width_of_caption(self) -> int:
        long, short = map(self.rate_caption.fontMetrics().horizontalAdvance, RATE_CAPTIONS)
        return long - short

    def _action(self, title: str, shape: str, slot: object, keys: str) -> QAction:
        action = QAction(title, self)
        action.setData(shape)
        action.setShortcut(keys)
        action.setToolTip(f"{title} ({keys})")
        action.triggered.connect(lambda: slot())  # type: ignore[operator]
        self.addAction(action)
        return action

    def _keep_width(self) -> None:
        """Give the first button the width that its longest word needs: nothing beside it may move."""
        button, now, widths = self.train_button, self.train_action.text(), []
        style = button.toolButtonStyle()
        button.ensurePolished()
        button.setToolButtonStyle(BESIDE)
        for title in (TRAIN, PAUSE, RESUME, CONTINUE):
            self.train_action.setText(title)
            widths.append(button.sizeHint().width())
        self.train_action.setText(now)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._widths = max(widths), button.sizeHint().width()
        button.setToolButtonStyle(style)
        button.setFixedWidth(self._widths[style != BESIDE])
        # Letters of any size: of a rate that is cut, nobody sees how small it is.
        self.rate.setFixedWidth(self.rate.fontMetrics().horizontalAdvance(LONGEST_RATE) + 18)

    def _on_train(self) -> None:
        if self.phase == Phase.RUNNING:
            self.pause_requested.emit()
        elif self.phase == Phase.FINISHED and time.monotonic() < self._ended + LATE_CLICK:
            # It was meant for Pause, which stood here: nobody asked for as many epochs again.
            self.told.emit(f"The training had just ended. Press {self.train_action.text()} to train on.")
        elif not self._is_refused(TRAIN):
            self.train_requested.emit()

    def _on_step(self) -> None:
        if not self._is_refused("Step"):
            self.step_requested.emit()

    def _on_reset(self) -> None:
        if not self._is_refused("Reset"):
            self.reset_requested.emit()

    def _is_refused(self, order: str) -> bool:
        """Whether an order is not for the project that is seen, as another one is about to come; says so."""
        if self._coming:
            self.told.emit(f"{self._coming} … Press {order} once it is there.")
        return bool(self._coming)

    def _paint(self) -> None:
        running = self.phase == Phase.RUNNING
        self.train_action.setIcon(icon("pause" if running else "play", theme.colours.on_accent))
        for action in (self.step_action, self.stop_action, self.reset_action):
            action.setIcon(icon(action.data(), theme.colours.text))
