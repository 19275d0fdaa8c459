"""What a sweep varies, read from texts: "dense_1.units=4,8,16", "learning_rate=1e-4..1e-1:log", "seed=1..5".

Seeds and folds are not searched: each setting is trained once for each of them, and judged by the mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from nnkernels.spec import Option, SpecError
from nnstudio.data.dataset import Source
from nnstudio.data.splits import MOST_FOLDS, Fold
from nnstudio.model.document import Document
from nnstudio.model.settings import SEED
from nnstudio.sweep.options import CHOOSERS, find_options, full_name

# low..high, then what is said of it: "log", a number of values, or both.
RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>[^:]+)(?P<log>:log)?(?::(?P<count>\d+))?")
# More values of one option than this are a slip of the keyboard.
MOST_VALUES = 10_000
FOLD_NAME, SEED_NAME = "fold", SEED.name


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether they have an order and distances, which switches and words do not."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


@dataclass(frozen=True)
class Listed:
    """Single values, in the order in which they are tried."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Between:
    """All numbers from ``low`` to ``high``, both included; ``whole`` ones only, or by their logarithm."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Varied:
    """An option by its full name, and the values that it takes."""

    name: str
    domain: Listed | Between


@dataclass(frozen=True)
class Repeat:
    """One of the trainings of a setting: its seed, None for the project's own, and its fold, or ""."""

    seed: int | None = None
    fold: str = ""

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"seed {self.seed}"
        fold = f"fold {self.fold}" if self.fold else ""
        return ", ".join(filter(None, (seed, fold)))

    @property
    def settings(self) -> dict[str, Any]:
        """What it changes of the settings."""
        return {} if self.seed is None else {SEED_NAME: self.seed}


@dataclass(frozen=True)
class Space:
    """What is searched, and the seeds and folds over which each setting is repeated."""

    searched: tuple[Varied, ...]
    seeds: tuple[int, ...] = ()
    folds: int = 0

    @property
    def repeats(self) -> tuple[Repeat, ...]:
        """The trainings of each setting, one at least."""
        seeds = self.seeds or (None,)
        folds = [str(Fold(i, self.folds)) for i in range(1, self.folds + 1)] or [""]
        return tuple(Repeat(seed, fold) for seed in seeds for fold in folds)

    @property
    def size(self) -> int | None:
        """How many settings there are; None where a range of broken numbers has no end of them."""
        counts = [_count(v.domain) for v in self.searched]
        return None if None in counts else math.prod(c for c in counts if c is not None)

    def grid(self) -> Iterator[dict[str, Any]]:
        """Every setting once, the last option changing fastest. Raises SpecError where they have no end."""
        names = [v.name for v in self.searched]
        for values in product(*[_each(v) for v in self.searched]):
            yield dict(zip(names, values, strict=True))

    def even(self) -> Space:
        """The same settings, all as likely: ranges of whole numbers without their logarithm."""
        even = [
            replace(v, domain=replace(v.domain, log=False)) if isinstance(v.domain, Between) else v
            for v in self.searched
        ]
        return replace(self, searched=tuple(even))


def read_space(document: Document, source: Source, texts: Sequence[str]) -> Space:
    """What texts such as "dense_1.units=4,8,16" vary in a project with data of this source.

    Raises SpecError or UnknownName with a sentence.
    """
    wanted: dict[str, str] = {}
    for text in texts:
        name, sign, values = (part.strip() for part in text.partition("="))
        if not sign or not name or not values:
            raise SpecError(
                f"'{text}' varies nothing: write it as dense_1.units=4,8,16 or learning_rate=1e-4..0.1:log."
            )
        name = full_name(document, name)
        if name in wanted:
            raise SpecError(f"'{name}' is varied twice: write all of its values behind one '='.")
        wanted[name] = values
    if not wanted:
        raise SpecError("A sweep varies something: name it, such as dense_1.units=4,8,16 or seed=1..5.")
    folds = _folds(source, wanted.pop(FOLD_NAME)) if FOLD_NAME in wanted else 0
    seeds: tuple[int, ...] = ()
    if SEED_NAME in wanted:
        seeds = tuple(_each(Varied(SEED_NAME, _domain(SEED_NAME, [SEED], wanted.pop(SEED_NAME)))))
    choosers = {name: _choices(name, wanted[name]) for name in CHOOSERS if name in wanted}
    searched = []
    for name, values in wanted.items():
        if name in choosers:
            domain: Listed | Between = Listed(choosers[name])
        else:
            domain = _domain(name, find_options(document, name, choosers), values)
        searched.append(Varied(name, domain))
    return Space(tuple(searched), seeds, folds)


