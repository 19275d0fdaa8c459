"""The run as a line: go to any step that was kept, play the training again, come back to now."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from nnstudio.training.kept_steps import MOST_SAVED_BYTES
from nnstudio.training.messages import Checkpoints, Phase, Snapshot
from nnstudio.training.state import EndOfEpoch
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.plain_text import on_button
from nnstudio.ui.widgets.theme import theme

# A replay moves on this often, and takes about so many pictures.
REPLAY_MS, REPLAY_PICTURES = 90, 64
# While the network trains, the line follows this often: drawing costs the training its core.
SECONDS = 0.3
# Pixels of the line at the least where there is room for what stands beside it, between its parts, and before
# the text: the knob, which is drawn up to the line's very end, must not touch it.
LEAST_SLIDER, SPACING, BEFORE_TEXT = 260, 6, 8


class Timeline(QWidget):
    """Requests: travel_requested(step, or None for now), record_requested(view, or "" for the window)."""

    travel_requested = Signal(object)
    record_requested = Signal(str)

    def __init__(self, seen: Callable[[], list[tuple[str, str]]]) -> None:
        """``seen`` tells name and title of each view that can be pictured."""
        super().__init__()
        self._seen = seen
        self._kept, self._steps, self._phase, self._after = Checkpoints(), 0, "", 0.0
        self._shown: int | None = None
        # Whose weights early stopping brought back.
        self._best: EndOfEpoch | None = None
        self.play, self.now, self.record = QToolButton(), QToolButton(), QToolButton()
        for button, name, tip in (
            (self.play, "Replay", "Replay the training from the start"),
            (self.now, "Back to now", "Show the network as it is now"),
            (self.record, "GIF …", "Save the training as an animation, of the window or of one view"),
        ):
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.setAutoRaise(True)
        self.now.setText("Now")
        self.record.setText("GIF …")
        self.slider = JumpingSlider()
        self.slider.setAccessibleName("Step that is shown")
        self.slider.setMinimumWidth(LEAST_SLIDER // 2)
        self.slider.setToolTip("All views show the network as it was at this step; training pauses")
        self.label = QLabel()
        self.label.setObjectName("muted")
        self.label.setContentsMargins(BEFORE_TEXT, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.setSpacing(SPACING)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        row.addWidget(self.now)
        row.addWidget(self.record)
        self._timer = QTimer(self, interval=REPLAY_MS)
        self._timer.timeout.connect(self._go_on)
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderPressed.connect(self._timer.stop)
        self.play.clicked.connect(self._on_play)
        self.now.clicked.connect(self._on_now)
        self.record.setMenu(QMenu(self))
        self.record.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.record.menu().aboutToShow.connect(self._offer_recordings)
        theme.changed.connect(self._paint)
        self.hide()
        self._paint()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow the run; there is a line once more than the start is kept."""
        now = time.monotonic()
        if snapshot.phase == Phase.RUNNING:
            if self._phase == Phase.RUNNING and now < self._after:
                return
            self._timer.stop()
            self._after = now + SECONDS
        before, self._kept = self._kept, snapshot.kept
        self._steps, self._phase, self._best = snapshot.steps, snapshot.phase, snapshot.returned_to
        self.setVisible(len(self.steps()) > 1)
        if snapshot.kept is not before or not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setMaximum(len(self.steps()) - 1)
                if not self.slider.isSliderDown() and not self._timer.isActive():
                    self.slider.setValue(self._index_of(snapshot.shown))
        self._write(snapshot.shown)

    def steps(self) -> list[int]:
        """Steps that can be gone to; the last one is now."""
        if self._best is not None:
            # After the last step there were other weights than there are now.
            kept = self._kept.steps if len(self._kept.steps) > 1 else ()
            return [*kept, self._best.step]
        return [step for step in self._kept.steps if step < self._steps] + [self._steps]

    def pictures(self) -> list[int | None]:
        """Steps of a replay, evenly chosen; None for now."""
        steps = self.steps()
        stride = max(1, -(-len(steps) // REPLAY_PICTURES))
        chosen: list[int | None] = [*steps[:-1:stride]]
        return [*chosen, None]

    def _offer_recordings(self) -> None:
        menu = self.record.menu()
        menu.clear()
        for name, title in [("", "The whole window"), *self._seen()]:
            action = menu.addAction(f"{on_button(title)} …")
            action.triggered.connect(partial(self.record_requested.emit, name))

    def _index_of(self, shown: int | None) -> int:
        steps = self.steps()
        return steps.index(shown) if shown in steps else len(steps) - 1

    def _on_moved(self, index: int) -> None:
        steps = self.steps()
        is_now = index >= len(steps) - 1
        self.travel_requested.emit(None if is_now else steps[index])
        self._write(None if is_now else steps[index])

    def _on_play(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._paint()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self._paint()

    def _go_on(self) -> None:
        stride = max(1, -(-self.slider.maximum() // REPLAY_PICTURES))
        self.slider.setValue(self.slider.value() + stride)
        if self.slider.value() == self.slider.maximum():
            self._timer.stop()
            self._paint()

    def _on_now(self) -> None:
        self._timer.stop()
        self._paint()
        self.slider.setValue(self.slider.maximum())

    def _write(self, shown: int | None) -> None:
        kept, self._shown = self._kept, shown
        memory = f"{len(kept.steps)} steps kept, {kept.bytes / 2**20:.1f} of {kept.most / 2**20:.0f} MB"
        # While the network trains, this line is a little behind: it names its step, which is no more now.
        now = self._now() if self._phase == Phase.RUNNING else f"now, {self._now()}"
        where = now if shown is None else f"step {shown:,} of {self._steps:,}"
        longest, metrics = self._longest(), self.label.fontMetrics()
        room = self.width() - self._taken() - LEAST_SLIDER
        if metrics.horizontalAdvance(f"{longest}  ·  {memory}") <= room:
            # Else the line, which is there to be dragged, gets the room.
            where, longest = f"{where}  ·  {memory}", f"{longest}  ·  {memory}"
        # A label that grows lays out the window anew, the canvas too: it grows with the run's digits only.
        wanted = metrics.horizontalAdvance(longest) + BEFORE_TEXT + 4
        if wanted != self.label.minimumWidth():
            self.label.setMinimumWidth(wanted)
        self.label.setText(where)
        self.label.setToolTip(
            f"Steps that can be shown: {memory}. Up to {MOST_SAVED_BYTES >> 20} MB of them, evenly chosen, "
            "are saved with the project."
        )
        self.now.setEnabled(shown is not None)

    def _longest(self) -> str:
        """What the label says at the least, with all digits that it may get."""
        past = f"step {self._steps:,} of {self._steps:,}"
        return past if self._best is None else f"now, {self._now()}"

    def _now(self) -> str:
        return f"step {self._steps:,}" if self._best is None else self._best.told_as_best

    def _taken(self) -> int:
        """Pixels that are neither the line's nor the text's."""
        buttons = sum(button.sizeHint().width() for button in (self.play, self.now, self.record))
        return buttons + SPACING * 6 + BEFORE_TEXT

    def minimumSizeHint(self) -> QSize:
        # Where it has to become narrow, the label says less; what it says now must not hold the window open.
        label = self.label.fontMetrics().horizontalAdvance(self._longest())
        return QSize(self._taken() + label + LEAST_SLIDER // 2, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write(self._shown)

    def _paint(self) -> None:
        self.play.setIcon(icon("pause" if self._timer.isActive() else "play", theme.colours.text))
