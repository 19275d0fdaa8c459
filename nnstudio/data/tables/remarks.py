"""What a person should know of a table before trusting what is learned from it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import as_numbers
from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import moments
from nnstudio.data.tables.code_names import names_codes, names_unit
from nnstudio.data.tables.dates import parsed
from nnstudio.data.tables.description import Column, is_number
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.marks import SENTINELS, sentinels_in
from nnstudio.data.tables.scales import words_in_order
from nnstudio.data.tables.settings import ColumnRole, ColumnType, quoted
from nnstudio.model.tokens import columns_of

if TYPE_CHECKING:
    import pandas as pd

# Smaller tables say too little for most of this.
FEWEST_ROWS = 30
# Names that are listed in a sentence.
NAMED = 4
# A correlation with the target from here on is no coincidence.
GIVES_AWAY = 0.9999
# A class this many times as frequent as another.
IMBALANCED = 10
FEWEST_OF_A_CLASS = 5
# So many times the width of the middle half from the median is extreme.
EXTREME = 30.0
# Parts differ whose means are so many standard deviations apart.
APART = 0.5
# So many rows tell how values spread.
ENOUGH = 20_000
# So many rows tell whether all are in order.
SOME_ROWS = 2_000
# Rows that are looked at together, so that they stay in the caches.
PIECE = 10_000
# Shares of test rows that also stand in the training part from here on are told.
REPEATED = 0.02
# Whole numbers with so few values may be codes.
FEW_CODES = range(3, 7)
# Words of a scale.
FEW_WORDS = range(3, 9)


def remarks_on_columns(frame: pd.DataFrame, columns: Sequence[Column]) -> tuple[str, ...]:
    """Sentences on what is odd in a table; none for small ones, where chance explains it."""
    if len(frame) < FEWEST_ROWS:
        return ()
    inputs = [c for c in columns if c.role == ColumnRole.INPUT]
    return (
        *_constant(inputs),
        *_sentinels(frame, inputs),
        *_codes(frame, inputs),
        *_orders(frame, columns),
        *_giving_away(frame, inputs, columns),
    )


def remarks_on_samples(data: Dataset) -> tuple[str, ...]:
    """Sentences on what is odd in classes and parts of the data; none for small ones."""
    if sum(len(data.part(split)[0]) for split in data.parts) < FEWEST_ROWS:
        return ()
    return (*_classes(data), *_repeated(data), *_extreme(data), *_apart(data))


def remarks_on_time(frame: pd.DataFrame, columns: Sequence[Column]) -> tuple[str, ...]:
    """A sentence where rows stand in the order of time, of a table whose test rows are drawn by chance."""
    if len(frame) < FEWEST_ROWS:
        return ()
    # Of many rows, some tell whether they are in order.
    some = frame.iloc[:: max(1, len(frame) // SOME_ROWS)]
    names = [
        c.name for c in columns
        if c.type == ColumnType.DATE and c.format and _is_in_order(parsed(some[c.name], c.format))
    ]  # fmt: skip
    if not names:
        return ()
    return (
        f"The rows stand in the order of '{names[0]}', but those for testing are drawn from between the "
        "others: results tell how well gaps are filled, not how well what comes later is predicted. For "
        "that, set Split to in order. To forecast from the values before, take it as the kind Time series "
        "(on the command line: --kind series).",
    )


def _is_in_order(dates: pd.Series) -> bool:
    """Whether dates only rise or only fall, and are no few that repeat."""
    known = dates.dropna()
    ordered = known.is_monotonic_increasing or known.is_monotonic_decreasing
    return bool(ordered and known.nunique() > len(dates) / 2)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + more


def _constant(inputs: Sequence[Column]) -> Iterator[str]:
    names = [c.name for c in inputs if c.values == 1 and not c.missing]
    if names:
        yield f"The same value stands in all rows of {_list(names)}; that tells the network nothing."


def _sentinels(frame: pd.DataFrame, inputs: Sequence[Column]) -> Iterator[str]:
    for name in _with_sentinels(frame, [c.name for c in inputs if c.type == ColumnType.NUMBER]):
        if told := sentinel(name, frame[name]):
            yield told


def _with_sentinels(frame: pd.DataFrame, names: Sequence[str]) -> Sequence[str]:
    """Columns that may hold such a number more than once: of thousands of short ones, all are looked at at
    once.
    """
    few = frame[list(names)] if len(frame) < PIECE else None
    if few is None or not all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in few.dtypes):
        return names
    numbers = few.to_numpy(np.float64)
    may = np.any([(numbers == mark).sum(0) > 1 for mark in SENTINELS], axis=0)
    return [name for name, some in zip(names, may, strict=True) if some]


def sentinel(name: str, cells: pd.Series) -> str:
    """A sentence on a number that seems to stand for none; "" where there is none."""
    if not is_number(cells):
        return ""
    for mark, rows in islice(sentinels_in(cells.to_numpy(np.float64)), 1):
        return (
            f"'{name}' is {mark:g} in {rows:,} rows, far from the others. If that stands for a "
            f"missing value, set Missing marks to {mark:g}."
        )
    return ""


def _codes(frame: pd.DataFrame, inputs: Sequence[Column]) -> Iterator[str]:
    """Whole numbers that enter as quantities: by their name they are codes, or they are so few."""
    named, few = list[str](), list[str]()
    for column in inputs:
        if column.type != ColumnType.NUMBER or not column.is_guessed or column.values < FEW_CODES[0]:
            continue
        is_named = names_codes(column.name)
        if (is_named or column.values in FEW_CODES) and _are_whole(frame[column.name]):
            (named if is_named else few).append(column.name)
    if named:
        yield _named_like_codes(named)
    few = [name for name in few if not names_unit(name)]
    if few:
        yield (
            f"{_list(few)} {'has' if len(few) == 1 else 'have'} few whole numbers: where they are codes "
            f"and no quantities, set Columns to {quoted(few[0])}: category."
        )


def _named_like_codes(names: Sequence[str]) -> str:
    is_one, setting = len(names) == 1, f"set Columns to {quoted(names[0])}"
    told = "has whole numbers and the name of a code" if is_one else "have whole numbers and names of codes"
    are, it = ("is taken as a quantity", "it") if is_one else ("are taken as quantities", "them")
    return (
        f"{_list(names)} {told}, but {are}, as if a larger number meant more. Where that tells things apart "
        f"only, {setting}: category; or, to leave {it} out, {setting}: left out."
    )


def _are_whole(cells: pd.Series) -> bool:
    known = cells.dropna()
    return is_number(cells) and bool((known == known.round()).all())


def _orders(frame: pd.DataFrame, columns: Sequence[Column]) -> Iterator[str]:
    """Words that have an order, where the data does not use it."""
    for column in columns:
        is_asked = column.type == ColumnType.CATEGORY and column.is_guessed and column.values in FEW_WORDS
        is_used = column.role in (ColumnRole.INPUT, ColumnRole.TARGET)
        if not (is_used and is_asked) or column.order or is_number(frame[column.name]):
            continue
        words = words_in_order(texts_of(frame[column.name]).dropna().unique())
        if words:
            order = " < ".join(words)
            now = "are taken as unrelated" if column.role == ColumnRole.INPUT else "are in alphabetical order"
            yield (
                f"The words of '{column.name}' seem to have an order, {order}, but {now}. If they have, set "
                f"Columns to {quoted(column.name)}: ordered {order}."
            )


def _giving_away(frame: pd.DataFrame, inputs: Sequence[Column], columns: Sequence[Column]) -> Iterator[str]:
    targets = [c for c in columns if c.role == ColumnRole.TARGET]
    if len(targets) != 1:
        return
    # Of many rows, some tell whether it is worth while to look at all.
    few = frame.iloc[:: max(1, len(frame) // ENOUGH)]
    target = few[targets[0].name]
    numbers = target.to_numpy(np.float64) if is_number(target) else None
    for column in inputs:
        if column.values == targets[0].values > 1 and column.values <= len(frame) / 2:
            pairs = len(set(zip(*(texts_of(frame[c.name]) for c in (column, targets[0])), strict=True)))
            if pairs == column.values:
                yield _gives(column.name, targets[0].name)
        elif column.type == ColumnType.NUMBER and numbers is not None and column.values > 2:
            names = (column.name, targets[0].name)
            if _follows(as_numbers(few[names[0]]), numbers) and _follows(
                *(as_numbers(frame[n]) for n in names)
            ):
                yield _gives(*names)


def _follows(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether numbers are a straight line of the target's."""
    known = np.isfinite(one) & np.isfinite(other)
    # Squares of what is refused later as too large may be infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        varies = known.sum() > 2 and one[known].std() > 0 and other[known].std() > 0
        return bool(varies and abs(np.corrcoef(one[known], other[known])[0, 1]) > GIVES_AWAY)


