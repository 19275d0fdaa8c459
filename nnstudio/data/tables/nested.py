"""Values inside of values: those of an object get columns of their own, one level deep; lists get none."""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.data.tables.typed import listed


def told_nested(opened: Sequence[str], left_out: Sequence[str]) -> list[str]:
    """Notes on columns that became several, and on those that are left out."""
    notes = []
    if opened:
        example = f"{opened[0]}.name"
        notes.append(
            f"Each value inside of {listed(opened)} is a column of its own, called like '{example}'."
        )
    if left_out:
        notes.append(
            f"{listed(left_out)} {'is' if len(left_out) == 1 else 'are'} left out: lists and objects inside "
            "of objects are no values of a column. Write each of their values as a column to have them."
        )
    return notes
