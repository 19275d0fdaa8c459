"""What the lower plot of the curves shows, and how far that is measured."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from nnstudio.ui.widgets.choice_box import MARGIN, ChoiceBox, narrow
from nnstudio.ui.widgets.short_label import MARGIN as BEFORE
from nnstudio.ui.widgets.short_label import ShortLabel


class WholeChoice(ChoiceBox):
    """Asks for the width of what is chosen; where there is less, it is shortened."""

    def __init__(self) -> None:
        super().__init__()
        narrow(self)
        self.currentIndexChanged.connect(lambda _at: self.updateGeometry())

    def sizeHint(self) -> QSize:
        least, metrics = super().sizeHint(), self.fontMetrics()
        # What Qt counts for a letter of the least.
        letters = self.minimumContentsLength() * metrics.horizontalAdvance("X")
        needed = metrics.horizontalAdvance(self.currentText()) + 2 * MARGIN
        return QSize(least.width() + max(needed - letters, 0), least.height())


class LowerChoice(QWidget):
    """A remark stands beside the choice, or below it where the choice would be cut for it."""

    def __init__(self) -> None:
        super().__init__()
        self.quantity = WholeChoice()
        self.quantity.setAccessibleName("Lower curve")
        self.quantity.setToolTip("What the lower plot shows")
        self.quantity.currentIndexChanged.connect(lambda _at: self._arrange())
        self.reach = ShortLabel()
        self.reach.setObjectName("muted")
        self.reach.hide()
        self._least = 0
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addWidget(self.quantity)
        self._row.addWidget(self.reach, 1)

    def tell(self, told: str, shorter: Sequence[str]) -> None:
        """Show a remark, or one of its shorter forms; "" for none."""
        self.reach.show_text(told, shorter)
        self.reach.setVisible(bool(told))
        self._least = min(map(self.reach.fontMetrics().horizontalAdvance, (told, *shorter)))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        way = QBoxLayout.Direction
        needed = self.quantity.sizeHint().width() + self._row.spacing() + BEFORE + self._least
        self._row.setDirection(way.LeftToRight if needed <= self.width() else way.TopToBottom)
