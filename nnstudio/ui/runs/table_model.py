"""The kept runs as a table for Qt: filtered as a person types, sorted by any column, nothing copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QPixmap

from nnstudio.runs.best_runs import best_of, watched_by
from nnstudio.runs.differences import brief_differences, briefly, runs_before
from nnstudio.runs.record import RunFilter, RunRecord, in_order
from nnstudio.ui.runs.columns import AT, COLUMNS, METRICS, metric_tip, status_tip, tags_of
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.sketch import Sketch
from nnstudio.ui.widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NO_PARENT = QModelIndex()
ANSWERED = frozenset(
    {
        ROLE.DisplayRole, ROLE.EditRole, ROLE.AccessibleTextRole, ROLE.TextAlignmentRole, ROLE.DecorationRole,
        ROLE.ToolTipRole, ROLE.FontRole,
    }
)  # fmt: skip
# Of the small pictures of networks, and of the mark of a pinned run.
PICTURE, PIN = QSize(76, 22), 16
# Where a run has the settings, network and data of the one before, and where there is none before.
SAME, FIRST = "Nothing: trained again", "First of its project"
BEST = "The lowest of its project's runs with this data and this loss."


class RunsModel(QAbstractTableModel):
    """Signals: renamed(id, name) and tagged(id, tags) when a person wrote into the table; sketch_wanted(hash
    of its network, id) when a picture comes into sight that is not known yet, changes_wanted(hashes of two
    networks, ids) where that is so of what differs between them; told() when that is known.

    Attributes:
        records: all, as they were given.
        shown: those that the filter lets through, in the order of the table.
    """

    renamed = Signal(str, str)
    tagged = Signal(str, object)
    sketch_wanted = Signal(str, str)
    changes_wanted = Signal(object, object)
    told = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.records: Sequence[RunRecord] = ()
        self.shown: list[RunRecord] = []
        self._before: Mapping[str, RunRecord] = {}
        self._filter = RunFilter()
        self._order, self._falls = "changed", True
        self._sketches: dict[str, Sketch | None] = {}
        # By the hashes of two networks; None while that is read.
        self._best: frozenset[str] = frozenset()
        self._changes: dict[tuple[str, str], Sequence[str] | None] = {}
        self._pictures: dict[tuple[str, float], QIcon] = {}
        self.scale = 1.0
        theme.changed.connect(self._on_theme)

    # What is shown

    def show_records(self, records: Sequence[RunRecord]) -> None:
        """Show others, filtered and sorted as before."""
        self.records, self._before = records, runs_before(records)
        self._best = best_of(records)
        self._arrange()

    def show_filter(self, text: str) -> None:
        """Show those alone in which all words stand."""
        self._filter = RunFilter(text=text)
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if COLUMNS[column].is_sorted:
            self._order, self._falls = COLUMNS[column].id, order == Qt.SortOrder.DescendingOrder
            self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        through = [record for record in self.records if self._filter.lets_through(record)]
        self.shown = in_order(through, self._order, self._falls)
        self.endResetModel()

    def show_change(self, run: str, values: Mapping[str, Any]) -> None:
        """Show other values of a run's record where it stands, until it is read anew."""
        self.records = [replace(r, **values) if r.id == run else r for r in self.records]
        row = self.row_of(run)
        if row is not None:
            self.shown[row] = replace(self.shown[row], **values)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def row_of(self, run: str) -> int | None:
        """Where a run stands, if it is shown."""
        return next((i for i, record in enumerate(self.shown) if record.id == run), None)

    # The pictures

    def show_sketches(self, sketches: Mapping[str, Sketch]) -> None:
        """The pictures of all runs of some networks, by their hashes."""
        self._sketches |= sketches
        self._repaint()

    def _picture(self, record: RunRecord) -> QIcon | None:
        network = record.network_hash
        if network not in self._sketches:
            # Asked for once, though it may be painted many times before it is known.
            self._sketches[network] = None
            self.sketch_wanted.emit(network, record.id)
        sketch = self._sketches[network]
        if sketch is None:
            return None
        if (network, self.scale) not in self._pictures:
            picture = sketch.drawn(PICTURE, self.scale)
            self._pictures[network, self.scale] = _in_both(picture, picture)
        return self._pictures[network, self.scale]

    def _on_theme(self) -> None:
        self._pictures.clear()
        self._repaint()

    def _repaint(self) -> None:
        if self.shown:
            last = self.index(len(self.shown) - 1, AT["network"])
            self.dataChanged.emit(self.index(0, AT["is_pinned"]), last, [ROLE.DecorationRole])

    # For Qt

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        # Qt asks for many more of each cell that it paints.
        if role not in ANSWERED:
            return None
        record, column = self.shown[index.row()], COLUMNS[index.column()]
        if role in (ROLE.DisplayRole, ROLE.EditRole):
            return self._difference(record) if column.id == "differs" else column.text(record)
        if role == ROLE.AccessibleTextRole:
            return self._said(record, column.id) or column.text(record)
        if role == ROLE.TextAlignmentRole and column.is_number:
            return RIGHT
        if role == ROLE.DecorationRole:
            if column.id == "is_pinned" and record.is_pinned:
                return _pin()
            return self._picture(record) if column.id == "network" else None
        if role == ROLE.FontRole:
            return _bold() if column.id == watched_by(record) and record.id in self._best else None
        if role == ROLE.ToolTipRole:
            return plain_tip(self._tip(record, column.id))
        return None

    def _said(self, record: RunRecord, column: str) -> str:
        """What stands for a picture, or follows from other runs."""
        if column == "is_pinned":
            return "pinned" if record.is_pinned else "not pinned"
        return self._difference(record) if column == "differs" else ""

    def _difference(self, record: RunRecord) -> str:
        before = self._before.get(record.id)
        if before is None:
            return FIRST
        return briefly(record, before, self._changes_of(record, before)) or SAME

    def _changes_of(self, record: RunRecord, before: RunRecord) -> Sequence[str] | None:
        networks = record.network_hash, before.network_hash
        if networks[0] == networks[1]:
            return ()
        if networks not in self._changes:
            self._changes[networks] = None
            self.changes_wanted.emit(networks, (record.id, before.id))
        return self._changes[networks]

    def show_changes(self, changes: Mapping[tuple[str, str], Sequence[str]]) -> None:
        """In what networks differ, by their hashes."""
        self._changes |= changes
        if self.shown:
            first, last = (self.index(row, AT["differs"]) for row in (0, len(self.shown) - 1))
            self.dataChanged.emit(first, last)
        self.told.emit()

    def _tip(self, record: RunRecord, column: str) -> str:
        if column == "status":
            return status_tip(record)
        if column in METRICS:
            best = f"{BEST} " if column == watched_by(record) and record.id in self._best else ""
            return best + metric_tip(record)
        if column == "project_name":
            return record.project_path or "The project was never saved."
        if column == "differs" and record.id in self._before:
            before = self._before[record.id]
            told = brief_differences(record, before, self._changes_of(record, before)) or (SAME,)
            return "\n".join([f"Compared with “{before.name}”:", *told])
        if column == "name":
            return "\n".join(text for text in (record.name, record.notes) if text)
        return ""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == ROLE.DisplayRole:
            return COLUMNS[section].title
        if role == ROLE.AccessibleTextRole:
            return COLUMNS[section].title.replace("\n", " ") or "Pinned"
        if role == ROLE.ToolTipRole:
            return COLUMNS[section].tip
        if role == ROLE.TextAlignmentRole and COLUMNS[section].is_number:
            return RIGHT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if COLUMNS[index.column()].is_edited else flags

    def setData(self, index: Index, value: Any, role: int = ROLE.EditRole) -> bool:
        record, column = self.shown[index.row()], COLUMNS[index.column()].id
        text = str(value).strip()
        if column == "name" and text and text != record.name:
            self.renamed.emit(record.id, text)
            return True
        if column == "tags" and tags_of(text) != record.tags:
            self.tagged.emit(record.id, tags_of(text))
            return True
        return False


def _pin() -> QIcon:
    """In the colour of letters where its row is selected: it would be lost in that of the selection."""
    c = theme.colours
    normal, selected = (icon("pin", colour).pixmap(PIN, PIN) for colour in (c.accent, c.on_accent))
    return _in_both(normal, selected)


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font


def _in_both(normal: QPixmap, selected: QPixmap) -> QIcon:
    """Without the second, Qt would tint the first in a selected row."""
    both = QIcon(normal)
    both.addPixmap(selected, QIcon.Mode.Selected)
    return both
