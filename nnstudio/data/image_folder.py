"""A person's own pictures: a folder with a folder of pictures for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, Split, sources
from nnstudio.data.picture_layout import Layout, layout_of
from nnstudio.data.picture_samples import PICTURE_OPTIONS, Samples, dataset_of, read_samples
from nnstudio.data.pictures import SUFFIXES
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide, hold_back, read_fold
from nnstudio.model.folders import holds

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
        Option("parts", True, "Folders called train, validation and test are the parts of the data."),
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
        layout = layout_of(folder, options["parts"])
        samples = read_samples(folder.name, layout.paths, options)
        classes = np.array(layout.labels)[samples.rows]
        parts = _parts(layout, classes, samples, options)
        for part in (part for part in Split if len(parts[part]) == 0 and part in layout.parts):
            raise DataError(f"None of the pictures for {part} in '{folder.name}' can be read.")
        notes = (_counts(layout.classes, classes), *layout.notes)
        if layout.has_parts and options["fold"].strip():
            notes += ("For folds, the parts for training and validation are taken together.",)
        y = classes.astype(np.float32)[:, None]
        return dataset_of(folder.name, samples, y, parts, options, notes, layout.classes, ("class",))

    def example(self, folder: Path) -> dict[str, Any]:
        from PIL import Image

        for shade, name in ((40, "dark"), (220, "light")):
            (folder / name).mkdir()
            for i in range(4):
                pixels = np.full((6 + i, 7, 3), shade + 5 * i, np.uint8)
                Image.fromarray(pixels).save(folder / name / f"{i}.png")
        return {"path": str(folder), "size": 4}


def _parts(
    layout: Layout, classes: np.ndarray, samples: Samples, options: Mapping[str, Any]
) -> dict[Split, np.ndarray]:
    """Indices of the samples of each part."""
    if not layout.has_parts:
        return dict(
            zip(Split, divide(SplitKind(options["split"]), len(classes), options, classes), strict=True)
        )
    given = np.array([str(part) for part in layout.parts])[samples.rows]
    parts = {part: np.flatnonzero(given == str(part)) for part in Split}
    if read_fold(options["fold"]) is None:
        return parts
    # Folds are of all but the test part; fold_rows takes samples in a random order.
    rest = np.concatenate([parts[Split.TRAINING], parts[Split.VALIDATION]])
    rest = np.random.default_rng(options["seed"]).permutation(rest)
    kind = SplitKind(options["split"])
    train, validation = hold_back(kind, len(rest), options, classes=classes[rest])
    return {**parts, Split.TRAINING: rest[train], Split.VALIDATION: rest[validation]}


def _counts(classes: tuple[str, ...], labels: np.ndarray) -> str:
    counted = Counter(labels.tolist())
    return ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes)) + "."
