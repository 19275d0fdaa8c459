"""The curve of a run: a row for each epoch, in arrays that stay bounded however long the run is."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import overload

import numpy as np

from nnstudio.model.curve_columns import ABSENT, COLUMNS, DRAWN, HIGHEST, LOWEST, OPTIONAL, SPAN, THINNED

# With more rows than this, neighbours are merged: 2.3 MB, and far more than a screen has columns.
MOST_ROWS = 2**14
# Rows at both ends that stay one epoch each: how a run began, and what a person watches.
WHOLE_AT_ENDS = 1024
# Rows between them that merging leaves at the most, so that it comes once in thousands of epochs.
MOST_MERGED = MOST_ROWS * 5 // 8
FEWEST_ROWS = 64

FIELDS = (*COLUMNS, SPAN, *LOWEST, *HIGHEST, ABSENT)
AT = {name: i for i, name in enumerate(FIELDS)}
_SPAN, _ABSENT = AT[SPAN], AT[ABSENT]
_LOWEST = slice(AT[LOWEST[0]], AT[LOWEST[-1]] + 1)
_HIGHEST = slice(AT[HIGHEST[0]], AT[HIGHEST[-1]] + 1)
_BITS = {name: 1 << bit for bit, name in enumerate(OPTIONAL)}
_NAN = float("nan")
# What is a mean over the steps of an epoch, and where it stands in it.
MEANS, MIDDLE = ("loss", "accuracy"), 0.5


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of the curve; accuracy is None for number targets, val_* without test data."""

    epoch: int
    steps: int
    loss: float
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    samples_per_second: float
    seconds: float

    @property
    def watched(self) -> float:
        """The loss that tells whether it still gets better: validation's where there is one."""
        return self.loss if self.val_loss is None else self.val_loss


