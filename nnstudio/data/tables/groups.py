"""The columns of a table that part its rows into a few groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.groupings import MOST_GROUPS, Grouping
from nnstudio.data.tables.description import Column, is_number
from nnstudio.data.tables.encoders import texts_of
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
    import pandas as pd

    cells = frame[column.name]
    # Numbers stand in their order, all else in that of its texts, or in the one that a person gave.
    numbers, values = pd.factorize(cells if is_number(cells) else texts_of(cells), sort=True)
    names = [str(name) for name in texts_of(pd.Series(values))]
    if column.order:
        order = sorted(range(len(names)), key=lambda at: _rank(column.order, names[at]))
        numbers, names = np.append(np.argsort(order), -1)[numbers], [names[at] for at in order]
    if (numbers < 0).any():
        numbers, names = np.where(numbers < 0, len(names), numbers), [*names, NO_VALUE]
    # Rows that were left out may have taken values with them.
    if len(names) < 2:
        return None
    codes = numbers.astype(np.uint8)
    return Grouping(column.name, tuple(names), {s: codes[rows] for s, rows in zip(Split, parts, strict=True)})


def _rank(order: Sequence[str], name: str) -> tuple[int, str]:
    """Values that the order does not name come last."""
    named = [value.partition("=")[0].strip() for value in order]
    return (named.index(name) if name in named else len(named), name)
