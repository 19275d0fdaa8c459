"""Draw a digit or set the inputs by hand, and see at once what the network says."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnstudio.data.dataset import Dataset
from nnstudio.data.true_class import true_class
from nnstudio.explain.prediction import Prediction, PredictionProbe
from nnstudio.lessons.showing import Showing
from nnstudio.training.probing import Probe
from nnstudio.ui.live.input_sheet import InputSheet, encoders_of
from nnstudio.ui.live.output_choice import OutputChoice
from nnstudio.ui.live.probability_bars import Probabilities
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.pad import Pad
from nnstudio.ui.widgets.plain_text import PlainLabel

# Channels of a picture that is in colour, with or without alpha; of others, all are drawn alike.
IN_COLOUR = (3, 4)
# What can be made by hand: pictures up to this edge, tables up to so many columns.
MOST_EDGE, MOST_COLUMNS = 64, 40
# Pixels between the mark of the step and what stands at the right below it.
BELOW_MARK = 6
# Pixels left and right of the text of a button.
BESIDE_TEXT = 10
CANNOT = (
    f"Here you can draw pictures of up to {MOST_EDGE} × {MOST_EDGE} pixels, or set the inputs of tables with "
    f"up to {MOST_COLUMNS} columns. This data is neither."
)
# Beside an empty pad, where a picture is told apart into classes, or something else is made of it.
SURE = "Draw, or press Sample: how sure the network is of each class will stand here."
ANSWERED = "Draw, or press Sample: what the network makes of it will stand here."
SIDES = "left: what enters · right: what the network makes of it"
# Of a picture, what a lesson may ask about.
BY_HAND, SAMPLE, CHANGED, NO_SAMPLE = "drawn by hand", "a sample", "a sample, changed", "none"
# What stands there before a person did anything is not what a lesson asks for.
BEGUN = "the one that it begins with"
IN_MIDDLE, OFF_MIDDLE = "in the middle", "off the middle"
# It stands in the middle where its centre is off by this share of the edge at the most.
NEAR_MIDDLE = 1 / 8
DRAWS_ANEW = "Draw, and it makes way for what you draw"
EMPTY = "As soon as there is data, you can draw a picture or set the inputs here."


class ShortButton(QPushButton):
    """As narrow as its text and a margin, where there is no room for the width that styles like."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(text + 2 * BESIDE_TEXT, super().minimumSizeHint().height())


