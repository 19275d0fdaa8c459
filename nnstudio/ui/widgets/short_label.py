"""A line that is shortened where there is no room for all of it, and takes what room there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

# Pixels before the text.
MARGIN = 14


class ShortLabel(PlainLabel):
    """Its tool tip holds the whole text; shorter ones may take its place before any is cut."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self._shorter: Sequence[str] = ()
        self.setContentsMargins(MARGIN, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str, shorter: Sequence[str] = ()) -> None:
        """Show another text, without laying out anything anew; ``shorter``: what it may be, longest first."""
        self._whole, self._shorter = text, shorter
        self.setToolTip(plain_tip(text))
        self._shorten()

    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        room = max(self.width() - MARGIN, 0)
        metrics = self.fontMetrics()
        texts = (self._whole, *self._shorter)
        text = next((text for text in texts if metrics.horizontalAdvance(text) <= room), texts[-1])
        self.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))


def beginnings(text: str, sign: str = " · ") -> list[str]:
    """A text of parts without its last, its last two and so on: whole ones, as the tip says all."""
    parts = text.split(sign)
    return [sign.join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
