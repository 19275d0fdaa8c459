"""The tokens of a text, or steps of another sequence, in lines; one is chosen, and others are coloured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.live.pixel_cells import draw_frame
from nnstudio.ui.widgets.theme import legible_on, mixed, theme

# Behind this sign a line of a text ends.
LINE_END = "↵"
# Pixels beside and above the letters of a token, and between tokens.
BESIDE, ABOVE, GAP = 2.0, 2.0, 1.0
# Of the colour, what the strongest share gets.
STRONGEST = 0.85
BACK, ON = (Qt.Key.Key_Left, Qt.Key.Key_Up), (Qt.Key.Key_Right, Qt.Key.Key_Down)


class TokenStrip(QWidget):
    """Signal: pointed(step) at what is under the mouse, or chosen with the arrow keys, Home and End."""

    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._tokens: tuple[str, ...] = ()
        self._shares = np.zeros(0)
        self._chosen = -1
        self._boxes: list[QRectF] = []

    def sizeHint(self) -> QSize:
        height = self._boxes[-1].bottom() if self._boxes else self.fontMetrics().height()
        return QSize(120, round(height + GAP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_tokens(self, tokens: Sequence[str]) -> None:
        """Show other tokens, none of them chosen."""
        self._tokens, self._shares, self._chosen = tuple(tokens), np.zeros(len(tokens)), -1
        self._lay_out()

    def show_shares(self, chosen: int, shares: np.ndarray) -> None:
        """Frame a token, and colour all by what each has, (tokens,), against the one that has most."""
        self._chosen, self._shares = chosen, shares
        self.update()

    def box_of(self, step: int) -> QRectF:
        """Where a token stands."""
        return self._boxes[step]

    def _lay_out(self) -> None:
        """Beside each other, as many in a line as there is room for; a line of the text ends a line."""
        metrics = QFontMetricsF(self.font())
        # Characters stand in columns.
        least = metrics.horizontalAdvance("M") + 2 * BESIDE
        height, left, top, self._boxes = metrics.height() + 2 * ABOVE, 0.0, 0.0, []
        for token in self._tokens:
            width = max(least, metrics.horizontalAdvance(token) + 2 * BESIDE)
            if left and left + width > self.width():
                left, top = 0.0, top + height + GAP
            self._boxes.append(QRectF(left, top, width, height))
            left += width + GAP
            if token == LINE_END:
                left, top = 0.0, top + height + GAP
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        step = next((i for i, box in enumerate(self._boxes) if box.contains(at)), -1)
        if step >= 0 and step != self._chosen:
            self.pointed.emit(step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last, key = len(self._tokens) - 1, Qt.Key(event.key())
        to = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        to |= dict.fromkeys(BACK, max(self._chosen - 1, 0)) | dict.fromkeys(ON, min(self._chosen + 1, last))
        if key in to and last >= 0:
            self.pointed.emit(to[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours
        painter.setFont(self.font())
        ground, strong = QColor(colours.window), QColor(colours.training)
        most = float(np.nanmax(self._shares, initial=0.0)) or 1.0
        for token, box, share in zip(self._tokens, self._boxes, self._shares, strict=True):
            back = mixed(ground, strong, STRONGEST * float(np.nan_to_num(share)) / most)
            painter.fillRect(box, back)
            painter.setPen(legible_on(back))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, token)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if 0 <= self._chosen < len(self._boxes):
            draw_frame(painter, self._boxes[self._chosen].adjusted(0.5, 0.5, -0.5, -0.5))
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -1.5, -1.5))
        painter.end()
