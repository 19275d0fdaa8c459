"""Two trainings in one window: both loss curves in a plot, and what both networks predict below it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.explain.fit import kind_for
from nnstudio.model.quantity import in_digits
from nnstudio.side_by_side import Contestant, Standing, train_together
from nnstudio.training.beside import Beside
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Phase
from nnstudio.ui.beside.second_network import SecondNetwork
from nnstudio.ui.live.curve_lines import drawable, line_of
from nnstudio.ui.live.decision_boundary import DecisionBoundary
from nnstudio.ui.live.fit import FitView
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.speed import speed_box
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

INTRODUCTION = (
    "Both begin anew and train for {} epochs; whoever is behind makes the next steps. The project and what "
    "it has learned stay as they are."
)
NO_DATA = "There is no data to train on. Open a project, or choose data that can be used, and wait for it."
NO_PICTURE = "Predictions are drawn here for data with two inputs, or one number predicted from another."
NOT_BEGUN = "Press Start."
LINES = "solid: training · dashed: {}"
THIS = "This project"
# Of the plot of the losses, in pixels.
LEAST_HEIGHT = 210
START, PAUSE, GO_ON = "Start", "Pause", "Go on"


class Side(QWidget):
    """One of the two: where it stands, and the picture of what it predicts."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.rows, self.clock, self.message = Curve(), 0.0, ""
        self.data: Dataset | None = None
        self.view: LiveView | None = None
        self.head, self.note = QLabel(), PlainLabel(NOT_BEGUN)
        self.head.setTextFormat(Qt.TextFormat.RichText)
        self.note.setObjectName("muted")
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self.head, self.note):
            label.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.head)
        self.column.addWidget(self.note, 1)

    def clear(self, name: str) -> None:
        """Nothing is trained yet of a network of this name."""
        self.name = name
        self.rows, self.clock, self.message = Curve(), 0.0, ""
        self._show_data(None)
        self.note.setText(NOT_BEGUN)

    def follow(self, standing: Standing) -> None:
        """Take where it stands now."""
        self.rows.follow(standing.rows)
        self.clock, self.message = standing.clock, standing.message
        if standing.data is not self.data:
            self._show_data(standing.data)
        if standing.picture is not None and self.view is not None:
            self.view.show_result(standing.picture)

    def _show_data(self, data: Dataset | None) -> None:
        self.data = data
        if self.view is not None:
            self.column.removeWidget(self.view)
            self.view.hide()
            self.view.deleteLater()
        self.view = None
        if data is not None:
            self.note.setText(NO_PICTURE)
            if data.is_plane or kind_for(data) is not None:
                self.view = DecisionBoundary() if data.is_plane else FitView()
                # Points are set where the project is edited.
                self.view.set_data(replace(data, set_by_hand=False))
                # Both are drawn by the first target, whatever is looked at elsewhere.
                self.view.target.hide()
                self.column.addWidget(self.view, 1)
        self.note.setVisible(self.view is None)

    def show_head(self, colour: str) -> None:
        """Say where it stands."""
        told = [f"epoch {math.ceil(self.clock):,}"]
        if self.rows and self.data is not None:
            last = self.rows[-1]
            told.append(f"loss {in_digits(last.loss)}")
            if last.val_loss is not None:
                told.append(f"{self.data.watched} {in_digits(last.val_loss)}")
        problem = f"<br>{coloured(self.message, theme.colours.error)}" if self.message else ""
        self.head.setText(
            f"{coloured('●', colour)} <b>{escape(self.name)}</b>: {escape(' · '.join(told))}{problem}"
        )


def open_side_by_side(parent: QWidget, runner: Runner, messages: Messages) -> None:
    """Open the window, or say why there is nothing to train."""
    data = runner.planner.loader.data
    if data is None:
        messages.say(NO_DATA)
    else:
        SideBySide(parent, runner, data).open()


