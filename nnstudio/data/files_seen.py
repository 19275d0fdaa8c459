"""What the files that were trained on are like, and which new ones are like none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# So many kinds of a property are named.
NAMED = 4


@dataclass(frozen=True)
class Quantity:
    """A property with a range; beyond it by ``slack``, a share of the range, a file is as usual."""

    title: str
    form: str
    unit: str
    slack: float = 0.0


QUANTITIES = {
    "width": Quantity("width", "{:,.0f}", " pixels"),
    "height": Quantity("height", "{:,.0f}", " pixels"),
    # Of few pictures, a new one is often a little darker than all.
    "brightness": Quantity("mean brightness", "{:.0%}", " of white", 0.1),
    "seconds": Quantity("length", "{:.3g}", " s"),
}

# A number or a kind, such as "grey", of each of some files by the name of a property.
Properties = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class FilesSeen:
    """Files of the training part.

    Attributes:
        ranges: the least and the most of each of `QUANTITIES`.
        kinds: those that there are, of each property of words.
    """

    ranges: Mapping[str, tuple[float, float]]
    kinds: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(properties: Properties, rows: np.ndarray) -> FilesSeen | None:
        """Of these rows, (n,); None where there are none."""
        if not len(rows):
            return None
        chosen = {name: values[rows] for name, values in properties.items()}
        return FilesSeen(
            {n: (float(v.min()), float(v.max())) for n, v in chosen.items() if n in QUANTITIES},
            {n: tuple(sorted(set(v.tolist()))) for n, v in chosen.items() if n not in QUANTITIES},
        )

    def plain(self) -> dict[str, Any]:
        """It as plain data."""
        return {
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
            "kinds": {name: list(kinds) for name, kinds in self.kinds.items()},
        }

    @staticmethod
    def of_plain(plain: Mapping[str, Any]) -> FilesSeen:
        """What `plain` told, types of which are checked. Raises KeyError, TypeError or ValueError."""
        ranges = {name: (float(low), float(high)) for name, (low, high) in plain["ranges"].items()}
        if not set(ranges) <= set(QUANTITIES) or not all(low <= high for low, high in ranges.values()):
            raise ValueError("a range of its files is none")
        return FilesSeen(ranges, {name: tuple(kinds) for name, kinds in plain["kinds"].items()})

    def told_of(self, names: Sequence[str], properties: Properties, what: str) -> tuple[str, ...]:
        """Sentences on files that are like none of these; ``what`` are they, such as "pictures"."""
        told = []
        for name, (low, high) in self.ranges.items():
            if name in properties:
                told += _beyond(names, properties[name], QUANTITIES[name], low, high, what)
        for name, kinds in self.kinds.items():
            if name in properties:
                told += _other_kinds(names, properties[name].tolist(), kinds, what)
        return tuple(told)


def _beyond(
    names: Sequence[str], values: np.ndarray, quantity: Quantity, low: float, high: float, what: str
) -> list[str]:
    slack = quantity.slack * (high - low)
    beyond = np.flatnonzero((values < low - slack) | (values > high + slack))
    if not len(beyond):
        return []
    first, show, unit = int(beyond[0]), quantity.form.format, quantity.unit
    ends = show(low) if show(low) == show(high) else f"{show(low)} to {show(high)}"
    return [
        f"The {quantity.title} of {len(beyond):,} of {len(values):,} {what} is outside of what the network "
        f"was trained on ({ends}{unit}), such as '{names[first]}' with "
        f"{show(values[first])}{unit}."
    ]


def _other_kinds(names: Sequence[str], values: Sequence[str], kinds: Sequence[str], what: str) -> list[str]:
    known = ", ".join(kinds[:NAMED]) + (f" and {len(kinds) - NAMED:,} more" if len(kinds) > NAMED else "")
    told = []
    for kind in sorted(set(values) - set(kinds))[:NAMED]:
        count = values.count(kind)
        told.append(
            f"{count:,} of {len(values):,} {what} {'is' if count == 1 else 'are'} {kind}, which none in "
            f"training was ({known}), such as '{names[values.index(kind)]}'."
        )
    return told
