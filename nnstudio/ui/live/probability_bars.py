"""What a network predicts of one sample: bars of probabilities, numbers, or a picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.explain.label_results import HOLDS
from nnstudio.explain.prediction import Prediction
from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.layer_pictures import image_of
from nnstudio.ui.widgets.picture_box import draw_fitted
from nnstudio.ui.widgets.theme import CLASSES, contrast, mixed, theme

# Of more classes or numbers only the first are told.
MOST_TOLD = 32
# Of a line, in pixels at the least, and beside its letters.
ROW, BESIDE = 20, 4
# How much higher lines may be where there is room, and how much larger their letters.
HIGHEST, LARGEST = 3.0, 2.0
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
# Shares of its colour in a bar, the first in which text has the contrast that it needs.
BEST, OTHER, READABLE = (0.42, 0.36, 0.3, 0.24), (0.18,), 4.5
# Between a name and its number.
BETWEEN = "  "
# So many lines are seen in the lowest panel.
LEAST_LINES = 3
# Pixels that Qt takes for no limit.
TALLEST = 16777215


class Probabilities(QWidget):
    """Bars of probabilities with names; the largest stands out. Numbers are told without bars, or drawn
    where they are a picture.

    Where there is no room for all of them, the most probable ones are told; with ``crops`` the first ones.
    """

    def __init__(self, crops: bool = False) -> None:
        super().__init__()
        self._crops = crops
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(84)
        self._prediction: Prediction | None = None
        self._wanted = 0
        self._awaited = ""
        self._classes: tuple[str, ...] = ()

    def colour_classes(self, classes: tuple[str, ...]) -> None:
        """Give bars of just these the colours that they have everywhere, where there are as many colours."""
        self._classes = classes if len(classes) <= len(CLASSES) else ()

    def sizeHint(self) -> QSize:
        return QSize(110, self._wanted or 120)

    def expect(self, count: int) -> None:
        """Be as high as so many classes or numbers need, or somewhat higher; 0: as high as there is room."""
        lines = min(count, MOST_TOLD) + (count > MOST_TOLD)
        self._wanted = lines * self._line()
        self.setMinimumHeight(min(lines, LEAST_LINES) * self._line())
        self.setMaximumHeight(round(HIGHEST * self._wanted) if count else TALLEST)
        self.updateGeometry()

    def _line(self) -> int:
        return max(ROW, self.fontMetrics().height() + BESIDE)

    def _enlarge(self, painter: QPainter, row: float) -> None:
        """Give high lines larger letters, as far as the longest text has room for them."""
        texts = [_told(self._prediction, i) for i in shown_of(self._prediction)] if self._prediction else []
        widest = max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=1)
        scale = min(row / self._line(), (self.width() - 8) / max(widest, 1), LARGEST)
        if scale > 1:
            font = self.font()
            font.setPointSizeF(scale * font.pointSizeF())
            painter.setFont(font)

    def await_prediction(self, awaited: str) -> None:
        """What to say while there is none."""
        self._awaited = awaited
        self.show_prediction(self._prediction)

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction, or nothing."""
        self._prediction = prediction
        if prediction is None:
            self.setAccessibleDescription(self._awaited)
        else:
            parts = [_told(prediction, i) for i in shown_of(prediction)]
            self.setAccessibleDescription(
                "a picture" if prediction.shape else ", ".join([*parts, *_left_out(prediction, len(parts))])
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        prediction = self._prediction
        c, painter = theme.colours, QPainter(self)
        if prediction is None:
            painter.setPen(QColor(c.muted))
            painter.drawText(self.rect(), WRAPPED, self._awaited)
            return
        if prediction.shape:
            self._paint_picture(painter, prediction)
            return
        high = self._line()
        # Lines come closer together before any is left out.
        room = max(self.height() // (high if self._crops else self.fontMetrics().height()), 1)
        if self._crops:
            shown, left_out = shown_of(prediction)[:room], []
        else:
            shown = shown_of(prediction, room)
            left_out = _left_out(prediction, len(shown))[: room - len(shown)]
        most = high if self._crops else HIGHEST * high
        row = min(most, self.height() / max(len(shown) + len(left_out), 1))
        self._enlarge(painter, row)
        best = int(np.argmax(prediction.values)) if np.isfinite(prediction.values).all() else -1
        for line, i in enumerate(shown):
            value, box = prediction.values[i], QRectF(0, line * row, self.width(), row)
            if (prediction.are_classes or prediction.are_labels) and np.isfinite(value):
                bar = QRectF(box.left(), box.top() + 2, box.width() * float(value), row - 4)
                # Several labels may hold, or none.
                stands_out = value > HOLDS if prediction.are_labels else i == best
                number = i if prediction.names == self._classes else None
                painter.fillRect(bar, behind_share(bool(stands_out), number))
            painter.setPen(QColor(c.text))
            box = box.adjusted(4, 0, -4, 0)
            text = fitting(_told(prediction, i), painter.fontMetrics(), box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        for text in left_out:
            painter.setPen(QColor(c.muted))
            box = QRectF(4, len(shown) * row, self.width() - 8, row)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def _paint_picture(self, painter: QPainter, prediction: Prediction) -> None:
        image = image_of(prediction.values.reshape(prediction.shape))
        draw_fitted(painter, image, QRectF(self.rect()))


def shown_of(prediction: Prediction, room: int = MOST_TOLD + 1) -> list[int]:
    """Positions of what is told: the most probable classes, or the first numbers.

    Up to MOST_TOLD, and no more than leave one of ``room`` lines to say so.
    """
    count = len(prediction.names)
    most = min(count if count <= room else max(room - 1, 1), MOST_TOLD)
    if prediction.are_classes and count > most:
        likely = np.nan_to_num(prediction.values, nan=-1.0)
        return sorted(map(int, np.argsort(-likely, kind="stable")[:most]))
    return list(range(most))


def _left_out(prediction: Prediction, told: int) -> list[str]:
    """What is said of those beyond so many that are told, if any."""
    count = len(prediction.names)
    which = "the most probable" if prediction.are_classes else "the first"
    return [f"{which} {told:,} of {count:,}"] if count > told else []


def behind_share(is_best: bool, number: int | None = None) -> QColor:
    """Colour of the bar behind a class's name and share, by the number of the class where that has one."""
    c = theme.colours
    own = c.accent if number is None else theme.class_colour(number)
    backs = [mixed(QColor(c.window), QColor(own), share) for share in (BEST if is_best else OTHER)]
    return next((back for back in backs if contrast(QColor(c.text), back) >= READABLE), backs[-1])


def fitting(told: str, metrics: QFontMetrics, width: float) -> str:
    """A name with its number, where there is no room for both with the name cut: a number that is cut is
    another one.
    """
    if metrics.horizontalAdvance(told) <= width:
        return told
    name, between, number = told.rpartition(BETWEEN)
    room = int(width) - metrics.horizontalAdvance(between + number)
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, max(room, 0)) + between + number


def _told(prediction: Prediction, index: int) -> str:
    value = float(prediction.values[index])
    is_share = prediction.are_classes or prediction.are_labels
    return prediction.names[index] + BETWEEN + (f"{value:.1%}" if is_share else in_digits(value, 5))