def _gives(column: str, target: str) -> str:
    return (
        f"'{column}' gives '{target}' away: each follows from the other. Where it would not be known when "
        f"predicting, set Columns to {quoted(column)}: left out."
    )


def _classes(data: Dataset) -> Iterator[str]:
    if not data.classes:
        return
    labels = data.all_targets().ravel().astype(int)
    counts = np.bincount(labels[labels >= 0], minlength=len(data.classes))
    few = [data.classes[i] for i in np.flatnonzero(counts < FEWEST_OF_A_CLASS)]
    if few:
        yield (
            f"{_list(few)} {'has' if len(few) == 1 else 'have'} fewer than {FEWEST_OF_A_CLASS} rows; such a "
            "class can hardly be learned or tested."
        )
    most = int(counts.argmax())
    if counts.max() >= IMBALANCED * max(counts[counts > 0].min(), 1):
        share = counts[most] / counts.sum()
        yield (
            f"Classes are imbalanced: who always says '{data.classes[most]}' is right in {share:.0%} of all "
            "rows. Judge by the results of each class."
        )


def _repeated(data: Dataset) -> Iterator[str]:
    if not len(data.x_test):
        return
    train = np.sort(_hashes(data.x_train, data.y_train))
    count, rows = _count_among(_hashes(data.x_test, data.y_test), train), len(data.x_test)
    if count > max(REPEATED * rows, 1) and data.x_train.shape[1] > 2:
        yield (
            f"{count:,} of {rows:,} test rows also stand in the training part, so the test results are "
            "better than they would be for new rows."
        )


