"""A person's own pictures: a folder with a folder of pictures for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, sources, split
from nnstudio.data.pictures import SUFFIXES, WHITE, WHITE_8, Trait, read_picture
from nnstudio.model.atomic_file import FileError
from nnstudio.model.folders import files_in, holds

# Pictures as float32 may take this much memory.
MOST_BYTES = 2 * 2**30
ALL_SAME = "All pictures are the same, so there is nothing to tell the classes apart by."
# So many names are listed in a sentence.
NAMED = 3


@sources.register
class ImageFolder(Source):
    """Pictures cut square, shrunk or enlarged to one size; from black to white they are 0 .. 1."""

    id = "image_folder"
    title = "Image folder"
    order = 21
    picks = Picks.FOLDER
    help = "Your own pictures: a folder in which each class has a folder of its own."
    options = (
        Option("path", "", "The folder."),
        Option("size", 32, "Width and height to which pictures are scaled, in pixels.", 4, 256, unit="px"),
        Option("colour", True, "Red, green and blue; otherwise grey."),
        Option("test_ratio", 0.2, "Share of pictures kept for testing.", 0.0, 0.9),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A folder with pictures in its folders, as a quick look tells."""
        return path.is_dir() and holds(path, SUFFIXES)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose one that has a folder for each class.")
        folder = Path(options["path"])
        pictures = _pictures(folder)
        classes = tuple(pictures)
        paths = [(path, i) for i, name in enumerate(classes) for path in pictures[name]]
        size, channels = options["size"], 3 if options["colour"] else 1
        if 4 * len(paths) * size * size * channels > MOST_BYTES:
            raise DataError(
                f"{len(paths):,} pictures of {size} x {size} do not fit into {MOST_BYTES >> 30} GB. "
                "Choose a smaller size."
            )
        x = np.empty((len(paths), size, size, channels), np.uint16)
        traits = [read_picture(path, x[i]) for i, (path, _) in enumerate(paths)]
        kept = np.array([known is not None for known in traits])
        broken = [path for (path, _), known in zip(paths, traits, strict=True) if known is None]
        labels = np.array([label for _, label in paths], np.float32)[kept, None]
        if len(labels) < 2:
            raise DataError(f"Fewer than two pictures in '{folder.name}' can be read. Are the files damaged?")
        counted = Counter(trait for known in traits if known for trait in known)
        read_as = tuple(f"{counted[trait]:,} × {trait}." for trait in Trait if trait in counted)
        # In a unit that `predict` can be given, too: an array of pixels as their files hold them.
        unit = WHITE if counted[Trait.DEEP] == kept.sum() else WHITE_8
        x = x[kept]
        if (x == x[0]).all():
            read_as = (
                "All pictures are the same, so there is nothing to tell the classes apart by.",
                *read_as,
            )
        parts = split(x, labels, options["test_ratio"], options["seed"])
        return Dataset(
            folder.name, parts[0] / np.float32(WHITE), parts[1], parts[2] / np.float32(WHITE), parts[3],
            classes, (), ("class",), 0.0, float(unit),
            notes=(_counts(classes, labels), *read_as, *_left_out(broken)),
        )  # fmt: skip

    def example(self, folder: Path) -> dict[str, Any]:
        from PIL import Image

        for shade, name in ((40, "dark"), (220, "light")):
            (folder / name).mkdir()
            for i in range(4):
                pixels = np.full((6 + i, 7, 3), shade + 5 * i, np.uint8)
                Image.fromarray(pixels).save(folder / name / f"{i}.png")
        return {"path": str(folder), "size": 4}


def _pictures(folder: Path) -> dict[str, list[Path]]:
    """Files of each class, sorted. Raises DataError."""
    pictures: dict[str, list[Path]] = {}
    try:
        files = files_in(folder)
    except FileError as error:
        raise DataError(str(error)) from error
    for path in files:
        name, *inner = path.relative_to(folder).parts
        if inner and path.suffix.lower() in SUFFIXES:
            pictures.setdefault(name, []).append(path)
    if len(pictures) < 2:
        raise DataError(
            f"'{folder.name}' has {len(pictures) or 'no'} folder{'' if len(pictures) == 1 else 's'} with "
            "pictures in it; it takes two or more, one for each class, such as 'cats' and 'dogs'."
        )
    return pictures


def _counts(classes: tuple[str, ...], labels: np.ndarray) -> str:
    counted = Counter(labels[:, 0].astype(int).tolist())
    return ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes)) + "."


def _left_out(broken: list[Path]) -> tuple[str, ...]:
    if not broken:
        return ()
    names = ", ".join(f"'{p.name}'" for p in broken[:NAMED]) + (" …" if len(broken) > NAMED else "")
    return (f"{len(broken):,} left out because they cannot be read: {names}.",)
