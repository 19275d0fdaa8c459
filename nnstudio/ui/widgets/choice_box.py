"""A box to choose in, which hides no letter: what it has no room for is shortened, and told in full."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip

from nnstudio.ui.widgets.plain_text import plain_tip, tips_together
from nnstudio.ui.widgets.still import Still

# Pixels that styles leave free on both sides of the text.
MARGIN = 4


class ChoiceBox(QComboBox):
    """As `QComboBox`, which cuts a text that is too long, in the box and in its list, without a sign."""

    @property
    def seen_text(self) -> str:
        """What can be read in the box: the chosen text, shortened where there is no room for all of it."""
        return self._shortened(self._option())

    def _option(self) -> QStyleOptionComboBox:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return option

    def _shortened(self, option: QStyleOptionComboBox) -> str:
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        text = str(option.currentText)
        room = field.width() - MARGIN
        # Qt rounds widths up when it measures a box for its text.
        if self.fontMetrics().horizontalAdvance(text) <= room + 1:
            return text
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = self._option()
        shortened = self._shortened(option)
        if shortened == option.currentText or self.currentIndex() < 0:
            super().paintEvent(event)
            return
        option.currentText = shortened
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and (tip := self.told):
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    @property
    def told(self) -> str:
        """What a tip says: the whole text where the box has no room for it, above the tip that it has."""
        is_whole = self.seen_text == self.currentText()
        return self.toolTip() if is_whole else tips_together(plain_tip(self.currentText()), self.toolTip())

    def showPopup(self) -> None:
        """Open the list, as broad as its longest entry."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) + 2 * MARGIN
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + bar)
        super().showPopup()


class StillBox(Still, ChoiceBox):
    """A choice that scrolling over it does not change."""


def narrow(box: QComboBox) -> QComboBox:
    """A box that takes the width there is, so that a long entry does not push its panel out of sight."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box
