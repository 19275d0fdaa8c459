"""Columns as numbers: each encoder, fitted on the training part (see `fitting`), turns any column of its name
into inputs, in training as for new rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nnstudio.data.columns import ONE_HOT, as_numbers
from nnstudio.data.tables.dates import parsed, part_of
from nnstudio.data.tables.settings import Coding, ColumnType

if TYPE_CHECKING:
    import pandas as pd


PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?", re.ASCII)
# Of a category with fewer training rows, an Embedding would learn these rows by heart.
FEWEST_LEARNED = 2


@dataclass(frozen=True, eq=False)
class Encoded:
    """A column as inputs.

    Attributes:
        values: (rows, features), float64; NaN where a value is missing and nothing stands for it.
        missing: (rows,), whether there is no value.
        wrong: (rows,), whether there is one that cannot be read as this type.
        unknown: (rows,), whether it is a value that did not occur in training.
    """

    values: np.ndarray
    missing: np.ndarray
    wrong: np.ndarray
    unknown: np.ndarray


class Encoder(Protocol):
    """A column of a table as the network gets it.

    Attributes:
        column: its name.
        features: names of the inputs that it becomes.
        quantities: how many of them, the first ones, are quantities, which have a range.
        filled_with: what stands for a missing value, in words; "" where nothing does.
    """

    @property
    def column(self) -> str: ...
    @property
    def features(self) -> tuple[str, ...]: ...
    @property
    def quantities(self) -> int: ...
    @property
    def filled_with(self) -> str: ...
    def encode(self, column: pd.Series) -> Encoded:
        """The column of any table with the same meaning."""

    def plain(self) -> dict[str, Any]:
        """It as plain data, which travels with exported weights."""


def gap_name(column: str) -> str:
    """The input that tells where values are missing."""
    return f"{column} is missing"


@dataclass(frozen=True)
class NumberEncoder:
    """A quantity, or log(1 + it), or it within the bounds ``clip``; missing ones become ``fill``, and another
    input tells where.
    """

    column: str
    fill: float | None = None
    log: bool = False
    clip: tuple[float, float] | None = None

    @property
    def quantities(self) -> int:
        return 1

    @property
    def features(self) -> tuple[str, ...]:
        name = f"log(1 + {self.column})" if self.log else self.column
        return (name,) if self.fill is None else (name, gap_name(self.column))

    @property
    def filled_with(self) -> str:
        return "" if self.fill is None else f"{self.fill:.6g}, the median"

    def encode(self, column: pd.Series) -> Encoded:
        numbers = as_numbers(column)
        # Of numbers, pandas takes long to say the same.
        missing = np.isnan(numbers) if column.dtype.kind in "iuf" else column.isna().to_numpy()
        wrong = ~np.isfinite(numbers) & ~missing
        if self.log:
            wrong |= numbers <= -1
        filled = numbers if self.fill is None else np.where(missing, self.fill, numbers)
        if self.log:
            filled = np.log1p(np.where(wrong, np.nan, filled))
        if self.clip is not None:
            filled = np.clip(filled, *self.clip)
        return _with_gaps(filled[:, None], missing, wrong, self.fill is not None)

    def plain(self) -> dict[str, Any]:
        kind = str(ColumnType.NUMBER)
        plain = {"column": self.column, "type": kind, "fill": self.fill, "log": self.log}
        return plain if self.clip is None else {**plain, "clip": list(self.clip)}


@dataclass(frozen=True)
class CategoryEncoder:
    """One input for each value; a missing one is a value of its own where there were some in training."""

    column: str
    values: tuple[str, ...]
    has_gaps: bool = False

    @property
    def quantities(self) -> int:
        return 0

    @property
    def features(self) -> tuple[str, ...]:
        own = tuple(f"{self.column}{ONE_HOT}{value}" for value in self.values)
        return (*own, gap_name(self.column)) if self.has_gaps else own

    @property
    def filled_with(self) -> str:
        return "a value of its own" if self.has_gaps else ""

    def encode(self, column: pd.Series) -> Encoded:
        codes, missing = _codes(column, self.values)
        values = np.zeros((len(codes), len(self.features)))
        known = codes >= 0
        values[known, codes[known]] = 1.0
        if self.has_gaps:
            values[missing, -1] = 1.0
        else:
            values[missing] = np.nan
        return Encoded(values, missing, np.zeros(len(codes), bool), ~known & ~missing)

    def plain(self) -> dict[str, Any]:
        kind = str(ColumnType.CATEGORY)
        return {"column": self.column, "type": kind, "values": list(self.values), "gaps": self.has_gaps}


@dataclass(frozen=True)
class TokenEncoder:
    """The number of each value, from 1, for an Embedding; 0 stands for unknown values, and for missing ones
    where there were some in training.

    Attributes:
        values: those of at least `FEWEST_LEARNED` training rows.
        size: numbers that an Embedding needs, whatever part of the table is learned from.
        rare: how many values have fewer training rows, and are unknown.
        unknown_rows: training rows that are 0.
    """

    column: str
    values: tuple[str, ...]
    size: int
    rare: int = 0
    unknown_rows: int = 0
    has_gaps: bool = False

    @property
    def quantities(self) -> int:
        return 0

    @property
    def features(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def filled_with(self) -> str:
        return "0, the number of unknown values" if self.has_gaps else ""

    def encode(self, column: pd.Series) -> Encoded:
        rows, texts = different_texts(column)
        codes, _missing = _codes(texts, self.values)
        # Missing values are -1, the last.
        numbers = np.append(codes + 1.0, 0.0 if self.has_gaps else np.nan)[rows]
        missing = rows < 0
        return Encoded(numbers[:, None], missing, np.zeros(len(rows), bool), (numbers == 0) & ~missing)

    def plain(self) -> dict[str, Any]:
        return {
            "column": self.column, "type": str(ColumnType.CATEGORY), "coding": str(Coding.EMBEDDING),
            "values": list(self.values), "gaps": self.has_gaps,
        }  # fmt: skip


@dataclass(frozen=True)
class OrderedEncoder:
    """The position of each value in an order, from 0; missing ones become ``fill``."""

    column: str
    values: tuple[str, ...]
    fill: float | None = None

    @property
    def quantities(self) -> int:
        return 0

    @property
    def features(self) -> tuple[str, ...]:
        return (self.column,) if self.fill is None else (self.column, gap_name(self.column))

    @property
    def filled_with(self) -> str:
        return "" if self.fill is None else f"'{self.values[int(self.fill)]}', the middle one"

    def encode(self, column: pd.Series) -> Encoded:
        codes, missing = _codes(column, self.values)
        wrong = (codes < 0) & ~missing
        numbers = np.where(codes < 0, np.nan, codes)
        filled = numbers if self.fill is None else np.where(missing, self.fill, numbers)
        return _with_gaps(filled[:, None], missing, wrong, self.fill is not None)

    def plain(self) -> dict[str, Any]:
        kind = str(ColumnType.ORDERED)
        return {"column": self.column, "type": kind, "values": list(self.values), "fill": self.fill}


@dataclass(frozen=True)
class DateEncoder:
    """Parts of a date, such as its month; missing ones become ``fill``, one number for each part.

    Attributes:
        first, last: the earliest and the latest of the training part as ISO 8601 has them; "" where there are
            none.
    """

    column: str
    format: str
    parts: tuple[str, ...]
    fill: tuple[float, ...] | None = None
    first: str = ""
    last: str = ""

    @property
    def quantities(self) -> int:
        return len(self.parts)

    @property
    def features(self) -> tuple[str, ...]:
        own = tuple(f"{self.column}: {part}" for part in self.parts)
        return own if self.fill is None else (*own, gap_name(self.column))

    @property
    def filled_with(self) -> str:
        return "" if self.fill is None else "the median of each part"

    def encode(self, column: pd.Series) -> Encoded:
        missing = column.isna().to_numpy()
        dates = parsed(column, self.format)
        wrong = dates.isna().to_numpy() & ~missing
        values = np.stack([part_of(dates, part) for part in self.parts], 1)
        if self.fill is not None:
            values = np.where(missing[:, None], self.fill, values)
        return _with_gaps(values, missing, wrong, self.fill is not None)

    def is_outside(self, column: pd.Series) -> np.ndarray:
        """Which cells, (rows,), are dates before the first or after the last."""
        import pandas as pd

        dates = parsed(column, self.format)
        return ((dates < pd.Timestamp(self.first)) | (dates > pd.Timestamp(self.last))).to_numpy(bool)

    def plain(self) -> dict[str, Any]:
        return {
            "column": self.column, "type": str(ColumnType.DATE), "format": self.format,
            "parts": list(self.parts), "fill": None if self.fill is None else list(self.fill),
        }  # fmt: skip


def _with_gaps(values: np.ndarray, missing: np.ndarray, wrong: np.ndarray, tells: bool) -> Encoded:
    """Values of which none is unknown; with ``tells``, an input behind them tells which were missing."""
    if tells:
        values = np.concatenate([values, missing[:, None]], 1)
    return Encoded(values, missing, wrong, np.zeros(len(values), bool))


def texts_of(column: pd.Series) -> pd.Series:
    """Values as text, missing ones as they are; whole numbers have no point, which pandas gives them where
    some are missing.
    """
    import pandas as pd

    if pd.api.types.is_float_dtype(column):
        whole = column.dropna()
        if (whole == whole.round()).all() and (whole.abs() < 2.0**53).all():
            column = column.astype("Int64")
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


def different_texts(column: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Which value each row has, -1 for a missing one, and the values as texts without the blanks around them,
    which reading leaves where texts are many.
    """
    import pandas as pd

    rows, values = pd.factorize(column)
    return rows, texts_of(pd.Series(values)).map(str.strip)


def _codes(column: pd.Series, values: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The index of each value, -1 where it is none of these or missing; and whether it is missing."""
    import pandas as pd

    texts = texts_of(column)
    codes = pd.Index(list(values), dtype=object).get_indexer_for(pd.Index(texts))
    missing = texts.isna().to_numpy()
    others = np.flatnonzero((codes < 0) & ~missing)
    if len(others):
        plain = [_plain_number(value) for value in values]
        # Of two ways to write one number, neither is meant by a third.
        known = {number: at for at, number in enumerate(plain) if number and plain.count(number) == 1}
        codes[others] = [known.get(_plain_number(text), -1) for text in texts.iloc[others]]
    return codes, missing


def _plain_number(text: str) -> str:
    """A number as its shortest text: whether a column holds 2 or 2.0 depends on its other rows. Empty for
    texts, and for codes such as 02.
    """
    return f"{float(text):.15g}" if PLAIN_NUMBER.fullmatch(text) else ""
