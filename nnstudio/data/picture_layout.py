"""How a folder of pictures is laid out: a folder for each class, or such folders for each part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnstudio.data.dataset import DataError, Split
from nnstudio.data.pictures import picture_files
from nnstudio.model.atomic_file import FileError

# What people call the folders of the parts.
NAMES_OF_PARTS = {
    "train": Split.TRAINING, "training": Split.TRAINING,
    "validation": Split.VALIDATION, "valid": Split.VALIDATION, "val": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "test": Split.TEST, "testing": Split.TEST,
}  # fmt: skip
# So many names are listed in a sentence.
NAMED = 3


@dataclass(frozen=True)
class Layout:
    """Pictures by part and class; ``notes`` say what was understood and what is left out.

    Where the folder has no parts of its own, all pictures are in one that is called None.
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


@dataclass(frozen=True)
class _Level:
    """The pictures of a folder: those in its folders, by their names, and those beside them."""

    folder: Path
    inner: dict[str, list[Path]]
    loose: list[Path]

    def below(self, name: str) -> _Level:
        return _level(self.folder / name, self.inner[name])

    @property
    def beside(self) -> tuple[str, ...]:
        """A note on pictures that lie beside folders of classes."""
        if not self.loose:
            return ()
        count = len(self.loose)
        return (
            f"{count:,} picture{'s lie' if count > 1 else ' lies'} beside the folders in "
            f"'{self.folder.name}', in no class, and {'are' if count > 1 else 'is'} left out: "
            f"{listed([path.name for path in self.loose])}.",
        )


def layout_of(folder: Path, has_parts: bool) -> Layout:
    """The pictures below a folder. ``has_parts``: whether its folders may be parts. Raises DataError."""
    try:
        level = _level(folder, picture_files(folder))
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


def _level(folder: Path, files: list[Path]) -> _Level:
    inner: dict[str, list[Path]] = {}
    loose = []
    for path in files:
        name, *more = path.relative_to(folder).parts
        if more:
            inner.setdefault(name, []).append(path)
        else:
            loose.append(path)
    return _Level(folder, inner, loose)


def _wrapped(level: _Level) -> _Level | None:
    """The only folder with pictures, where it holds folders of classes; None where there is none such."""
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
    notes.insert(0, f"The folder has its own parts, {told}; ratios and seed of a split do not count.")
    classes = tuple(sorted({label for _, label, _ in entries}))
    present = {(label, part) for _, label, part in entries}
    for part in dict.fromkeys(parts.values()):
        lacking = [name for name in classes if (name, part) not in present]
        if lacking:
            said = ", which cannot be learned so" if part == Split.TRAINING else ""
            notes.append(f"There are no pictures for {part} of {listed(lacking)}{said}.")
    return _layout(classes, entries, notes)


def _refuse_parts(level: _Level) -> None:
    """Raises DataError where all folders are called like parts, though they hold no classes."""
    if all(name.lower() in NAMES_OF_PARTS for name in level.inner):
        raise DataError(
            f"'{level.folder.name}' has the parts {listed(list(level.inner))}, but the one for training does "
            "not hold a folder for each class. Sort its pictures into such folders, or switch Parts off if "
            "these are the names of classes."
        )


def _without_parts(level: _Level, notes: list[str]) -> Layout:
    if len(level.inner) < 2:
        count = len(level.inner)
        raise DataError(
            f"'{level.folder.name}' has {count or 'no'} folder{'' if count == 1 else 's'} with "
            "pictures in it; it takes two or more, one for each class, such as 'cats' and 'dogs'."
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
