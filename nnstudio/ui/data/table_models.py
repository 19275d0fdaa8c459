"""Tables for Qt: the file as it is, and the samples as the network gets them; neither copies anything."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from nnstudio.data.columns import odd_texts, text_columns
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.tables.description import Column, is_number
from nnstudio.data.tables.encoders import Encoder
from nnstudio.data.tables.look import Part, TableLook
from nnstudio.data.tables.settings import Coding, ColumnRole, ColumnType, Scaling
from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NO_PARENT = QModelIndex()
PARTS = tuple(Part)


class FileModel(QAbstractTableModel):
    """The rows of a file, as they were read."""

    def __init__(self, look: TableLook) -> None:
        super().__init__()
        self.look = look
        # Columns that were seen: of thousands, to take each out of the table takes long.
        self._columns: dict[int, Any] = {}
        self._are_numbers: dict[int, bool] = {}
        # Where nothing can be learned, or is not known yet, no row is in any part.
        is_open = bool(look.problem) or look.is_start
        self._parts = np.zeros(len(look.frame), np.uint8) if is_open else look.parts()
        texts = set(text_columns(look.frame) if look.problem else ())
        odd = {at: column.name for at, column in enumerate(look.columns) if column.name in texts}
        self._odd = {at: odd_texts(look.frame[name]) for at, name in odd.items()}

    def first_odd(self) -> QModelIndex:
        """The first cell that keeps the table from being used; none where there is no such cell."""
        for column, odd in self._odd.items():
            if odd.any():
                return self.index(int(odd.argmax()), column)
        return QModelIndex()

    def _is_odd(self, index: Index) -> bool:
        return index.column() in self._odd and bool(self._odd[index.column()][index.row()])

    def is_lost(self, index: Index) -> bool:
        """Whether a value stands in a cell that counts as missing."""
        lost = self.look.lost.get(self.look.columns[index.column()].name)
        return lost is not None and bool(lost[index.row()])

    def _is_number(self, at: int) -> bool:
        if at not in self._are_numbers:
            self._are_numbers[at] = is_number(self.look.frame[self.look.columns[at].name])
        return self._are_numbers[at]

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.look.frame)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.look.columns)

    def _column(self, at: int) -> Any:
        """The values of a column by row; those that are kept packed, see `PackedFrame`, as they are."""
        if at not in self._columns:
            from nnstudio.data.tables.packed_frame import PackedFrame

            frame, name = self.look.frame, self.look.columns[at].name
            kept = frame.kept(name) if isinstance(frame, PackedFrame) else None
            self._columns[at] = frame[name].iat if kept is None else kept
        return self._columns[at]

    def part(self, row: int) -> Part:
        """What becomes of a row."""
        return PARTS[int(self._parts[row])]

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        value: object = self._column(index.column())[index.row()]
        # NaN alone is not itself.
        is_missing = value is None or bool(value != value)
        is_lost = self.is_lost(index)
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole):
            shown = "missing" if is_missing else _text(value)
            return f"missing ({shown})" if is_lost else shown
        if role == ROLE.TextAlignmentRole and self._counts(index.column()):
            return RIGHT
        if role in (ROLE.BackgroundRole, ROLE.ForegroundRole) and self._is_odd(index):
            colours = theme.colours
            return QColor(colours.error_back if role == ROLE.BackgroundRole else colours.error)
        if role == ROLE.ToolTipRole and self._is_odd(index):
            return "Not a number, unlike the others of its column. A right click offers what to do."
        is_missing = is_missing or is_lost
        if role == ROLE.ForegroundRole and (is_missing or self.part(index.row()) == Part.LEFT_OUT):
            return QColor(theme.colours.muted)
        if role == ROLE.ToolTipRole and is_missing:
            if not is_lost:
                return "No value stands here."
            return self._why_lost(_text(value), self.look.columns[index.column()])
        return None

    def _counts(self, at: int) -> bool:
        """Whether a column is one of numbers, be they read as such or said to be some."""
        return self._is_number(at) or self.look.columns[at].type == ColumnType.NUMBER

    def _why_lost(self, value: str, column: Column) -> str:
        wanted = {ColumnType.NUMBER: "number", ColumnType.DATE: "date like the others"}.get(column.type)
        if column.is_guessed or wanted is None or self._is_number(self.look.columns.index(column)):
            return f"'{value}' counts as missing: it is one of the missing marks."
        return f"'{value}' counts as missing: it is no {wanted}. A right click offers what to do."

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            return self.look.columns[section].name if role == ROLE.DisplayRole else None
        if role == ROLE.DisplayRole:
            part = self.part(section)
            return f"{section + 1:,}" if part == Part.TRAINING else f"{section + 1:,}  {part}"
        if role == ROLE.ForegroundRole and self.part(section) in (Part.VALIDATION, Part.TEST):
            return QColor(theme.colours.validation)
        return None


class SamplesModel(QAbstractTableModel):
    """Samples as the network gets them, part by part; the target stands in the last columns.

    Of a table, a row has the number that it has in the file.
    """

    def __init__(self, data: Dataset, look: TableLook | None = None) -> None:
        super().__init__()
        self._numbers = _numbers(data, look)
        self.dataset = data
        width = int(np.prod(data.input_shape))
        self.names = [*(data.features or [f"x{i + 1}" for i in range(width)]), *data.targets]
        self._width = width
        # Where each part begins, and the last ends; asked for each cell.
        self._parts = data.parts
        self._starts = [0, *np.cumsum([len(data.part(split)[0]) for split in data.parts]).tolist()]

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else self._starts[-1]

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else self._width + self.dataset.target_width

    def sample(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs `(*shape)` and targets (width,) of a row."""
        split = self._part(row)
        x, y = self.dataset.part(split)
        at = row - self._starts[self._parts.index(split)]
        return x[at], y[at]

    def value(self, row: int, column: int) -> str:
        """One number of a sample, or the name of its class."""
        data, (x, y) = self.dataset, self.sample(row)
        if column < self._width:
            return in_digits(x.flat[column])
        target = y[column - self._width]
        if not data.classes:
            return in_digits(target)
        return data.classes[int(target)] if target >= 0 else "no label"

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole):
            return self.value(index.row(), index.column())
        return RIGHT if role == ROLE.TextAlignmentRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role != ROLE.DisplayRole:
                return None
            return self.names[section] if section < len(self.names) else f"target {section + 1}"
        part = self._part(section)
        if role == ROLE.DisplayRole:
            number = section + 1 if self._numbers is None else int(self._numbers[section]) + 1
            return f"{number:,}" if part == Split.TRAINING else f"{number:,}  {part}"
        if role == ROLE.ForegroundRole and part != Split.TRAINING:
            return QColor(theme.colours.validation)
        return None

    def _part(self, row: int) -> Split:
        """The part that a row belongs to."""
        return self._parts[bisect_right(self._starts, row) - 1]


