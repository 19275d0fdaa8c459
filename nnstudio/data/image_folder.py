"""A person's own pictures: a folder with a folder of pictures for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, Split, sources
from nnstudio.data.folder_layout import PARTS_OPTIONS, Kind, layout_of
from nnstudio.data.picture_samples import PICTURE_OPTIONS, dataset_of, read_samples
from nnstudio.data.pictures import SUFFIXES, picture_files
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind
from nnstudio.model.folders import holds

PICTURES = Kind("picture", picture_files, "'cats' and 'dogs'")
SPLITS = (str(SplitKind.STRATIFIED), str(SplitKind.RANDOM))


@sources.register
class ImageFolder(Source):
    """Pictures of one size; from black to white they are 0 .. 1, or standardised."""

    id = "image_folder"
    title = "Image folder"
    order = 21
    picks = Picks.FOLDER
    help = "Your own pictures: a folder in which each class has a folder of its own."
    options = (
        Option("path", "", "The folder."),
        *PICTURE_OPTIONS,
        *PARTS_OPTIONS,
        Option("test_ratio", 0.2, "Share of pictures kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("split", SPLITS[0], "Of each class the same share, or any pictures.", choices=SPLITS),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A folder with pictures in its folders, as a quick look tells."""
        return path.is_dir() and holds(path, SUFFIXES)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose one that has a folder for each class.")
        folder = Path(options["path"])
        layout = layout_of(PICTURES, folder, options["parts"])
        samples = read_samples(folder.name, layout.paths, options)
        classes = np.array(layout.labels)[samples.rows]
        parts = layout.divide(SplitKind(options["split"]), samples.rows, options)
        for part in (part for part in Split if len(parts[part]) == 0 and part in layout.parts):
            raise DataError(f"None of the pictures for {part} in '{folder.name}' can be read.")
        notes = (_counts(layout.classes, classes), *layout.told(options))
        y = classes.astype(np.float32)[:, None]
        data = dataset_of(folder.name, samples, y, parts, options, notes, layout.classes, ("class",))
        return replace(data, own_parts=layout.own_parts(options))

    def example(self, folder: Path) -> dict[str, Any]:
        from PIL import Image

        for shade, name in ((40, "dark"), (220, "light")):
            (folder / name).mkdir()
            for i in range(4):
                pixels = np.full((6 + i, 7, 3), shade + 5 * i, np.uint8)
                Image.fromarray(pixels).save(folder / name / f"{i}.png")
        return {"path": str(folder), "size": 4}


def _counts(classes: tuple[str, ...], labels: np.ndarray) -> str:
    counted = Counter(labels.tolist())
    return ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes)) + "."
