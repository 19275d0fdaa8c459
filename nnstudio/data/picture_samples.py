"""Picture files as samples: what every source of pictures offers, reads, says and leaves out alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Split
from nnstudio.data.files_seen import FilesSeen, Properties
from nnstudio.data.folder_layout import listed
from nnstudio.data.mapped import all_alike
from nnstudio.data.pictures import WHITE, WHITE_8, Fit, Preparation, Trait, read_pictures, standardising
from nnstudio.data.storage import filled

ALL_SAME = "All pictures are the same, so there is nothing to tell the classes apart by."
NORMALISATIONS = ("0 to 1", "standardise")
PICTURE_OPTIONS = (
    Option("size", 32, "Width and height to which pictures are scaled, in pixels.", 4, 256, unit="px"),
    Option("colour", True, "Red, green and blue; otherwise grey."),
    Option(
        "fit", str(Fit.CROP), "How others become square: cut, padded with black, or stretched.",
        choices=tuple(map(str, Fit)),
    ),
    Option(
        "normalise", NORMALISATIONS[0],
        "From black to white 0 to 1, or each channel by mean and deviation of the training part.",
        choices=NORMALISATIONS,
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Samples:
    """Pictures that could be read.

    Attributes:
        pixels: of all files, (files, height, width, channels), uint8 or uint16.
        rows: which of the files are samples, (n,).
        notes: on how they were read, and what could not be.
        unit: the largest value that their files hold.
        properties: of all files, see `files_seen`.
    """

    pixels: np.ndarray
    rows: np.ndarray
    notes: tuple[str, ...]
    unit: int
    properties: Properties


def read_samples(name: str, paths: Sequence[Path], options: Mapping[str, Any]) -> Samples:
    """Read files as `PICTURE_OPTIONS` say; ``name`` is that of their folder. Raises DataError."""
    size, channels = options["size"], 3 if options["colour"] else 1
    read = read_pictures(paths, (size, size, channels), Fit(options["fit"]))
    rows = np.flatnonzero(read.readable)
    if len(rows) < 2:
        raise DataError(f"Fewer than two pictures in '{name}' can be read. Are the files damaged?")
    broken = [path.name for path, known in zip(paths, read.readable, strict=True) if not known]
    notes = read.notes
    if broken:
        notes += (f"{len(broken):,} left out because they cannot be read: {listed(broken)}.",)
    if all_alike(read.pixels, rows):
        notes = (ALL_SAME, *notes)
    # In a unit that `predict` can be given, too: an array of pixels as their files hold them.
    unit = WHITE if read.traits[Trait.DEEP] == len(rows) else WHITE_8
    return Samples(read.pixels, rows, notes, unit, read.properties)


def dataset_of(
    name: str,
    samples: Samples,
    y: np.ndarray,
    parts: Mapping[Split, np.ndarray],
    options: Mapping[str, Any],
    notes: tuple[str, ...],
    classes: tuple[str, ...],
    targets: tuple[str, ...],
    y_scaling: tuple[np.ndarray | float, np.ndarray | float] = (0.0, 1.0),
) -> Dataset:
    """The data of samples with their targets y (n, t); ``parts`` are indices of samples."""
    pixels, fit = samples.pixels, Fit(options["fit"])
    shift: np.ndarray | float = 0.0
    scale: np.ndarray | float = float(samples.unit)
    files = {part: samples.rows[chosen] for part, chosen in parts.items()}
    preparation = Preparation(fit)
    if options["normalise"] == NORMALISATIONS[1]:
        preparation = standardising(fit, pixels, files[Split.TRAINING])
        shift, scale = (np.array(v) * samples.unit for v in (preparation.mean, preparation.deviation))
    inputs = filled([(pixels, files[part]) for part in Split], preparation.inputs)
    x = dict(zip(Split, inputs, strict=True))
    return Dataset(
        name, x[Split.TRAINING], y[parts[Split.TRAINING]], x[Split.TEST], y[parts[Split.TEST]], classes, (),
        targets, shift, scale, *y_scaling, notes=(*notes, *samples.notes),
        x_validation=x[Split.VALIDATION], y_validation=y[parts[Split.VALIDATION]], pictures=preparation,
        files=FilesSeen.of(samples.properties, files[Split.TRAINING]),
    )  # fmt: skip
