"""From a table to a data set: rows that count, the split, inputs fitted on the training part, targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import (
    check_numbers,
    leave_rows,
    scaled,
)
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.mapped import pieces
from nnstudio.data.repeats import Repeats, divide_together, firsts, of_rows, told_of_repeats
from nnstudio.data.sorted_target import in_order, sorted_alone
from nnstudio.data.splits import SplitKind, divide, notes_on_ratios
from nnstudio.data.table_reader import Table
from nnstudio.data.tables.alike import gathered
from nnstudio.data.tables.declared import AsSaid, as_said
from nnstudio.data.tables.description import MANY_ROWS, Column, describe, is_number
from nnstudio.data.tables.encoders import Encoder, NumberEncoder, TokenEncoder, texts_of
from nnstudio.data.tables.fitting import (
    common_values,
    fit,
    target_scaling,
    told_of_targets,
)
from nnstudio.data.tables.groups import groupings_of
from nnstudio.data.tables.guesses import notes_that_hold
from nnstudio.data.tables.inputs import inputs_of
from nnstudio.data.tables.marks import listed_marks
from nnstudio.data.tables.names import read_names
from nnstudio.data.tables.options import EMBEDDED
from nnstudio.data.tables.remarks import remarks_on_columns, remarks_on_samples, remarks_on_time
from nnstudio.data.tables.settings import (
    Coding,
    ColumnRole,
    ColumnType,
    Gaps,
    Scaling,
    check_names,
    no_such_column,
    read_settings,
)
from nnstudio.data.tables.targets import TableTargets, read_targets
from nnstudio.data.written import Written
from nnstudio.model.tokens import Tokens

if TYPE_CHECKING:
    import pandas as pd

# A larger share of the rows is left out only where a person said so.
MOST_LEFT_OUT = 0.2


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that count, with what was said and left out on the way."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[str, ...]

    def of_role(self, role: ColumnRole) -> list[Column]:
        return [column for column in self.columns if column.role == role]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table up to where its columns become numbers.

    Attributes:
        rows: those that count.
        targets: of those rows, not scaled.
        train, validation, test: indices of rows.
        notes: what of the split a person should know.
        said: the rows before those that lack something were left out.
    """

    rows: Rows
    targets: TableTargets
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    notes: tuple[str, ...]
    said: AsSaid


def prepare(path: Path, table: Table, target: str, options: Mapping[str, Any]) -> Prepared:
    """Which rows of a table count, their targets and their parts. Raises DataError."""
    rows, said = _rows(path, table, options["target"] or target, options)
    rows, which = _without_repeats(rows, Repeats(options["repeats"]))
    read = read_targets(path, rows.frame, rows.of_role(ColumnRole.TARGET), options["task"])
    parts, notes = _split(path, rows, read.y if read.classes else None, which, options)
    return Prepared(rows, read, *parts, (*read.notes, *notes), said)


def table_dataset(path: Path, read: Table, target: str, options: Mapping[str, Any]) -> Dataset:
    """The data of a table; ``target`` is predicted where the options name no column. Raises DataError."""
    prepared = prepare(path, read, target, options)
    rows, y, classes = prepared.rows, prepared.targets.y, prepared.targets.classes
    parts = (prepared.train, prepared.validation, prepared.test)
    odd = remarks_on_columns(rows.frame, rows.columns)
    as_read = notes_that_hold(read.notes, read.guesses, read_settings(options["columns"]))
    encoders = _fitted(path, rows, prepared.train, Gaps(options["gaps"]), as_read)
    chosen = rows.of_role(ColumnRole.TARGET)
    as_they_are = bool(classes) or prepared.targets.are_labels
    y_shift, y_scale = (0.0, 1.0) if as_they_are else target_scaling(chosen, y[prepared.train])
    targets_of = [_scaled_targets(path, y, part, y_shift, y_scale) for part in parts]
    on_split = prepared.notes
    # The cells of the training rows are not needed for new ones.
    written = as_kept(read.written, prepared.said.units, options)
    groupings = groupings_of(rows.frame, rows.columns, parts)
    is_one = len(chosen) == 1 and not rows.of_role(ColumnRole.TIME)
    share = in_order(y[:, 0], bool(classes)) if is_one else 0.0
    # What is needed no more makes room for the inputs, which take the columns out one by one.
    del prepared, y
    x, shift, scale, unknown = inputs_of(path, rows.frame, rows.columns, encoders, parts)
    notes = (*as_read, *rows.notes, *_filled(rows, encoders), *on_split, *unknown)
    notes += tuple(() if as_they_are else told_of_targets(chosen))
    targets = tuple(column.name for column in chosen)
    data = Dataset(
        path.stem, x[0], targets_of[0], x[2], targets_of[2], classes,
        tuple(feature for encoder in encoders for feature in encoder.features), targets,
        shift, scale, y_shift, y_scale, notes, inputs=encoders, x_validation=x[1], y_validation=targets_of[1],
        tokens=_tokens(encoders), groupings=groupings, written=written,
    )  # fmt: skip
    alone = sorted_alone(targets[0], share, x, targets_of, bool(classes))
    odd = (*((alone.text,) if alone else ()), *odd)
    notes = gathered((*data.notes, *odd, *remarks_on_samples(data)))
    return replace(data, notes=notes, sorted_target=alone)


