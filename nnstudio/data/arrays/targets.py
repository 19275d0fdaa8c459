"""Targets from an array: labels, one-hot rows and texts become classes, other numbers stay numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnkernels.spec import Shape, show_shape
from nnstudio.data.arrays.inputs import check_finite
from nnstudio.data.arrays.labels import has_labels, read_labels
from nnstudio.data.arrays.stored import TEXTS, Stored
from nnstudio.data.columns import MAX_CATEGORIES, MAX_NUMBER_CLASSES
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.npy_file import NUMBERS

MOST_CLASSES = MAX_CATEGORIES * 10
MOST_VALUES = 2**28
# What an empty text is called as a class.
EMPTY = "(empty)"


@dataclass(frozen=True)
class Targets:
    """Of each part, (n, t), float64: class numbers, or numbers where there are no classes.

    With classes there is one number for each sample, or one for each of its steps or pixels.
    """

    parts: dict[Split, np.ndarray]
    classes: tuple[str, ...]
    names: tuple[str, ...]
    note: str


def read_targets(
    path: Path, arrays: Mapping[Split, Stored], positions: Shape, task: str, of_table: bool, no_label: str
) -> Targets:
    """Read them. ``task`` is "classes", "number" or "guess"; ``positions``: of the inputs. Raises DataError.

    A guess takes whole numbers for classes where their type is one of whole numbers; of a table, whose
    columns have one type, where there are few of them.
    """
    first = arrays[Split.TRAINING]
    name = first.name.rsplit("/", 1)[-1]
    if all(has_labels(array, positions, task) for array in arrays.values()):
        labels = read_labels(path, arrays, positions, task, no_label)
        if labels is not None:
            numbers, classes, note = labels
            names = tuple(f"{name} {i + 1}" for i in range(numbers[Split.TRAINING].shape[1]))
            return Targets(numbers, classes, names, note)
    parts = {part: _read(path, array) for part, array in arrays.items()}
    whole = np.concatenate(list(parts.values()))
    if (whole == whole[0]).all() and len(whole) > 1:
        raise DataError(
            f"All targets of '{first.name}' in '{path.name}' are the same, so there is nothing to learn."
        )
    if whole.shape[1] > 1:
        return _rows(path, first.name, name, parts, whole, task)
    values = np.unique(whole)
    is_text = whole.dtype.kind in TEXTS
    if is_text and task == "number":
        raise DataError(f"The targets of '{first.name}' in '{path.name}' are texts, not numbers.")
    if task == "classes" or is_text or (task == "guess" and _are_labels(whole, values, of_table)):
        if len(values) > MOST_CLASSES:
            raise DataError(
                f"'{first.name}' in '{path.name}' has {len(values):,} different values; up to "
                f"{MOST_CLASSES:,} classes can be told apart."
            )
        numbers = {part: np.searchsorted(values, y).astype(np.float64) for part, y in parts.items()}
        classes = tuple(f"{v:.15g}" if v.dtype.kind == "f" else str(v) or EMPTY for v in values)
        return Targets(numbers, classes, (name,), _labels_note(numbers, classes))
    note = "The target is a number"
    if task == "guess" and len(values) <= MAX_NUMBER_CLASSES and (values == np.round(values)).all():
        note += f", though it has only {len(values)} values; choose classes as Task if it is a label"
    elif task == "guess" and whole.dtype.kind in "iu":
        note += f", as there are {len(values):,} different ones"
    return Targets({k: y.astype(np.float64) for k, y in parts.items()}, (), (name,), f"{note}.")


def _read(path: Path, array: Stored) -> np.ndarray:
    """Targets (n, t), real numbers or texts. Raises DataError."""
    if array.dtype.kind not in NUMBERS + TEXTS:
        what = {"c": "complex numbers", "O": "Python objects", "V": "structured values"}
        raise DataError(
            f"'{array.name}' in '{path.name}' holds {what.get(array.dtype.kind, f'type {array.dtype}')}; "
            "targets are numbers or texts. Save them as such, or name another array under Targets."
        )
    width = array.size // array.shape[0]
    if len([n for n in array.shape[1:] if n > 1]) > 1 or (array.dtype.kind in TEXTS and width > 1):
        raise DataError(
            f"'{array.name}' in '{path.name}' holds targets of {show_shape(array.shape[1:])} for each "
            "sample. A target is a label, a number, a row of numbers, or whole numbers that are the labels "
            "of each step or pixel of the inputs."
        )
    if array.size > MOST_VALUES:
        raise DataError(f"'{array.name}' in '{path.name}' declares {array.size:,} values, which is too many.")
    values = array.whole().reshape(array.shape[0], width)
    if values.dtype.kind == "S":
        # Not lossy: two labels must not become one.
        values = np.array([[v.decode("utf-8", "backslashreplace")] for v in values[:, 0].tolist()])
    if values.dtype.kind == "f":
        check_finite(path, array.name, values)
        values = values.astype(np.float64)
    return values


def _are_labels(whole: np.ndarray, values: np.ndarray, of_table: bool) -> bool:
    are_few = len(values) <= min(MAX_NUMBER_CLASSES, len(whole) // 2)
    if of_table:
        return bool(are_few and (values == np.round(values)).all())
    if whole.dtype.kind == "f":
        return False
    # As many as there are samples, they are amounts.
    return len(values) <= MAX_NUMBER_CLASSES or len(values) <= min(MOST_CLASSES, len(whole) // 2)


def _labels_note(numbers: Mapping[Split, np.ndarray], classes: tuple[str, ...]) -> str:
    note = f"The target is one of {len(classes):,} classes."
    unseen = sorted(set(range(len(classes))) - set(np.unique(numbers[Split.TRAINING]).astype(int).tolist()))
    if unseen:
        note += f" Only outside of the training array is: '{classes[unseen[0]]}'."
    return note


def _rows(
    path: Path, array: str, name: str, parts: Mapping[Split, np.ndarray], whole: np.ndarray, task: str
) -> Targets:
    is_one_hot = bool(((whole == 0) | (whole == 1)).all() and (whole.sum(1) == 1).all())
    width = whole.shape[1]
    if is_one_hot and task != "number":
        numbers = {part: y.argmax(1).astype(np.float64)[:, None] for part, y in parts.items()}
        return Targets(
            numbers, tuple(map(str, range(width))), (name,),
            f"The targets are one-hot: in each row a single 1, the class, of {width:,}.",
        )  # fmt: skip
    if task == "classes":
        raise DataError(
            f"Each target of '{array}' in '{path.name}' is a row of {width:,} numbers that is not one-hot, "
            "so it is no class. Choose number as the task."
        )
    names = tuple(f"{name} {i}" for i in range(1, width + 1))
    numbers = {part: y.astype(np.float64) for part, y in parts.items()}
    return Targets(numbers, (), names, f"The targets are {width:,} numbers for each sample.")