def _count_among(values: np.ndarray, ordered: np.ndarray) -> int:
    """How many values are among those that are in order."""
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return int((ordered[at] == values).sum())


def _hashes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A number for each row, uint64, by which rows of the same values are known: a sum of its values' bits
    times odd numbers.
    """
    width = x.shape[1] + y.shape[1]
    odd = np.random.default_rng(0).integers(1, 2**63, width, np.uint64) * np.uint64(2) + np.uint64(1)
    total = np.empty(len(x), np.uint64)
    for at in range(0, len(x), PIECE):
        # -0 and 0 are the same.
        rows = np.concatenate([x[at : at + PIECE], y[at : at + PIECE]], 1) + np.float32(0)
        bits = rows.view(np.uint32).astype(np.uint64) * odd
        # High bits of a product depend on all bits, low ones on few.
        total[at : at + PIECE] = (bits ^ (bits >> np.uint64(29))).sum(1)
    return total


def _extreme(data: Dataset) -> Iterator[str]:
    # Of many rows, some tell where the middle half lies.
    some = data.x_train[:: max(1, len(data.x_train) // ENOUGH)]
    low, middle, high = np.quantile(some, [0.25, 0.5, 0.75], axis=0)
    away = np.maximum(data.x_train.max(0) - middle, middle - data.x_train.min(0))
    is_extreme = _are_quantities(data) & (high > low) & (away > EXTREME * (high - low))
    names = [data.features[i] for i in np.flatnonzero(is_extreme)]
    if names:
        yield (
            f"{_list(names)} {'has' if len(names) == 1 else 'have'} values far beyond all others. "
            "If they are mistakes, leave their rows out (Skip rows); else try the scaling log or clip."
        )


def _are_quantities(data: Dataset) -> np.ndarray:
    """Whether each input is no number of a token."""
    are = np.ones(data.x_train.shape[1], bool)
    are[columns_of(data.tokens)] = False
    return are


def _apart(data: Dataset) -> Iterator[str]:
    if len(data.x_test) < FEWEST_ROWS:
        return
    middle, spread = moments(data.x_train, axis=0)
    away = np.abs(moments(data.x_test, axis=0)[0] - middle) > APART * np.where(spread > 0, spread, np.inf)
    names = [data.features[i] for i in np.flatnonzero(away & _are_quantities(data))]
    if names:
        yield (
            f"The test part differs from the training part in {_list(names)}: their means are more than half "
            "a standard deviation apart."
        )
