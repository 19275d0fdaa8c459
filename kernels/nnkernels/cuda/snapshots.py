"""What a run leaves, put aside on the card and copied from there while the next steps are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.cuda.card import Card
from nnkernels.ops.hyperparameters import WHOLE_RATE
from nnkernels.program import Program

# Parts of a snapshot begin at multiples of so many bytes, as values of any type may.
ALIGN = 16
# Values that are compared at a time, so that they stay in a processor's cache.
COMPARED = 2**16


@dataclass(frozen=True)
class Left:
    """What a run left: views of memory that a later snapshot writes over."""

    state: np.ndarray
    header: np.ndarray
    params: np.ndarray
    rows: np.ndarray


class Snapshot:
    """Room for what one run leaves: on the card, and here in memory that a card writes to by itself."""

    def __init__(self, card: Card, dtype: np.dtype, params: int, rows: int) -> None:
        self._card = card
        counts = (
            (machine.LANES, np.dtype(np.int64)),
            (machine.HEADER, dtype),
            (params, dtype),
            (rows, dtype),
        )
        self._parts, size = list[tuple[int, int, np.dtype]](), 0
        for count, kind in counts:
            self._parts.append((size, count, kind))
            size += -(-count * kind.itemsize // ALIGN) * ALIGN
        self._there, self._here = card.room(size), card.pinned(size)
        self._began, self._ended, self._arrived = card.event(), card.event(), card.event()
        self._rows = 0

    def start(self) -> None:
        """Note when the steps begin that leave it."""
        self._card.mark(self._began)

    @property
    def seconds(self) -> float:
        """How long the card took for these steps, of what has arrived."""
        return self._card.seconds(self._began, self._ended)

    def take(self, state: Any, header: Any, params: Any, rows: Any) -> None:
        """Put it aside after all that stands in the card's stream, and have it copied beside what follows.

        Arrays of the card; of rows there may be fewer than there is room for. Raises HardwareError.
        """
        self._rows = len(rows)
        self._card.mark(self._ended)
        for source, part in zip((state, header, params, rows), self._parts, strict=True):
            at, count, kind = part
            count = min(count, len(source))
            if count:
                to = self._there[at : at + count * kind.itemsize].view(kind)
                self._card.copy(source[:count], to)
        at, _, kind = self._parts[-1]
        used = at + self._rows * kind.itemsize
        self._card.copy_beside(self._there[:used], self._here[:used], self._arrived)

    def arrive(self) -> Left:
        """What was taken, once it is here. Raises HardwareError where it never will be."""
        self._card.wait(self._arrived)
        counts = [count for _, count, _ in self._parts[:-1]] + [self._rows]
        return Left(
            *(
                self._here[at : at + count * kind.itemsize].view(kind)
                for count, (at, _, kind) in zip(counts, self._parts, strict=True)
            )
        )


@dataclass(frozen=True)
class Standing:
    """What a run was given, and where it left the program: whoever changes that is noticed.

    ``params`` may be of a snapshot that is not written over until they were compared.
    """

    state: np.ndarray
    header: np.ndarray
    rates: np.ndarray | None
    data: tuple[Any, ...]
    params: np.ndarray

    def is_still(self, program: Program, data: tuple[Any, ...], rates: np.ndarray | None) -> bool:
        """Whether the next steps of the program would follow from this, bit for bit."""
        known = np.delete(self.state - program.state[: machine.LANES], machine.RATES_AT)
        given = all(a is b for a, b in zip(self.data, data, strict=True)) and not known.any()
        return (
            given and _same_rates(self.rates, rates)
            and same_bits(_settings(self.header), _settings(program.header))
            and same_bits(self.params, program.params[: len(self.params)])
        )  # fmt: skip


def _settings(header: np.ndarray) -> np.ndarray:
    """The head of the work buffer without what each step writes before it reads it."""
    return np.delete(header, WHOLE_RATE)


def _same_rates(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is other or (one is not None and other is not None and same_bits(one, other))


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether they have the same bits, also where they are no numbers."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    bits = f"u{one.dtype.itemsize}"
    a, b = one.view(bits), other.view(bits)
    return all(
        np.array_equal(a[at : at + COMPARED], b[at : at + COMPARED]) for at in range(0, len(a), COMPARED)
    )
