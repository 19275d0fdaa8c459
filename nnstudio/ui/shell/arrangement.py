"""Arrangements of the panels that are shipped, for a window and letters of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QDockWidget, QMainWindow

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical

# Panels beside the canvas: tabs, below each other.
BESIDE_LEFT = (("palette", "outline"), ("map",))
BESIDE_RIGHT = (("inspector", "history"), ("data", "training", "problems"))
BESIDE = tuple(name for side in (BESIDE_LEFT, BESIDE_RIGHT) for tabs in side for name in tabs)

# Widths in mean letters: what a view needs at the least, and what the panels beside the canvas get, which is
# no more than a share of the window.
VIEW_LETTERS, LEFT_LETTERS, RIGHT_LETTERS = 42, 37, 48
LEFT_SHARE, RIGHT_SHARE = 0.19, 0.22
# Lines that a view needs at the least, and the most that all of them get of the window's height.
VIEW_LINES, MOST_BELOW = 20, 0.7


@dataclass(frozen=True)
class Arrangement:
    """Which panels are shown, and how large the views below the canvas are.

    Attributes:
        beside: panels beside the canvas.
        views: None for all.
        below: share of the window's height that views get, if their least height is not more.
        taken: pixels of the window's width that something else takes.
        on_data: whether the middle shows the data, not the network.
    """

    title: str
    help: str
    beside: tuple[str, ...]
    views: tuple[str, ...] | None
    below: float
    taken: int = 0
    on_data: bool = False

    def shows(self, name: str, is_view: bool) -> bool:
        """Whether a panel is part of it."""
        if not is_view:
            return name in self.beside
        return self.views is None or name in self.views


FIRST = Arrangement("All panels", "As in a first window.", BESIDE, None, 0.33)
SHIPPED = (
    FIRST,
    Arrangement("Watch the training", "Large views below the network, nothing beside it.", (), None, 0.6),
    Arrangement("Build the network", "Layers, options and problems beside a large canvas.", BESIDE, (), 0.0),
    Arrangement(
        "Data and results",
        "The data in the middle, how it is read beside it, results and predictions below.",
        ("data", "training", "problems"),
        ("loss_curve", "decision_boundary", "fit", "try_it", "sampled_text", "results"),
        0.5,
        on_data=True,
    ),
)


@dataclass(frozen=True)
class Room:
    """The size of a window in pixels, and of its letters."""

    width: int
    height: int
    letter: int
    line: int

    @classmethod
    def of(cls, window: QMainWindow) -> Room:
        """What there is now."""
        metrics = QFontMetrics(window.font())
        return cls(window.width(), window.height(), metrics.averageCharWidth(), metrics.lineSpacing())

    @property
    def left(self) -> int:
        """Width of the panels on the left."""
        return round(min(LEFT_LETTERS * self.letter, LEFT_SHARE * self.width))

    @property
    def right(self) -> int:
        """Width of the panels on the right."""
        return round(min(RIGHT_LETTERS * self.letter, RIGHT_SHARE * self.width))

    def columns(self, arrangement: Arrangement) -> int:
        """So many views have room beside each other; at least one."""
        # Panels on the right go down to the window's lower edge, those on the left do not.
        taken = self.right if set(arrangement.beside) & {n for tabs in BESIDE_RIGHT for n in tabs} else 0
        taken += arrangement.taken
        return max((self.width - taken) // (VIEW_LETTERS * self.letter), 1)

    def below(self, arrangement: Arrangement) -> int:
        """Height of the views."""
        least = min(VIEW_LINES * self.line, MOST_BELOW * self.height)
        return round(max(arrangement.below * self.height, least))


def in_columns(groups: Sequence[Sequence[str]], questions: Sequence[str], most: int) -> list[list[str]]:
    """Groups of tabs in so many columns at the most: the first on each question, and then further ones. Those
    left over go where their question is asked, or into the first columns again; groups keep their order.
    """
    columns: list[list[str]] = [[] for _ in groups[:most]]
    turns = sorted(range(len(groups)), key=lambda i: questions[i] in questions[:i])
    asked: dict[str, int] = {}
    into = {}
    for turn, i in enumerate(turns):
        into[i] = turn if turn < most else asked.get(questions[i], turn % most)
        asked.setdefault(questions[i], into[i])
    for i, group in enumerate(groups):
        columns[into[i]].extend(group)
    return columns


def put_in_order(
    window: QMainWindow, docks: Mapping[str, QDockWidget], columns: Sequence[Sequence[str]], shown: set[str]
) -> None:
    """Put all panels where they belong: views in columns below the canvas. Those that are not shown are
    closed, and open there.
    """
    for dock in docks.values():
        if dock.isFloating():
            # Asked of one that does not float, it takes milliseconds.
            dock.setFloating(False)
        window.removeDockWidget(dock)
    for area, groups, direction in (
        (LEFT, BESIDE_LEFT, DOWN), (RIGHT, BESIDE_RIGHT, DOWN), (BOTTOM, columns, ACROSS)
    ):  # fmt: skip
        leaders = [docks[group[0]] for group in groups]
        for before, leader in zip([None, *leaders], leaders, strict=False):
            # Beside one that is closed, it would be closed with it.
            leader.show()
            if before is None:
                window.addDockWidget(area, leader)
            else:
                window.splitDockWidget(before, leader, direction)
        # Beside one of several tabs, it would be another tab.
        for first, *others in groups:
            for other in others:
                window.tabifyDockWidget(docks[first], docks[other])
    for name, dock in docks.items():
        dock.setVisible(name in shown)


class Named(Protocol):
    """Panels by name."""

    def __getitem__(self, name: str, /) -> QDockWidget: ...


def give_sizes(
    window: QMainWindow, docks: Named, columns: Sequence[Sequence[str]], arrangement: Arrangement
) -> None:
    """Widths and heights of panels that were put in order just now."""
    layout = window.layout()
    if layout is not None:
        # Tabs that were made just now take part in it.
        layout.activate()
    give_outer_sizes(window, docks, columns, arrangement)
    window.resizeDocks([docks["palette"], docks["map"]], [340, 120], DOWN)
    window.resizeDocks([docks["inspector"], docks["data"]], [420, 420], DOWN)
    leaders = [docks[column[0]] for column in columns]
    window.resizeDocks(leaders, [window.width() // len(leaders)] * len(leaders), ACROSS)


def give_outer_sizes(
    window: QMainWindow, docks: Named, columns: Sequence[Sequence[str]], arrangement: Arrangement
) -> None:
    """Widths of the panels beside the canvas, and the height of the views below it."""
    room = Room.of(window)
    window.resizeDocks([docks["palette"], docks["inspector"]], [room.left, room.right], ACROSS)
    window.resizeDocks([docks[columns[0][0]]], [room.below(arrangement)], DOWN)