def _numbers(data: Dataset, look: TableLook | None) -> np.ndarray | None:
    """Rows of the file from 0, of all samples part by part; None where they are not known."""
    if look is None:
        return None
    of_part = {Split.TRAINING: look.train, Split.VALIDATION: look.validation, Split.TEST: look.test}
    parts = [of_part[split] for split in data.parts]
    fits = all(len(rows) == len(data.part(split)[0]) for rows, split in zip(parts, data.parts, strict=True))
    return np.concatenate(parts) if fits else None


class PreparationModel(QAbstractTableModel):
    """What becomes of each column of a file on its way into the network."""

    HEADS = ("Column", "Role", "Type", "Missing values", "Scaling", "The network gets")

    def __init__(self, look: TableLook, data: Dataset | None) -> None:
        super().__init__()
        self.look, self._data = look, data
        # Of those that were seen.
        self._rows: dict[int, tuple[str, ...]] = {}
        self._encoders = {e.column: e for e in data.inputs} if data is not None else {}
        self._features = {name: at for at, name in enumerate(data.features)} if data is not None else {}

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.look.columns)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.HEADS)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole, ROLE.ToolTipRole):
            return self._row(index.row())[index.column()]
        column = self.look.columns[index.row()]
        if role == ROLE.ForegroundRole and column.role == ColumnRole.LEFT_OUT:
            return QColor(theme.colours.muted)
        return None

    def _row(self, at: int) -> tuple[str, ...]:
        if at not in self._rows:
            column = self.look.columns[at]
            encoder = self._encoders.get(column.name)
            first = self._features[encoder.features[0]] if encoder is not None else 0
            self._rows[at] = row_of(column, self._data, encoder, first)
        return self._rows[at]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if role != ROLE.DisplayRole:
            return None
        return self.HEADS[section] if orientation == Qt.Orientation.Horizontal else f"{section + 1:,}"


def row_of(column: Column, data: Dataset | None, encoder: Encoder | None, first: int) -> tuple[str, ...]:
    """A column's preparation in words, for the heads of `PreparationModel`; ``first`` of its inputs."""
    head = column.name, str(column.role).capitalize(), str(column.type).capitalize()
    if data is not None and column.role == ColumnRole.TARGET:
        return (*head, "Rows without it are left out", _scaling_of_target(column, data), _of_target(data))
    if data is None or encoder is None:
        return (*head, "", "", "Nothing" if column.role == ColumnRole.LEFT_OUT else "")
    gaps = f"By {encoder.filled_with}" if encoder.filled_with else "None"
    if column.missing and not encoder.filled_with:
        gaps = "Their rows are left out"
    return (*head, gaps, _scaling(column, data, first), ", ".join(encoder.features))


def _scaling(column: Column, data: Dataset, at: int) -> str:
    """How the first input of a column is scaled, in words."""
    shift, scale = float(np.ravel(data.x_shift)[at]), float(np.ravel(data.x_scale)[at])
    if column.scaling == Scaling.AS_IT_IS:
        return "As it is"
    if column.coding == Coding.EMBEDDING:
        return "As it is, for an Embedding"
    if column.type == ColumnType.CATEGORY:
        return "Each standardised"
    how = _standardised(shift, scale)
    words = {Scaling.LOG: "log(1 + value), then ", Scaling.CLIP: "clipped, then "}
    return f"{words.get(column.scaling, '')}{how}"


def _scaling_of_target(column: Column, data: Dataset) -> str:
    if data.classes:
        return ""
    if column.scaling == Scaling.AS_IT_IS:
        return "As it is"
    at = data.targets.index(column.name)
    shift, scale = (float(np.broadcast_to(v, data.target_width)[at]) for v in (data.y_shift, data.y_scale))
    return _standardised(shift, scale)


def _standardised(shift: float, scale: float) -> str:
    sign = "+" if shift < 0 else "-"
    return f"(value {sign} {in_digits(abs(shift))}) / {in_digits(scale)}"


def _of_target(data: Dataset) -> str:
    return ", ".join(data.classes) if data.classes else "A number to predict"


def _text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float | np.floating) else str(value)


def width_of(model: QAbstractItemModel, column: int, header: int, metrics: Any, rows: int = 50) -> int:
    """Width of a column that holds its header and the first rows; one of many letters has a limit."""
    letters, most = getattr(model, "ROOM", (40, 320))
    texts = [str(model.index(row, column).data() or "") for row in range(min(rows, model.rowCount()))]
    widest = max((metrics.horizontalAdvance(text[:letters]) for text in texts), default=0)
    return min(max(widest + 24, header), most)
