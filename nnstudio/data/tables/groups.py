"""The columns of a table that part its rows into a few groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.groupings import MOST_GROUPS, Grouping
from nnstudio.data.tables.description import Column, is_number
from nnstudio.data.tables.encoders import different_texts
from nnstudio.data.tables.settings import ColumnRole

if TYPE_CHECKING:
    import pandas as pd

# Of a table with thousands of columns, the first of those that part its rows.
MOST_COLUMNS = 24
# What the rows without a value are called.
NO_VALUE = "(no value)"


def groupings_of(
    frame: pd.DataFrame, columns: Sequence[Column], parts: Sequence[np.ndarray]
) -> tuple[Grouping, ...]:
    """One for each of the first MOST_COLUMNS columns with two to MOST_GROUPS values, but for the targets.

    ``parts``: indices of the rows for training, validation and testing.
    """
    fitting = [c for c in columns if c.role != ColumnRole.TARGET and 2 <= c.values <= MOST_GROUPS]
    return tuple(filter(None, (_grouping(frame, c, parts) for c in fitting[:MOST_COLUMNS])))


def _grouping(frame: pd.DataFrame, column: Column, parts: Sequence[np.ndarray]) -> Grouping | None:
    cells = frame[column.name]
    values, texts = different_texts(cells)
    names = sorted(set(texts), key=lambda text: _rank(column, text, is_number(cells)))
    # A row without a value has the index -1, which is that of the last one here.
    codes = np.array([*map(names.index, texts), len(names)], np.uint8)[values]
    if (values < 0).any():
        names.append(NO_VALUE)
    # Rows that were left out may have taken values with them.
    if len(names) < 2:
        return None
    return Grouping(column.name, tuple(names), {s: codes[rows] for s, rows in zip(Split, parts, strict=True)})


def _rank(column: Column, text: str, is_number: bool) -> tuple[float, str]:
    """By the order that a person gave, and what that does not name last; else numbers by their size."""
    if column.order:
        named = [value.partition("=")[0].strip() for value in column.order]
        return float(named.index(text) if text in named else len(named)), text
    return float(text) if is_number else 0.0, text