def _choices(name: str, text: str) -> tuple[str, ...]:
    """Losses, optimizers or schedules, by identifier."""
    return _once(name, tuple(CHOOSERS[name][part].id for part in _parts(text)))


def _domain(name: str, options: Sequence[Option], text: str) -> Listed | Between:
    """The values behind the sign; each must suit all of the options."""
    first = options[0]
    is_number = isinstance(first.default, int | float) and not isinstance(first.default, bool)
    match = RANGE.fullmatch(text) if is_number else None
    if match is None:
        # A free text may hold commas itself.
        is_free = isinstance(first.default, str) and not first.choices
        parts = _parts(text, ";" if is_free else ",")
        return Listed(_once(name, tuple(_checked(name, options, part) for part in parts)))
    low, high = _checked(name, options, match["low"].strip()), _checked(name, options, match["high"].strip())
    log = match["log"] is not None
    if low >= high:
        raise SpecError(f"{name}={text}: a range goes from its lower end to its upper one.")
    if log and low <= 0:
        raise SpecError(f"{name}={text}: by its logarithm a range begins above 0, such as 0.0001..0.1:log.")
    between = Between(low, high, log, isinstance(first.default, int))
    return between if match["count"] is None else _spaced(name, between, int(match["count"]))


def _spaced(name: str, between: Between, count: int) -> Listed:
    """So many values at even distances, both ends among them."""
    if not 2 <= count <= MOST_VALUES:
        raise SpecError(f"{name}: a range is cut into 2 to {MOST_VALUES:,} values; received {count}.")
    spaced = np.geomspace if between.log else np.linspace
    values = [float(v) for v in spaced(between.low, between.high, count)]
    values[0], values[-1] = between.low, between.high
    if between.whole:
        return Listed(tuple(dict.fromkeys(round(v) for v in values)))
    # Digits that a person would write: 0.001, not 0.0010000000000000002.
    return Listed(tuple(float(f"{v:.12g}") for v in values))


def _checked(name: str, options: Sequence[Option], text: str) -> Any:
    """A value in the type of the options. Raises SpecError with their name."""
    value: Any = None
    for option in options:
        try:
            value = option.check(option.parse(text))
        except SpecError as error:
            raise SpecError(f"{name}: {error}") from error
    return value


def _folds(source: Source, text: str) -> int:
    """The number of folds that "1..5" or "1,2,3,4,5" name. Raises SpecError."""
    if not source.has_option(FOLD_NAME):
        raise SpecError(f"Data of the kind {source.title} is not divided into folds.")
    match = re.fullmatch(r"1\s*\.\.\s*(\d{1,9})", text)
    parts = _parts(text)
    in_order = parts == [str(i) for i in range(1, len(parts) + 1)]
    count = int(match[1]) if match else len(parts) if in_order else 0
    if not 2 <= count <= MOST_FOLDS:
        raise SpecError(
            f"fold={text}: a sweep takes all folds, such as fold=1..5 for five; 2 to {MOST_FOLDS} can be."
        )
    return count


def _parts(text: str, separator: str = ",") -> list[str]:
    return [part.strip() for part in text.split(separator)]


def _once(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, each of which may come once. Raises SpecError."""
    twice = next((v for i, v in enumerate(values) if v in values[:i]), None)
    if twice is not None:
        raise SpecError(f"{name}: {twice} is named twice.")
    return values


def _count(domain: Listed | Between) -> int | None:
    if isinstance(domain, Listed):
        return len(domain.values)
    return int(domain.high) - int(domain.low) + 1 if domain.whole else None


def _each(varied: Varied) -> Sequence[Any]:
    """All values of an option. Raises SpecError where there are too many."""
    domain, count = varied.domain, _count(varied.domain)
    if isinstance(domain, Listed):
        return domain.values
    if count is not None and count <= MOST_VALUES and not domain.log:
        return range(int(domain.low), int(domain.high) + 1)
    raise SpecError(
        f"{varied.name} is a range, and single values are needed: write them, such as 1,2,4, or how many, "
        f"as in {domain.low:g}..{domain.high:g}{':log' * domain.log}:5."
    )
