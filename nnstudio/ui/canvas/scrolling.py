"""Moves what is drawn instead of drawing it anew, also while something lies over a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget


def _reach(viewport: QWidget, covered: int) -> int:
    """How many pixels at the top something lies over: a message, or what stands in a corner of the view."""
    view, inside = viewport.parentWidget(), viewport.geometry()
    if view is None:
        return covered
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    others = (w for w in view.findChildren(QWidget, options=direct) if w.isVisible() and w is not viewport)
    over = [other.geometry() for other in others]
    return max([covered, *(part.bottom() + 1 - inside.top() for part in over if part.intersects(inside))])


@contextmanager
def beside_cover(viewport: QWidget, covered: int, dx: int, dy: int) -> Iterator[None]:
    """While a view scrolls inside of this: its pixels below ``covered`` ones at the top are moved.

    Qt moves them as one rectangle, or draws all of them anew where anything lies over that, which takes a
    large network three times as long. Where updates are off it moves nothing. The attribute alone turns them
    off: `setUpdatesEnabled` would have all drawn anew at the end.
    """
    covered = _reach(viewport, covered)
    if not 0 < covered < viewport.height() or viewport.children():
        yield
        return
    off = Qt.WidgetAttribute.WA_UpdatesDisabled
    viewport.setAttribute(off, True)
    try:
        yield
    finally:
        viewport.setAttribute(off, False)
    viewport.scroll(dx, dy, viewport.rect().adjusted(0, covered, 0, 0))
    viewport.update(QRect(0, 0, viewport.width(), covered))
