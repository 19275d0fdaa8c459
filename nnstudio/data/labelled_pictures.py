"""A person's own pictures with a table of file names and labels, as competitions hand them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.columns import read_target
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, Split, sources
from nnstudio.data.dialect import split_cells
from nnstudio.data.image_folder import SPLITS
from nnstudio.data.picture_samples import PICTURE_OPTIONS, dataset_of, read_samples
from nnstudio.data.picture_table import has_picture_table, picture_table
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.standardising import standardise

PREVIEW_ROWS = 5
# So many classes are counted in a sentence.
MOST_COUNTED = 12


@sources.register
class LabelledPictures(Source):
    """Pictures as `ImageFolder` reads them; labels that are numbers with many values are standardised."""

    id = "labelled_pictures"
    title = "Pictures with a table"
    order = 20
    picks = Picks.FOLDER
    target_option = "label"
    help = "Your own pictures: a folder with a CSV in which each row names a picture and its label."
    options = (
        Option("path", "", "The folder."),
        Option("table", "", "The name of the table's file; empty means the one that names the pictures."),
        Option("label", "", "The column to predict; empty means a guess."),
        Option(
            "task", "guess", "Whether labels are classes or numbers.", choices=("guess", "classes", "number")
        ),
        *PICTURE_OPTIONS,
        Option("test_ratio", 0.2, "Share of pictures kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("split", SPLITS[0], "Of each class the same share, or any pictures.", choices=SPLITS),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A folder with a table that names pictures in it."""
        return path.is_dir() and has_picture_table(path)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose one with pictures and a table of their labels.")
        folder = Path(options["path"])
        table = picture_table(folder, options["table"], options["label"])
        samples = read_samples(folder.name, table.pictures, options)
        column = table.labels.iloc[samples.rows]
        y, classes = read_target(table.path, column, options["task"], ())
        kind = SplitKind(options["split"]) if classes else SplitKind.RANDOM
        divided = divide(kind, len(y), options, y[:, 0].astype(int) if classes else None)
        parts = dict(zip(Split, divided, strict=True))
        notes = table.notes
        scaling: tuple[np.ndarray | float, np.ndarray | float] = (0.0, 1.0)
        if classes:
            notes = (_counts(classes, y), *notes)
        else:
            scaling = standardise(y[parts[Split.TRAINING]])
        y = ((y - scaling[0]) / scaling[1]).astype(np.float32)
        return dataset_of(folder.name, samples, y, parts, options, notes, classes, (table.label,), scaling)

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        folder = Path(options["path"])
        if not options["path"] or not folder.is_dir():
            return None
        table = picture_table(folder, options["table"], options["label"])
        style = table.dialect
        with table.path.open(newline="", encoding=style.encoding, errors="replace") as file:
            lines = (line for line in islice(file, style.skipped_lines, None) if line.strip())
            cells = split_cells(table.path, lines, style.delimiter, style.escape, style.quote)
            rows = [tuple(v.strip() for v in row) for row in islice(cells, PREVIEW_ROWS)]
        return Preview(style.sentence, style.columns, tuple(rows), table.label)

    def example(self, folder: Path) -> dict[str, Any]:
        from PIL import Image

        (folder / "images").mkdir()
        rows = ["label,file"]
        for i in range(12):
            shade = (40, 220)[i % 2] + i
            Image.fromarray(np.full((6, 7, 3), shade, np.uint8)).save(folder / "images" / f"{i:03}.png")
            rows.append(f"{('dark', 'light')[i % 2]},{i:03}")
        (folder / "labels.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
        return {"path": str(folder), "size": 4}


def _counts(classes: tuple[str, ...], y: np.ndarray) -> str:
    counted = Counter(y[:, 0].astype(int).tolist())
    told = ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes[:MOST_COUNTED]))
    return f"{told} …" if len(classes) > MOST_COUNTED else f"{told}."
