"""Tables that keep columns of numbers as whole ones, see `fixed_point`.

Imports pandas, so that it is imported when first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, take

from nnstudio.data.fixed_point import MISSING, counted, packed, unpacked


class FixedPoint(ExtensionDtype):
    """Numbers with so many decimals, or integers."""

    type = float
    na_value = np.nan
    _is_numeric = True
    _metadata = ("decimals", "are_whole")

    def __init__(self, decimals: int, are_whole: bool) -> None:
        self.decimals, self.are_whole = decimals, are_whole

    @property
    def name(self) -> str:  # type: ignore[override]  # pandas has it as an attribute
        return f"fixed_point[{self.decimals}, {self.are_whole}]"

    @property
    def kind(self) -> Literal["i", "f"]:
        return "i" if self.are_whole else "f"

    @classmethod
    def construct_array_type(cls) -> Any:
        return FixedPointArray


class FixedPointArray(ExtensionArray):
    """A column of them. It only keeps them: a `PackedFrame` gives the numbers."""

    def __init__(self, codes: np.ndarray, dtype: FixedPoint) -> None:
        self.codes, self._dtype = codes, dtype

    @property
    def dtype(self) -> FixedPoint:
        return self._dtype

    def counted(self) -> tuple[int, int]:
        """How many values are missing, and how many different ones there are."""
        return counted(self.codes)

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, item: Any) -> Any:
        codes = self.codes[pd.api.indexers.check_array_indexer(self, item)]
        if isinstance(codes, np.ndarray):
            return FixedPointArray(codes, self._dtype)
        return self._numbers(np.array([codes]))[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._numbers(self.codes).astype(dtype or np.dtype(self._dtype.kind + "8"), copy=False)

    def _numbers(self, codes: np.ndarray) -> np.ndarray:
        return unpacked(codes, self._dtype.decimals, self._dtype.are_whole)

    def isna(self) -> np.ndarray:
        missing: np.ndarray = self.codes == MISSING
        return missing

    def copy(self) -> FixedPointArray:
        return FixedPointArray(self.codes.copy(), self._dtype)

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> FixedPointArray:
        codes: Any = take(
            self.codes, indices, allow_fill=allow_fill, fill_value=MISSING if allow_fill else None
        )
        return FixedPointArray(codes, self._dtype)

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> FixedPointArray:
        codes = packed(np.asarray(scalars, np.float64), dtype.decimals)
        if codes is None:
            raise ValueError(f"not all of them are numbers with {dtype.decimals} decimals")
        return cls(codes, dtype)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[FixedPointArray]) -> FixedPointArray:
        return cls(np.concatenate([part.codes for part in to_concat]), to_concat[0].dtype)


class PackedFrame(pd.DataFrame):
    """A table of which a column that is asked for by its name comes as plain numbers, whatever keeps it."""

    @property
    def _constructor(self) -> type[PackedFrame]:
        return PackedFrame

    def __getitem__(self, key: Any) -> Any:
        column = super().__getitem__(key)
        if isinstance(column, pd.Series) and isinstance(column.array, FixedPointArray):
            return pd.Series(np.asarray(column.array), column.index, name=column.name, copy=False)
        return column

    def kept(self, name: Any) -> FixedPointArray | None:
        """A column as whole numbers; None where it is kept otherwise."""
        array = super().__getitem__(name).array
        return array if isinstance(array, FixedPointArray) else None
