"""Encoders from the rows of the training part: what categories there are, what stands for missing values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import as_numbers, value_of
from nnstudio.data.tables.dates import PARTS, parsed, part_of
from nnstudio.data.tables.encoders import (
    FEWEST_LEARNED,
    CategoryEncoder,
    DateEncoder,
    Encoder,
    NumberEncoder,
    OrderedEncoder,
    TokenEncoder,
    different_texts,
    texts_of,
)
from nnstudio.data.tables.scales import words_in_order
from nnstudio.data.tables.settings import Coding, ColumnType, Scaling

if TYPE_CHECKING:
    import pandas as pd

    from nnstudio.data.tables.description import Column

# Shares of the values between which clipped ones stay.
CLIPPED = (0.01, 0.99)

Fit = Callable[["pd.Series", bool, "Mapping[str, Any]"], Encoder]


def _fit_number(column: pd.Series, fills: bool, facts: Mapping[str, Any]) -> Encoder:
    clip = None
    if facts.get("clip"):
        numbers = as_numbers(column)
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            low, high = np.quantile(finite, CLIPPED)
            clip = float(low), float(high)
    fill = _median(as_numbers(column)) if fills else None
    return NumberEncoder(str(column.name), fill, bool(facts.get("log")), clip)


def _median(numbers: np.ndarray) -> float:
    finite = numbers[np.isfinite(numbers)]
    return float(np.median(finite)) if len(finite) else 0.0


def _fit_category(column: pd.Series, fills: bool, facts: Mapping[str, Any]) -> Encoder:
    if facts.get("coding") == Coding.EMBEDDING:
        return _fit_tokens(column, fills, facts.get("common", 0))
    texts = texts_of(column)
    return CategoryEncoder(str(column.name), tuple(sorted(texts.dropna().unique())), fills)


def _fit_tokens(column: pd.Series, fills: bool, common: int) -> Encoder:
    counts = _counts(column)
    kept = counts[counts >= FEWEST_LEARNED]
    values = tuple(sorted(kept.index))
    size = max(len(values), common) + 1
    unknown_rows = len(column) - int(kept.sum())
    return TokenEncoder(str(column.name), values, size, len(counts) - len(kept), unknown_rows, fills)


def common_values(column: pd.Series) -> int:
    """How many values of a whole table could be told apart by whatever part of it is learned from."""
    return int((_counts(column) >= FEWEST_LEARNED).sum())


def _counts(column: pd.Series) -> pd.Series:
    """How many rows have each value, by its text."""
    import pandas as pd

    rows, texts = different_texts(column)
    return pd.Series(np.bincount(rows[rows >= 0], minlength=len(texts))).groupby(texts).sum()


def _fit_ordered(column: pd.Series, fills: bool, facts: Mapping[str, Any]) -> Encoder:
    texts = texts_of(column)
    values = tuple(map(value_of, facts["order"])) or in_order(texts.dropna().unique())
    fill = float((len(values) - 1) // 2) if fills else None
    return OrderedEncoder(str(column.name), values, fill)


def _fit_date(column: pd.Series, fills: bool, facts: Mapping[str, Any]) -> Encoder:
    dates = parsed(column, facts["format"])
    values = {part: part_of(dates, part) for part in PARTS}
    varying = [p for p, v in values.items() if len(np.unique(v[np.isfinite(v)])) > 1]
    # Of months, or of the same day of each, it is chance.
    parts = tuple(p for p in varying if p != "weekday" or "day" in varying) or ("year",)
    fill = tuple(_median(values[p]) for p in parts) if fills else None
    ends = (dates.min(), dates.max()) if dates.notna().any() else ()
    # The time of day stays away where there is none.
    first_and_last = (str(end).removesuffix(" 00:00:00") for end in ends)
    return DateEncoder(str(column.name), facts["format"], parts, fill, *first_and_last)


FITS: Mapping[ColumnType, Fit] = {
    ColumnType.NUMBER: _fit_number,
    ColumnType.CATEGORY: _fit_category,
    ColumnType.ORDERED: _fit_ordered,
    ColumnType.DATE: _fit_date,
}


def fit(kind: ColumnType, column: pd.Series, fills: bool, facts: Mapping[str, Any]) -> Encoder:
    """The encoder of a column, from the rows of the training part.

    ``fills``: whether something stands for missing values; ``facts``: the "order" of ordered values, the
    "format" of dates, the "coding" of categories and, for an embedding, how many are "common" in the table.
    """
    return FITS[kind](column, fills, facts)


def not_of_type(kind: ColumnType, cells: pd.Series, written: str) -> np.ndarray:
    """Which cells, (rows,), are there and no number, or no date ``written`` so; none for other types."""
    if kind not in (ColumnType.NUMBER, ColumnType.DATE):
        return np.zeros(len(cells), bool)
    return fit(kind, cells, False, {"format": written or "%Y-%m-%d"}).encode(cells).wrong


def in_order(values: np.ndarray) -> tuple[str, ...]:
    """Values by their size where all are numbers, as their scale has them, else by the alphabet."""
    try:
        return tuple(sorted(values, key=float))
    except ValueError:
        return words_in_order(values) or tuple(sorted(values))


def scaling_of(values: np.ndarray, scaling: Scaling) -> tuple[np.ndarray | float, np.ndarray | float]:
    """Shift and scale of each input, (rows, inputs) of the training part, float64, which is overwritten."""
    if scaling == Scaling.AS_IT_IS:
        return 0.0, 1.0
    if scaling == Scaling.MIN_MAX:
        low, span = values.min(0), np.ptp(values, axis=0)
        return low, np.where(span > 0, span, 1.0)
    # As NumPy does it, to the last bit, but for its copy: of a large table it takes as much as many columns.
    mean = values.mean(0)
    np.subtract(values, mean, out=values)
    np.multiply(values, values, out=values)
    deviation = np.sqrt(values.mean(0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def target_scaling(columns: Sequence[Column], y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale of each number target, (rows, targets) of the training part, which is overwritten.

    Only what can be undone by these two: logs and clipping are for inputs, see `told_of_targets`.
    """
    each = [scaling_of(y[:, i : i + 1], column.scaling) for i, column in enumerate(columns)]
    shift, scale = (np.array([float(np.ravel(pair[k])[0]) for pair in each]) for k in (0, 1))
    return shift, scale


def told_of_targets(columns: Sequence[Column]) -> list[str]:
    """A sentence on each target that is not scaled as a person said."""
    return [
        f"'{column.name}' is standardised: {column.scaling} is for inputs, since it could not be undone."
        for column in columns
        if column.scaling in (Scaling.LOG, Scaling.CLIP)
    ]