@register
class TryView(LiveView):
    """What is made here can be looked at in the activations, too."""

    id = "try_it"
    title = "Try it"
    help = "Draw a picture or set the inputs, and see at once what the network makes of it."
    question, order = Question.ANSWERS, 80
    beside = "decision_boundary"
    needs = CANNOT

    def __init__(self) -> None:
        super().__init__()
        self.pad, self.probabilities = Pad(), Probabilities()
        self.pad.setAccessibleName("Drawing pad")
        self.probabilities.setAccessibleName("Prediction")
        self.clear_button, self.centre_button = ShortButton("Clear"), ShortButton("Centre")
        self.sample_button = ShortButton("Sample")
        self.sample_button.setToolTip("Start from a sample of the data")
        self.centre_button.setToolTip("Move the drawing to the centre, as the digits of MNIST are centred")
        buttons = QHBoxLayout()
        for button in (self.clear_button, self.centre_button, self.sample_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.sheet = InputSheet()
        # Of a sample of the data: what it is, until it is drawn on.
        self.truth = PlainLabel()
        self.truth.setObjectName("muted")
        self.truth.setWordWrap(True)
        self.truth.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        # What is said of a value that is not taken, or beyond those of the training.
        self.remark = PlainLabel()
        self.remark.setObjectName("muted")
        self.remark.setWordWrap(True)
        self.output = OutputChoice()
        self.output.chosen.connect(self._on_output)
        # What is predicted, of the Output that is chosen.
        self.told = QWidget()
        told = QVBoxLayout(self.told)
        told.setContentsMargins(0, 0, 0, 0)
        # No higher than the bars get: what is left over belongs below them, not around them.
        told.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        told.addWidget(self.output)
        told.addWidget(self.probabilities, 1)
        self.by_hand, self.body = QWidget(), QHBoxLayout()
        self.body.addWidget(self.pad, 3)
        # Where both are pictures.
        self.sides = PlainLabel()
        self.sides.setObjectName("muted")
        self.sides.setText(SIDES)
        self.sides.setWordWrap(True)
        self.sides.hide()
        self.column = QVBoxLayout(self.by_hand)
        self.column.setContentsMargins(0, BELOW_MARK, 0, 0)
        self.column.addLayout(self.body, 1)
        self.column.addWidget(self.sides)
        self.column.addWidget(self.sheet)
        for widget in (self.remark, self.truth):
            self.column.addWidget(widget)
        self.column.addLayout(buttons)
        self.column.addStretch(0)
        self.rows.addWidget(self.by_hand, 1)
        self.rows.addWidget(self.hint, 1)
        self._next = 0
        # The last prediction, and whether it is of what is there now; None while nothing is drawn.
        self._latest: Prediction | None = None
        self._is_current = False
        # What the picture is, as a lesson asks for it, and the number of the sample that it is made of.
        self._drawn_as = ""
        self._taken: int | None = None
        self._range: tuple[float, float] | None = None
        self.pad.drawn.connect(self._on_drawn)
        self.sheet.changed.connect(self._on_own_sample)
        self.clear_button.clicked.connect(self.pad.clear)
        self.centre_button.clicked.connect(self.pad.centre)
        self.sample_button.clicked.connect(self._take_sample)
        self._build()

    def probe(self) -> Probe | None:
        own = self._own()
        if own is None:
            return None
        return PredictionProbe(tuple(float(v) for v in own.ravel()), self.output.output)

    def set_data(self, data: Dataset | None) -> None:
        self.data = data
        self._build()
        super().set_data(data)

    def clear(self) -> None:
        self._latest = None
        self.probabilities.show_prediction(None)

    def show_result(self, result: Prediction) -> None:
        # What is drawn and what is made of it are as large as each other.
        self.body.setStretchFactor(self.pad, 2 if result.shape else 3)
        chosen = self.output.output
        if chosen in result.outputs and chosen != result.output:
            # A late result of the one that was chosen before.
            return
        self._latest, self._is_current = result, True
        self.output.show_outputs(result.outputs, result.output)
        self.probabilities.show_prediction(result)

    def set_names(self, names: dict[str, str]) -> None:
        self.output.name(names)

    def _on_output(self) -> None:
        self.probabilities.show_prediction(None)
        self.probe_changed.emit()

    def showing(self) -> Showing | None:
        """What is chosen are the inputs, by the names of their columns; of a picture, how it was made and
        whether it stands in the middle. What it is taken for is told, as that depends on more.
        """
        latest = self._latest
        if latest is None:
            return None
        if self.sheet.data is not None:
            return Showing(self.sheet.chosen(), latest.step, self._is_current)
        is_class = latest.are_classes and not latest.are_labels and bool(np.isfinite(latest.values).all())
        told = {"predicted": latest.names[int(latest.values.argmax())]} if is_class else {}
        edge = max(self.pad.pixels.shape[:2])
        stands = IN_MIDDLE if max(map(abs, self.pad.off())) <= NEAR_MIDDLE * edge else OFF_MIDDLE
        sample = NO_SAMPLE if self._taken is None else self._taken
        chosen = {"picture": self._drawn_as, "sample": sample, "stands": stands}
        return Showing(chosen, latest.step, self._is_current, told)

    # What is made

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return _is_picture(data) or _is_short_row(data)

    def _build(self) -> None:
        """Show a pad or sliders, as the data wants."""
        data = self.data
        self._next, self._range = 0, None
        self._drawn_as, self._taken = "", None
        draws = data is not None and _is_picture(data)
        sets = data is not None and _is_short_row(data)
        self.by_hand.setVisible(draws or sets)
        self.pad.setVisible(draws)
        self.sheet.setVisible(sets)
        self.sheet.set_data(data if sets else None)
        self.output.show_outputs((), "")
        self.probabilities.colour_classes(data.classes if data is not None else ())
        self.sides.setVisible(draws and data is not None and data.draws_pictures)
        self.remark.hide()
        self._put_prediction(len(data.classes or data.targets) if data is not None and sets else 0)
        for button in (self.clear_button, self.centre_button):
            button.setVisible(draws)
        self.sample_button.setVisible(draws or sets)
        # Below sliders there is room to say more.
        self.sample_button.setText("Take a sample" if sets else "Sample")
        self.truth.hide()
        self.truth.setText("")
        self.told.setVisible(draws or sets)
        self.hint.setVisible(not (draws or sets))
        self.explain_blank(EMPTY if data is None else CANNOT)
        # Sliders always stand somewhere.
        self.probabilities.await_prediction((SURE if data and data.classes else ANSWERED) if draws else "")
        if data is None:
            return
        if draws:
            colours = data.input_shape[2:] if data.input_shape[2] in IN_COLOUR else ()
            self.pad.set_size(*data.input_shape[:2], *colours)
            # A photo fills the pad, and has nothing to be centred.
            self.centre_button.setVisible(not colours)
        if (draws or sets) and len(data.part(data.watched)[0]):
            self._begin(data)

    def _begin(self, data: Dataset) -> None:
        """Begin with the sample that the canvas begins with: an empty pad says nothing, and other numbers
        would seem to contradict the nodes.
        """
        self._next = 1
        first = data.part(data.watched)[0][0]
        if self.sheet.data is not None:
            self.sheet.show_sample(first)
        else:
            self._drawn_as, self._taken = BEGUN, 0
            self.pad.begin_with(self._pixels(data, first))
        self._tell_sample(data, 0)

    def _put_prediction(self, lines: int) -> None:
        """Beside the pad, or below sliders, which want the width, in so many lines."""
        is_below = lines > 0
        # Out of either, so that what is left in the column is counted alike.
        self.column.removeWidget(self.told)
        end = self.column.count() - 1
        self.column.setStretchFactor(self.body, 0 if is_below else 1)
        # In a large view it grows first, and what is still left over stays below it.
        self.column.setStretch(end, 1 if is_below else 0)
        if is_below:
            self.column.insertWidget(end, self.told, 100)
        else:
            self.body.addWidget(self.told, 2)
        self.probabilities.expect(lines)

    def _own(self) -> np.ndarray | None:
        """The sample as the network gets it, or None, as while nothing is drawn."""
        data = self.data
        if data is None:
            return None
        if self.sheet.data is not None:
            return self.sheet.sample()
        if not _is_picture(data) or self.pad.pixels.shape[:2] != data.input_shape[:2]:
            return None
        if not self.pad.pixels.any():
            # Of nothing, no prediction means anything.
            return None
        # A copy in any case: it is overwritten.
        drawn = np.broadcast_to(self.pad.pixels.reshape(*data.input_shape[:2], -1), data.input_shape).copy()
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

    def _on_drawn(self) -> None:
        if not self.pad.pixels.any():
            self._taken = None
        self._drawn_as = BY_HAND if self._taken is None else CHANGED
        self._on_own_sample()

    def _on_own_sample(self) -> None:
        self._is_current = False
        self.truth.hide()
        remark = self.sheet.remark()
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))
        own = self._own()
        if own is None:
            self.clear()
        self.requested.emit(ShowSample(own))
        self.probe_changed.emit()

    def _take_sample(self) -> None:
        """Begin with the next sample of those that are not learned from."""
        data = self.data
        if data is None:
            return
        x = data.part(data.watched)[0]
        index = self._next % len(x)
        one = x[index]
        self._next += 1
        if self.sheet.data is not None:
            self.sheet.show_sample(one)
        else:
            self._drawn_as, self._taken = SAMPLE, index
            self.pad.set_pixels(self._pixels(data, one))
        self._on_own_sample()
        self._tell_sample(data, index)

    def _pixels(self, data: Dataset, sample: np.ndarray) -> np.ndarray:
        """A picture as the network gets it, as the pad shows it, 0 .. 1."""
        if data.pictures is not None:
            pixels = data.pictures.shares_of_white(sample)
        else:
            low, high = self._bounds(data)
            pixels = (sample - low) / max(high - low, 1e-12)
        return pixels if self.pad.pixels.ndim == 3 else pixels.mean(-1)

    def _tell_sample(self, data: Dataset, index: int) -> None:
        """Say which sample it is, and of which part, until a person changes it."""
        true = true_class(data, data.watched, index)
        told = f"sample {index:,} of the {data.watched} part"
        self.truth.setText(f"{told}, true: {true}" if true else told)
        self.truth.setToolTip(DRAWS_ANEW if self.pad.is_begun else "")
        self.truth.show()

    def repaint_theme(self) -> None:
        self.probabilities.update()
        self.pad.update()


def _is_picture(data: Dataset) -> bool:
    return len(data.input_shape) == 3 and max(data.input_shape[:2]) <= MOST_EDGE


def _is_short_row(data: Dataset) -> bool:
    if len(data.input_shape) != 1 or data.text is not None:
        return False
    return (len(encoders_of(data)) or data.input_shape[0]) <= MOST_COLUMNS
