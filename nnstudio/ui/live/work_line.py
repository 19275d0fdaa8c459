"""How far the picture of a view is that takes a while, with a button that stops it, or lets it go on."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# Seconds that work goes on before it is told of: most of it is done sooner.
PATIENCE = 0.7
# Letters that the bar is broad.
LETTERS = 12
STOP, GO_ON, STOPPED = "Stop", "Go on", "Stopped"
STOP_TIP = "Stop computing this; what is shown stays"
GO_ON_TIP = "Compute this again, with the network as it is"


class WorkLine(QWidget):
    """A bar with the share that is done, and the button. Hidden where there is nothing to wait for.

    Signals: stop_changed(whether it is to stop), room_changed().

    Attributes:
        is_stopped: whether a person stopped the work.
    """

    stop_changed = Signal(bool)
    room_changed = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.clock = time.monotonic
        self.is_stopped, self._share = False, 0.0
        # When the work began that is told of.
        self._since: float | None = None
        self.bar, self.button = _Bar(), QToolButton()
        self.bar.setAccessibleName("How far this is")
        self.button.setObjectName("mark")
        self.button.setAutoRaise(True)
        self.button.clicked.connect(self._on_pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.bar)
        row.addWidget(self.button)
        self._name()
        self.hide()

    def follow(self, share: float | None) -> None:
        """Tell how far the work is; None while none goes on, or where nobody knows."""
        if self.is_stopped:
            return
        now, is_other = self.clock(), share is not None and share < self._share
        if share is None:
            self._since = None
        elif self._since is None or (is_other and self.isHidden()):
            self._since = now
        self._share = share or 0.0
        self.bar.show_share(self._share)
        self._show(self._since is not None and now >= self._since + PATIENCE)

    def set_stopped(self, is_stopped: bool) -> None:
        """Offer to go on, or to stop again."""
        if is_stopped == self.is_stopped:
            return
        self.is_stopped, self._since = is_stopped, None
        self._name()
        self._show(is_stopped)
        # The words take more room than a share, or less.
        self.room_changed.emit()

    def _show(self, shown: bool) -> None:
        if shown == self.isHidden():
            self.setVisible(shown)
            self.room_changed.emit()

    def _name(self) -> None:
        self.button.setText(GO_ON if self.is_stopped else STOP)
        self.button.setToolTip(GO_ON_TIP if self.is_stopped else STOP_TIP)
        if self.is_stopped:
            self.bar.setText(f"{STOPPED} at {self._share:.0%}")

    def _on_pressed(self) -> None:
        self.stop_changed.emit(not self.is_stopped)


class _Bar(PlainLabel):
    """A share in words, with a bar behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mark")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._share = 0.0

    def show_share(self, share: float) -> None:
        self._share = share
        text = f"{share:.0%}"
        if text != self.text():
            self.ensurePolished()
            self.setMinimumWidth(LETTERS * self.fontMetrics().averageCharWidth())
            self.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, whole = QPainter(self), QRectF(self.rect()).adjusted(0, 2, 0, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, share in ((theme.colours.border, 1.0), (theme.colours.accent, self._share)):
            fill = QColor(colour)
            fill.setAlphaF(0.5)
            painter.setBrush(fill)
            part = QRectF(whole.left(), whole.top(), whole.width() * share, whole.height())
            painter.drawRoundedRect(part, 3, 3)
        painter.end()
        super().paintEvent(event)