class SideBySide(QDialog):
    """Trains both on the compute thread while nothing else is trained; closing it ends that."""

    def __init__(self, parent: QWidget, runner: Runner, data: Dataset) -> None:
        """``data`` is that of the open project."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Side by side")
        self.runner = runner
        self._document, self._data = runner.planner.project.document, data
        # What is being trained, and those by which it was done so far: it can be paused in between.
        self._pieces: Iterator[tuple[Standing, ...]] | None = None
        self._besides: list[Beside] = []
        self.second = SecondNetwork(self._document, data, runner.inquiries)
        self.second.changed.connect(self.reset)
        self.sides = (Side(THIS), Side(self.second.name))
        self.said = PlainLabel()
        self.said.setObjectName("error")
        self.start_button, self.reset_button = QPushButton(START), QPushButton("Reset")
        self.start_button.clicked.connect(self._on_start)
        self.start_button.setDefault(True)
        # At first as fast as the window trains.
        self.speed = speed_box()
        self.speed.setCurrentIndex(self.speed.findData(runner.orders.is_full_speed))
        self._is_paced = not runner.orders.is_full_speed
        self.speed.currentIndexChanged.connect(self._on_speed)
        self.reset_button.clicked.connect(self.reset)
        self.plot = make_plot()
        self.plot.setAccessibleName("Losses of both")
        self.plot.setLabel("bottom", "epoch")
        self.plot.setLabel("left", "loss")
        self.lines = [(self.plot.plot(), self.plot.plot()) for _side in self.sides]
        self.caption = PlainLabel()
        self.caption.setObjectName("small")
        self._put_together()
        self.reset()
        self._paint()
        runner.ticked.connect(self._look)
        theme.changed.connect(self._paint)

    def _put_together(self) -> None:
        introduction = PlainLabel(INTRODUCTION.format(f"{self._document.settings.epochs:,}"))
        for label in (introduction, self.said):
            label.setWordWrap(True)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        for button in (self.reset_button, close):
            button.setAutoDefault(False)
        orders = QHBoxLayout()
        orders.addWidget(self.start_button)
        orders.addWidget(self.reset_button)
        orders.addWidget(self.speed)
        orders.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(introduction)
        left.addWidget(self.second)
        left.addLayout(orders)
        left.addWidget(self.said)
        left.addStretch(1)
        left.addWidget(close, 0, Qt.AlignmentFlag.AlignLeft)
        pictures = QHBoxLayout()
        for side in self.sides:
            pictures.addWidget(side, 1)
        right = QVBoxLayout()
        # The pictures would take all of the room there is.
        self.plot.setMinimumHeight(LEAST_HEIGHT)
        right.addWidget(self.plot, 2)
        right.addWidget(self.caption)
        right.addLayout(pictures, 3)
        columns = QHBoxLayout(self)
        columns.setSpacing(16)
        columns.addLayout(left, 2)
        columns.addLayout(right, 5)
        give_size(self, 1060, 700)

    def reset(self) -> None:
        """Give up what is trained; the next start begins anew."""
        self._stop()
        self._pieces, self._besides = None, []
        for side, name in zip(self.sides, (THIS, self.second.name), strict=True):
            side.clear(name)
        self._say("")
        self.start_button.setText(START)
        self._draw()

    def _stop(self) -> None:
        for beside in self._besides:
            beside.cancel()

    def _on_start(self) -> None:
        if self.start_button.text() == PAUSE:
            self._stop()
            self.start_button.setText(GO_ON)
            return
        if self._pieces is None:
            self.reset()
            self._pieces = self._begin()
        # Both would wait for each other's slices.
        if self.runner.snapshot.phase == Phase.RUNNING:
            self.runner.orders.pause()
        self._besides.append(Beside(self._pieces))
        self.runner.worker.work_beside(self._besides[-1])
        self.start_button.setText(PAUSE)

    def _begin(self) -> Iterator[tuple[Standing, ...]]:
        document, data = self._document, self._data
        first = Contestant(THIS, document.to_network(), document.settings, lambda: data)
        both = (first, self.second.contestant())
        # Asked on the compute thread, where no widget may be looked at.
        return train_together(
            both, document.settings.epochs, self.runner.planner.threads, lambda: self._is_paced
        )

    def _on_speed(self) -> None:
        self._is_paced = not self.speed.currentData()

    def _say(self, problem: str) -> None:
        self.said.setText(problem)
        self.said.setVisible(bool(problem))

    def _look(self) -> None:
        """Show what came since the last look: what was done before a pause may come after it."""
        if not self._besides:
            return
        last = self._besides[-1]
        # What is over has given everything before.
        is_over = last.is_over and self.start_button.text() == PAUSE
        came = [standings for beside in self._besides for standings in beside.take() if standings]
        for standings in came:
            for side, standing in zip(self.sides, standings, strict=True):
                side.follow(standing)
        if came:
            self._draw()
        if is_over:
            self._pieces, self._besides = None, []
            self.start_button.setText(START)
            if last.error is not None:
                self._say(str(last.error) or type(last.error).__name__)

    def _draw(self) -> None:
        watched = None
        for side, lines, colour in zip(self.sides, self.lines, self._colours(), strict=True):
            side.show_head(colour)
            rows = drawable(side.rows)
            for line, name in zip(lines, ("loss", "val_loss"), strict=True):
                there = bool(len(rows)) and bool(np.isfinite(rows.column(name)).any())
                shown = line_of(rows, name, colour, 0.0) if there else None
                line.setData(*((shown.x, shown.y) if shown is not None else ([], [])))
                if there and name == "val_loss" and side.data is not None:
                    watched = watched or str(side.data.watched)
        self.caption.setText(LINES.format(watched) if watched else "")

    def _colours(self) -> tuple[str, str]:
        return theme.colours.training, theme.class_colour(3)

    def _paint(self) -> None:
        paint_plot(self.plot)
        for lines, colour in zip(self.lines, self._colours(), strict=True):
            for line, style in zip(lines, (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine), strict=True):
                line.setPen(pg.mkPen(colour, width=1, style=style))
        self._draw()

    def done(self, result: int) -> None:
        # Qt tells no close event where Escape closes it.
        self._stop()
        self.second.is_closed = True
        self.runner.ticked.disconnect(self._look)
        super().done(result)
