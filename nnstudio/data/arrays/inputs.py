"""Inputs from an array: which axes are what, one scale, and no value that is not finite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path

import numpy as np

from nnkernels.spec import Shape, show_shape
from nnstudio.data.arrays.stored import TEXTS, Stored, meaning
from nnstudio.data.columns import scaled
from nnstudio.data.dataset import DataError
from nnstudio.data.npy_file import NUMBERS
from nnstudio.data.progress import tell
from nnstudio.data.storage import zeros

CHANNELS = (1, 3, 4)
# A square of so many values a side is rather a picture than a sequence.
SMALLEST_SIDE = 8
PICTURE_NAMES = ("images", "image", "pictures")
# The largest value of an integer that a picture is stored as.
LARGEST = {"uint8": 255.0, "uint16": 65535.0}
# As float32 this is 256 GB: a header that declares more lies.
MOST_VALUES = 2**36


class Kind(StrEnum):
    """What samples with two axes are."""

    GUESS = auto()
    PICTURES = auto()
    SEQUENCES = auto()


class Channels(StrEnum):
    """Where the channels of pictures with three axes are."""

    GUESS = auto()
    FIRST = auto()
    LAST = auto()


@dataclass(frozen=True)
class Layout:
    """What the axes of samples are.

    Attributes:
        shape: of a sample as the network gets it.
        arrange: gives rows of an array (n, ...) this shape.
        shared: axes of `(n, *shape)` whose values share a mean and standard deviation.
    """

    shape: Shape
    arrange: Callable[[np.ndarray], np.ndarray]
    shared: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def are_pictures(self) -> bool:
        return len(self.shape) == 3


@dataclass(frozen=True)
class Scaling:
    """An original value v enters the network as (v - shift) / scale."""

    shift: np.ndarray | float
    scale: np.ndarray | float
    note: str


def check_kind(path: Path, array: Stored) -> None:
    """Raise DataError where an array holds no real numbers, or too many."""
    kind = array.dtype.kind
    if kind not in NUMBERS:
        what = {"c": "complex numbers", "O": "Python objects", "V": "structured values"}.get(kind)
        what = what or ("texts" if kind in TEXTS else f"values of type {array.dtype}")
        raise DataError(
            f"'{array.name}' in '{path.name}' holds {what}; inputs are real numbers. Save them as float32, "
            "for example, or name another array under Inputs."
        )
    if array.size > MOST_VALUES:
        raise DataError(
            f"'{array.name}' in '{path.name}' declares {array.size:,} values; up to {MOST_VALUES:,} can be "
            "read. Save fewer samples."
        )


def layout_of(path: Path, array: Stored, kind: Kind, channels: Channels) -> Layout:
    """What the axes of samples (n, ...) are. Raises DataError."""
    shape = array.shape[1:]
    match len(shape):
        case 0:
            return Layout((1,), lambda rows: rows[:, None], (0,))
        case 1:
            return Layout(shape, lambda rows: rows, (0,))
        case 2:
            return _two_axes(array, kind)
        case 3:
            return _three_axes(array, channels)
    raise DataError(
        f"'{array.name}' in '{path.name}' holds samples of {show_shape(shape)}: {len(shape)} axes. Numbers "
        "have one, sequences two, pictures two or three."
    )


def _two_axes(array: Stored, kind: Kind) -> Layout:
    shape = array.shape[1:]
    is_square = shape[0] == shape[1] >= SMALLEST_SIDE
    is_named = meaning(array.name).role in PICTURE_NAMES
    if kind == Kind.PICTURES or (
        kind == Kind.GUESS and (array.dtype.name in LARGEST or is_named or is_square)
    ):
        note = f"Samples are pictures {shape[0]:,} high and {shape[1]:,} wide, of one channel"
        layout = Layout((*shape, 1), lambda rows: rows[..., None], (0, 1, 2, 3))
        other = "sequences"
    else:
        note = f"Samples are sequences of {shape[0]:,} steps with {shape[1]:,} channels"
        layout = Layout(shape, lambda rows: rows, (0, 1))
        other = "pictures"
    told = f"{note}; if they are {other}, choose that under Kind." if kind == Kind.GUESS else f"{note}."
    return Layout(layout.shape, layout.arrange, layout.shared, (told,))


def _three_axes(array: Stored, channels: Channels) -> Layout:
    shape = array.shape[1:]
    first = channels == Channels.FIRST or (
        channels == Channels.GUESS and shape[0] in CHANNELS and shape[2] not in CHANNELS
    )
    if not first:
        return Layout(shape, lambda rows: rows, (0, 1, 2, 3))
    note = f"The {shape[0]} channels come first in each picture, and are moved to the end."
    moved = (*shape[1:], shape[0])
    return Layout(moved, lambda rows: np.moveaxis(rows, 1, -1), (0, 1, 2, 3), (note,))


def scaling_of(path: Path, array: Stored, layout: Layout, train: np.ndarray) -> Scaling:
    """By the type of the values, else by the training rows, whose indices are ``train``. Raises DataError."""
    if array.dtype.name == "uint8":
        return Scaling(0.0, LARGEST["uint8"], "Whole numbers of 8 bits are divided by 255.")
    if array.dtype.kind == "b":
        return Scaling(0.0, 1.0, "")
    low, high, mean, scale = _statistics(path, array, layout, train)
    if array.dtype.name == "uint16":
        note = "Whole numbers of 16 bits are divided by 65,535"
        largest = float(high.max())
        told = f"; the largest is {largest:,.0f}, so the inputs are small" if largest < 4096 else ""
        return Scaling(0.0, LARGEST["uint16"], f"{note}{told}.")
    if layout.are_pictures and low.min() >= 0 and high.max() <= 1:
        return Scaling(0.0, 1.0, "The pictures are within 0 and 1, and enter as they are.")
    note = "Inputs are standardised with the mean and standard deviation of the training part"
    if layout.are_pictures:
        return Scaling(float(mean.item()), float(scale.item()), f"{note}, one for all pixels.")
    shape = layout.shape
    each = np.broadcast_to(mean[0], shape).copy(), np.broadcast_to(scale[0], shape).copy()
    return Scaling(*each, f"{note}, each by its own.")


def _statistics(
    path: Path, array: Stored, layout: Layout, train: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lowest, highest, mean and standard deviation of the training rows over the shared axes, by blocks.

    Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
    1979. Constant values get the deviation 1.
    """
    is_train = np.zeros(array.shape[0], bool)
    is_train[train] = True
    kept = tuple(1 if axis in layout.shared else n for axis, n in enumerate((1, *layout.shape)))
    low, high = np.full(kept, np.inf), np.full(kept, -np.inf)
    mean, squares, count = np.zeros(kept), np.zeros(kept), 0
    each = int(np.prod([n for axis, n in enumerate((1, *layout.shape)) if axis in layout.shared]))
    with np.errstate(over="ignore", invalid="ignore"):
        for where, block in array.blocks():
            values = layout.arrange(block.astype(np.float64))
            check_finite(path, array.name, values, where.start)
            values = values[is_train[where]]
            if not len(values):
                continue
            low = np.minimum(low, values.min(layout.shared, keepdims=True))
            high = np.maximum(high, values.max(layout.shared, keepdims=True))
            added = len(values) * each
            own = values.mean(layout.shared, keepdims=True)
            away = own - mean
            squares += ((values - own) ** 2).sum(layout.shared, keepdims=True)
            squares += away**2 * (count * added / (count + added))
            mean += away * (added / (count + added))
            count += added
        scale = np.where(high > low, np.sqrt(squares / count), 1.0)
    if not np.isfinite(scale).all() or not np.isfinite(mean).all():
        raise DataError(
            f"'{array.name}' in '{path.name}' holds numbers too large to be standardised. Correct them."
        )
    # Where the squares of tiny differences are lost.
    return low, high, mean, np.where(scale > 0, scale, 1.0)