def as_kept(written: Written, units: Mapping[str, str], options: Mapping[str, Any]) -> Written:
    """How a table is written with what a person said of reading it; ``units`` are those that were said."""
    said = read_settings(options["columns"])
    of_type = (name for name, one in said.items() if one.type in (ColumnType.NUMBER, ColumnType.DATE))
    return replace(
        written, cells={}, units={**written.units, **units}, of_type=tuple(of_type),
        missing=tuple(listed_marks(options["missing_marks"])),
        kept=tuple(listed_marks(str(options.get("kept_marks", "")))), names=read_names(options["names"]),
    )  # fmt: skip


def _rows(path: Path, read: Table, target: str, options: Mapping[str, Any]) -> tuple[Rows, AsSaid]:
    """The rows that count, and what they are of."""
    frame = leave_rows(path, read.frame, options["skip_rows"])
    frame = without_marks(frame, options["missing_marks"])
    names = tuple(map(str, frame.columns))
    settings = read_settings(options["columns"])
    check_names(settings, names, path.name)
    if target not in names:
        raise DataError(no_such_column(target, names, path.name))
    if len(names) < 2:
        raise DataError(
            f"'{path.name}' has only one column; inputs and a target are needed. "
            "If it has more, choose the right delimiter."
        )
    said = as_said(frame, settings, read.written)
    columns = describe(said.frame, settings, (target,), options["many_values"] == EMBEDDED)
    if not any(column.role == ColumnRole.TARGET for column in columns):
        raise DataError(f"No column of '{path.name}' is predicted. Choose another target than '{target}'.")
    guessed = [c.name for c in columns if c.is_guessed and c.role == ColumnRole.INPUT]
    check_numbers(path, frame[guessed])
    frame, left = _complete(path, said.frame, columns, Gaps(options["gaps"]))
    return Rows(frame, columns, (*said.notes, *(c.why for c in columns if c.why), *left)), said


