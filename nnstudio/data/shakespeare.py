"""Which character comes next: windows over the beginning of Coriolanus, which ships with the program.

Projects from before there were `guess` and `validation_ratio` do not name them, and read what they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, FileKind, Source, sources
from nnstudio.data.text_windows import GUESS, MOST_CHARACTERS, Guess, Windows, ending, windows_of
from nnstudio.data.vocabulary import Unit

# Of the text, the last part is kept for testing.
TEST_RATIO = 0.1


@sources.register
class Shakespeare(Source):
    """Character numbers (length,) and the number of the character that follows, or of those that follow each;
    all count the same way.
    """

    id = "shakespeare"
    title = "Shakespeare's next character"
    order = 12
    help = "Pieces of a play, character by character: the network guesses which one comes next."
    new_samples = (FileKind.TEXT,)
    own_file = (
        "text",
        {
            "length": "window", "guess": "guess", "samples": "samples", "seed": "seed",
            "validation_ratio": "validation_ratio",
        },
    )  # fmt: skip
    options = (
        Option(
            "length", 32, "Characters that the network reads before it guesses.", 1, 256, unit="characters"
        ),
        GUESS,
        Option(
            "samples",
            6000,
            "Positions in the text to train on; a ninth as many are for testing, and for validation.",
            10,
            100_000,
        ),
        Option(
            "validation_ratio", 0.0, "Share of the text, before the test part, which training watches.",
            0.0, 0.8,
        ),
        Option("seed", 1, "Number that decides the random draw.", 0, 2**31 - 1),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        shipped = files("nnstudio.resources").joinpath("datasets/shakespeare.txt")
        samples, ratio = options["samples"], options["validation_ratio"]
        others = max(1, samples // 9)
        chosen = Windows(
            Unit.CHARACTERS, options["length"], samples, others, others, ratio, TEST_RATIO, MOST_CHARACTERS,
            options["seed"], Guess(options["guess"]),
        )  # fmt: skip
        return windows_of(self.title, shipped.read_text(encoding="utf-8"), chosen)

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        return ending(path, Unit.CHARACTERS, data)
