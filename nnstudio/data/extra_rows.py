"""Rows of a table that are no samples: its header once more, comments, totals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nnstudio.data.columns import text_columns
from nnstudio.data.dialect import Dialect
from nnstudio.data.number_marks import core, is_number
from nnstudio.data.table_start import COMMENT

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

TOTAL = re.compile(
    r"((grand |sub)?totals?|sum|summe|gesamt(summe)?|insgesamt|average|mean|durchschnitt|mittelwert)\W*",
    re.IGNORECASE,
)


def without_repeats(frame: pd.DataFrame, dialect: Dialect) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows without those that repeat the header or are comments; notes on what is left out."""
    import pandas as pd

    if not len(frame) or pd.api.types.is_numeric_dtype(frame.iloc[:, 0]):
        return frame, ()
    notes = []
    repeated, comments = _repeated(frame, dialect), _comments(frame)
    if repeated.any():
        notes.append(f"The header stands in {_rows(repeated)} once more; it is left out there.")
    if comments.any():
        first = str(frame.iloc[int(comments.argmax()), 0])[:40]
        notes.append(f"A comment stands in {_rows(comments)} and is left out: '{first}'.")
    left = repeated | comments
    if not notes or left.all():
        return frame, ()
    kept = frame[~left]
    return kept.apply(_as_numbers).reset_index(drop=True), tuple(notes)


def _as_numbers(column: pd.Series) -> pd.Series:
    """Numbers where nothing else is left; whole ones with a nought in front stay codes."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) or column.astype(str).str.match(r"0\d{2,}$").any():
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.isna().equals(column.isna()) and numbers.notna().any() else column


def _rows(chosen: np.ndarray) -> str:
    numbers = [int(row) + 1 for row in chosen.nonzero()[0]]
    more = f" and {len(numbers) - 3:,} more" if len(numbers) > 3 else ""
    return f"data row {', '.join(f'{number:,}' for number in numbers[:3])}{more}"


def _repeated(frame: pd.DataFrame, dialect: Dialect) -> np.ndarray:
    import numpy as np
    import pandas as pd

    chosen = np.full(len(frame), dialect.header)
    for name in frame.columns:
        if not chosen.any():
            break
        if pd.api.types.is_numeric_dtype(frame[name]):
            return np.zeros(len(frame), bool)
        chosen &= (frame[name].astype(object) == str(name)).to_numpy()
    return chosen


def _comments(frame: pd.DataFrame) -> np.ndarray:
    """Rows of which the first cell alone is there, and begins as a comment does."""
    import numpy as np

    alone = np.full(len(frame), frame.shape[1] > 1)
    for at in range(frame.shape[1] - 1, 0, -1):
        if not alone.any():
            return alone
        alone &= frame.iloc[:, at].isna().to_numpy()
    first = frame.iloc[:, 0].to_numpy(object)
    for row in alone.nonzero()[0]:
        alone[row] = isinstance(first[row], str) and COMMENT.match(first[row]) is not None
    return alone


def totals(frame: pd.DataFrame) -> tuple[str, ...]:
    """A note where the last row looks like a sum of those above it."""
    if len(frame) < 3:
        return ()
    for name in text_columns(frame):
        cells = frame[name]
        last = cells.iloc[-1]
        if isinstance(last, str) and TOTAL.fullmatch(last) and not (cells.iloc[:-1] == last).any():
            if is_number(core(str(cells.iloc[0]))):
                # Named by the sentence on texts among numbers.
                return ()
            row = len(frame)
            return (
                f"The last row, data row {row:,}, looks like one of totals ('{last}' in '{name}'). If it "
                f"is one, set Skip rows to {row}.",
            )
    return ()
