"""Arrays of a file before they are read, and which of them are inputs, targets and parts, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels.spec import show_shape
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.npy_file import NUMBERS

# Usual names, the most usual first.
INPUTS = ("x", "data", "images", "image", "inputs", "input", "features", "samples", "pictures")
TARGETS = ("y", "labels", "label", "targets", "target", "outputs", "output")
PARTS = {
    "train": Split.TRAINING, "training": Split.TRAINING, "test": Split.TEST, "testing": Split.TEST,
    "val": Split.VALIDATION, "valid": Split.VALIDATION, "validation": Split.VALIDATION,
}  # fmt: skip
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# Values that are read at once.
BLOCK = 2**20
TEXTS = "SU"
# So many names are listed in a sentence.
NAMED = 8


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file.

    Attributes:
        name: in its file, with the groups that it lies in.
        shape, dtype: as declared; of texts only the kind of the dtype counts.
        rows: reads rows start to stop, `(stop - start, *shape[1:])`. Raises DataError.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Callable[[int, int], np.ndarray]

    def __str__(self) -> str:
        return f"'{self.name}' ({show_shape(self.shape)})"

    @property
    def size(self) -> int:
        return int(np.prod([float(n) for n in self.shape]))

    def whole(self) -> np.ndarray:
        return self.rows(0, self.shape[0] if self.shape else 1)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All rows, some at once, each time with where they stand."""
        step = max(1, BLOCK * self.shape[0] // max(self.size, 1))
        for start in range(0, self.shape[0], step):
            stop = min(start + step, self.shape[0])
            yield slice(start, stop), self.rows(start, stop)

    def columns(self, name: str, chosen: np.ndarray) -> Stored:
        """Some columns of a table."""
        return Stored(name, (self.shape[0], len(chosen)), self.dtype, lambda a, b: self.rows(a, b)[:, chosen])


@dataclass(frozen=True)
class Meaning:
    """What a name says: of which part an array is, whether inputs or targets, and the other words of it."""

    part: Split | None
    role: str
    others: tuple[str, ...]

    def rank(self, usual: Sequence[str]) -> tuple[bool, bool, int]:
        return self.part is None, bool(self.others), usual.index(self.role)


@dataclass(frozen=True)
class Choice:
    """Inputs and targets of each part that a file has; ``column``: the target of a table, from 1, or 0."""

    x: dict[Split, Stored]
    y: dict[Split, Stored]
    column: int = 0
    notes: list[str] = field(default_factory=list)


def meaning(name: str) -> Meaning:
    """Of a name such as "x_train", "train/images", "digits_y"."""
    parts, role, others = set(), "", []
    for component in name.split("/"):
        words = [word.lower() for word in WORD.findall(component)]
        parts |= {PARTS[word] for word in words if word in PARTS}
        rest = [word for word in words if word not in PARTS and word != "set"]
        if rest:
            others += [role] if role else []
            # The last word says what it is: "label_names" are no labels.
            role = rest[-1]
            others += rest[:-1]
    return Meaning(parts.pop() if len(parts) == 1 else None, role, tuple(others))


def choose(file: str, arrays: Sequence[Stored], inputs: str, targets: str, column: int) -> Choice:
    """Which arrays are what; ``inputs`` and ``targets`` name some, or are empty. Raises DataError.

    ``column``: of a table without targets, the column that is the target, from 1; 0 for the last.
    """
    arrays = [array for array in arrays if array.shape and array.size]
    x, notes = choose_inputs(file, arrays, inputs)
    y = _targets(file, arrays, x, targets, notes)
    if y is None:
        return _table(file, arrays, x, column, notes)
    choice = Choice({Split.TRAINING: x}, {Split.TRAINING: y}, 0, notes)
    for part in (Split.VALIDATION, Split.TEST):
        pair = _other(arrays, x, part), _other(arrays, y, part)
        if pair[0] is not None and pair[1] is not None:
            choice.x[part], choice.y[part] = pair[0], pair[1]
            notes.append(f"The {part} part is '{pair[0].name}' and '{pair[1].name}'.")
    _tell_unused(arrays, [*choice.x.values(), *choice.y.values()], notes)
    _check(file, choice)
    return choice


def choose_inputs(file: str, arrays: Sequence[Stored], name: str) -> tuple[Stored, list[str]]:
    """The array with the inputs, and notes where that was guessed. Raises DataError."""
    if name:
        return _named(file, arrays, name, "Inputs"), []
    trained = [a for a in arrays if meaning(a.name).part in (None, Split.TRAINING)] or list(arrays)
    usual = [a for a in trained if meaning(a.name).role in INPUTS]
    if usual:
        return min(usual, key=lambda a: (*meaning(a.name).rank(INPUTS), -a.size)), []
    numbers = [a for a in trained if a.dtype.kind in NUMBERS and meaning(a.name).role not in TARGETS]
    # What is none of numbers is refused later, by a sentence on just that.
    rest = numbers or trained
    if not rest:
        raise DataError(f"'{file}' holds no array with values. Save the samples and their targets in it.")
    largest = max(rest, key=lambda a: a.size)
    if len(arrays) == 1:
        return largest, []
    return largest, [f"'{largest.name}' is taken for the inputs, as it has the most values."]


def _targets(file: str, arrays: Sequence[Stored], x: Stored, name: str, notes: list[str]) -> Stored | None:
    if name:
        return _named(file, arrays, name, "Targets")
    own = meaning(x.name).part
    beside = [a for a in arrays if a is not x and meaning(a.name).part in {own, None}]
    if own is None:
        beside += [a for a in arrays if meaning(a.name).part == Split.TRAINING]
    usual = [a for a in beside if meaning(a.name).role in TARGETS]
    if usual:
        return min(usual, key=lambda a: (a.shape[0] != x.shape[0], *meaning(a.name).rank(TARGETS)))
    fitting = [a for a in beside if a.shape[0] == x.shape[0] and a.dtype.kind in NUMBERS + TEXTS]
    if not fitting:
        return None
    smallest = min(fitting, key=lambda a: a.size)
    notes.append(f"'{smallest.name}' is taken for the targets, as it has a row for each sample.")
    return smallest


def _table(file: str, arrays: Sequence[Stored], x: Stored, column: int, notes: list[str]) -> Choice:
    """A table that holds its target as a column, and such ones of other parts. Raises DataError where there
    is none.
    """
    others = {part: _other(arrays, x, part) for part in (Split.VALIDATION, Split.TEST)}
    tables = {Split.TRAINING: x} | {part: other for part, other in others.items() if other is not None}
    if len(x.shape) != 2 or x.shape[1] < 2 or (len(arrays) > len(tables) and not column):
        listed = ", ".join(str(array) for array in arrays[:NAMED])
        raise DataError(
            f"'{file}' holds no targets for the {x.shape[0]:,} samples of '{x.name}'. Its arrays are: "
            f"{listed}. Save them as 'y' in the same file, or name one under Targets."
        )
    for table in tables.values():
        if table.shape[1:] != x.shape[1:]:
            raise DataError(f"{x} and {table} in '{file}' have different columns.")
    if column > x.shape[1]:
        raise DataError(
            f"'{x.name}' in '{file}' has {x.shape[1]:,} columns; there is no column {column:,} to predict."
        )
    at = column - 1 if column else x.shape[1] - 1
    notes.append(
        f"'{x.name}' is taken for a table whose {'' if column else 'last '}column {at + 1:,} is the target; "
        "choose another one under Target column."
    )
    notes += [f"The {part} part is '{tables[part].name}'." for part in others if part in tables]
    _tell_unused(arrays, list(tables.values()), notes)
    rest = np.delete(np.arange(x.shape[1]), at)
    return Choice(
        {part: table.columns(table.name, rest) for part, table in tables.items()},
        {part: table.columns(f"column {at + 1}", np.array([at])) for part, table in tables.items()},
        at + 1, notes,
    )  # fmt: skip


def _tell_unused(arrays: Sequence[Stored], used: Sequence[Stored], notes: list[str]) -> None:
    unused = [array.name for array in arrays if array not in used]
    if unused:
        notes.append(f"Not used: {_list(unused)}.")


def _other(arrays: Sequence[Stored], array: Stored, part: Split) -> Stored | None:
    """What another part has in the place of an array: all of the name but the part is alike."""
    own = meaning(array.name)
    if own.part == part:
        return None
    wanted = Meaning(part, own.role, own.others)
    return next((a for a in arrays if meaning(a.name) == wanted), None)


def _named(file: str, arrays: Sequence[Stored], name: str, option: str) -> Stored:
    for array in arrays:
        if array.name.strip("/") == name.strip("/"):
            return array
    names = _list([array.name for array in arrays])
    raise DataError(f"{option} is '{name}', but '{file}' holds no such array. Its arrays are: {names}.")


def _check(file: str, choice: Choice) -> None:
    first = choice.x[Split.TRAINING]
    for part, x in choice.x.items():
        y = choice.y[part]
        if x.shape[0] != y.shape[0]:
            raise DataError(
                f"'{y.name}' in '{file}' has {y.shape[0]:,} rows for the {x.shape[0]:,} samples of "
                f"'{x.name}'. Each sample takes one."
            )
        if x.shape[1:] != first.shape[1:]:
            raise DataError(f"{first} and {x} in '{file}' hold samples of different shapes.")


def _list(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name[:60]}'" for name in names[:NAMED]) + more