class Curve:
    """Rows in order; each is an epoch, or in a long run the last of a span of epochs and their extremes.

    One thread adds rows and others may copy them. As a sequence it holds an `Epoch` a row.

    Attributes:
        before: epochs before the first row: of a run it is 0, of the `after` of one where that begins.
        total: epochs up to the last row.
    """

    def __init__(self, epochs: Iterable[Epoch] = (), before: int = 0) -> None:
        self._rows = np.empty((FEWEST_ROWS, len(FIELDS)))
        self._count = 0
        self.before = self.total = before
        self._lock = threading.Lock()
        for epoch in epochs:
            self.append(epoch)

    @staticmethod
    def of_columns(columns: dict[str, np.ndarray]) -> Curve:
        """A curve of what `columns` gave, or of columns without spans; thinned where they are too many."""
        rows = np.empty((len(columns[SPAN if SPAN in columns else COLUMNS[0]]), len(FIELDS)))
        for name in (*COLUMNS, ABSENT):
            rows[:, AT[name]] = columns[name]
        rows[:, _SPAN] = 1
        for target in (_LOWEST, _HIGHEST):
            rows[:, target] = rows[:, [AT[name] for name in DRAWN]]
        for name in THINNED:
            if name in columns:
                rows[:, AT[name]] = columns[name]
        return Curve()._add(rows)

    def columns(self) -> dict[str, np.ndarray]:
        """For the project file, as `curve_columns.checked_columns` takes them."""
        rows = self._copied()
        names = (*COLUMNS, *(THINNED if (rows[:, _SPAN] != 1).any() else ()))
        columns = {name: np.ascontiguousarray(rows[:, AT[name]]) for name in names}
        return columns | {ABSENT: rows[:, _ABSENT].astype(np.uint8)}

    # Adding

    def append(self, epoch: Epoch) -> None:
        """Add an epoch; now and then rows are merged to make room."""
        accuracy, val_loss, val_accuracy = epoch.accuracy, epoch.val_loss, epoch.val_accuracy
        absent = (accuracy is None) | (val_loss is None) << 1 | (val_accuracy is None) << 2
        drawn = (
            epoch.loss,
            _NAN if accuracy is None else accuracy,
            _NAN if val_loss is None else val_loss,
            _NAN if val_accuracy is None else val_accuracy,
        )
        speed, seconds = epoch.samples_per_second, epoch.seconds
        row = (epoch.epoch, epoch.steps, *drawn, speed, seconds, 1.0, *drawn, *drawn, absent)
        with self._lock:
            self._make_room()
            self._rows[self._count] = row
            self._count += 1
            self.total += 1

    def _add(self, rows: np.ndarray) -> Curve:
        """Add rows as they are; the same come out as when they are added one by one."""
        with self._lock:
            while len(rows):
                self._make_room(len(rows))
                part = rows[: len(self._rows) - self._count]
                self._rows[self._count : self._count + len(part)] = part
                self._count += len(part)
                self.total += int(part[:, _SPAN].sum())
                rows = rows[len(part) :]
        return self

    def _make_room(self, rows: int = 1) -> None:
        """For one more at least."""
        if self._count == MOST_ROWS:
            self._thin()
        if self._count + rows > len(self._rows) < MOST_ROWS:
            wanted = min(max(self._count + rows, 2 * len(self._rows)), MOST_ROWS)
            grown = np.empty((wanted, len(FIELDS)))
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown

    def _thin(self) -> None:
        """Merge rows that are not at the ends, into rows that cover about as many epochs each."""
        middle = self._rows[WHOLE_AT_ENDS : self._count - WHOLE_AT_ENDS]
        covered = np.cumsum(middle[:, _SPAN])
        cells, span = covered, 2.0
        # Powers of two: what was merged before lies inside of one cell.
        while len(middle) and np.count_nonzero(np.diff(cells)) >= MOST_MERGED:
            cells, span = (covered - 1) // span, 2 * span
        merged = _merged(middle, cells)
        newest = self._rows[self._count - WHOLE_AT_ENDS : self._count].copy()
        self._count = WHOLE_AT_ENDS + len(merged) + WHOLE_AT_ENDS
        self._rows[WHOLE_AT_ENDS : self._count] = np.concatenate([merged, newest])

    def follow(self, news: Curve) -> None:
        """Add what `after` gave of another thread's curve, asked with this one's `total`."""
        if news.before == self.total:
            self._add(news._rows[: news._count])
        elif not news.before:
            with self._lock:
                self._rows, self._count, self.total = news._copied(), news._count, news.total

    # Copying

    def _copied(self) -> np.ndarray:
        with self._lock:
            return self._rows[: self._count].copy()

    def copy(self) -> Curve:
        """The same rows, which nothing adds to."""
        return self.after(self.before)

    def __reduce__(self) -> tuple[Callable[[int, np.ndarray], Curve], tuple[int, np.ndarray]]:
        """Its rows, for a process that trains on; the lock is each one's own."""
        return _of_rows, (self.before, self._copied())

    def after(self, epochs: int) -> Curve:
        """A copy of the rows behind the first so many epochs; of all where one row has epochs of both."""
        with self._lock:
            new, first = self.total - epochs, self.before
            begin = 0
            if new <= 0:
                begin, first = self._count, epochs
            elif new < self._count and (self._rows[self._count - new : self._count, _SPAN] == 1).all():
                begin, first = self._count - new, epochs
            curve = Curve(before=first)
            curve._rows = self._rows[begin : self._count].copy()
            curve._count, curve.total = self._count - begin, max(self.total, epochs)
        return curve

    def until(self, step: int) -> Curve:
        """A copy of the rows that end at this step of the run or before."""
        rows = self._copied()
        return Curve()._add(rows[rows[:, AT["steps"]] <= step])

    def thinned(self, most: int) -> Curve:
        """A copy of at most so many rows, which cover about as many epochs each."""
        curve = self.copy()
        if curve._count > most:
            covered = np.cumsum(curve._rows[:, _SPAN])
            curve._rows = _merged(curve._rows, np.ceil(covered / covered[-1] * most))
            curve._count = len(curve._rows)
        return curve

    # Looking

    def column(self, name: str) -> np.ndarray:
        """The values (rows,) of a column of `curve_columns`, NaN where it does not apply."""
        with self._lock:
            return self._rows[: self._count, AT[name]].copy()

    def end_of(self, epoch: int, otherwise: int) -> int:
        """The step at the end of an epoch, as far as rows tell it apart; ``otherwise`` where none does."""
        at = bisect_left(self, epoch, key=lambda row: row.epoch)
        return self[at].steps if at < len(self) else otherwise

    @property
    def span(self) -> int:
        """The most epochs that a row covers."""
        with self._lock:
            return int(self._rows[: self._count, _SPAN].max(initial=1))

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._rows.nbytes

    def has(self, name: str) -> bool:
        """Whether a quantity applies to the last row."""
        return self._count > 0 and not int(self._rows[self._count - 1, _ABSENT]) & _BITS.get(name, 0)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Epoch: ...

    @overload
    def __getitem__(self, at: slice) -> list[Epoch]: ...

    def __getitem__(self, at: int | slice) -> Epoch | list[Epoch]:
        with self._lock:
            rows = self._rows[: self._count][at]
            values = rows.tolist()
        return _epoch(values) if rows.ndim == 1 else [_epoch(row) for row in values]

    def __iter__(self) -> Iterator[Epoch]:
        return map(_epoch, self._copied().tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Curve):
            return np.array_equal(self._copied(), other._copied(), equal_nan=True)
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]


def stands_at(curve: Curve, name: str) -> np.ndarray:
    """Where the values of a column stand on an axis of epochs, float64 (rows,): what is a mean over the steps
    of an epoch in the middle of it, all else at its end.
    """
    at: np.ndarray = curve.column("epoch") - (MIDDLE if name in MEANS else 0.0)
    return at


def _of_rows(before: int, rows: np.ndarray) -> Curve:
    return Curve((), before)._add(rows)


def _merged(rows: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """A row for each stretch of rows with the same cell."""
    if not len(rows):
        return rows
    starts = np.flatnonzero(np.diff(cells, prepend=cells[0] - 1))
    merged: np.ndarray = rows[np.append(starts[1:], len(rows)) - 1]
    merged[:, _SPAN] = np.add.reduceat(rows[:, _SPAN], starts)
    # What is NaN in one epoch does not hide the others.
    merged[:, _LOWEST] = np.fmin.reduceat(rows[:, _LOWEST], starts)
    merged[:, _HIGHEST] = np.fmax.reduceat(rows[:, _HIGHEST], starts)
    return merged


def _epoch(row: list[float]) -> Epoch:
    epoch, steps, loss, *optional, speed, seconds = row[: len(COLUMNS)]
    absent = int(row[_ABSENT])
    accuracy, val_loss, val_accuracy = (
        None if absent & bit else value for bit, value in zip(_BITS.values(), optional, strict=True)
    )
    return Epoch(int(epoch), int(steps), loss, accuracy, val_loss, val_accuracy, speed, seconds)


__all__ = ["DRAWN", "MIDDLE", "MOST_ROWS", "SPAN", "WHOLE_AT_ENDS", "Curve", "Epoch", "stands_at"]
