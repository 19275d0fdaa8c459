"""A person's own pictures: a folder with a folder of pictures for each class.

Pillow reads them; it is imported when first needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, sources, split
from nnstudio.model.atomic_file import FileError
from nnstudio.model.folders import files_in

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
# Pictures as float32 may take this much memory.
MOST_BYTES = 2 * 2**30
# So many names are listed in a sentence.
NAMED = 3


@sources.register
class ImageFolder(Source):
    """Pictures cut square, shrunk or enlarged to one size; pixels 0 .. 255 become 0 .. 1."""

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
        x = np.empty((len(paths), size, size, channels), np.uint8)
        kept = np.array([_read(path, x[i]) for i, (path, _) in enumerate(paths)])
        broken = [path for (path, _), read in zip(paths, kept, strict=True) if not read]
        labels = np.array([label for _, label in paths], np.float32)[kept, None]
        if len(labels) < 2:
            raise DataError(f"Fewer than two pictures in '{folder.name}' can be read. Are the files damaged?")
        parts = split(x[kept], labels, options["test_ratio"], options["seed"])
        return Dataset(
            folder.name, parts[0] / np.float32(255), parts[1], parts[2] / np.float32(255), parts[3],
            classes, (), ("class",), 0.0, 255.0, notes=(_counts(classes, labels), *_left_out(broken)),
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


def _read(path: Path, pixels: np.ndarray) -> bool:
    """Write a picture into ``pixels`` (size, size, channels); False where it cannot be read."""
    from PIL import Image, ImageOps

    size, channels = len(pixels), pixels.shape[2]
    try:
        with Image.open(path) as opened:
            # JPEG is decoded at a fraction of its size where that is enough: several times as fast.
            opened.draft("RGB" if channels == 3 else "L", (size, size))
            upright = ImageOps.exif_transpose(opened).convert("RGB" if channels == 3 else "L")
            pixels[:] = np.asarray(ImageOps.fit(upright, (size, size))).reshape(pixels.shape)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _counts(classes: tuple[str, ...], labels: np.ndarray) -> str:
    counted = Counter(labels[:, 0].astype(int).tolist())
    return ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes)) + "."


def _left_out(broken: list[Path]) -> tuple[str, ...]:
    if not broken:
        return ()
    names = ", ".join(f"'{p.name}'" for p in broken[:NAMED]) + (" …" if len(broken) > NAMED else "")
    return (f"{len(broken):,} left out because they cannot be read: {names}.",)
