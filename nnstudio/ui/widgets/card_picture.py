"""A small picture beside the words of a card, worked out elsewhere once the card is in sight."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from nnstudio.ui.widgets.theme import theme

SIZE = QSize(64, 44)


class Drawing(Protocol):
    """Something that can be drawn in the colours of the theme."""

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        """A picture of so many points, ``scale`` pixels each."""


Read = Callable[[], Drawing | None]
# As `Inquiries.look_up`: work elsewhere, and then one of the two here.
LookUp = Callable[[Read, Callable[[Drawing | None], None], Callable[[Exception], None]], None]


class CardPicture(QWidget):
    """Room for a picture, empty until there is one; ``read`` works it out, on another thread.

    Signal: needed() when it is first seen.
    """

    needed = Signal()

    def __init__(self, read: Read) -> None:
        super().__init__()
        self.read, self.drawing = read, None
        self.is_needed = False
        self.setFixedSize(SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._drawn: tuple[object, QPixmap] = (None, QPixmap())

    drawing: Drawing | None

    def show_drawing(self, drawing: Drawing | None) -> None:
        """Show this from now on; nothing where there is none."""
        self.drawing = drawing
        self._drawn = None, QPixmap()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_needed:
            self.is_needed = True
            self.needed.emit()
        if self.drawing is None:
            return
        look = theme.colours, self.devicePixelRatioF()
        if self._drawn[0] != look:
            self._drawn = look, self.drawing.drawn(self.size(), self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, 0, self._drawn[1])


class CardPictures(QObject):
    """Has the pictures that are in sight worked out, one after the other, once somebody says how."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._waiting: deque[CardPicture] = deque()
        self._look_up: LookUp | None = None
        self._is_busy = False

    def of(self, read: Read) -> CardPicture:
        """Room for another picture."""
        picture = CardPicture(read)
        picture.needed.connect(partial(self._take, picture))
        return picture

    def begin(self, look_up: LookUp) -> None:
        """Work them out from now on."""
        self._look_up = look_up
        self._go_on()

    def _take(self, picture: CardPicture) -> None:
        self._waiting.append(picture)
        self._go_on()

    def _go_on(self) -> None:
        while self._look_up is not None and self._waiting and not self._is_busy:
            picture = self._waiting.popleft()
            # Lists of lessons and projects are made anew now and then.
            if isValid(picture):
                self._is_busy = True
                self._look_up(picture.read, partial(self._show, picture), partial(self._skip, picture))

    def _show(self, picture: CardPicture, drawing: Drawing | None) -> None:
        self._is_busy = False
        if isValid(picture):
            picture.show_drawing(drawing)
        self._go_on()

    def _skip(self, picture: CardPicture, _error: Any) -> None:
        """What cannot be read is told of when it is opened."""
        self._show(picture, None)
