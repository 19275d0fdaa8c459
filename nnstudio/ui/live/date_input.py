"""A date that is set by a slider or typed beside it, as the file writes dates."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

import numpy as np

from nnstudio.data.tables.dates import parsed
from nnstudio.data.tables.encoders import DateEncoder
from nnstudio.ui.live.slider_input import SliderInput
from nnstudio.ui.widgets.typed_number import TypedError

# Steps of a slider over times of day, about; days and months are stepped through one by one.
TICKS = 1000
# Parts that an input may stand for, the coarsest first; the weekday follows from them.
WRITTEN = ("year", "month", "day", "hour", "minute")


class DateInput(SliderInput):
    """All inputs that a column of dates becomes.

    Attributes:
        moment: what is set.
    """

    def __init__(self, encoder: DateEncoder, columns: list[int]) -> None:
        self.encoder = encoder
        self.first, self.last = (datetime.fromisoformat(end) for end in (encoder.first, encoder.last))
        self._moments = self._all_moments()
        self.moment = self.first
        super().__init__(encoder.column, columns, len(self._moments) - 1)
        self.box.setAccessibleName(f"{encoder.column}, as a date")
        self.show_value()

    def _all_moments(self) -> np.ndarray:
        """What the ticks stand for, datetime64: each day, or month where the file has no days."""
        unit, step = ("D" if "%d" in self.encoder.format else "M"), 1
        if not {"hour", "minute"}.isdisjoint(self.encoder.parts):
            minutes = (self.last - self.first).total_seconds() / 60
            unit, step = "m", max(1, int(np.ceil(minutes / TICKS)))
        first, last = np.array([self.first, self.last], f"datetime64[{unit}]")
        return np.arange(first, last + 1, step)

    @property
    def seen(self) -> str:
        return f"{self._written(self.first)} to {self._written(self.last)}"

    @property
    def text(self) -> str:
        return self._written(self.moment)

    @property
    def tick(self) -> int:
        # The moment itself may be later in the day, or in the month, than the tick.
        return int(np.searchsorted(self._moments, np.datetime64(self.moment), "right")) - 1

    @property
    def is_outside(self) -> bool:
        """Whether it is before or after all that occur in training."""
        moment, last = np.array([self.moment, self.last], self._moments.dtype)
        return not self._moments[0] <= moment <= last

    def _written(self, moment: datetime) -> str:
        is_zoned = self.encoder.format.endswith("%z")
        return (moment.replace(tzinfo=UTC) if is_zoned else moment).strftime(self.encoder.format)

    def read(self, values: np.ndarray) -> None:
        """Show the date whose parts are these inputs; a part that none tells is the same in all of them."""
        told = dict(zip(self.encoder.parts, np.rint(values[self.columns]).astype(int).tolist(), strict=True))
        year, month, day, hour, minute = (told.get(part, getattr(self.first, part)) for part in WRITTEN)
        # Of what is in the middle of each part, there may be no such day.
        day = min(day, monthrange(year, month)[1])
        self.moment = datetime(year, month, day, hour, minute)
        self.show_value()

    def write(self, values: np.ndarray) -> None:
        """Put the parts of the date into the inputs, as they are read from a file."""
        import pandas as pd

        encoded = self.encoder.encode(pd.Series([self.text], dtype="string"))
        values[self.columns] = encoded.values[0, : len(self.columns)]

    def take_tick(self, tick: int) -> None:
        self.moment = self._moments[tick].astype("datetime64[s]").item()

    def take_text(self, text: str) -> None:
        import pandas as pd

        moment = parsed(pd.Series([text], dtype="string"), self.encoder.format).iloc[0]
        if pd.isna(moment):
            raise TypedError(f"'{self.name}' must be a date, such as {self._written(self.last)}")
        self.moment = moment.to_pydatetime()
