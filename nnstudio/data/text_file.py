"""A person's own text: which character or word comes next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, FileKind, Picks, Source, sources
from nnstudio.data.prose import is_prose
from nnstudio.data.text_windows import GUESS, MOST_CHARACTERS, Guess, Windows, ending, read_text, windows_of
from nnstudio.data.vocabulary import Unit


@sources.register
class TextFile(Source):
    """Token numbers (window,) and the number of the token that follows; both count the same way."""

    id = "text"
    title = "Text file"
    order = 22
    picks = Picks.FILE
    suffixes = (".txt",)
    embeds = True
    help = "Your own text: the network guesses which character or word comes next."
    new_samples = (FileKind.TEXT,)
    options = (
        Option("path", "", "The file."),
        Option(
            "unit", "characters",
            "What comes next: a character, or a word, where punctuation marks count as words and spaces not.",
            choices=tuple(Unit),
        ),
        Option("window", 32, "Characters or words that the network reads before it guesses.", 1, 256),
        Option(
            "most_words", 1000, "Different words that are told apart, the most frequent; others are one.",
            2, 20_000, when=("unit", "words"),
        ),
        GUESS,
        Option("samples", 6000, "Most positions in the text to train on.", 10, 100_000),
        Option("test_ratio", 0.1, "Share of the text, its last part, kept for testing.", 0.0, 0.9),
        Option(
            "validation_ratio", 0.1, "Share of the text, before that, which training watches.", 0.0, 0.9
        ),
        Option("seed", 1, "Number that decides the random draw of positions.", 0, 2**31 - 1),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a text file.")
        path, unit = Path(options["path"]), Unit(options["unit"])
        text, notes = read_text(path)
        ratios = options["validation_ratio"], options["test_ratio"]
        rest = 1 - sum(ratios)
        if rest <= 0:
            raise DataError("The shares for validation and testing leave nothing to train on. Lower one.")
        samples = options["samples"]
        validations, tests = (max(1, round(samples * ratio / rest)) for ratio in ratios)
        chosen = Windows(
            unit, options["window"], samples, validations, tests, *ratios,
            options["most_words"] if unit is Unit.WORDS else MOST_CHARACTERS, options["seed"],
            Guess(options["guess"]),
        )  # fmt: skip
        return windows_of(path.stem, text, chosen, notes)

    def takes(self, path: Path) -> bool:
        return super().takes(path) and is_prose(path)

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        return ending(path, Unit(options["unit"]), data)

    def example(self, folder: Path) -> dict[str, Any]:
        path = folder / "song.txt"
        lines = [f"{n} green bottles hanging on the wall.\n" for n in range(99, 0, -1)]
        path.write_text("".join(lines), encoding="utf-8")
        return {"path": str(path), "window": 8, "samples": 200}
