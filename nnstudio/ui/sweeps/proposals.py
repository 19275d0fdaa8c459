"""Values that are proposed for an option once it is chosen to be varied: some around what it has now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnkernels.spec import Option

# A number is tried so many times smaller and larger; one that is 0 has these.
TIMES, TIMES_WHOLE = 10, 2
AROUND_ZERO, WHOLE_AROUND_ZERO = (0.0, 0.001, 0.01), (0, 1, 2)


@dataclass(frozen=True)
class Proposal:
    """As a person would type it; ``low`` and ``high`` are "" where there is no range to choose from."""

    values: str
    low: str = ""
    high: str = ""
    log: bool = False


def proposal_for(option: Option, value: Any) -> Proposal:
    """What to vary around a value that an option has."""
    if isinstance(option.default, bool):
        return Proposal("on, off")
    if option.choices:
        return Proposal(", ".join(option.choices))
    if isinstance(option.default, str):
        return Proposal(str(value))
    whole = isinstance(option.default, int)
    numbers = _whole_around(int(value)) if whole else _around(float(value))
    allowed = [n for n in dict.fromkeys(_within(option, n) for n in numbers)]
    low, high = allowed[0], allowed[-1]
    return Proposal(", ".join(map(_typed, allowed)), _typed(low), _typed(high), not whole and low > 0)


def _around(value: float) -> tuple[float, ...]:
    return (value / TIMES, value, value * TIMES) if value else AROUND_ZERO


def _whole_around(value: int) -> tuple[int, ...]:
    return (value // TIMES_WHOLE, value, value * TIMES_WHOLE) if value > 1 else WHOLE_AROUND_ZERO


def _within(option: Option, number: float) -> float:
    if option.low is not None:
        number = max(number, type(number)(option.low))
    return number if option.high is None else min(number, type(number)(option.high))


def _typed(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6g}"
