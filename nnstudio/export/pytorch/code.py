"""Pieces of generated PyTorch code: modules, lines of forward, and numbers in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.export.channels_first import Step
from nnstudio.export.train_code import number

# What forward writes: from the name of the result, those of what enters, and how the modules are applied.
Lines = Callable[[str, Sequence[str], str], list[str]]


@dataclass(frozen=True)
class Code:
    """A step in PyTorch.

    Attributes:
        modules: expressions, applied in turn; only the last one may hold arrays.
        lines: of forward; None where the modules alone do it.
        helper: which text of `helpers.HELPERS` it needs, or "".
    """

    modules: tuple[str, ...] = ()
    lines: Lines | None = None
    helper: str = ""


Emitter = Callable[[Step], Code]


def call(name: str, *values: Any, **options: Any) -> str:
    """``nn.Name(1, 2, bias=False)``; of a tuple one number where all are alike."""
    given = [each(v) for v in values]
    given += [f"{k}={each(v)}" for k, v in options.items()]
    return f"nn.{name}({', '.join(given)})"


def each(value: Any) -> str:
    """A number; of a tuple one number where all are alike."""
    if not isinstance(value, tuple):
        return number(value)
    return number(value[0]) if len(set(value)) == 1 else listed(value)


def listed(values: Sequence[Any]) -> str:
    """A tuple of several numbers."""
    return f"({', '.join(number(v) for v in values)})"


def unless(default: Any, **options: Any) -> dict[str, Any]:
    """Options that are not as PyTorch has them anyway."""
    return {k: v for k, v in options.items() if set(v if isinstance(v, tuple) else (v,)) != {default}}


def expression(text: str) -> Emitter:
    """A line in which {x} is what enters."""
    return lambda _step: Code(lines=lambda y, xs, _m: [f"{y} = {text.format(x=xs[0])}"])
