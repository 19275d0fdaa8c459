"""What comes next in a text: windows of characters or words, as numbers, and the number that follows each."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.passage import Passage
from nnstudio.data.text_encoding import TITLES, encoding_of
from nnstudio.data.vocabulary import UNKNOWN, Unit, Vocabulary, name_of
from nnstudio.model.atomic_file import FileError, read_regular
from nnstudio.model.inference import OtherReading
from nnstudio.model.tokens import Tokens

MOST_BYTES = 2**25
# Different characters that are told apart; rarer ones are one.
MOST_CHARACTERS = 5000
# A text with a greater share of control characters is none.
MOST_CONTROLS = 0.01
# Line ends, tabs, page breaks, and the mark with which DOS ended a file.
USUAL_CONTROLS = "\n\t\f\v\x1a"


class Guess(StrEnum):
    """What is guessed of a window: what follows it, or what follows each of its tokens."""

    NEXT = auto()
    EACH = auto()


# The name and the words of it are the same wherever a text is read.
GUESS = Option(
    "guess", "next",
    "What is guessed: only what follows after the whole window, or at every character or word of it what "
    "follows there. To guess at every step teaches more, and a transformer learns so.",
    choices=tuple(Guess),
)  # fmt: skip


@dataclass(frozen=True)
class Windows:
    """Which windows are read from a text.

    Attributes:
        length: tokens in each.
        samples, validations, tests: most windows of the training, the validation and the test part.
        validation_ratio, test_ratio: shares of the text that are held back, its last part for testing and
            what stands before that for validation.
        most_tokens: different tokens that are told apart; rarer ones are one.
        guess: which tokens are the targets.
    """

    unit: Unit
    length: int
    samples: int
    validations: int
    tests: int
    validation_ratio: float
    test_ratio: float
    most_tokens: int
    seed: int
    guess: Guess = Guess.NEXT


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """A file's text, its line ends alike, and a note where its encoding was guessed. Raises DataError."""
    try:
        raw = read_regular(path, MOST_BYTES)
    except (FileError, ValueError) as error:
        raise DataError(f"{error} Choose another file.") from error
    encoding = encoding_of(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"'{path.name}' is damaged: byte {error.start + 1:,} is no {TITLES[encoding]}. Save it again."
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DataError(f"'{path.name}' holds no text. Choose a file with some.")
    counts = Counter(text)
    controls = sum(
        n for c, n in counts.items() if unicodedata.category(c) == "Cc" and c not in USUAL_CONTROLS
    )
    if controls > MOST_CONTROLS * len(text) or "\0" in counts:
        raise DataError(f"'{path.name}' is not a text file. Save the text as plain text and choose that.")
    title = TITLES[encoding]
    return text, (() if title == "UTF-8" else (f"Read as {title}.",))


def windows_of(name: str, text: str, chosen: Windows, notes: tuple[str, ...] = ()) -> Dataset:
    """Token numbers (n, length), and the number of the token that follows each window, (n, 1), or each token
    of it, (n, length).

    Windows of different parts never overlap. Raises DataError where the text is too short.
    """
    unit, length = chosen.unit, chosen.length
    tokens = unit.tokens(text)
    kept, told = _vocabulary(Counter(tokens), chosen)
    unknown = len(kept)
    numbers_of = {token: number for number, token in enumerate(kept)}
    numbers = np.fromiter((numbers_of.get(token, unknown) for token in tokens), np.float32, len(tokens))
    ratios = (chosen.validation_ratio, chosen.test_ratio)
    ends = [round(len(numbers) * (1 - sum(ratios[i:]))) for i in range(2)]
    parts = [
        (numbers[: ends[0]], chosen.samples, "first"),
        (numbers[ends[0] : ends[1]], chosen.validations if ratios[0] else 0, "next"),
        (numbers[ends[1] :], chosen.tests if ratios[1] else 0, "last"),
    ]
    for part, count, which in parts:
        if count and len(part) <= length:
            raise DataError(
                f"The text has {len(numbers):,} {unit}, of which the {which} {len(part):,} are too few for a "
                f"window of {length} and what follows it. Choose a longer text, a smaller window or another "
                "share for testing or validation."
            )
    rng = np.random.default_rng(chosen.seed)
    # The validation part is drawn last: without one, the others are as they were before there was any.
    (x, y), (x_test, y_test) = (_draw(*parts[i][:2], length, rng) for i in (0, 2))
    x_validation, y_validation = _draw(*parts[1][:2], length, rng)
    first = length - 1 if chosen.guess is Guess.NEXT else 0
    y, y_test, y_validation = (
        np.ascontiguousarray(values[:, first:]) for values in (y, y_test, y_validation)
    )
    following = f"next {unit.singular}"
    targets = tuple(f"{following} after {i}" for i in range(1, length + 1)) if not first else (following,)
    classes = tuple(map(name_of, kept)) + (UNKNOWN,) * (told != ())
    size = f"The text has {len(classes):,} different {unit}; a number stands for each of them."
    return Dataset(
        name, x, y, x_test, y_test, classes, (), targets,
        notes=(*notes, _guessed(chosen), size, *told, *_held_back(chosen, len(numbers) - ends[1])),
        x_validation=x_validation, y_validation=y_validation,
        tokens=(Tokens(tuple(range(length)), len(classes)),), text=unit,
        passage=Passage(numbers[: ends[0]].astype(np.int32), len(classes)),
    )  # fmt: skip


def other_guess(data: Dataset) -> OtherReading | None:
    """Windows of a text with the other targets; None of other data, and of windows of one token."""
    length = data.input_shape[0]
    if data.text is None or length == 1:
        return None
    one = data.text.singular
    if data.target_width > 1:
        return OtherReading(f"Guess only the {one} after the window", GUESS.name, Guess.NEXT, 1)
    return OtherReading(f"Guess the next {one} at every step", GUESS.name, Guess.EACH, length)


def ending(path: Path, unit: Unit, data: Dataset) -> tuple[np.ndarray, tuple[str, ...]]:
    """The end of a file as one window (1, length) of ``data``'s tokens, and notes. Raises DataError."""
    text, notes = read_text(path)
    tokens, length = unit.tokens(text), data.input_shape[0]
    if len(tokens) < length:
        raise DataError(
            f"'{path.name}' has {len(tokens):,} {unit}, but the network reads the last {length}. Choose a "
            "longer text."
        )
    vocabulary = Vocabulary(unit, data.classes)
    numbers, strange = vocabulary.numbers_of(tokens[-length:])
    if strange:
        named = ", ".join(f"'{name}'" for name in strange[:3]) + (" …" if len(strange) > 3 else "")
        if UNKNOWN not in data.classes:
            raise DataError(
                f"{named} at the end of '{path.name}' was not in the text that the network learned from. "
                f"Choose a text of the same {unit}."
            )
        notes += (f"Not known to the network, and taken for {UNKNOWN}: {named}.",)
    return np.array([numbers], np.float32), notes


def _vocabulary(counts: Counter[str], chosen: Windows) -> tuple[list[str], tuple[str, ...]]:
    """The tokens that are told apart, sorted, and a note where rarer ones are one."""
    common = sorted(counts, key=lambda token: (-counts[token], token))
    kept, rare = common[: chosen.most_tokens], common[chosen.most_tokens :]
    if not rare:
        return sorted(kept), ()
    share = sum(counts[token] for token in rare) / counts.total()
    digits = 1 if share >= 0.001 else 4
    return sorted(kept), (
        f"The {len(kept):,} most frequent {chosen.unit} are told apart; the other {len(rare):,}, "
        f"{100 * share:.{digits}f} % of the text, count as one, {UNKNOWN}.",
    )


def _guessed(chosen: Windows) -> str:
    """What the network reads, and what it is asked for."""
    one, many = chosen.unit.singular, f"{chosen.length:,} {chosen.unit}"
    if chosen.guess is Guess.NEXT:
        return f"The network reads {many} and guesses the one that comes next."
    return f"The network reads {many} and guesses at every {one} which one comes next."


def _held_back(chosen: Windows, count: int) -> tuple[str, ...]:
    if not chosen.test_ratio:
        return ()
    return (f"The last {count:,} {chosen.unit} of the text are the test part.",)


def _draw(
    part: np.ndarray, count: int, length: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Windows at random, or all where there are no more than ``count``, and what follows each token of them;
    (n, length) both.
    """
    if not count:
        return np.zeros((0, length), np.float32), np.zeros((0, length), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(part, length + 1)
    if len(windows) > count:
        windows = windows[rng.integers(0, len(windows), count)]
    return np.ascontiguousarray(windows[:, :-1]), windows[:, 1:]
