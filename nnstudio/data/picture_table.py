"""A table that names picture files: which of a folder's tables it is, and which row is of which picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.csv_file import as_written
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import Dialect
from nnstudio.data.folder_layout import NAMES_OF_PARTS, listed
from nnstudio.data.pictures import SUFFIXES
from nnstudio.data.table_reader import read_table
from nnstudio.data.tables.settings import no_such_column
from nnstudio.model.atomic_file import FileError
from nnstudio.model.folders import NOT_ENTERED, files_in

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES_OF_TABLES = (".csv", ".tsv")
# Tables lie at the top of the folder, or in one of its folders.
PATTERNS = tuple(f"{folder}*{suffix}" for folder in ("", "*/") for suffix in SUFFIXES_OF_TABLES)
# A column names files where this share of its cells does.
NAMES_FILES = 0.1
# What people call the column of labels, the likeliest first.
LABELS = (
    "label", "labels", "class", "classes", "class_name", "classname", "target", "category", "species",
    "breed", "diagnosis", "y", "label_name", "class_id", "tag",
)  # fmt: skip
# What the tables are called that do not hold labels to learn from, though they name pictures.
NOT_LEARNED = ("submission", "test")

# How a table is read where nobody says otherwise.
GUESS = {"delimiter": "guess", "header": "guess", "decimal": "guess"}


@dataclass(frozen=True, eq=False)
class PictureTable:
    """A table with a row for each picture.

    Attributes:
        path: its file; ``files`` is the column that names pictures, ``label`` the one to predict.
        labels: of the rows that are used, as in the file.
        pictures: the file of each of them.
        notes: what was understood, and what is left out.
    """

    path: Path
    dialect: Dialect
    files: str
    label: str
    labels: pd.Series
    pictures: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Candidate:
    path: Path
    dialect: Dialect
    files: str
    # The picture of each row, and pictures by what a table may call them.
    rows: list[Path | None]
    index: Mapping[str, Path | None]

    @property
    def matches(self) -> int:
        return sum(row is not None for row in self.rows)

    @property
    def label(self) -> str:
        """The column of labels, as its name says, else the usual target; "" where there is none other."""
        others = [name for name in self.dialect.columns if name != self.files]
        by_name = {name.strip().lower(): name for name in reversed(others)}
        named = [by_name[word] for word in LABELS if word in by_name]
        usual = [self.dialect.target] if self.dialect.target in others else []
        return next(iter([*named, *usual, *others[::-1]]), "")

    @property
    def is_plain(self) -> bool:
        """Whether its labels are called so, or no folders of the pictures could tell their classes."""
        folders = {row.parent for row in self.rows if row is not None}
        return bool(self.label) and (self.label.strip().lower() in LABELS or len(folders) == 1)

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """The higher, the likelier it is the table of labels."""
        name = self.path.stem.lower()
        return bool(self.label), not any(word in name for word in NOT_LEARNED), self.matches


def has_picture_table(folder: Path) -> bool:
    """Whether a folder holds a table that names pictures in it."""
    if not any(next(folder.glob(pattern), None) for pattern in PATTERNS):
        return False
    try:
        return any(candidate.is_plain for candidate in _candidates(folder, "")[0])
    except DataError:
        return False


def picture_table(folder: Path, table: str, label: str) -> PictureTable:
    """The table of a folder's pictures; ``table`` is its file's name and ``label`` a column, or "" for a
    guess. Raises DataError.
    """
    candidates, pictures = _candidates(folder, table)
    candidates = [candidate for candidate in candidates if candidate.label]
    if not candidates:
        which = f"'{table}'" if table else "a table (CSV or TSV)"
        raise DataError(
            f"'{folder.name}' does not hold {which} with a column that names its {len(pictures):,} pictures "
            "and another one with their labels. Add such a table, or make a folder for each class."
        )
    best = max(candidates, key=lambda candidate: candidate.rank)
    label = label or best.label
    if label not in best.dialect.columns:
        raise DataError(no_such_column(label, best.dialect.columns, best.path.name))
    read = read_table(best.path, best.dialect, (best.files,))
    rows = [_picture(str(cell).strip(), best.index) for cell in read.frame[best.files]]
    known = np.array([row is not None for row in rows])
    labelled = read.frame[label].notna().to_numpy()
    repeated = np.array([row is not None for row in _repeats(rows)])
    used = known & labelled & ~repeated
    columns = [name for name in best.dialect.columns if name not in (best.files, label)]
    told = [
        f"'{best.path.name}' names the pictures in its column '{best.files}', and their labels are "
        f"'{label}'." + (f" Not used: {listed(columns)}." if columns else "")
    ]
    others = [candidate.path.name for candidate in candidates if candidate is not best]
    if others:
        told.append(f"Other tables name pictures, too, and are not read: {listed(others)}.")
    told += _counted(best, read.frame, known, labelled, repeated)
    used_pictures = {row for row in rows if row is not None}
    without = [path.name for path in pictures if path not in used_pictures]
    if without:
        have, are = ("s have", "are") if len(without) > 1 else (" has", "is")
        told.append(f"{len(without):,} picture{have} no row in it and {are} left out: {listed(without)}.")
    if not used.any():
        raise DataError(f"No row of '{best.path.name}' has a picture and a label. {' '.join(told)}")
    chosen = tuple(row for row, is_used in zip(rows, used, strict=True) if is_used and row)
    return PictureTable(
        best.path, best.dialect, best.files, label, read.frame[label][used], chosen, (*told, *read.notes)
    )


def _counted(
    table: _Candidate, frame: pd.DataFrame, known: np.ndarray, labelled: np.ndarray, repeated: np.ndarray
) -> list[str]:
    """Sentences on rows that are left out."""
    told = []
    for left_out, why in (
        (~known, "name no picture in the folder, or several"),
        (known & ~labelled, "have no label"),
        (known & labelled & repeated, "name a picture again, whose first row counts"),
    ):
        count = int(left_out.sum())
        if count:
            names = [str(name) for name in frame[table.files][left_out].head(4)]
            told.append(f"{count:,} of {len(frame):,} rows {why}, and are left out: {listed(names)}.")
    return told


def _repeats(rows: list[Path | None]) -> list[Path | None]:
    """Of each row its picture, where an earlier row has the same one."""
    seen: set[Path] = set()
    repeats = []
    for row in rows:
        repeats.append(row if row in seen else None)
        if row is not None:
            seen.add(row)
    return repeats


def _candidates(folder: Path, table: str) -> tuple[list[_Candidate], list[Path]]:
    """Tables that name pictures of the folder, and all its pictures. Raises DataError."""
    depth = len(folder.parts)
    try:
        files = [
            path
            for path in files_in(folder)
            if not path.name.startswith(".") and NOT_ENTERED not in path.parts[depth:]
        ]
    except FileError as error:
        raise DataError(str(error)) from error
    pictures = [path for path in files if path.suffix.lower() in SUFFIXES]
    tables = [
        path for path in files if path.suffix.lower() in SUFFIXES_OF_TABLES and len(path.parts) - depth <= 2
    ]
    if table:
        tables = [path for path in tables if table in (path.name, path.relative_to(folder).as_posix())]
    candidates = [_candidate(folder, path, pictures) for path in tables] if pictures else []
    return [candidate for candidate in candidates if candidate is not None], pictures


def _candidate(folder: Path, path: Path, pictures: list[Path]) -> _Candidate | None:
    """A table with the column that names most pictures; None where none does, or it is no table."""
    try:
        dialect = as_written(path, GUESS)
        # As texts: 007 stays what it is.
        frame = read_table(path, dialect, dialect.columns).frame
    except DataError:
        return None
    index = _index(folder, path, pictures)
    best: tuple[int, int, str, list[Path | None]] | None = None
    for name in dialect.columns:
        cells = [str(cell).strip() for cell in frame[name]]
        rows = [_picture(cell, index) for cell in cells]
        # Few numbers may be names of files by chance; the names of the files are all different.
        different = len({row for row in rows if row is not None})
        matches = sum(row is not None for row in rows)
        if matches and matches >= NAMES_FILES * len(rows) and (best is None or different > best[0]):
            best = different, matches, name, rows
    return None if best is None else _Candidate(path, dialect, best[2], best[3], index)


def _index(folder: Path, table: Path, pictures: list[Path]) -> dict[str, Path | None]:
    """Pictures by all that a table may call them; None where that would be several.

    Of a table called like a part, such as train.csv, names are looked for in the folder of that part first.
    """
    part = NAMES_OF_PARTS.get(table.stem.lower())
    index: dict[str, Path | None] = {}
    for path in pictures:
        # Every end of its path, with and without its suffix.
        end = "/".join(path.parts[len(folder.parts) :])
        while end:
            for name in (end, end.removesuffix(path.suffix)):
                index[name] = path if name not in index else None
            end = end.partition("/")[2]
    if part is not None:
        own = [p for p in pictures if NAMES_OF_PARTS.get(p.relative_to(folder).parts[0].lower()) == part]
        counted = Counter(name for path in own for name in {path.name, path.stem})
        index |= {name: path for path in own for name in (path.name, path.stem) if counted[name] == 1}
    return index


def _picture(cell: str, index: Mapping[str, Path | None]) -> Path | None:
    name = cell.replace("\\", "/").removeprefix("./").lstrip("/")
    parts = name.split("/")
    # As it is written, else by its end, for tables that were written on another machine.
    ends = ("/".join(parts[i:]) for i in range(len(parts)))
    return next((index[end] for end in ends if end in index), None)
