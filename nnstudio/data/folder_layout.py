"""How a folder of pictures or sounds is laid out: a folder for each class, or such folders for each part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.some_examples import some_of
from nnstudio.data.splits import SplitKind, divide, hold_back, read_fold
from nnstudio.model.atomic_file import FileError

# What people call the folders of the parts.
NAMES_OF_PARTS = {
    "train": Split.TRAINING, "training": Split.TRAINING,
    "validation": Split.VALIDATION, "valid": Split.VALIDATION, "val": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "test": Split.TEST, "testing": Split.TEST,
}  # fmt: skip
PARTS_OPTIONS = (
    Option("parts", True, "Folders called train, validation and test are the parts of the data."),
    Option("hold_back", True, "Where no folder is for validation, its share comes out of that for training."),
)
# So many names are listed in a sentence.
NAMED = 3


@dataclass(frozen=True)
class Kind:
    """What the files are: the ``name`` of one, how they are listed, and names of two classes."""

    name: str
    files: Callable[[Path], list[Path]]
    classes: str


@dataclass(frozen=True)
class Layout:
    """Files by part and class; ``notes`` say what was understood and what is left out.

    Where the folder has no parts of its own, all files are in one that is called None.
    """

    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    # Of each path: the number of its class, and its part.
    labels: tuple[int, ...]
    parts: tuple[Split | None, ...]
    notes: tuple[str, ...]

    @property
    def has_parts(self) -> bool:
        return None not in self.parts

    def divide(
        self, kind: SplitKind, kept: np.ndarray, options: Mapping[str, Any]
    ) -> dict[Split, np.ndarray]:
        """Indices of the samples of each part; ``kept`` (n,) are the files, from 0, that became samples.

        ``options`` are those of a split. Raises DataError.
        """
        classes = np.array(self.labels)[kept]
        if not self.has_parts:
            return dict(zip(Split, divide(kind, len(kept), options, classes), strict=True))
        given = np.array([str(part) for part in self.parts])[kept]
        parts = {part: np.flatnonzero(given == str(part)) for part in Split}
        if read_fold(options["fold"]) is None and not self._holds_back(options):
            return {**parts, Split.TRAINING: some_of(parts[Split.TRAINING], options, classes)}
        # Folds are of all but the test part; fold_rows takes samples in a random order.
        rest = np.concatenate([parts[Split.TRAINING], parts[Split.VALIDATION]])
        rest = np.random.default_rng(options["seed"]).permutation(rest)
        train, validation = hold_back(kind, len(rest), options, classes=classes[rest])
        return {**parts, Split.TRAINING: rest[train], Split.VALIDATION: rest[validation]}

    def _holds_back(self, options: Mapping[str, Any]) -> bool:
        """Whether what is for validation is of the folder for training."""
        is_asked = options["hold_back"] and options["validation_ratio"] > 0
        return bool(is_asked and self.has_parts and Split.VALIDATION not in self.parts)

    def own_parts(self, options: Mapping[str, Any]) -> tuple[Split, ...]:
        """Those that folders make, and no option."""
        kept = (Split.TEST,) if options["fold"].strip() or self._holds_back(options) else Split
        return tuple(part for part in kept if part in self.parts)

    def told(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Its notes, and what becomes of the parts."""
        if not self.has_parts:
            return self.notes
        if options["fold"].strip():
            return (*self.notes, "For folds, the parts for training and validation are taken together.")
        if self._holds_back(options):
            share = f"{options['validation_ratio']:.0%}"
            return (*self.notes, f"No folder is for validation: {share} of that for training are.")
        return (*self.notes, "Ratios and seed of a split do not count.")


@dataclass(frozen=True)
class _Level:
    """The files of a folder: those in its folders, by their names, and those beside them."""

    kind: Kind
    folder: Path
    inner: dict[str, list[Path]]
    loose: list[Path]

    def below(self, name: str) -> _Level:
        return _level(self.kind, self.folder / name, self.inner[name])

    @property
    def beside(self) -> tuple[str, ...]:
        """A note on files that lie beside folders of classes."""
        if not self.loose:
            return ()
        count = len(self.loose)
        return (
            f"{count:,} {self.kind.name}{'s lie' if count > 1 else ' lies'} beside the folders in "
            f"'{self.folder.name}', in no class, and {'are' if count > 1 else 'is'} left out: "
            f"{listed([path.name for path in self.loose])}.",
        )


