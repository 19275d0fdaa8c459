"""The table that imports print."""

from __future__ import annotations

from collections.abc import Sequence


def in_columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of texts, all columns but the last as wide as their longest text."""
    last = len(rows[0]) - 1
    widths = [max(len(row[i]) for row in rows) for i in range(last)]
    lines = ["  ".join([*(f"{row[i]:<{widths[i]}}" for i in range(last)), row[last]]) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
