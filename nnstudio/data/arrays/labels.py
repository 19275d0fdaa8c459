"""Labels at each step or pixel, from an array of whole numbers as large as the inputs without channels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nnkernels.spec import Shape, show_shape
from nnstudio.data.arrays.stored import Stored
from nnstudio.data.columns import MAX_NUMBER_CLASSES
from nnstudio.data.dataset import DataError, Split

GUESS = "guess"
# What masks hold where there is no label: in bytes the largest number, as in Pascal VOC; else this.
LARGEST_BYTE, NEGATIVE = 255, -1
# Names of so many targets are one by one.
MOST_LABELS = 2**20


def check_no_label(text: str) -> None:
    """Raise DataError where a text is no label, of whatever file."""
    if text.strip() not in ("", GUESS):
        try:
            int(text)
        except ValueError:
            raise DataError(
                f"No label must be a whole number, '{GUESS}' or empty; received '{text}'."
            ) from None


def has_labels(array: Stored, positions: Shape, task: str) -> bool:
    """Whether targets are labels at each of the inputs' steps or pixels, whose shape ``positions`` is.

    Of numbers in a row this is so where they are asked for as classes, or are of a type of whole numbers.
    """
    shape = array.shape[1:]
    if shape[-1:] == (1,) and len(shape) > len(positions):
        shape = shape[:-1]
    return bool(positions) and shape == positions and task != "number" and array.dtype.kind in "iub"


def read_labels(
    path: Path, arrays: Mapping[Split, Stored], positions: Shape, task: str, no_label: str
) -> tuple[dict[Split, np.ndarray], tuple[str, ...], str] | None:
    """Class numbers of each part, (n, positions), -1 where there is no label; the classes' names; a note.

    None where a guess finds too many different numbers for labels. Raises DataError.
    """
    first, count = arrays[Split.TRAINING], int(np.prod(positions))
    if count > MOST_LABELS:
        raise DataError(
            f"'{first.name}' in '{path.name}' holds {count:,} labels for each sample; up to {MOST_LABELS:,} "
            "can be learned. Make the pictures smaller."
        )
    parts = {part: array.whole().reshape(array.shape[0], count) for part, array in arrays.items()}
    values = np.unique(np.concatenate([np.unique(part) for part in parts.values()]).astype(np.int64))
    missing = _missing(path, first, values, no_label)
    classes = values[values != missing] if missing is not None else values
    if len(classes) > MAX_NUMBER_CLASSES and task == GUESS:
        return None
    if len(classes) < 2:
        raise DataError(
            f"All labels of '{first.name}' in '{path.name}' are the same, so there is nothing to learn."
        )
    numbers = {}
    for part, labels in parts.items():
        chosen = np.searchsorted(classes, labels).astype(np.float64)
        if missing is not None:
            chosen[labels == missing] = -1
        numbers[part] = chosen
    what = "step" if len(positions) == 1 else "pixel"
    note = f"Each {what} has a label of its own ({show_shape(positions)}), one of {len(classes):,} classes."
    if missing is not None:
        share = float((numbers[Split.TRAINING] < 0).mean())
        note += f" {missing} stands for no label, {share:.0%} of them; those count nothing."
    return numbers, tuple(str(v) for v in classes), note


def _missing(path: Path, array: Stored, values: np.ndarray, no_label: str) -> int | None:
    """The number that stands for no label, or None."""
    if no_label not in ("", GUESS):
        try:
            return int(no_label)
        except ValueError:
            raise DataError(
                f"No label must be a whole number that '{array.name}' in '{path.name}' holds where there is "
                f"none, or empty; received '{no_label}'."
            ) from None
    if no_label == "" or not len(values):
        return None
    if values[0] == NEGATIVE:
        return NEGATIVE
    # Far from the others it is no class among them.
    is_last = array.dtype == np.uint8 and values[-1] == LARGEST_BYTE and len(values) > 2
    return LARGEST_BYTE if is_last and values[-2] < LARGEST_BYTE - 1 else None
