"""One column of a table that is set by hand: its name, what it is set with, and whether it is missing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.ui.live.choice_input import ChoiceInput, GapInput
from nnstudio.ui.live.slider_input import SliderInput
from nnstudio.ui.widgets.plain_text import PlainLabel, breakable, on_button, plain_tip

# Between a name and what is said of its values beside it, in mean letters.
APART = 2


class InputField(QWidget):
    """The whole name stands above, however narrow it is; changed() by a person."""

    changed = Signal()

    def __init__(self, name: str, setter: SliderInput | ChoiceInput, gap: GapInput | None, told: str) -> None:
        """``told``: what stands for a missing value, in words."""
        super().__init__()
        self.setter, self.gap = setter, gap
        # An & in a label with a buddy underlines a letter.
        self.title, self.seen = PlainLabel(on_button(breakable(name))), PlainLabel()
        self.title.setAccessibleName(name)
        self.title.setToolTip(plain_tip(name))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.seen.setObjectName("muted")
        self.head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.head.setSpacing(0)
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.seen)
        rows = self.rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 6, 8)
        rows.setSpacing(1)
        rows.addLayout(self.head)
        rows.addLayout(self._controls())
        if gap is not None:
            rows.addLayout(self._below(gap, told))

    def _controls(self) -> QHBoxLayout:
        line, setter = QHBoxLayout(), self.setter
        line.setSpacing(6)
        if isinstance(setter, ChoiceInput):
            line.addWidget(setter)
            self.title.setBuddy(setter)
            setter.currentIndexChanged.connect(lambda _at: self.changed.emit())
            return line
        line.addWidget(setter.slider, 1)
        line.addWidget(setter.box)
        if setter.unit:
            line.addWidget(PlainLabel(setter.unit))
        self.title.setBuddy(setter.slider)
        self.seen.setText(setter.seen)
        self.seen.setToolTip("From the smallest to the largest value that the network learned from")
        setter.changed.connect(self.changed)
        return line

    def _below(self, gap: GapInput, told: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        # What the network gets in its place, where it is missing.
        self.instead = PlainLabel(f"counts as {told}")
        self.instead.setObjectName("muted")
        self.instead.setWordWrap(True)
        self.instead.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.instead.setVisible(gap.isChecked())
        line.addWidget(gap)
        line.addWidget(self.instead, 1)
        gap.toggled.connect(self._on_gap)
        return line

    def _on_gap(self, is_missing: bool) -> None:
        self.setter.set_enabled(not is_missing)
        self.instead.setVisible(is_missing)
        self.changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a name that leaves room, what its values are; else below it."""
        super().resizeEvent(event)
        metrics, way = self.fontMetrics(), QBoxLayout.Direction
        name, seen = (metrics.horizontalAdvance(label.text()) for label in (self.title, self.seen))
        room = self.rows.contentsRect().width()
        fits = name + seen + APART * metrics.averageCharWidth() <= room
        # A label of several lines asks for more height than a single one needs.
        self.seen.setWordWrap(seen > room)
        self.title.setWordWrap(name > room)
        policy = QSizePolicy.Policy
        self.seen.setSizePolicy(policy.Fixed if fits else policy.Ignored, policy.Preferred)
        self.head.setDirection(way.LeftToRight if fits else way.TopToBottom)
