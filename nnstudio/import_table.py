"""What imports and comparisons print: a table, and the exit code where something is missing."""

from __future__ import annotations

from collections.abc import Sequence

# Exit code where something became a placeholder, computes something else than in the file, was guessed or was
# left out; where weights did not match; and where predictions could not be compared.
INCOMPLETE = 3


def in_columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of texts, all columns but the last as wide as their longest text."""
    last = len(rows[0]) - 1
    widths = [max(len(row[i]) for row in rows) for i in range(last)]
    lines = ["  ".join([*(f"{row[i]:<{widths[i]}}" for i in range(last)), row[last]]) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
