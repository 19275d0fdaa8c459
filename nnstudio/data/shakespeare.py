"""Which character comes next: windows over the beginning of Coriolanus, which ships with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, FileKind, Source, sources
from nnstudio.data.text_windows import MOST_CHARACTERS, Windows, ending, windows_of
from nnstudio.data.vocabulary import Unit

# Of the text, the last part is kept for testing.
TEST_RATIO = 0.1


@sources.register
class Shakespeare(Source):
    """Character numbers (length,) and the number of the character that follows; both count the same way."""

    id = "shakespeare"
    title = "Shakespeare's next character"
    order = 12
    help = "Pieces of a play, character by character: the network guesses which one comes next."
    new_samples = (FileKind.TEXT,)
    options = (
        Option(
            "length", 32, "Characters that the network reads before it guesses.", 1, 256, unit="characters"
        ),
        Option(
            "samples",
            6000,
            "Positions in the text to train on; a ninth as many are for testing.",
            10,
            100_000,
        ),
        Option("seed", 1, "Number that decides the random draw.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        shipped = files("nnstudio.resources").joinpath("datasets/shakespeare.txt")
        samples = options["samples"]
        chosen = Windows(
            Unit.CHARACTERS, options["length"], samples, 0, max(1, samples // 9), 0.0, TEST_RATIO,
            MOST_CHARACTERS, options["seed"],
        )  # fmt: skip
        return windows_of(self.title, shipped.read_text(encoding="utf-8"), chosen)

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        return ending(path, Unit.CHARACTERS, data)
