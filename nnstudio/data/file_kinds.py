"""What a file or folder of new samples is, and what a network takes: for a sentence where they do not fit."""

from __future__ import annotations

from pathlib import Path

from nnkernels.spec import show_shape
from nnstudio.data.dataset import Dataset, FileKind, Source, sources
from nnstudio.data.new_rows import inputs_in_words, quoted_names
from nnstudio.data.pictures import SUFFIXES as PICTURES
from nnstudio.data.pictures import picture_files
from nnstudio.data.prose import is_prose
from nnstudio.data.sounds import SUFFIXES as SOUNDS
from nnstudio.data.sounds import sound_files
from nnstudio.data.tables.source import table_suffixes
from nnstudio.model.atomic_file import FileError
from nnstudio.model.projectfile import SUFFIX as PROJECT

# Bytes of a file of an unknown name that tell whether it is a text.
LOOKED_AT = 4096
# One suffix of each format: people know the others.
TABLES = (".csv", ".xlsx", ".parquet", ".jsonl")


def sentence_on_kind(path: Path, source: Source, data: Dataset) -> str:
    """What the file is, and what a network takes that was trained on data of this source; "" where that is
    what it takes.
    """
    kind, taken = kind_of(path), _taken(source, data)
    if kind in taken or kind == FileKind.ARRAY:
        return ""
    return f"'{path.name}' is {kind}, but the network takes {_in_words(taken[0], source, data)}."


def _taken(source: Source, data: Dataset) -> tuple[FileKind, ...]:
    """Kinds of files with new samples, the usual one first."""
    has_pictures = len(data.input_shape) == 3 and data.input_shape[2] in (1, 3)
    own = source.new_samples or (() if has_pictures else (FileKind.TABLE,))
    # Spectrograms have the shape of pictures.
    if has_pictures and FileKind.SOUND not in own:
        own += (FileKind.PICTURE, FileKind.PICTURES, FileKind.IDX)
    return own


def kind_of(path: Path) -> FileKind:
    """What a file or folder is, by its name; where that tells nothing, by how it begins."""
    if path.is_dir():
        return _kind_of_folder(path)
    suffix, name = path.suffix.lower(), path.name.lower()
    if suffix == ".txt":
        return FileKind.TEXT if is_prose(path) else FileKind.TABLE
    of_names = {
        FileKind.PICTURE: tuple(PICTURES), FileKind.SOUND: tuple(SOUNDS), FileKind.TABLE: table_suffixes(),
        FileKind.IDX: sources["idx"].suffixes, FileKind.PROJECT: (PROJECT,), FileKind.ARRAY: (".npy",),
        FileKind.ARRAYS: (*sources["npz"].suffixes, *sources["hdf5"].suffixes),
    }  # fmt: skip
    known = next((kind for kind, endings in of_names.items() if name.endswith(endings)), None)
    return known or (FileKind.TABLE if _is_text(path) else FileKind.OTHER)


def _kind_of_folder(path: Path) -> FileKind:
    try:
        if picture_files(path):
            return FileKind.PICTURES
        return FileKind.SOUNDS if sound_files(path) else FileKind.FOLDER
    except FileError:
        return FileKind.FOLDER


def _is_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"\0" not in file.read(LOOKED_AT)
    except OSError:
        return False


def _in_words(kind: FileKind, source: Source, data: Dataset) -> str:
    """What new samples must be."""
    match kind:
        case FileKind.PICTURE:
            return f"pictures ({', '.join(sorted(PICTURES))}) or a folder of them"
        case FileKind.SOUND:
            return f"sounds ({', '.join(sorted(SOUNDS))}) or a folder of them"
        case FileKind.TEXT:
            return "a text (.txt)"
        case FileKind.ARRAYS:
            endings = (*sources["npz"].suffixes, *sources["hdf5"].suffixes)
            return f"an array of samples of {show_shape(data.input_shape)} ({', '.join(endings)})"
    if source.id == "series":
        return f"a table ({', '.join(TABLES)}) with a row for each time and {quoted_names(data.targets)}"
    return f"a table ({', '.join(TABLES)}) with the columns {inputs_in_words(data)}"
