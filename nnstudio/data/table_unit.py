"""Predicted numbers in the unit of the table that they are from, whatever terms they are predicted in."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Dataset, Split


def in_table(data: Dataset, part: Split, numbers: np.ndarray, which: np.ndarray | None = None) -> np.ndarray:
    """Answers or targets (n, targets), in the unit of the data, as the values of the table that they say.

    They are of the first samples of a part, or of those of the numbers ``which`` (n,). They differ where a
    series is predicted as logarithms or as changes: an error is told in the unit of the table everywhere.
    """
    whole = data.series
    if whole is None or not is_in_other_form(data):
        return numbers
    rows = whole.ends[part]
    return whole.values_of(numbers, rows[: len(numbers)] if which is None else rows[which])


def is_in_other_form(data: Dataset) -> bool:
    """Whether a network predicts something else than the values of the table, such as changes of them, so
    that what is told of values, such as their R², is not of what it predicts.
    """
    return data.series is not None and data.series.targets() != data.series.series.columns


# Behind the name of a score then.
OF_VALUES = " of the values"


def in_table_called(data: Dataset) -> tuple[str, ...]:
    """What `in_table` gives: the names of the targets in the table."""
    return data.targets if data.series is None else data.series.series.columns
