"""A button whose text takes more lines where one is too long for the room that there is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from nnstudio.ui.widgets.plain_text import on_button

# It gets no narrower than its frame and so many letters of average width.
LETTERS = 6


class WrappingButton(QPushButton):
    """As wide as its text where there is room; never asks for more than a few letters."""

    def __init__(self, text: str = "") -> None:
        """``text`` is shown as it is, letter by letter."""
        super().__init__(on_button(text))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def lines(self, width: int) -> list[str]:
        """The text as it is broken into lines in a button that is so many pixels wide."""
        text = self.text().replace("&&", "&")
        layout = QTextLayout(text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        lines = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width - self._frame(), 1))
            lines.append(text[line.textStart() : line.textStart() + line.textLength()].strip())
        layout.endLayout()
        return lines

    def _frame(self) -> int:
        """Pixels left and right of the text."""
        size = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return self.sizeHint().width() - size.width()

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        least = self._frame() + LETTERS * self.fontMetrics().averageCharWidth()
        return QSize(min(hint.width(), least), hint.height())

    def heightForWidth(self, width: int) -> int:
        self.ensurePolished()
        more = max(len(self.lines(width)) - 1, 0)
        return self.sizeHint().height() + more * self.fontMetrics().lineSpacing()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = on_button("\n".join(self.lines(self.width())))
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)