def without_marks(frame: pd.DataFrame, marks: str) -> pd.DataFrame:
    """The table where some values count as missing, numbers however they are written."""
    import pandas as pd

    chosen = {mark.strip() for mark in marks.split(",") if mark.strip()}
    numbers = {number for mark in chosen if np.isfinite(number := _number(mark))}
    if not chosen:
        return frame

    def without(cells: pd.Series) -> pd.Series:
        if is_number(cells):
            return cells.mask(cells.isin(numbers))
        return cells.mask(texts_of(cells).isin(chosen)).infer_objects()

    # Asked for by their names, columns are plain, see `PackedFrame`.
    new = pd.DataFrame({name: without(frame[name]) for name in frame.columns}, frame.index)
    new.columns = frame.columns
    return new


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _complete(
    path: Path, frame: pd.DataFrame, columns: Sequence[Column], gaps: Gaps
) -> tuple[pd.DataFrame, list[str]]:
    """The rows that have what they need. Raises DataError where that leaves too few of them."""
    needed = [
        c for c in columns
        if c.role in (ColumnRole.TARGET, ColumnRole.GROUP, ColumnRole.TIME)
        or (c.role == ColumnRole.INPUT and (c.gaps or gaps) == Gaps.LEAVE_ROWS)
    ]  # fmt: skip
    lacking = frame[[c.name for c in needed]].isna()
    rows, notes = lacking.any(axis=1), []
    if rows.any():
        names = ", ".join(f"'{name}' ({int(n):,})" for name, n in lacking.sum().items() if n)
        count = f"{int(rows.sum()):,} row{'s are' if rows.sum() > 1 else ' is'}"
        left = f"{count} left out because values are missing in {names}."
        unasked = rows & ~lacking[[c.name for c in needed if c.role == ColumnRole.INPUT]].any(axis=1)
        targets = [c.name for c in needed if c.role == ColumnRole.TARGET and c.gaps != Gaps.LEAVE_ROWS]
        if targets and unasked.sum() > MOST_LEFT_OUT * len(frame) and not rows.all():
            raise DataError(
                f"The target is missing in {int(unasked.sum()):,} of the {len(frame):,} rows of "
                f"'{path.name}'. Choose another target, or say that these rows are left out: set Columns "
                f"to {targets[0]}: leave rows out."
            )
        notes.append(left)
        frame = frame[~rows]
    if frame.empty:
        why = " " + notes[0] if notes else ""
        raise DataError(f"'{path.name}' has no rows of data.{why} Add at least one complete row.")
    if len(frame) < 2:
        raise DataError(f"'{path.name}' has only one row; training and testing take at least two.")
    return frame, notes


def _scaled_targets(
    path: Path, y: np.ndarray, rows: np.ndarray, shift: np.ndarray | float, scale: np.ndarray | float
) -> np.ndarray:
    result = np.empty((len(rows), y.shape[1]), np.float32)
    for piece in pieces(result):
        result[piece] = scaled(path, y[rows[piece]], shift, scale)
    return result


def _without_repeats(rows: Rows, repeats: Repeats) -> tuple[Rows, np.ndarray | None]:
    """The rows, each once where a person said so; else `numbered` where equal ones stay together."""
    if repeats == Repeats.AS_THEY_ARE:
        return rows, None
    names = [c.name for c in rows.columns if c.role in (ColumnRole.INPUT, ColumnRole.TARGET)]
    which = of_rows(rows.frame[names])
    notes = (*rows.notes, *told_of_repeats(repeats, which))
    if repeats == Repeats.IN_ONE_PART:
        return replace(rows, notes=notes), which
    return replace(rows, frame=rows.frame.iloc[firsts(which)], notes=notes), None


def _split(
    path: Path,
    rows: Rows,
    classes: np.ndarray | None,
    which: np.ndarray | None,
    options: Mapping[str, Any],
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], list[str]]:
    """Indices of the training, validation and test rows, and notes; ``which``: rows that are equal have the
    same number and stay together. Raises DataError.
    """
    kind = SplitKind(options["split"])
    groups, times = rows.of_role(ColumnRole.GROUP), rows.of_role(ColumnRole.TIME)
    if kind == SplitKind.GUESS:
        with_classes = SplitKind.STRATIFIED if classes is not None else SplitKind.RANDOM
        kind = SplitKind.BY_GROUP if groups else SplitKind.IN_ORDER if times else with_classes
    if kind == SplitKind.BY_GROUP and not groups:
        raise DataError(f"Say which column of '{path.name}' holds the groups, such as 'patient: group'.")
    if kind == SplitKind.STRATIFIED and classes is None:
        raise DataError("Rows are split by class only where the target is a class. Choose another split.")
    if kind == SplitKind.BY_GROUP and which is not None:
        raise DataError(
            f"Equal rows of '{path.name}' may be of several groups, so that they cannot stay in one part "
            "where each group does. Set Repeated samples to once, or choose another split."
        )
    labels = None if classes is None else classes[:, 0]
    if which is not None:
        parts = divide_together(kind, which, options, labels, _times(rows, times))
    else:
        parts = divide(
            kind, len(rows.frame), options, labels, _group_numbers(rows, groups), _times(rows, times)
        )
    told = {
        SplitKind.BY_GROUP: "Each group is in one part only, so that the test part holds new groups.",
        SplitKind.IN_ORDER: f"The last {len(parts[2]):,} rows{' by time' * bool(times)} are the test part.",
    }
    notes = notes_on_ratios(options, len(parts[0]))
    if kind == SplitKind.BY_GROUP and options["test_ratio"] and not len(parts[2]):
        told[kind] = "Each group is in one part only, and there are too few groups for a test part."
    if kind in told:
        return parts, [*notes, told[kind]]
    # Who chose a split knows.
    is_guess = options["split"] == SplitKind.GUESS
    return parts, [*notes, *(remarks_on_time(rows.frame, rows.columns) if is_guess else ())]