def layout_of(kind: Kind, folder: Path, has_parts: bool) -> Layout:
    """The files of a kind below a folder. ``has_parts``: whether its folders may be parts. Raises
    DataError.
    """
    try:
        level = _level(kind, folder, kind.files(folder))
    except FileError as error:
        raise DataError(str(error)) from error
    notes: list[str] = []
    while inner := _wrapped(level):
        notes += level.beside
        level = inner
    if level.folder != folder:
        notes.append(f"The classes are the folders in '{level.folder.relative_to(folder.parent)}'.")
    parts = _parts(level) if has_parts else {}
    if parts:
        return _with_parts(level, parts, notes)
    if has_parts and len({NAMES_OF_PARTS.get(name.lower()) for name in level.inner} - {None}) > 1:
        _refuse_parts(level)
    return _without_parts(level, notes)


def listed(names: list[str]) -> str:
    """The first of some names, quoted."""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _level(kind: Kind, folder: Path, files: list[Path]) -> _Level:
    inner: dict[str, list[Path]] = {}
    loose = []
    for path in files:
        name, *more = path.relative_to(folder).parts
        if more:
            inner.setdefault(name, []).append(path)
        else:
            loose.append(path)
    return _Level(kind, folder, inner, loose)


def _wrapped(level: _Level) -> _Level | None:
    """The only folder with files, where it holds folders of classes; None where there is none such."""
    if len(level.inner) != 1:
        return None
    (name,) = level.inner
    inner = level.below(name)
    return inner if len(inner.inner) > 1 or _wrapped(inner) else None


def _parts(level: _Level) -> dict[str, Split]:
    """Folders that are parts: one to learn from, which has folders of classes, and another one."""
    parts = {name: NAMES_OF_PARTS[name.lower()] for name in level.inner if name.lower() in NAMES_OF_PARTS}
    learned = [name for name, part in parts.items() if part == Split.TRAINING]
    if len(set(parts.values())) < 2 or not any(len(level.below(name).inner) > 1 for name in learned):
        return {}
    return parts


def _with_parts(level: _Level, parts: dict[str, Split], notes: list[str]) -> Layout:
    entries: list[tuple[Path, str, Split | None]] = []
    for name, part in parts.items():
        inner = level.below(name)
        notes += inner.beside
        entries += [(path, label, part) for label, paths in inner.inner.items() for path in paths]
    others = [name for name in level.inner if name not in parts]
    if others:
        notes.append(f"Beside the parts, and left out: the folders {listed(others)}.")
    notes += level.beside
    told = ", ".join(f"'{name}' for {part}" for name, part in parts.items())
    notes.insert(0, f"The folder has its own parts, {told}.")
    classes = tuple(sorted({label for _, label, _ in entries}))
    present = {(label, part) for _, label, part in entries}
    for part in dict.fromkeys(parts.values()):
        lacking = [name for name in classes if (name, part) not in present]
        if lacking:
            said = ", which cannot be learned so" if part == Split.TRAINING else ""
            notes.append(f"There are no {level.kind.name}s for {part} of {listed(lacking)}{said}.")
    return _layout(classes, entries, notes)


def _refuse_parts(level: _Level) -> None:
    """Raises DataError where all folders are called like parts, though they hold no classes."""
    if all(name.lower() in NAMES_OF_PARTS for name in level.inner):
        raise DataError(
            f"'{level.folder.name}' has the parts {listed(list(level.inner))}, but the one for training does "
            f"not hold a folder for each class. Sort its {level.kind.name}s into such folders, or switch "
            "Parts off if these are the names of classes."
        )


def _without_parts(level: _Level, notes: list[str]) -> Layout:
    if len(level.inner) < 2:
        count = len(level.inner)
        raise DataError(
            f"'{level.folder.name}' has {count or 'no'} folder{'' if count == 1 else 's'} with "
            f"{level.kind.name}s in it; it takes two or more, one for each class, such as "
            f"{level.kind.classes}."
        )
    notes += level.beside
    entries: list[tuple[Path, str, Split | None]] = [
        (path, label, None) for label, paths in level.inner.items() for path in paths
    ]
    return _layout(tuple(level.inner), entries, notes)


def _layout(
    classes: tuple[str, ...], entries: list[tuple[Path, str, Split | None]], notes: list[str]
) -> Layout:
    number = {name: i for i, name in enumerate(classes)}
    return Layout(
        classes, tuple(path for path, _, _ in entries), tuple(number[label] for _, label, _ in entries),
        tuple(part for _, _, part in entries), tuple(notes),
    )  # fmt: skip
