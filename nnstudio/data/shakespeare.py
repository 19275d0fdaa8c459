"""Which character comes next: windows over the beginning of Coriolanus, which ships with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, sources

# Of the text, the last part is kept for testing: windows of both parts never overlap.
TEST_RATIO = 0.1
NAMES = {" ": "space", "\n": "line end"}


@sources.register
class Shakespeare(Source):
    """Character numbers (length,) and the number of the character that follows; both count the same way."""

    id = "shakespeare"
    title = "Shakespeare's next character"
    order = 12
    help = "Pieces of a play, character by character: the network guesses which one comes next."
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
        text = shipped.read_text(encoding="utf-8")
        alphabet = sorted(set(text))
        numbers = np.searchsorted(alphabet, list(text)).astype(np.float32)
        cut = round(len(numbers) * (1 - TEST_RATIO))
        rng = np.random.default_rng(options["seed"])
        tests = max(1, options["samples"] // 9)
        train = _windows(numbers[:cut], options["samples"], options["length"], rng)
        test = _windows(numbers[cut:], tests, options["length"], rng)
        names = tuple(NAMES.get(c, c) for c in alphabet)
        return Dataset(self.title, *train, *test, names, (), ("next character",))


def _windows(
    text: np.ndarray, count: int, length: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Parts (count, length) of the text at random, and what follows each (count, 1)."""
    starts = rng.integers(0, len(text) - length, count)
    windows = np.lib.stride_tricks.sliding_window_view(text, length + 1)[starts]
    return np.ascontiguousarray(windows[:, :-1]), np.ascontiguousarray(windows[:, -1:])