def _group_numbers(rows: Rows, columns: Sequence[Column]) -> np.ndarray | None:
    import pandas as pd

    return pd.factorize(texts_of(rows.frame[columns[0].name]))[0] if columns else None


def _times(rows: Rows, columns: Sequence[Column]) -> np.ndarray | None:
    from nnstudio.data.tables.dates import parsed

    if not columns:
        return None
    cells = rows.frame[columns[0].name]
    if columns[0].format:
        return parsed(cells, columns[0].format).to_numpy().astype(np.int64)
    return cells.to_numpy(np.float64) if is_number(cells) else texts_of(cells).to_numpy(str)


def _fitted(
    path: Path, rows: Rows, train: np.ndarray, gaps: Gaps, as_read: Sequence[str]
) -> tuple[Encoder, ...]:
    inputs = rows.of_role(ColumnRole.INPUT)
    if not inputs:
        why = " ".join((*as_read, *rows.notes))
        raise DataError(f"'{path.name}' has no usable input column. {why}".rstrip())
    lacking = _lacking(rows.frame)
    return tuple(
        _fitted_column(rows.frame, c, train, (c.gaps or gaps) == Gaps.FILL and c.name in lacking)
        for c in inputs
    )


def _lacking(frame: pd.DataFrame) -> set[str]:
    """Names of columns that lack values; of all rows at once, the answers would take much memory."""
    lacks = np.zeros(frame.shape[1], bool)
    for start in range(0, len(frame), MANY_ROWS):
        lacks |= frame.iloc[start : start + MANY_ROWS].isna().any().to_numpy()
    return {str(name) for name, some in zip(frame.columns, lacks, strict=True) if some}


def _fitted_column(frame: pd.DataFrame, column: Column, train: np.ndarray, fills: bool) -> Encoder:
    is_clipped = column.scaling == Scaling.CLIP
    if column.type == ColumnType.NUMBER and not fills and not is_clipped:
        # Nothing of it is measured here, and there may be thousands.
        return NumberEncoder(column.name, log=column.scaling == Scaling.LOG)
    cells = frame[column.name]
    facts = {
        "order": column.order, "format": column.format, "log": column.scaling == Scaling.LOG,
        "clip": is_clipped, "coding": column.coding,
        "common": column.coding == Coding.EMBEDDING and common_values(cells),
    }  # fmt: skip
    return fit(column.type, cells.iloc[train], fills, facts)


def _filled(rows: Rows, encoders: Sequence[Encoder]) -> list[str]:
    """A sentence on the missing values that something stands for."""
    missing = {column.name: column.missing for column in rows.columns}
    filled = [e for e in encoders if e.filled_with]
    if not filled:
        return []
    names = "; ".join(f"'{e.column}' ({missing[e.column]:,}) by {e.filled_with}" for e in filled)
    told = sum(not isinstance(e, TokenEncoder) for e in filled)
    tells = "" if not told else " Another" if len(filled) == 1 else " For each of them another"
    if told < len(filled) and told:
        tells = " For each of them that is no number of a value another"
    return [f"Missing values are filled: {names}.{f'{tells} input tells where they were.' if tells else ''}"]


def _tokens(encoders: Sequence[Encoder]) -> tuple[Tokens, ...]:
    tokens, at = [], 0
    for encoder in encoders:
        if isinstance(encoder, TokenEncoder):
            tokens.append(Tokens((at,), encoder.size))
        at += len(encoder.features)
    return tuple(tokens)
