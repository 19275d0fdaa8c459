"""What a dropped file is taken for: by its suffix, or by its start where two kinds share one."""

from __future__ import annotations

import zipfile
from enum import StrEnum, auto
from pathlib import Path

from nnstudio.importing.importer import importers
from nnstudio.importing.stored_weights import LAYOUT, METADATA
from nnstudio.lessons.handed_in import is_handed_in
from nnstudio.lessons.package import SUFFIX as LESSON
from nnstudio.model.projectfile import SUFFIX

# Of a file of text, enough to see what it begins with.
START = 2**16
# What stands at the start of a configuration of Keras, and in no table.
KERAS = ('"class_name"', '"config"')


class Holds(StrEnum):
    """What is in a file."""

    PROJECT = auto()
    LESSON = auto()
    WORK = auto()
    NETWORK = auto()
    WEIGHTS = auto()
    DATA = auto()


def held(path: Path) -> Holds:
    """What is in a file or folder; what cannot be looked into is taken for data, whose reader says why."""
    suffix = path.suffix.lower()
    if suffix == SUFFIX:
        return Holds.PROJECT
    if suffix == LESSON:
        return Holds.LESSON
    if is_handed_in(path):
        return Holds.WORK
    if suffix == ".safetensors":
        return Holds.WEIGHTS
    if suffix == ".npz":
        return Holds.WEIGHTS if _has_own_weights(path) else Holds.DATA
    if suffix == ".json":
        return Holds.NETWORK if _is_of_keras(path) else Holds.DATA
    is_network = any(suffix in importer.suffixes for importer in importers)
    return Holds.NETWORK if is_network else Holds.DATA


def _has_own_weights(path: Path) -> bool:
    """Whether an .npz file has the description that an export writes."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{METADATA}{LAYOUT}.npy" in archive.namelist()
    # The last for archives of a kind that zipfile does not read.
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _is_of_keras(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(START)
    except OSError:
        return False
    return text.lstrip().startswith("{") and all(word in text for word in KERAS)