def check_finite(path: Path, name: str, values: np.ndarray, first: int = 0) -> None:
    """Raise DataError that names the first sample which is not finite; the first row is sample first + 1."""
    wrong = ~np.isfinite(values.reshape(len(values), -1)).all(1)
    if wrong.any():
        raise DataError(
            f"Sample {first + int(wrong.argmax()) + 1:,} of '{name}' in '{path.name}' holds a value that is "
            "NaN or infinite. Correct it, or leave the sample out."
        )


def read_inputs(
    path: Path, array: Stored, layout: Layout, scaling: Scaling, order: np.ndarray | None = None
) -> np.ndarray:
    """Scaled inputs `(n, *shape)`, float32: row i is that with index ``order[i]``, and rows that are not
    named are left out. Raises DataError.

    Little more memory than the result takes, which lies in a file where it is too large for memory.
    """
    count = array.shape[0]
    order = np.arange(count) if order is None else order
    at = np.full(count, -1)
    at[order] = np.arange(len(order))
    x = zeros((len(order), *layout.shape))
    for where, block in array.blocks():
        values = layout.arrange(block.astype(np.float64))
        tell(where.start / count)
        check_finite(path, array.name, values, where.start)
        kept = at[where] >= 0
        x[at[where][kept]] = scaled(path, values[kept], scaling.shift, scaling.scale)
    return x
