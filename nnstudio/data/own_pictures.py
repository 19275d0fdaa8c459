"""Pictures that a person draws by hand, kept in the project itself."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, Split, sources
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide

# Shades of grey that are kept of a picture; two pixels share a byte.
SHADES = 16
BETWEEN = ";"
# More make the project's document slow to save and to undo.
MOST = 5_000
# The value of white, as in MNIST, so that picture files can be predicted.
WHITE = 255.0
# With fewer of a class, no part is left to judge it by.
FEW = 5
NONE_YET = "There are no pictures yet. Draw some on the Data page: at least two of each class."


@dataclass(frozen=True, eq=False)
class Drawings:
    """Pictures (n, size, size) of 0 .. 1 in steps of 1/15, float32, and their classes from 0 (n,)."""

    pictures: np.ndarray
    classes: np.ndarray

    def added(self, picture: np.ndarray, which: int) -> Drawings:
        """With one more at the end."""
        return Drawings(
            np.concatenate([self.pictures, picture[None].astype(np.float32)]), np.append(self.classes, which)
        )

    def without(self, index: int) -> Drawings:
        """Without one."""
        return Drawings(np.delete(self.pictures, index, 0), np.delete(self.classes, index))


def class_names(text: str) -> tuple[str, ...]:
    """Names with commas between. Raises DataError where there are fewer than two, or one is there twice."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    doubled = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if doubled is not None:
        raise DataError(f"Two classes are named '{doubled}'. Give each class a name of its own.")
    if len(names) < 2:
        raise DataError("A network needs two classes to tell apart. Name at least two, with a comma between.")
    return names


@sources.register
class OwnPictures(Source):
    """The option holds "class picture; .." with classes from 1; pictures are packed shades, zlib, base64."""

    id = "own_pictures"
    title = "Own pictures"
    order = 6
    page_options = ("drawings",)
    help = "Pictures that you draw by hand on the Data page, with classes that you name."
    options = (
        Option(
            "classes", "upright, level", "Names of the classes, with commas between.", reads=class_names
        ),
        Option("size", 28, "Width and height of the pictures, in pixels.", 8, 64, unit="px"),
        Option("drawings", "", "All pictures, as the Data page writes them; empty is a few strokes."),
        Option("test_ratio", 0.2, "Share kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        names = class_names(options["classes"])
        drawn = drawings_of(options)
        if len(drawn.classes) < 2:
            raise DataError(NONE_YET)
        y = drawn.classes.astype(np.float32)[:, None]
        parts = dict(zip(Split, divide(SplitKind.STRATIFIED, len(y), options, drawn.classes), strict=True))
        x = {part: drawn.pictures[rows][..., None] for part, rows in parts.items()}
        return Dataset(
            self.title, x[Split.TRAINING], y[parts[Split.TRAINING]], x[Split.TEST], y[parts[Split.TEST]],
            names, (), ("class",), 0.0, WHITE, notes=notes_on_counts(names, drawn),
            x_validation=x[Split.VALIDATION], y_validation=y[parts[Split.VALIDATION]],
        )  # fmt: skip


def notes_on_counts(names: Sequence[str], drawings: Drawings) -> tuple[str, ...]:
    """Sentences on classes with few pictures or none."""
    counts = {name: int((drawings.classes == i).sum()) for i, name in enumerate(names)}
    empty = [f"{name} has no picture yet." for name, count in counts.items() if not count]
    few = ", ".join(f"{name}: {count}" for name, count in counts.items() if 0 < count < FEW)
    if not few:
        return tuple(empty)
    return (
        *empty,
        f"Few pictures to learn from and be judged by ({few}). Draw at least {FEW} of each class.",
    )


def too_many(count: int) -> str:
    """The sentence on more pictures than a project holds."""
    return (
        f"{count:,} pictures are more than the {MOST:,} that a project holds. Remove some, or keep them as "
        "picture files in a folder for each class and choose Image folder."
    )


def drawings_of(options: Mapping[str, Any]) -> Drawings:
    """What the options hold. Raises DataError."""
    size, count = options["size"], len(class_names(options["classes"]))
    return read(options["drawings"], size, count) if options["drawings"] else strokes(size)


def strokes(size: int) -> Drawings:
    """Something to begin with: upright and level lines, ten of each."""
    pictures = np.zeros((20, size, size), np.float32)
    starts = np.linspace(size // 8, size - size // 8 - 2, 10).astype(int)
    ends = slice(size // 6, size - size // 6)
    for i, start in enumerate(starts):
        pictures[2 * i, ends, start : start + 2] = 1
        pictures[2 * i + 1, start : start + 2, ends] = 1
    return Drawings(pictures, np.arange(20) % 2)


def write(drawings: Drawings) -> str:
    """The text of drawings; `read` gives the same back."""
    shades = np.round(np.clip(drawings.pictures, 0, 1) * (SHADES - 1)).astype(np.uint8)
    flat = shades.reshape(len(shades), shades.shape[1] * shades.shape[2])
    if flat.shape[1] % 2:
        flat = np.pad(flat, ((0, 0), (0, 1)))
    packed = flat[:, ::2] * SHADES + flat[:, 1::2]
    texts = (base64.b64encode(zlib.compress(row.tobytes(), 9)).decode() for row in packed)
    return BETWEEN.join(f"{int(c) + 1} {text}" for c, text in zip(drawings.classes, texts, strict=True))


def read(text: str, size: int, classes: int) -> Drawings:
    """Drawings from their text. Raises DataError with a sentence."""
    parts = [part.strip() for part in text.split(BETWEEN) if part.strip()]
    if len(parts) > MOST:
        raise DataError(too_many(len(parts)))
    pictures, labels = np.zeros((len(parts), size, size), np.float32), np.zeros(len(parts), np.int64)
    for i, part in enumerate(parts):
        which, _, packed = part.partition(" ")
        if not (which.isdecimal() and 1 <= int(which) <= classes):
            raise DataError(
                f"Picture {i + 1} is of class {which or '?'}, but there are classes 1 to {classes}. Remove "
                "the picture or name another class."
            )
        labels[i] = int(which) - 1
        pictures[i] = _unpacked(packed, i, size)
    return Drawings(pictures, labels)


def _unpacked(text: str, index: int, size: int) -> np.ndarray:
    """Shades (size, size) of 0 .. 1. Raises DataError."""
    length = (size * size + 1) // 2
    try:
        unpacker = zlib.decompressobj()
        # Never more than a picture has, whatever the text says.
        content = unpacker.decompress(base64.b64decode(text, validate=True), length + 1)
    except (binascii.Error, zlib.error, ValueError):
        content = b""
    if len(content) != length:
        raise DataError(
            f"Picture {index + 1} is damaged, or was drawn in another size than {size} x {size}. Set the "
            "size back, or remove the pictures."
        )
    packed = np.frombuffer(content, np.uint8)
    shades = np.stack([packed // SHADES, packed % SHADES], 1).ravel()[: size * size]
    return (shades / (SHADES - 1)).astype(np.float32).reshape(size, size)


def renamed(names: Sequence[str], index: int, name: str) -> str:
    """The text of names with another one at a place. Raises DataError where it has a comma or is taken."""
    clean = name.strip()
    if not clean or "," in clean:
        raise DataError("A class needs a name without a comma.")
    if clean in names:
        raise DataError(f"There is a class '{clean}' already. Choose another name.")
    return ", ".join([*names[:index], clean, *names[index + 1 :]])
