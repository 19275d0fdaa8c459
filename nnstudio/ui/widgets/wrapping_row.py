"""Widgets in a row that goes on below where the room ends: a page that holds it stays as narrow as it may."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

GAP = 8


class WrappingRow(QLayout):
    """Groups of widgets that are not parted, such as a label and its box; hidden widgets take no room."""

    def __init__(self, left: Sequence[Sequence[QWidget]], right: Sequence[Sequence[QWidget]] = ()) -> None:
        """``right`` ones stand at the right end of their line."""
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._groups = [list(group) for group in (*left, *right)]
        self._first_right = len(left)
        for group in self._groups:
            for widget in group:
                self.addChildWidget(widget)
                self._items.append(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        item = self._items.pop(index)
        # It was put elsewhere, or is gone.
        self._groups = [[w for w in group if w is not item.widget()] for group in self._groups]
        return item

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay_out(QRect(0, 0, width, 0), is_trial=True)

    def sizeHint(self) -> QSize:
        groups = self._seen()
        width = sum(_width(group) for _at, group in groups) + GAP * max(len(groups) - 1, 0)
        return QSize(width, max((_height(group) for _at, group in groups), default=0))

    def minimumSize(self) -> QSize:
        groups = self._seen()
        width = max((_width(group, is_least=True) for _at, group in groups), default=0)
        return QSize(width, max((_height(group) for _at, group in groups), default=0))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay_out(rect, is_trial=False)

    def _seen(self) -> list[tuple[int, list[QWidget]]]:
        """Groups with what is seen of them, and their numbers."""
        groups = ((at, [w for w in group if not w.isHidden()]) for at, group in enumerate(self._groups))
        return [(at, group) for at, group in groups if group]

    def _lay_out(self, rect: QRect, is_trial: bool) -> int:
        """Put the widgets where they belong; returns the height that all lines take."""
        lines: list[list[tuple[int, list[QWidget]]]] = []
        taken = 0
        for at, group in self._seen():
            width = min(_width(group), rect.width())
            if not lines or taken + GAP + width > rect.width():
                lines.append([])
                taken = -GAP
            taken += GAP + width
            lines[-1].append((at, group))
        y = rect.top()
        for line in lines:
            height = max(_height(group) for _at, group in line)
            if not is_trial:
                self._fill(line, QRect(rect.left(), y, rect.width(), height))
            y += height + GAP
        return y - rect.top() - GAP if lines else 0

    def _fill(self, line: list[tuple[int, list[QWidget]]], room: QRect) -> None:
        left = [group for at, group in line if at < self._first_right]
        right = [group for at, group in line if at >= self._first_right]
        x = room.left()
        for group in left:
            x = _put(group, x, room) + GAP
        x = room.right() + 1 - sum(min(_width(group), room.width()) + GAP for group in right) + GAP
        for group in right:
            x = _put(group, max(x, room.left()), room) + GAP


def _width(group: Sequence[QWidget], is_least: bool = False) -> int:
    """Of a group in pixels; ``is_least``: where its last widget is as narrow as it may be."""
    widths = [_size(widget).width() for widget in group]
    if is_least:
        least = group[-1].minimumSizeHint().expandedTo(group[-1].minimumSize())
        widths[-1] = min(least.width(), widths[-1])
    return sum(widths) + GAP * (len(group) - 1)


def _height(group: Sequence[QWidget]) -> int:
    return max(_size(widget).height() for widget in group)


def _size(widget: QWidget) -> QSize:
    return widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())


def _put(group: Sequence[QWidget], x: int, room: QRect) -> int:
    """Put a group into a line from ``x`` on, its last widget narrower where it must be; returns its end."""
    spare = max(_width(group) - room.width(), 0)
    for widget in group:
        size = _size(widget)
        width = size.width() - (spare if widget is group[-1] else 0)
        y = room.top() + (room.height() - size.height()) // 2
        widget.setGeometry(QRect(QPoint(x, y), QSize(width, size.height())))
        x += width + GAP
    return x - GAP
