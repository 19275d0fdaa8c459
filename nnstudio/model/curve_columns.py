"""The curve of a run as arrays for the project file, a column for each quantity; knows no run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# In the order of the bits of "absent": what does not apply to every run.
OPTIONAL = ("accuracy", "val_loss", "val_accuracy")
COUNTS = ("epoch", "steps")
COLUMNS = (*COUNTS, "loss", *OPTIONAL, "samples_per_second", "seconds")
ABSENT = "absent"
# Whole numbers up to here are exact in float64.
MOST_COUNT = 2**53


def to_columns(rows: Sequence[Any]) -> dict[str, np.ndarray]:
    """float64 arrays (rows,) by name, and as "absent" the bits of what is None in a row, uint8 (rows,).

    Rows have the columns as attributes.
    """
    columns = {name: np.array([getattr(row, name) for row in rows], float) for name in COLUMNS}
    absent = np.zeros(len(rows), np.uint8)
    for bit, name in enumerate(OPTIONAL):
        absent |= np.fromiter(((getattr(row, name) is None) << bit for row in rows), np.uint8, len(rows))
    return columns | {ABSENT: absent}


def to_rows(columns: dict[str, np.ndarray], count: int) -> tuple[dict[str, Any], ...]:
    """Rows as plain data. Raises ValueError for columns that no curve has."""
    for name in (*COLUMNS, ABSENT):
        kind = np.uint8 if name == ABSENT else np.float64
        if name not in columns or columns[name].dtype != kind or columns[name].shape != (count,):
            raise ValueError(f"the curve has no {count:,} values of '{name}'")
    for name in COUNTS:
        values = columns[name]
        if count and not (
            np.all(values == np.floor(values)) and values.min() >= 0 and values.max() <= MOST_COUNT
        ):
            raise ValueError(f"'{name}' of the curve does not count")
    lists: dict[str, list[Any]] = {name: columns[name].tolist() for name in COLUMNS}
    for name in COUNTS:
        lists[name] = [int(value) for value in lists[name]]
    for bit, name in enumerate(OPTIONAL):
        for at in np.flatnonzero(columns[ABSENT] >> bit & 1):
            lists[name][at] = None
    return tuple(dict(zip(COLUMNS, row, strict=True)) for row in zip(*lists.values(), strict=True))
