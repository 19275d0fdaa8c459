"""The settings of a sweep as a table for Qt: sorted by any column, the best of them marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from nnstudio.model.quantity import in_digits, value_in_words
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.words import in_words
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NO_PARENT = QModelIndex()
# What stands in the place of a score, and behind the one of a setting that was stopped.
STATUSES = {
    Status.TRAINED: "",
    Status.STOPPED: ", stopped",
    Status.DIVERGED: "diverged",
    Status.REFUSED: "cannot be trained",
    Status.FAILED: "failed",
}
STOPPED_TIP = "Others were better after as many epochs, so it was not trained further."
BEST, BEST_TIP = "\N{BLACK STAR} ", "The best so far"
# The mark of what is sorted by lies over the end of a title.
MARK_ROOM = 3 * "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Column:
    """One column: its title, what stands there of a setting, and by what it is sorted (None comes last).

    Attributes:
        words: all that can stand there, where that is known before.
    """

    title: str
    tip: str
    text: Callable[[Setting], str]
    key: Callable[[Setting], Any]
    is_number: bool = True
    words: tuple[str, ...] = ()


class SettingModel(QAbstractTableModel):
    """One sweep at a time.

    Attributes:
        shown: all settings that are through, in the order of the table.
        best: the number of the best one, 0 for none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Setting] = []
        self.columns: list[Column] = []
        self.best = self._pointed = 0
        self._plan: Plan | None = None
        self._order, self._falls = 0, False

    def show_plan(self, plan: Plan | None, titles: Mapping[str, str], score: str, also: str = "") -> None:
        """Begin an empty table for what this varies; see `ParallelPlot.show_plan`.

        ``score`` is what they are compared by, and ``also`` what is told beside it, "" for nothing.
        """
        self.beginResetModel()
        self._plan, self.shown, self.best = plan, [], 0
        self.columns = [] if plan is None else _columns(plan, titles, score, also)
        # By the score, the best on top.
        self._order, self._falls = self.score_column, plan is not None and plan.maximises
        self.endResetModel()

    def add(self, setting: Setting) -> None:
        """One more is through."""
        self.beginResetModel()
        self.shown.append(setting)
        self.best = self._best()
        self._arrange()
        self.endResetModel()

    def point_at(self, number: int) -> None:
        """Lift the row of a setting, for as long as the mouse is at its line; 0 for none."""
        before, self._pointed = self._pointed, number
        for each in (before, number):
            row = self.row_of(each)
            if row is not None:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    @property
    def score_column(self) -> int:
        """Which column has the metric."""
        return 0 if self._plan is None else 1 + len(self._plan.space.searched)

    @property
    def order(self) -> tuple[int, bool]:
        """By which column it is sorted, and whether values fall."""
        return self._order, self._falls

    def row_of(self, number: int) -> int | None:
        """Where a setting stands."""
        return next((at for at, setting in enumerate(self.shown) if setting.number == number), None)

    def setting(self, number: int) -> Setting | None:
        row = self.row_of(number)
        return None if row is None else self.shown[row]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column < len(self.columns):
            self.beginResetModel()
            self._order, self._falls = column, order == Qt.SortOrder.DescendingOrder
            self._arrange()
            self.endResetModel()

    def _arrange(self) -> None:
        key = self.columns[self._order].key
        groups: list[list[Setting]] = [[], [], []]
        for setting in self.shown:
            # What was stopped early is not to be compared with what was trained to the end, and what has no
            # value comes last, however the others are sorted.
            is_behind = self._order == self.score_column and setting.status != Status.TRAINED
            groups[2 if key(setting) is None else int(is_behind)].append(setting)
        first, second, unknown = groups
        self.shown = [s for group in (first, second) for s in sorted(group, key=key, reverse=self._falls)]
        self.shown += unknown

    def _best(self) -> int:
        assert self._plan is not None
        rank = self._plan.rank
        ranks = {
            s.number: rank(s.value)
            for s in self.shown
            if s.status == Status.TRAINED and s.value is not None and math.isfinite(s.value)
        }
        return min(ranks, key=lambda number: ranks[number], default=0)

    # For Qt

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        setting, column = self.shown[index.row()], self.columns[index.column()]
        if role == ROLE.DisplayRole:
            is_marked = index.column() == 0 and setting.number == self.best
            return BEST * is_marked + column.text(setting)
        if role == ROLE.TextAlignmentRole and column.is_number:
            return RIGHT
        if role == ROLE.FontRole and setting.number == self.best:
            font = QFont()
            font.setBold(True)
            return font
        if role == ROLE.BackgroundRole and setting.number == self._pointed:
            return QBrush(QColor(theme.colours.border))
        if role == ROLE.ToolTipRole:
            told = STOPPED_TIP if setting.status == Status.STOPPED else setting.message
            return plain_tip(BEST_TIP if setting.number == self.best else told)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        column = self.columns[section]
        if role == ROLE.DisplayRole:
            return column.title + MARK_ROOM * column.is_number
        if role == ROLE.ToolTipRole:
            return plain_tip(column.tip)
        if role == ROLE.TextAlignmentRole and column.is_number:
            return RIGHT
        return None


def _columns(plan: Plan, titles: Mapping[str, str], score: str, also: str) -> list[Column]:
    names = [varied.name for varied in plan.space.searched]
    spread = ", the mean of its trainings and their standard deviation" if len(plan.space.repeats) > 1 else ""
    varied = [
        Column(titles[name], name, _text_of(name), _key_of(name), _is_number(plan, name), _words(plan, name))
        for name in names
    ]
    other = also.capitalize()
    beside = Column(other, f"{other}, by which they are not compared", _also(plan), lambda s: s.also)
    return [
        Column("Setting", "Its number, in the order in which they began", lambda s: f"{s.number:,}",
               lambda s: s.number),
        *varied,
        Column(score.capitalize(), f"What settings are compared by{spread}", _score(plan), lambda s: s.value),
        *([beside] if also else []),
        Column("Epochs", "How many epochs it was trained", lambda s: f"{s.epochs:,}", lambda s: s.epochs),
    ]  # fmt: skip


def _text_of(name: str) -> Callable[[Setting], str]:
    return lambda setting: value_in_words(setting.values[name])


def _key_of(name: str) -> Callable[[Setting], Any]:
    return lambda setting: setting.values[name]


def _is_number(plan: Plan, name: str) -> bool:
    return not isinstance(_values(plan, name, 0)[0], str | bool)


def _words(plan: Plan, name: str) -> tuple[str, ...]:
    return tuple(map(value_in_words, _values(plan, name)))


def _values(plan: Plan, name: str, *otherwise: Any) -> Sequence[Any]:
    """The single values that an option takes."""
    domain = next(v.domain for v in plan.space.searched if v.name == name)
    values: Sequence[Any] = getattr(domain, "values", otherwise)
    return values


def _score(plan: Plan) -> Callable[[Setting], str]:
    def told(setting: Setting) -> str:
        status = STATUSES[setting.status]
        if setting.value is None:
            return status
        spread = "" if setting.deviation is None else f" ± {in_digits(setting.deviation, 2)}"
        value = in_digits(setting.value) if spread else in_words(plan.metric, setting.value)
        return value + spread + status

    return told


def _also(plan: Plan) -> Callable[[Setting], str]:
    other = plan.metric.other
    return lambda setting: "" if setting.also is None else in_words(other, setting.also)
