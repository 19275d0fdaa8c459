"""Targets of a table: one or several, classes, numbers, or labels that hold or do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import read_target
from nnstudio.data.tables.description import Column

if TYPE_CHECKING:
    import pandas as pd

# So many labels are told with their values.
TOLD = 6


@dataclass(frozen=True)
class TableTargets:
    """Targets (rows, t), not scaled, and the names of their classes.

    ``are_labels``: whether each is 1 where a label holds and 0 where not; ``notes`` say what was taken for
    what.
    """

    y: np.ndarray
    classes: tuple[str, ...] = ()
    are_labels: bool = False
    notes: tuple[str, ...] = ()


def read_targets(path: Path, frame: pd.DataFrame, columns: Sequence[Column], task: str) -> TableTargets:
    """The targets of a table's columns. Raises DataError.

    Several columns of two values each are labels, unless numbers are asked for.
    """
    if len(columns) == 1:
        return TableTargets(*read_target(path, frame[columns[0].name], task, columns[0].order))
    if task != "number" and all(frame[column.name].nunique() == 2 for column in columns):
        return _labels(path, frame, columns)
    blocks = [read_target(path, frame[column.name], "number", ())[0] for column in columns]
    return TableTargets(np.concatenate(blocks, 1))


def _labels(path: Path, frame: pd.DataFrame, columns: Sequence[Column]) -> TableTargets:
    """Of each column the second of its two values counts as the one with which the label holds."""
    blocks, told = [], []
    for column in columns:
        numbers, (_without, holds) = read_target(path, frame[column.name], "classes", column.order)
        blocks.append(numbers)
        told.append(f"{column.name} = {holds}")
    shown = ", ".join(told[:TOLD]) + (" …" if len(told) > TOLD else "")
    note = (
        f"The {len(columns)} targets are labels, any of which may hold at once: {shown}. For another value, "
        "change the order of a column's classes; to predict them as numbers, choose number as the task."
    )
    return TableTargets(np.concatenate(blocks, 1), (), True, (note,))
