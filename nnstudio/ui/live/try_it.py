"""Draw a digit or set the inputs by hand, and see at once what the network says."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import pieces
from nnstudio.explain.prediction import Prediction, PredictionProbe
from nnstudio.model.quantity import in_digits
from nnstudio.model.tokens import columns_of
from nnstudio.training.probing import Probe
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.live.view import LiveView, register
from nnstudio.ui.widgets.layer_pictures import image_of
from nnstudio.ui.widgets.pad import Pad
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button
from nnstudio.ui.widgets.theme import mixed, theme

# What can be made by hand: pictures up to this edge, tables up to so many columns.
MOST_EDGE, MOST_COLUMNS = 64, 16
TICKS = 1000
# Samples whose middle the sliders begin with.
ENOUGH = 100_000
# Of more classes or numbers only the first are told.
MOST_TOLD = 32
ROW = 20
CANNOT = (
    "Here you can draw pictures of up to 64 × 64 pixels, or set the inputs of tables with up to 16 columns. "
    "This data is neither."
)
EMPTY = "As soon as there is data, you can draw a picture or set the inputs here."


class Probabilities(QWidget):
    """Bars of probabilities with names; the largest stands out. Numbers are told without bars, or drawn
    where they are a picture.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(84)
        self._prediction: Prediction | None = None

    def sizeHint(self) -> QSize:
        return QSize(110, 120)

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction, or nothing."""
        self._prediction = prediction
        if prediction is not None:
            parts = [_told(prediction, i) for i in shown_of(prediction)]
            self.setAccessibleDescription(
                "a picture" if prediction.shape else ", ".join([*parts, *_left_out(prediction)])
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        prediction = self._prediction
        if prediction is None:
            return
        c, painter = theme.colours, QPainter(self)
        if prediction.shape:
            self._paint_picture(painter, prediction)
            return
        shown, left_out = shown_of(prediction), _left_out(prediction)
        row = min(ROW, self.height() / max(len(shown) + len(left_out), 1))
        best = int(np.argmax(prediction.values)) if np.isfinite(prediction.values).all() else -1
        for line, i in enumerate(shown):
            value, box = prediction.values[i], QRectF(0, line * row, self.width(), row)
            if prediction.are_classes and np.isfinite(value):
                bar = QRectF(box.left(), box.top() + 2, box.width() * float(value), row - 4)
                painter.fillRect(bar, behind_share(i == best))
            painter.setPen(QColor(c.text))
            painter.drawText(box.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, _told(prediction, i))
        for text in left_out:
            painter.setPen(QColor(c.muted))
            box = QRectF(4, len(shown) * row, self.width() - 8, row)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def _paint_picture(self, painter: QPainter, prediction: Prediction) -> None:
        height, width = prediction.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        box = QRectF(0, 0, width * scale, height * scale)
        box.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(box, image_of(prediction.values.reshape(prediction.shape)))


def shown_of(prediction: Prediction) -> list[int]:
    """Positions of what is told, up to MOST_TOLD: the most probable classes, or the first numbers."""
    if prediction.are_classes and len(prediction.names) > MOST_TOLD:
        likely = np.nan_to_num(prediction.values, nan=-1.0)
        return sorted(int(i) for i in np.argsort(-likely, kind="stable")[:MOST_TOLD])
    return list(range(min(len(prediction.names), MOST_TOLD)))


def _left_out(prediction: Prediction) -> list[str]:
    """What is said of those that are not told, if any."""
    count = len(prediction.names)
    which = "the most probable" if prediction.are_classes else "the first"
    return [f"{which} {MOST_TOLD} of {count:,}"] if count > MOST_TOLD else []


def behind_share(is_best: bool) -> QColor:
    """Colour of the bar behind a class's name and share."""
    c = theme.colours
    return mixed(QColor(c.window), QColor(c.accent), 0.42 if is_best else 0.18)


def _told(prediction: Prediction, index: int) -> str:
    value = float(prediction.values[index])
    return prediction.names[index] + (
        f"  {value:.1%}" if prediction.are_classes else f"  {in_digits(value, 5)}"
    )


