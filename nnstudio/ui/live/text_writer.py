"""Where a network that learned from a text writes one: how it begins, the text, what would come next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset
from nnstudio.data.vocabulary import Beginning, Vocabulary
from nnstudio.explain.generated_text import (
    LENGTH,
    SEED,
    TEMPERATURE,
    TOP_K,
    GeneratedText,
    TextProbe,
    written_table,
)
from nnstudio.explain.prediction import Prediction
from nnstudio.model.quantity import counted
from nnstudio.ui.live.probability_bars import Probabilities
from nnstudio.ui.live.written_text import Follows, WrittenText
from nnstudio.ui.widgets.number_fields import NumberEdit, WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.short_area import ShortArea
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.whole_lines import WholeLines

# So many of what may come next are told.
MOST_TOLD = 12
# Seconds after which a text that follows the training is begun anew with newer weights, so that a long one is
# not greyed as a whole.
PATIENCE = 4.0
# Lines of the beginning that are seen, and pixels of a number.
LINES, NARROWEST = 2, 50
WRITTEN = "Written"
NOT_YET = "The text appears here as soon as the network can run."
PRESS = "Press Write, and the text appears here."


class TextWriter(QWidget):
    """A beginning, how it is gone on from, and the text.

    Signals: changed() when another text is asked for, or none; begun(array) when a person wrote another
    beginning, as the network reads it.

    Attributes:
        step: the step whose weights wrote what is shown; None where there is nothing.
    """

    changed = Signal()
    begun = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.step: int | None = None
        self._vocabulary: Vocabulary | None = None
        self._beginning = Beginning((), (), 0, (), True)
        self._samples, self._next = np.zeros((0, 1), np.float32), 0
        self._result: GeneratedText | None = None
        # Whether a person asked for one text that is not whole yet.
        self._once = False
        self._make_fields()
        self.write_button.clicked.connect(self._on_write)
        self.sample_button.clicked.connect(self._take_sample)
        self.live.toggled.connect(self._on_live)
        self.start.textChanged.connect(self._on_start)
        self.temperature.value_edited.connect(lambda _value: self._on_asked())
        for field in (self.top_k, self.length, self.seed):
            field.valueChanged.connect(lambda _value: self._on_asked())

    def _make_fields(self) -> None:
        self.start, self.text = WholeLines(), WrittenText()
        self.start.setPlaceholderText("Beginning of the text")
        self.start.setTabChangesFocus(True)
        self.start.setAccessibleName("Beginning of the text")
        self.start.setFixedHeight(self.start.height_of(LINES))
        self.note, self.heading, self.status = PlainLabel(), PlainLabel(), ShortLabel()
        for label in (self.note, self.heading, self.status):
            label.setObjectName("muted")
            label.setWordWrap(label is not self.status)
        self.notes = ShortArea(self.note)
        self.captions = PlainLabel("Beginning"), PlainLabel(WRITTEN)
        for caption, box in zip(self.captions, (self.start, self.text), strict=True):
            caption.setObjectName("small")
            caption.setBuddy(box)
        self.temperature = NumberEdit(TEMPERATURE)
        self.temperature.set_value(TEMPERATURE.default)
        self.top_k, self.length, self.seed = map(_field, (TOP_K, LENGTH, SEED))
        self._fields = (
            (TEMPERATURE, self.temperature), (TOP_K, self.top_k), (LENGTH, self.length), (SEED, self.seed)
        )  # fmt: skip
        self._names = [PlainLabel(option.title) for option, _field in self._fields]
        for name, (option, field) in zip(self._names, self._fields, strict=True):
            name.setBuddy(field)
            field.setAccessibleName(option.title)
            # As wide as there is room: four stand side by side.
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            field.setMinimumWidth(NARROWEST)
            for widget in (name, field):
                widget.setToolTip(option.help)
        self.write_button, self.sample_button = QPushButton(), QPushButton("Sample")
        self.sample_button.setToolTip("Begin with a piece of the text that the network did not learn from")
        self.live = QCheckBox("Live")
        self.live.setToolTip("Write anew by itself whenever the weights or one of these numbers change")
        self.live.setChecked(True)
        self.probabilities = Probabilities(crops=True)
        self._name_button()
        self._lay_out()

    def _lay_out(self) -> None:
        self.grid, self.buttons = QGridLayout(), QHBoxLayout()
        below, beside, left, named = QHBoxLayout(), QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        self.grid.setSpacing(4)
        for widget in (self.write_button, self.sample_button, self.live):
            self.buttons.addWidget(widget)
        self.buttons.addStretch(1)
        named.addWidget(self.captions[1])
        named.addWidget(self.status, 1)
        left.addLayout(named)
        left.addWidget(self.text, 1)
        beside.addWidget(self.heading)
        beside.addWidget(self.probabilities, 1)
        below.addLayout(left, 5)
        below.addLayout(beside, 3)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        # Beside it: above it, the caption would take a line of what is written.
        begins = QHBoxLayout()
        begins.addWidget(self.captions[0])
        begins.addWidget(self.start, 1)
        rows.addLayout(begins)
        rows.addWidget(self.notes)
        rows.addLayout(self.grid)
        rows.addLayout(self.buttons)
        rows.addLayout(below, 1)
        self._arrange(2)

    def _arrange(self, across: int) -> None:
        """Put so many fields side by side."""
        self._across = across
        for at, (name, (_option, field)) in enumerate(zip(self._names, self._fields, strict=True)):
            row, column = divmod(at, across)
            self.grid.addWidget(name, row, 2 * column)
            self.grid.addWidget(field, row, 2 * column + 1)
        for column in range(len(self._fields)):
            self.grid.setColumnStretch(2 * column + 1, int(column < across))

    def minimumSizeHint(self) -> QSize:
        """With two fields side by side: four, which take more, must not keep the panel from being narrow."""
        hint = super().minimumSizeHint()
        name = max(name.sizeHint().width() for name in self._names)
        two = 2 * (name + NARROWEST) + 3 * self.grid.spacing()
        return QSize(min(hint.width(), max(two, self.buttons.minimumSize().width())), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        names = sum(name.sizeHint().width() for name in self._names)
        spaces = (2 * len(self._fields) - 1) * self.grid.spacing()
        across = 4 if self.width() >= names + spaces + len(self._fields) * NARROWEST else 2
        if across != self._across:
            self._arrange(across)

    # What is asked for

    def set_data(self, data: Dataset | None) -> None:
        """Other data; where it is no text there is nothing to write."""
        self._vocabulary = Vocabulary.of(data) if data is not None else None
        self.clear()
        if data is None or self._vocabulary is None:
            return
        unit, next_one = self._vocabulary.unit, f"Next {self._vocabulary.unit.singular}"
        self.heading.setText(f"{next_one} after '{WRITTEN}'")
        self.probabilities.setAccessibleName(next_one)
        self.probabilities.setToolTip(f"How likely each {unit.singular} is, with temperature and top k")
        self.length.setToolTip(f"{unit.capitalize()} that are written")
        self._samples, self._next = data.part(data.watched)[0], 0
        self._length = data.input_shape[0]
        self._begin_with(self._sample())
        self._tell()

    def probe(self) -> TextProbe | None:
        """The text that is wanted now, or None."""
        wanted = self._vocabulary is not None and (self.live.isChecked() or self._once)
        return self._asked() if wanted else None

    @property
    def written(self) -> GeneratedText | None:
        """What stands there, where it is what is asked for now; it may be not whole."""
        result = self._result
        return result if result is not None and result.asked == self._asked() else None

    def _asked(self) -> TextProbe:
        temperature = self.temperature.value()
        return TextProbe(
            self._beginning.window, self._beginning.given, self.length.value(),
            TEMPERATURE.default if temperature is None else float(temperature), self.top_k.value(),
            self.seed.value(), PATIENCE if self.live.isChecked() else float("inf"),
        )  # fmt: skip

    def _sample(self) -> str:
        """The next window of those that are not learned from, as a text."""
        if self._vocabulary is None or not len(self._samples):
            return ""
        window = self._samples[self._next % len(self._samples)]
        self._next += 1
        return self._vocabulary.text_of(map(int, window))

    def _begin_with(self, text: str) -> None:
        """Begin otherwise, without a person having written it."""
        self.start.blockSignals(True)
        self.start.setPlainText(text)
        self.start.blockSignals(False)
        self._read_start()

    def _read_start(self) -> None:
        assert self._vocabulary is not None
        self._beginning = self._vocabulary.begin(self.start.toPlainText(), self._length)

    def _take_sample(self) -> None:
        self.start.setPlainText(self._sample())

    def _on_start(self) -> None:
        if self._vocabulary is not None:
            self._read_start()
            self.begun.emit(np.array(self._beginning.window, np.float32))
            if self._result is not None and _same(self._result.asked, self._asked()):
                # The network does not read as far back as what was changed.
                self.text.first = self._vocabulary.text_of(self._beginning.numbers)
                self._write(None)
            self._on_asked()

    def _on_asked(self) -> None:
        """Something else is asked for."""
        if self.probe() is not None:
            self.changed.emit()
        self._tell()

    def _on_live(self, _live: bool) -> None:
        self._once = False
        self._name_button()
        self.changed.emit()
        self._tell()

    def _on_write(self) -> None:
        if self.live.isChecked():
            self.live.setChecked(False)
            return
        self._once = not self._once
        self._name_button()
        self.changed.emit()
        self._tell()

    def _name_button(self) -> None:
        """Write begins one text; Stop ends it, and that others follow."""
        stops = self.live.isChecked() or self._once
        self.write_button.setText("Stop" if stops else "Write")
        self.write_button.setToolTip(
            "Write no further, and not by itself any more" if stops else "Write one text with these weights"
        )
        self.text.setPlaceholderText(NOT_YET if stops else PRESS)

    # What is written

    def show_result(self, result: GeneratedText) -> None:
        """Show how far a text is; one that is not asked for any more is not shown."""
        if result.asked != self.probe():
            return
        before = self._result
        if before is None or before.asked != result.asked:
            assert self._vocabulary is not None
            self.text.begin(self._vocabulary.text_of(self._beginning.numbers))
        elif before.step != result.step:
            # Not what stood behind that: it would be of weights that are long gone.
            self.text.rest = before.text
        goes_on = before is not None and (before.asked, before.step) == (result.asked, result.step)
        self._result, self.step = result, result.step
        if result.is_whole:
            self.text.rest = ""
            if self._once:
                self._once = False
                self._name_button()
                self.changed.emit()
        self._write(before.text if goes_on and before is not None else None)
        self._show_shares(result)
        self._tell()

    def _write(self, before: str | None) -> None:
        """Write the text, or only what is new behind what was written ``before`` of the same one."""
        assert self._result is not None
        # Where it is written by itself, a person looks at where the beginning ends: that stands above, too.
        by_itself = Follows.BEGINNING if self.live.isChecked() else Follows.NOTHING
        self.text.write(self._result.text, before, Follows.END if self._once else by_itself)

    def _show_shares(self, result: GeneratedText) -> None:
        assert self._vocabulary is not None
        order = np.argsort(-result.shares, kind="stable")[:MOST_TOLD]
        # What is not drawn at all needs no bar.
        order = order[result.shares[order] > 0]
        names = tuple(self._vocabulary.names[i] for i in order)
        told = Prediction(result.step, names, result.shares[order], True) if names else None
        self.probabilities.show_prediction(told)

    def _tell(self) -> None:
        """How far the text is, and what else there is to know of it and of its beginning."""
        result, vocabulary, notes = self._result, self._vocabulary, list(self._beginning.notes)
        if result is None or vocabulary is None:
            self.status.show_text("")
            self.notes.say(" ".join(notes))
            return
        unit, count, is_wanted = vocabulary.unit.singular, len(result.numbers), self.probe() is not None
        told = (
            counted(count, unit) if result.is_whole else f"{count:,} of {counted(result.asked.length, unit)}"
        )
        if not result.is_whole and not is_wanted:
            told += ", stopped"
        elif self.text.rest[len(result.text) :]:
            told += ", then older"
        if result.asked.window == self._beginning.window:
            notes.append(self._beginning.filling(result.filled, vocabulary.unit))
        if not np.isfinite(result.shares).all():
            notes.insert(0, "The network gives no numbers here, so the text ends.")
        if not is_wanted and not _same(result.asked, self._asked()):
            notes.insert(0, "Not written with this beginning and these numbers yet: press Write.")
        self.status.show_text(told)
        self.notes.say(" ".join(filter(None, notes)))

    def csv_text(self) -> str:
        """A line for each token that was written: it, and the probability with which it was drawn."""
        result, vocabulary = self._result, self._vocabulary
        return "" if result is None or vocabulary is None else written_table(result, vocabulary)

    def clear(self) -> None:
        """There is no text of this network yet."""
        self._result, self.step, self.text.rest = None, None, ""
        self.text.clear()
        self.probabilities.show_prediction(None)
        self._tell()

    def repaint_theme(self) -> None:
        """Colours changed."""
        if self._result is not None:
            self._write(None)
        self.probabilities.update()


def _field(option: Option) -> WholeEdit:
    """A field for a whole number."""
    field = WholeEdit(option.title, int(option.low or 0), int(option.high or 0))
    field.set_value(option.default)
    return field


def _same(one: TextProbe, other: TextProbe) -> bool:
    """Whether two ask for the same text, however long they wait for it."""
    return replace(one, patience=other.patience) == other
