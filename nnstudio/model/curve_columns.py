"""The curve of a run as arrays for the project file, a column for each quantity; knows no run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

# In the order of the bits of "absent": what does not apply to every run.
OPTIONAL = ("accuracy", "val_loss", "val_accuracy")
COUNTS = ("epoch", "steps")
COLUMNS = (*COUNTS, "loss", *OPTIONAL, "samples_per_second", "seconds")
ABSENT = "absent"
# Of a long run a row covers several epochs. It has the values of the last one, and of these the extremes.
SPAN = "span"
DRAWN = ("loss", *OPTIONAL)
LOWEST = tuple(f"{name}_lowest" for name in DRAWN)
HIGHEST = tuple(f"{name}_highest" for name in DRAWN)
THINNED = (SPAN, *LOWEST, *HIGHEST)
# Whole numbers up to here are exact in float64.
MOST_COUNT = 2**53
# Epochs that merged rows are taken for: a file may claim any number.
MOST_REPEATED = 2**24


def of_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """float64 arrays (rows,) by name, and as "absent" the bits of what is None in a row, uint8 (rows,)."""
    columns = {name: np.array([row[name] for row in rows], float) for name in COLUMNS}
    absent = np.zeros(len(rows), np.uint8)
    for bit, name in enumerate(OPTIONAL):
        absent |= np.fromiter(((row[name] is None) << bit for row in rows), np.uint8, len(rows))
    return columns | {ABSENT: absent}


def checked_columns(columns: dict[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    """The columns of a curve of so many rows, and no others. Raises ValueError for what no curve has."""
    names = [*COLUMNS, ABSENT, *(THINNED if SPAN in columns else ())]
    for name in names:
        kind = np.uint8 if name == ABSENT else np.float64
        if name not in columns or columns[name].dtype != kind or columns[name].shape != (count,):
            raise ValueError(f"the curve has no {count:,} values of '{name}'")
    for name in (*COUNTS, *((SPAN,) if SPAN in columns else ())):
        values, least = columns[name], 1 if name == SPAN else 0
        if count and not (
            np.all(values == np.floor(values)) and values.min() >= least and values.max() <= MOST_COUNT
        ):
            raise ValueError(f"'{name}' of the curve holds numbers that are not counts")
    if SPAN in columns and columns[SPAN].sum() > MOST_COUNT:
        raise ValueError("the curve covers more epochs than there can be")
    return {name: columns[name] for name in names}


def watched(columns: dict[str, np.ndarray]) -> Iterator[float]:
    """The loss of each epoch that tells whether it still gets better: validation's where there is one.

    Of a row of several epochs the lowest comes first, and then that of the last for each other one, up to
    MOST_REPEATED in all.
    """
    most = max(MOST_REPEATED // max(len(columns[ABSENT]), 1), 1)
    absent = columns[ABSENT] >> OPTIONAL.index("val_loss") & 1 == 1
    loss = np.where(absent, columns["loss"], columns["val_loss"])
    if SPAN not in columns:
        yield from loss.tolist()
        return
    lowest = np.where(absent, columns["loss_lowest"], columns["val_loss_lowest"])
    for least, last, span in zip(lowest.tolist(), loss.tolist(), columns[SPAN].tolist(), strict=True):
        if span > 1:
            yield least
        yield from repeat(last, int(min(span, most)) - (span > 1))
