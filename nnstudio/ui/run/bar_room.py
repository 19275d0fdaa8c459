"""What a bar leaves out where there is no room for all of it, the least missed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Spare(NamedTuple):
    """A part that a bar can do without: whether it is shown, how many pixels it takes, and what shows it."""

    is_shown: Callable[[], bool]
    width: Callable[[], int]
    show: Callable[[bool], None]


def leave_out(needed: int, room: int, spares: Sequence[Spare]) -> None:
    """Show of the parts what there is room for; the first go first. ``needed`` pixels are taken now."""
    needed += sum(spare.width() for spare in spares if not spare.is_shown())
    for spare in spares:
        is_room = needed <= room
        if spare.is_shown() != is_room:
            spare.show(is_room)
        needed -= 0 if is_room else spare.width()
