"""What a bar leaves out where there is no room for all of it, the least missed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class Spare(NamedTuple):
    """A part that a bar can do without: whether it is shown, how many pixels it takes, and what shows it."""

    is_shown: Callable[[], bool]
    width: Callable[[], int]
    show: Callable[[bool], None]


def spare_widget(bar: QToolBar, action: QAction) -> Spare:
    """What an action of a bar shows."""

    def width() -> int:
        widget = bar.widgetForAction(action)
        return widget.sizeHint().width() if widget is not None else 0

    return Spare(action.isVisible, width, action.setVisible)


def spare_word(button: QToolButton, width: Callable[[], int], changed: Callable[[], None]) -> Spare:
    """The word of a button: its picture and its tip stay. ``changed()`` hears when it comes or goes."""

    def show(shown: bool) -> None:
        button.setToolButtonStyle(BESIDE if shown else Qt.ToolButtonStyle.ToolButtonIconOnly)
        changed()

    return Spare(lambda: button.toolButtonStyle() == BESIDE, width, show)


class SpareWords:
    """Words within a label's text that a bar can do without. The label has room for the texts that are to
    come: while a person looks it grows only with one that is wider still, and not back.

    ``beside``: pixels that the label takes beside its text.
    """

    def __init__(self, label: QLabel, beside: int) -> None:
        self._label, self._beside = label, beside
        self._texts, self._is_whole = ("", ""), True
        # Pixels for texts with their words, and without them: those that texts had, and those that are kept.
        self._had, self._kept, self._keeps = [0, 0], [0, 0], True

    def keep_room(self, texts: Sequence[tuple[str, str]]) -> None:
        """Keep room for the text that is shown and for each of these, with the words and without."""
        self._had = [self._pixels(text) for text in self._texts]
        self._kept = [max(map(self._pixels, ways), default=0) for ways in zip(*texts, strict=True)] or [0, 0]
        self._give_room()

    def write(self, whole: str, short: str) -> bool:
        """Show a text, or the one without the words where these have no room; whether the label grew."""
        self._texts = whole, short
        before = self._room
        self._had = [max(pair) for pair in zip(self._had, map(self._pixels, self._texts), strict=True)]
        # A label that grows lays out the window anew, which costs more than the text.
        has_grown = self._room != before
        if has_grown:
            self._give_room()
        self._label.setText(self._shown)
        return has_grown

    def spare(self) -> Spare:
        """The words, as a part of the bar."""
        return Spare(lambda: self._is_whole, self._width, self._show)

    def spare_room(self) -> Spare:
        """The room for texts that are to come, which goes where there is none for what is shown."""
        return Spare(lambda: self._keeps, self._width_to_come, self._keep)

    @property
    def _room(self) -> list[int]:
        if not self._keeps:
            return self._had
        return [max(pair) for pair in zip(self._had, self._kept, strict=True)]

    def _width_to_come(self) -> int:
        at = not self._is_whole
        return max(self._kept[at] - self._had[at], 0)

    def _keep(self, keeps: bool) -> None:
        self._keeps = keeps
        self._give_room()

    @property
    def _shown(self) -> str:
        return self._texts[not self._is_whole]

    def _pixels(self, text: str) -> int:
        return self._label.fontMetrics().size(0, text).width()

    def _width(self) -> int:
        whole, short = self._room
        return whole - short

    def _show(self, whole: bool) -> None:
        self._is_whole = whole
        self._give_room()
        self._label.setText(self._shown)

    def _give_room(self) -> None:
        self._label.setMinimumWidth(self._room[not self._is_whole] + self._beside)


def leave_out(needed: int, room: int, spares: Sequence[Spare]) -> None:
    """Show of the parts what there is room for; the first go first. ``needed`` pixels are taken now."""
    needed += sum(spare.width() for spare in spares if not spare.is_shown())
    for spare in spares:
        is_room = needed <= room
        if spare.is_shown() != is_room:
            spare.show(is_room)
        needed -= 0 if is_room else spare.width()
