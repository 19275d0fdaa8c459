"""Samples of a person's own that a generator imitates, all of them real: rows of numbers, or pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.csv_file import READING_OPTIONS
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, Split, sources
from nnstudio.data.excel_file import SHEET
from nnstudio.data.imitation import ORIGINS
from nnstudio.data.json_file import ARRAY
from nnstudio.data.picture_samples import NORMALISATIONS, PICTURE_OPTIONS, dataset_of, read_samples
from nnstudio.data.pictures import SUFFIXES, picture_files
from nnstudio.data.playground import SHARES, divided
from nnstudio.data.series_file import SeriesFile, reading_of
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.standardising import standardise
from nnstudio.data.tables.options import KEPT_MARKS, MISSING_MARKS, NAMES_OPTION
from nnstudio.data.tables.source import reader_of
from nnstudio.model.atomic_file import FileError
from nnstudio.model.folders import MOST_LOOKED_AT, holds
from nnstudio.model.quantity import counted

# It is not a person's choice here.
NORMALISE = "normalise"
# Fewer rows tell nothing of how they are spread.
FEWEST = 10
REAL = "All samples are real: a generator learns to make more of their kind, and a judge to tell them apart."
UNSEEN = (
    "Generated points are only drawn for two columns. To get rows of more, export the generator alone and "
    "give it noise; or name two columns under Inputs."
)


@sources.register
class TableToImitate(Source):
    """The columns of numbers (columns,), standardised with the training part's mean."""

    id = "imitation_table"
    title = "Table to imitate"
    order = 25
    picks = Picks.FILE
    suffixes = SeriesFile.suffixes
    embeds = True
    page_options = SeriesFile.page_options
    listed_options = SeriesFile.listed_options
    help = "The numbers of a table of your own, for a generator to make more rows like them."
    options = (
        *READING_OPTIONS, SHEET, ARRAY,
        Option("inputs", "", "Columns of numbers that are imitated, such as a; b; empty means all of them."),
        NAMES_OPTION, KEPT_MARKS, MISSING_MARKS, *SHARES,
    )  # fmt: skip

    def takes(self, path: Path) -> bool:
        """None by itself: a table is usually learned from, so a person chooses this."""
        return False

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a table with columns of numbers.")
        path = Path(options["path"])
        frame = reader_of(path).read_once(path, reading_of(path, options)).table.frame
        chosen = [name.strip() for name in options["inputs"].split(";") if name.strip()]
        numbers = frame.select_dtypes("number")
        numbers.columns = list(map(str, numbers.columns))
        for name in chosen:
            if name not in numbers.columns:
                known = ", ".join(f"'{column}'" for column in numbers.columns) or "none"
                raise DataError(f"'{path.name}' has no column of numbers '{name}'. It has: {known}.")
        numbers = numbers[chosen] if chosen else numbers
        if not len(numbers.columns):
            raise DataError(f"'{path.name}' has no column of numbers to imitate. Choose another table.")
        values = numbers.to_numpy(np.float64)
        whole = np.isfinite(values).all(1)
        if whole.sum() < FEWEST:
            raise DataError(
                f"'{path.name}' has {counted(int(whole.sum()), 'row')} without gaps in these columns, and a "
                f"generator needs {FEWEST} or more. Name fewer columns under Inputs."
            )
        gaps = int((~whole).sum())
        left = [name for name in map(str, frame.columns) if name not in numbers.columns]
        notes = (
            REAL,
            *([f"Left out, as they hold no numbers: {', '.join(left)}."] if left and not chosen else []),
            *([f"{counted(gaps, 'row')} left out, with gaps in these columns."] if gaps else []),
            *([UNSEEN] if len(numbers.columns) != 2 else []),
        )
        names, real = tuple(numbers.columns), np.ones((int(whole.sum()), 1))
        data = divided(path.stem, values[whole], real, options, ORIGINS, names, ("origin",), notes)
        shift, scale = standardise(data.x_train.astype(np.float64))
        parts = {
            name: ((getattr(data, name) - shift) / scale).astype(np.float32)
            for name in ("x_train", "x_validation", "x_test")
        }
        return replace(data, x_shift=shift, x_scale=scale, **parts)

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [f"{i},{i * i % 17},{'ab'[i % 2]}\n" for i in range(40)]
        (folder / "rows.csv").write_text("".join(["left,right,word\n", *rows]), encoding="utf-8")
        return {"path": str(folder / "rows.csv")}


@sources.register
class PicturesToImitate(Source):
    """Pictures as `ImageFolder` reads them, whatever folders they lie in."""

    id = "imitation_pictures"
    title = "Pictures to imitate"
    order = 26
    picks = Picks.FOLDER
    help = "A folder of pictures of your own, for a generator to make more pictures like them."
    options = (
        Option("path", "", "The folder."),
        *(replace(o, default=24) if o.name == "size" else o for o in PICTURE_OPTIONS if o.name != NORMALISE),
        Option("test_ratio", 0.1, "Share of pictures kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A folder with pictures, in folders or not, as a quick look tells."""
        return path.is_dir() and (holds(path, SUFFIXES) or _has_pictures(path))

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose one with pictures.")
        folder = Path(options["path"])
        try:
            paths = picture_files(folder)
        except FileError as error:
            raise DataError(f"{error} Choose a folder of pictures.") from error
        if len(paths) < FEWEST:
            raise DataError(
                f"'{folder.name}' holds {counted(len(paths), 'picture')}, and a generator needs {FEWEST} or "
                "more. Choose another folder."
            )
        # From black to white, as a generator with a sigmoid at its end makes them.
        how = {**options, NORMALISE: NORMALISATIONS[0]}
        samples = read_samples(folder.name, paths, how)
        real = np.ones((len(samples.rows), 1), np.float32)
        divided_rows = divide(SplitKind.RANDOM, len(samples.rows), options)
        parts = dict(zip(Split, divided_rows, strict=True))
        return dataset_of(folder.name, samples, real, parts, how, (REAL,), ORIGINS, ("origin",))

    def example(self, folder: Path) -> dict[str, Any]:
        from PIL import Image

        for i in range(12):
            Image.fromarray(np.full((6, 7, 3), 40 + 15 * i, np.uint8)).save(folder / f"{i}.png")
        return {"path": str(folder), "size": 4}


def _has_pictures(folder: Path) -> bool:
    """Whether a picture lies in the folder itself."""
    try:
        files = islice(folder.iterdir(), MOST_LOOKED_AT)
        return any(file.suffix.lower() in SUFFIXES and not file.name.startswith(".") for file in files)
    except OSError:
        return False
