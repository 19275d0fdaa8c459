"""What a person should know of a table before trusting what is learned from it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import as_numbers
from nnstudio.data.dataset import Dataset
from nnstudio.data.tables.description import Column, is_number
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.settings import ColumnRole, ColumnType

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
# Shares of test rows that also stand in the training part from here on are told.
REPEATED = 0.02
# Numbers that people write where there is none.
SENTINELS = (-9999.0, -999.0, -99.0, 999.0, 9999.0, 99999.0)
# Whole numbers with so few values may be codes.
FEW_CODES = range(3, 7)


def remarks(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    data: Dataset,
) -> tuple[str, ...]:
    """Sentences on what is odd; none for small tables where chance explains it."""
    if len(frame) < FEWEST_ROWS:
        return ()
    inputs = [c for c in columns if c.role == ColumnRole.INPUT]
    said = [
        *_constant(inputs),
        *_sentinels(frame, inputs),
        *_codes(frame, inputs),
        *_giving_away(frame, inputs, columns),
        *_classes(data),
        *_repeated(data),
        *_extreme(data),
        *_apart(data),
    ]
    return tuple(said)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + more


def _constant(inputs: Sequence[Column]) -> Iterator[str]:
    names = [c.name for c in inputs if c.values == 1 and not c.missing]
    if names:
        yield f"The same value stands in all rows of {_list(names)}; that tells the network nothing."


def _sentinels(frame: pd.DataFrame, inputs: Sequence[Column]) -> Iterator[str]:
    for column in inputs:
        if column.type != ColumnType.NUMBER or not is_number(frame[column.name]):
            continue
        numbers = frame[column.name].to_numpy(np.float64)
        for mark in SENTINELS:
            here = numbers == mark
            others = numbers[~here & np.isfinite(numbers)]
            is_far = len(others) > 1 and abs(mark - others.mean()) > 5 * others.std() + 1e-12
            if here.sum() > 1 and is_far:
                yield (
                    f"'{column.name}' is {mark:g} in {int(here.sum()):,} rows, far from the others. If that "
                    f"stands for a missing value, set Missing marks to {mark:g}."
                )
                break


def _codes(frame: pd.DataFrame, inputs: Sequence[Column]) -> Iterator[str]:
    names = [
        c.name for c in inputs
        if c.type == ColumnType.NUMBER and c.is_guessed and c.values in FEW_CODES
        and is_number(frame[c.name]) and (frame[c.name].dropna() == frame[c.name].dropna().round()).all()
    ]  # fmt: skip
    if names:
        yield (
            f"{_list(names)} {'has' if len(names) == 1 else 'have'} few whole numbers: where they are codes "
            f"and no quantities, set Columns to {names[0]}: category."
        )


def _giving_away(frame: pd.DataFrame, inputs: Sequence[Column], columns: Sequence[Column]) -> Iterator[str]:
    targets = [c for c in columns if c.role == ColumnRole.TARGET]
    if len(targets) != 1:
        return
    target = frame[targets[0].name]
    words = texts_of(target)
    for column in inputs:
        cells = frame[column.name]
        if column.values == targets[0].values > 1 and column.values <= len(frame) / 2:
            pairs = len(set(zip(texts_of(cells), words, strict=True)))
            if pairs == column.values:
                yield _gives(column.name, targets[0].name)
        elif column.type == ColumnType.NUMBER and is_number(target) and column.values > 2:
            one, other = as_numbers(cells), target.to_numpy(np.float64)
            known = np.isfinite(one) & np.isfinite(other)
            varies = known.sum() > 2 and one[known].std() > 0 and other[known].std() > 0
            if varies and abs(np.corrcoef(one[known], other[known])[0, 1]) > GIVES_AWAY:
                yield _gives(column.name, targets[0].name)


def _gives(column: str, target: str) -> str:
    return (
        f"'{column}' gives '{target}' away: each follows from the other. Where it would not be known when "
        f"predicting, set Columns to {column}: left out."
    )


def _classes(data: Dataset) -> Iterator[str]:
    if not data.classes:
        return
    labels = data.all_targets()[:, 0].astype(int)
    counts = np.bincount(labels, minlength=len(data.classes))
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
    train = {row.tobytes() for row in np.concatenate([data.x_train, data.y_train], 1)}
    test = np.concatenate([data.x_test, data.y_test], 1)
    count = sum(row.tobytes() in train for row in test)
    if count > max(REPEATED * len(test), 1) and data.x_train.shape[1] > 2:
        yield (
            f"{count:,} of {len(test):,} test rows also stand in the training part, so the test results are "
            "better than they would be for new rows."
        )


def _extreme(data: Dataset) -> Iterator[str]:
    low, middle, high = np.quantile(data.x_train, [0.25, 0.5, 0.75], axis=0)
    away = np.abs(data.x_train - middle).max(0)
    names = [data.features[i] for i in np.flatnonzero((high > low) & (away > EXTREME * (high - low)))]
    if names:
        yield (
            f"{_list(names)} {'has' if len(names) == 1 else 'have'} values far beyond all others. "
            "If they are mistakes, leave their rows out; else try the log of them."
        )


def _apart(data: Dataset) -> Iterator[str]:
    if len(data.x_test) < FEWEST_ROWS:
        return
    spread = data.x_train.std(0)
    away = np.abs(data.x_test.mean(0) - data.x_train.mean(0)) > APART * np.where(spread > 0, spread, np.inf)
    names = [data.features[i] for i in np.flatnonzero(away)]
    if names:
        yield (
            f"The test part differs from the training part in {_list(names)}: their means are more than half "
            "a standard deviation apart."
        )
