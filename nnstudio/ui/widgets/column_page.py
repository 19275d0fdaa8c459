"""A page to read: columns of a bearable width in the middle, as many as there is room for; it scrolls."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from nnstudio.ui.widgets.block_columns import BlockColumns
from nnstudio.ui.widgets.card_picture import CardPictures
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.theme import letter_sizes, theme

# Pixels around the page's parts, and between columns.
MARGINS, GAP = (28, 24, 28, 24), 24
# How the height that a page does not need is shared above and below it.
ABOVE, BELOW = 1, 3
# On a larger page than this, letters and all that is measured in them are larger, up to so many times.
LARGE, MOST_GROWTH, STEPS = QSize(1800, 1150), 1.5, 10
LETTERS = (
    "QLabel, QPushButton, QLineEdit {{ font-size: {size:g}pt; }}"
    "QLabel#title {{ font-size: {title_size:g}pt; }} QLabel#heading {{ font-size: {heading_size:g}pt; }}"
    "QLabel#small {{ font-size: {small_size:g}pt; }}"
)


class ColumnPage(QScrollArea):
    """Its parts go into ``body``, among them ``columns`` of blocks, whose cards may have some of the
    ``pictures``; ``above`` is the share of the height that it does not need and leaves above itself.

    Request: back_requested(), by Escape.
    """

    above: ClassVar[int] = ABOVE
    back_requested = Signal()

    def __init__(self, name: str, narrowest: int, widest: int, most: int) -> None:
        """Columns are so many mean letters wide at the least and the most; so many at the most."""
        super().__init__()
        self._narrowest, self._widest, self._most = narrowest, widest, most
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("start")
        FadingEdges(self, "canvas")
        self.setAccessibleName(name)
        self.body, outer, self.columns = QWidget(), QWidget(), BlockColumns(GAP)
        self.pictures = CardPictures(self)
        outer.setObjectName("startbody")
        across, down = QHBoxLayout(), QVBoxLayout(outer)
        across.addStretch(1)
        across.addWidget(self.body, 20)
        across.addStretch(1)
        down.setContentsMargins(0, 0, 0, 0)
        down.addStretch(self.above)
        down.addLayout(across)
        down.addStretch(BELOW)
        self.setWidget(outer)
        theme.changed.connect(self._share_width)
        # Of the whole window while the page is seen: the focus may still be in a bar.
        QShortcut(Qt.Key.Key_Escape, self).activated.connect(self.back_requested)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        room = self.viewport().size()
        growth = min(max(min(room.width() / LARGE.width(), room.height() / LARGE.height()), 1.0), MOST_GROWTH)
        # In steps: letters that change with each pixel of the window would be laid out anew each time.
        growth = int(growth * STEPS) / STEPS
        self._give_letters(growth)
        letter, taken = round(self.fontMetrics().averageCharWidth() * growth), MARGINS[0] + MARGINS[2]
        across = room.width() - taken
        count = min(max((across + GAP) // (self._narrowest * letter + GAP), 1), self._most)
        self.body.setMaximumWidth(count * self._widest * letter + (count - 1) * GAP + taken)
        self.columns.set_count(count)

    def _give_letters(self, growth: float) -> None:
        points = growth * self.font().pointSizeF()
        sheet = "" if growth == 1 else LETTERS.format(size=points, **letter_sizes(points))
        if sheet != self.body.styleSheet():
            self.body.setStyleSheet(sheet)
