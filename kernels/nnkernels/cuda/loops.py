"""Loops over channels, described for whole vectors, written out as Python for one channel at a time.

`channel_loops` and `cells` describe such a loop by the operations of a `Vectors`. Here each operation becomes
a line of Python, so that every loop is described once for all hardware.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nnkernels.jit import Device
from nnkernels.ops.cells import SLOTS
from nnkernels.vector.channel_loops import ROWS_AT_ONCE
from nnkernels.vector.vmath import cast, sigmoid, tanh

# An array and the name of the index at which it begins.
Base = tuple[str, str]


class Lines:
    """Stands for a `Vectors` and its builder; ``like`` is the name of an array of the values' type."""

    def __init__(self, like: str) -> None:
        self.lines: list[str] = []
        self.builder, self.like, self._depth, self._count = self, like, 2, 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def under(self, text: str) -> Iterator[None]:
        """Lines below one that ends in a colon."""
        self.line(text)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, text: str) -> str:
        """A name for the value of an expression."""
        self._count += 1
        self.line(f"v{self._count} = {text}")
        return f"v{self._count}"

    def load(self, base: Base, offset: str) -> str:
        return self.name(f"{base[0]}[{base[1]} + {offset}]")

    def store(self, value: str, base: Base, offset: str) -> None:
        self.line(f"{base[0]}[{base[1]} + {offset}] = {value}")

    @contextmanager
    def if_then(self, condition: str) -> Iterator[None]:
        with self.under(f"if {condition}:"):
            yield

    def icmp_signed(self, sign: str, a: str, b: str) -> str:
        return self.name(f"{a} {sign} {b}")

    def select(self, condition: str, a: str, b: str) -> str:
        return self.name(f"{a} if {condition} else {b}")

    def and_(self, a: str, b: str) -> str:
        return self.name(f"{a} & {b}")

    def i64(self, value: int) -> str:
        return str(value)

    def constant(self, value: float) -> str:
        return self.name(f"cast({value!r}, {self.like})")

    def add(self, a: str, b: str) -> str:
        return self.name(f"{a} + {b}")

    def sub(self, a: str, b: str) -> str:
        return self.name(f"{a} - {b}")

    def mul(self, a: str, b: str) -> str:
        return self.name(f"{a} * {b}")

    def minus(self, a: str) -> str:
        return self.name(f"-{a}")

    def half(self, a: str) -> str:
        return self.mul(a, self.constant(0.5))

    def one_minus(self, a: str) -> str:
        return self.sub(self.constant(1.0), a)

    def where_positive(self, x: str, value: str) -> str:
        """The value where x is positive or NaN, 0 elsewhere."""
        zero = self.constant(0.0)
        return self.name(f"{zero} if {x} <= {zero} else {value}")

    def tanh(self, a: str) -> str:
        return self.name(f"tanh({a})")

    def sigmoid(self, a: str) -> str:
        return self.name(f"sigmoid({a})")

    def sums_over_rows(self, rows: str, count: int, terms: Callable[[str], Sequence[str]]) -> list[str]:
        """As `Vectors.sums_over_rows`: some rows in the values' own type, and those sums in float64."""
        totals = [self.name("0.0") for _ in range(count)]
        with self.under(f"for first in range(0, {rows}, {ROWS_AT_ONCE}):"):
            parts = [self.constant(0.0) for _ in range(count)]
            with self.under(f"for row in range(first, min(first + {ROWS_AT_ONCE}, {rows})):"):
                for part, term in zip(parts, terms("row"), strict=True):
                    self.line(f"{part} += {term}")
            for total, part in zip(totals, parts, strict=True):
                self.line(f"{total} += {part}")
        return [self.name(f"cast({total}, {self.like})") for total in totals]


def _function(name: str, parameters: str, numbers: str, lines: Sequence[str]) -> Device:
    head = [f"def {name}({parameters}):", f"    for at in range({numbers}):"]
    scope: dict[str, Any] = {"cast": cast, "tanh": tanh, "sigmoid": sigmoid}
    exec("\n".join([*head, *lines]), scope)
    return Device(scope[name], exact=False)


def make_loop(name: str, body: Any) -> Device:
    """`channel_loops.make_loop`: a function (a, a0, b, b0, c, c0, n, p, q, r, s)."""
    lines = Lines("a")
    body(lines, ("a", "a0"), ("b", "b0"), ("c", "c0"), "at", "p", "q", "r", "s")
    return _function(name, "a, a0, b, b0, c, c0, n, p, q, r, s", "n", lines.lines)


def make_cell(name: str, body: Any) -> Device:
    """`cells.make_cell`: a function (work, g, before, c_before, c, h, dc, units)."""
    return _cell(name, body, "units")


def make_shared_cell(name: str, body: Any) -> Device:
    """As `make_cell`, for all threads of a block, among which units are shared; see `serving`."""
    return _cell(name, body, "own(), units, THREADS", "    wait()")


def _cell(name: str, body: Any, numbers: str, *after: str) -> Device:
    lines, slots = Lines("work"), [f"at{i}" for i in range(SLOTS)]
    body(lines, *[("work", slot) for slot in slots], "at", "units")
    return _function(name, f"work, {', '.join(slots)}, units", numbers, [*lines.lines, *after])
