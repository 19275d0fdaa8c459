"""In which terms a network sees a series: as it is, as logarithms, as changes; and the way back to values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError


class Change(StrEnum):
    """What the predicted columns are told as."""

    NONE = "none"
    ROW = "row before"
    SEASON = "season before"


SCALE_OPTIONS = (
    Option(
        "log",
        False,
        "Take logarithms of the predicted columns, so that growth by a share is the same at any height.",
    ),
    Option(
        "change_from",
        Change.NONE.value,
        "Tell the predicted columns as their change from the row before, or from the season before.",
        choices=tuple(Change),
    ),
    Option(
        "season_inputs",
        False,
        "Let the position in the season enter, too, as a sine and a cosine.",
    ),
)
# What enters besides where the position in the season does.
SEASON_NAMES = ("season sine", "season cosine")


@dataclass(frozen=True)
class SeriesScale:
    """Levels are values or their logarithms; what is learned are levels, or how far they are from those
    ``lag`` rows before.
    """

    log: bool = False
    lag: int = 0

    @classmethod
    def of(cls, options: Mapping[str, Any], season: int) -> SeriesScale:
        """As options of the data say. Raises DataError where they need a season and none is known."""
        change = Change(options["change_from"])
        if not season and (change == Change.SEASON or options["season_inputs"]):
            raise DataError(
                "No season is known: no dates tell how far apart the rows are. Set Season to the rows after "
                "which the series comes round again, or leave Changes from the season and Season inputs out."
            )
        lag = {Change.NONE: 0, Change.ROW: 1, Change.SEASON: season}[change]
        return cls(bool(options["log"]), lag)

    def back(self, horizon: int) -> int:
        """How many rows before a predicted one the one stands that it is a change from: the first multiple of
        the lag that is known by then; 0 where levels are predicted.
        """
        return -(-horizon // self.lag) * self.lag if self.lag else 0

    def levels(self, values: np.ndarray) -> np.ndarray:
        """Levels of values above 0, or of any where there are no logarithms; NaN stays."""
        return np.log(values) if self.log else values

    def values(self, levels: np.ndarray) -> np.ndarray:
        """The way back. What is too large becomes infinite."""
        with np.errstate(over="ignore"):
            return np.exp(levels) if self.log else levels

    def told(self, name: str) -> str:
        """What a column is called in these terms."""
        name = f"log of {name}" if self.log else name
        return f"change of {name}" if self.lag else name

    def untold(self, name: str) -> str:
        """The column that `told` called so."""
        name = name.removeprefix("change of ") if self.lag else name
        return name.removeprefix("log of ") if self.log else name

    def check(self, path: Path, name: str, values: np.ndarray) -> None:
        """Raises DataError where a column (rows,) has no logarithms."""
        below = np.flatnonzero(values <= 0)
        if self.log and len(below):
            raise DataError(
                f"'{name}' of '{path.name}' has {len(below):,} values of 0 or less, the first in row "
                f"{below[0] + 1:,}, and those have no logarithm. Switch Logarithm off."
            )
