"""Small photos of cats, dogs and four other animals, which ship with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, Split, sources
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, hold_back

EDGE, WHITE = 32, 255.0
# The file is one picture of all photos, animal by animal, 32 of them in a row.
ACROSS = 32
# Animals in their order, and how many rows of the picture each has.
ROWS = {"cat": 12, "dog": 12, "bird": 3, "deer": 3, "frog": 3, "horse": 3}
# Of each animal, the last quarter of the photos is for testing.
TEST_RATIO = 0.25
# What Pillow calls the channels.
MODES = {"grey": "L", "colour": "RGB", "colour and alpha": "RGBA"}
CAT_OR_DOG, CAT_OR_NOT = "cat or dog", "cat or not"


@sources.register
class Animals(Source):
    """Photos (32, 32, channels), from 0 to 1: 384 cats, and as many dogs or 96 of each other animal."""

    id = "animals"
    title = "Cats and other animals"
    order = 14
    help = "Photos of 32 x 32 pixels: cats against dogs, or cats against five other animals."
    options = (
        Option(
            "target", CAT_OR_DOG,
            "What is learned: whether a cat or a dog is seen, or whether it is a cat at all.",
            choices=(CAT_OR_DOG, CAT_OR_NOT),
        ),
        Option(
            "channels", "colour",
            "Numbers of each pixel: one for grey, three for red, green and blue, or alpha as a fourth.",
            choices=tuple(MODES),
        ),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the validation part.", 0, 2**31 - 1),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        photos = photos_of(MODES[options["channels"]])
        if options["target"] == CAT_OR_DOG:
            classes, labels, most = ("cat", "dog"), {"cat": 0, "dog": 1}, len(photos["cat"])
        else:
            # One output gives the probability of the second class.
            classes, labels = ("no cat", "cat"), {name: int(name == "cat") for name in photos}
            most = len(photos["bird"])
        rest, tests = {}, {}
        for name in labels:
            some = photos[name] if name == "cat" else photos[name][:most]
            kept = round(len(some) * TEST_RATIO)
            rest[name], tests[name] = some[:-kept], some[-kept:]
        (x_rest, y_rest), (x_test, y_test) = _joined(rest, labels), _joined(tests, labels)
        train, validation = hold_back(SplitKind.STRATIFIED, len(x_rest), options, classes=y_rest[:, 0])
        return Dataset(
            self.title, x_rest[train], y_rest[train], x_test, y_test, classes, (), ("animal",), 0.0, WHITE,
            x_validation=x_rest[validation], y_validation=y_rest[validation], own_parts=(Split.TEST,),
        )  # fmt: skip


def photos_of(mode: str) -> dict[str, np.ndarray]:
    """All photos (n, 32, 32, channels), uint8, by animal, with the channels that Pillow calls so."""
    from PIL import Image

    shipped = files("nnstudio.resources").joinpath("datasets/animals.webp")
    with as_file(shipped) as path, Image.open(path) as image:
        pixels = np.asarray(image.convert(mode))
    tiles = pixels.reshape(-1, EDGE, ACROSS, EDGE, len(mode)).swapaxes(1, 2)
    photos = tiles.reshape(-1, EDGE, EDGE, len(mode))
    ends = np.cumsum([rows * ACROSS for rows in ROWS.values()])
    return dict(zip(ROWS, np.split(photos, ends[:-1]), strict=True))


def _joined(photos: Mapping[str, np.ndarray], labels: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Inputs from 0 to 1 and class numbers (n, 1) of photos by animal, both float32."""
    numbers = [np.full((len(some), 1), labels[name], np.float32) for name, some in photos.items()]
    return np.concatenate(list(photos.values())) / np.float32(WHITE), np.concatenate(numbers)