@register
class TryView(LiveView):
    """What is made here can be looked at in the activations, too."""

    id = "try_it"
    title = "Try it"
    help = "Draw a picture or set the inputs by hand, and see at once what the network predicts."
    order = 8
    beside = "decision_boundary"
    needs = CANNOT

    def __init__(self) -> None:
        super().__init__()
        self.pad, self.probabilities = Pad(), Probabilities()
        self.pad.setAccessibleName("Drawing pad")
        self.probabilities.setAccessibleName("Prediction")
        self.clear_button, self.centre_button = QPushButton("Clear"), QPushButton("Centre")
        self.sample_button = QPushButton("Sample")
        self.sample_button.setToolTip("Start from a sample of the data")
        self.centre_button.setToolTip("Move the drawing to the centre, as the digits of MNIST are centred")
        buttons = QHBoxLayout()
        for button in (self.clear_button, self.centre_button, self.sample_button):
            # As narrow as the pad: the prediction beside it must find room.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        self.sheet = QWidget()
        self.grid = QGridLayout(self.sheet)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setVerticalSpacing(2)
        self.grid.setColumnStretch(1, 1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setWidget(self.sheet)
        making = QVBoxLayout()
        making.addWidget(self.pad, 1)
        making.addWidget(self.area, 1)
        making.addLayout(buttons)
        # Beside a picture, and below sliders, which want the width.
        self.body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.body.addLayout(making, 3)
        self.body.addWidget(self.probabilities, 2)
        self.rows.addLayout(self.body, 1)
        self.rows.addWidget(self.hint, 1)
        self.sliders: list[QSlider] = []
        self._values: list[QLabel] = []
        self._next, self._whole = 0, np.zeros(0, bool)
        self._range: tuple[float, float] | None = None
        self.pad.drawn.connect(self._on_own_sample)
        self.clear_button.clicked.connect(self.pad.clear)
        self.centre_button.clicked.connect(self.pad.centre)
        self.sample_button.clicked.connect(self._take_sample)
        self._build()

    def probe(self) -> Probe | None:
        own = self._own()
        return None if own is None else PredictionProbe(tuple(float(v) for v in own.ravel()))

    def set_data(self, data: Dataset | None) -> None:
        self.data = data
        self._build()
        super().set_data(data)

    def clear(self) -> None:
        self.probabilities.show_prediction(None)

    def show_result(self, result: Prediction) -> None:
        self.probabilities.show_prediction(result)

    # What is made

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return _is_picture(data) or _is_short_row(data)

    def _build(self) -> None:
        """Show a pad or sliders, as the data wants."""
        data = self.data
        while self.grid.count():
            item = self.grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self.sliders, self._values, self._next, self._range = [], [], 0, None
        draws = data is not None and _is_picture(data)
        sets = data is not None and _is_short_row(data)
        side, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self.body.setDirection(below if sets else side)
        self.pad.setVisible(draws)
        self.area.setVisible(sets)
        for button in (self.clear_button, self.centre_button):
            button.setVisible(draws)
        self.sample_button.setVisible(draws or sets)
        self.probabilities.setVisible(draws or sets)
        self.hint.setVisible(not (draws or sets))
        self.explain_blank(EMPTY if data is None else CANNOT)
        if data is None:
            return
        if draws:
            self.pad.set_size(*data.input_shape[:2])
        elif sets:
            self._low, self._high = data.x_train.min(0), data.x_train.max(0)
            x = data.x_train
            is_whole = all((x[piece] == np.floor(x[piece])).all() for piece in pieces(x))
            self._whole = np.full(data.input_shape, is_whole)
            self._whole[columns_of(data.tokens)] = True
            for column in range(data.input_shape[0]):
                self._add_slider(data, column)
            # Of many samples, some tell where the middle is.
            self._set_sliders(np.median(x[:: max(1, len(x) // ENOUGH)], 0))

    def _add_slider(self, data: Dataset, column: int) -> None:
        name = data.features[column] if column < len(data.features) else f"x{column + 1}"
        slider, value = QSlider(Qt.Orientation.Horizontal), PlainLabel()
        slider.setRange(0, TICKS)
        slider.setAccessibleName(name)
        slider.valueChanged.connect(self._on_own_sample)
        title = PlainLabel(on_button(name))
        title.setBuddy(slider)
        value.setMinimumWidth(48)
        for row, widget in enumerate((title, slider, value)):
            self.grid.addWidget(widget, column, row)
        self.sliders.append(slider)
        self._values.append(value)

    def _set_sliders(self, values: np.ndarray) -> None:
        span = np.where(self._high > self._low, self._high - self._low, 1)
        for slider, share in zip(self.sliders, (values - self._low) / span, strict=True):
            slider.blockSignals(True)
            slider.setValue(round(float(share) * TICKS))
            slider.blockSignals(False)
        self._tell_values()

    def _own(self) -> np.ndarray | None:
        """The sample as the network gets it, or None."""
        data = self.data
        if data is None:
            return None
        if self.sliders:
            shares = np.array([slider.value() / TICKS for slider in self.sliders])
            own = (self._low + shares * (self._high - self._low)).astype(np.float32)
            # Numbers that stand for words or characters have nothing between them.
            result: np.ndarray = np.where(self._whole, np.round(own), own)
            return result
        if not _is_picture(data) or self.pad.pixels.shape != data.input_shape[:2]:
            return None
        drawn = np.repeat(self.pad.pixels[..., None], data.input_shape[2], 2)
        if data.pictures is not None:
            return data.pictures.of_shares(drawn)
        low, high = self._bounds(data)
        drawn_between: np.ndarray = low + drawn * (high - low)
        return drawn_between

    def _bounds(self, data: Dataset) -> tuple[float, float]:
        """The lowest and highest input; looked for once, as all samples may lie on a disk."""
        if self._range is None:
            self._range = float(data.x_train.min()), float(data.x_train.max())
        return self._range

    def _on_own_sample(self) -> None:
        self._tell_values()
        self.requested.emit(ShowSample(self._own()))
        self.probe_changed.emit()

    def _tell_values(self) -> None:
        """Values beside the sliders, in the unit of the data."""
        own = self._own()
        if self.data is None or own is None or not self.sliders:
            return
        told = np.ravel(own * self.data.x_scale + self.data.x_shift)
        for label, value in zip(self._values, told, strict=True):
            label.setText(in_digits(value))

    def _take_sample(self) -> None:
        """Begin with the next sample of those that are not learned from."""
        data = self.data
        if data is None:
            return
        x = data.part(data.watched)[0]
        one = x[self._next % len(x)]
        self._next += 1
        if self.sliders:
            self._set_sliders(np.clip(one, self._low, self._high))
        elif data.pictures is not None:
            self.pad.set_pixels(data.pictures.shares_of_white(one).mean(-1))
        else:
            low, high = self._bounds(data)
            self.pad.set_pixels((one.mean(-1) - low) / max(high - low, 1e-12))
        self._on_own_sample()

    def repaint_theme(self) -> None:
        self.probabilities.update()
        self.pad.update()


def _is_picture(data: Dataset) -> bool:
    return len(data.input_shape) == 3 and max(data.input_shape[:2]) <= MOST_EDGE


def _is_short_row(data: Dataset) -> bool:
    return len(data.input_shape) == 1 and data.input_shape[0] <= MOST_COLUMNS
