"""What an explanation cost: the seconds spent on it, without what was done between its pieces."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.explain.method import Stage
from nnstudio.model.quantity import counted, in_digits

# Less than this is not told more exactly.
LEAST = 0.01


def timed(stages: Iterator[Stage]) -> Iterator[tuple[Stage, float]]:
    """Each stage, with the seconds that all until then took."""
    spent = 0.0
    while True:
        began = time.perf_counter()
        stage = next(stages, None)
        spent += time.perf_counter() - began
        if stage is None:
            return
        yield stage, spent


def seconds_in_words(seconds: float) -> str:
    """Such as "2.1 s"."""
    return f"{in_digits(seconds, 2)} s" if seconds >= LEAST else f"under {LEAST:g} s"


def cost_in_words(seconds: float, options: Mapping[str, Any]) -> str:
    """Such as "200 steps, 2.1 s"; the options are those that a method was run with."""
    took = seconds_in_words(seconds)
    steps = options.get("steps")
    return f"{counted(int(steps), 'step')}, {took}" if steps else took
