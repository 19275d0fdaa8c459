"""Which samples are learned from, which are watched meanwhile, and which are kept for the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError
from nnstudio.data.mapped import pieces
from nnstudio.data.some_examples import EXAMPLES, some_of

FOLD = re.compile(r"\s*(\d+)\s+of\s+(\d+)\s*")
MOST_FOLDS = 100
# Of large sets with a test part of their own, less is enough.
SMALL_RATIO = Option("validation_ratio", 0.08, "Share for validation, which training watches.", 0.0, 0.9)


class SplitKind(StrEnum):
    """How rows are divided; a guess takes groups or times where a person named some, else classes."""

    GUESS = "guess"
    RANDOM = "random"
    STRATIFIED = "stratified"
    IN_ORDER = "in order"
    BY_GROUP = "by group"


@dataclass(frozen=True)
class Fold:
    """One of ``count`` parts of equal size, from 1; all others are learned from, or those before in time."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index} of {self.count}"


def read_fold(text: str) -> Fold | None:
    """The fold that a text such as "2 of 5" names; None where it is empty. Raises DataError."""
    if not text.strip():
        return None
    match = FOLD.fullmatch(text)
    fold = Fold(int(match[1]), int(match[2])) if match else None
    if fold is None or not 2 <= fold.count <= MOST_FOLDS or not 1 <= fold.index <= fold.count:
        raise DataError(f"Fold takes one of up to {MOST_FOLDS} folds, such as 2 of 5; received '{text}'.")
    return fold


# What every kind of data offers that keeps a validation part.
VALIDATION_OPTIONS = (
    Option("validation_ratio", 0.15, "Share for validation, which training watches.", 0.0, 0.9),
    Option(
        "fold", "",
        "Which part of all but the test part is for validation, such as 2 of 5; empty means a share by lot.",
        reads=read_fold,
    ),
    EXAMPLES,
)  # fmt: skip


def divide(
    kind: SplitKind,
    count: int,
    options: Mapping[str, Any],
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the training, the validation and the test samples, as `split_rows`.

    ``options`` hold "test_ratio", "seed", and those of `VALIDATION_OPTIONS`. Raises DataError.
    """
    rest, test = split_rows(kind, count, options["test_ratio"], options["seed"], classes, groups, times)
    # The rest stands in the order of time already, where that counts.
    of_rest = tuple(None if values is None else values[rest] for values in (classes, groups))
    train, validation = hold_back(kind, len(rest), options, options["test_ratio"], *of_rest)
    for part in (train, validation):
        # In place, and without a view on the indices of all samples: of millions, they take much memory.
        for piece in pieces(part):
            part[piece] = rest[part[piece]]
    return train, validation, test.copy()


def hold_back(
    kind: SplitKind,
    count: int,
    options: Mapping[str, Any],
    test_ratio: float = 0.0,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and the validation part of all samples that are not for testing.

    ``test_ratio``: the share that was kept for testing before; the ratio is one of all samples. Of the
    training part there may be only some "examples". Raises DataError.
    """
    fold = read_fold(options["fold"])
    ratio = min(options["validation_ratio"] / (1 - test_ratio), 1.0)
    if fold is not None:
        train, validation = fold_rows(kind, count, fold, classes, groups)
    elif not ratio:
        train, validation = np.arange(count), np.zeros(0, np.int64)
    else:
        train, validation = split_rows(kind, count, ratio, options["seed"], classes, groups)
    return some_of(train, options, classes, kind == SplitKind.IN_ORDER), validation


def fold_rows(
    kind: SplitKind,
    count: int,
    fold: Fold,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and the validation samples of a fold, of samples in a random order.

    Of each class alike, whole groups, or in the order of time: then only what comes before is learned from
    (forward chaining). Raises DataError where a fold would be empty.
    """
    everything = np.arange(count)
    if kind == SplitKind.IN_ORDER:
        edges = np.linspace(0, count, fold.count + 2).round().astype(int)
        parts = everything[: edges[fold.index]], everything[edges[fold.index] : edges[fold.index + 1]]
    else:
        which = everything % fold.count
        if kind == SplitKind.BY_GROUP and groups is not None:
            which = _folds_of_groups(groups, fold.count)
        elif kind == SplitKind.STRATIFIED and classes is not None:
            # One class after the other is dealt out, each going on where the one before ended.
            which = np.empty(count, np.int64)
            which[np.argsort(classes, kind="stable")] = everything % fold.count
        parts = everything[which != fold.index - 1], everything[which == fold.index - 1]
    if not len(parts[0]) or not len(parts[1]):
        raise DataError(f"There are too few samples or groups for {fold.count} folds. Choose fewer.")
    return parts


def _folds_of_groups(groups: np.ndarray, count: int) -> np.ndarray:
    """The fold of each sample: the largest group first, always into the fold that is smallest yet."""
    names, where, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    filled, chosen = np.zeros(count, np.int64), np.empty(len(names), np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        chosen[group] = filled.argmin()
        filled[chosen[group]] += sizes[group]
    return chosen[where]


def split_rows(
    kind: SplitKind,
    count: int,
    test_ratio: float,
    seed: int,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and the test rows; at least one training row stays.

    ``classes`` and ``groups``: a whole number for each row; ``times``: anything that sorts, by default the
    order of the rows.
    """
    order = np.random.default_rng(seed).permutation(count)
    tests = min(round(count * test_ratio), count - 1)
    match kind:
        case SplitKind.STRATIFIED if classes is not None:
            is_test = _stratified(order, classes, test_ratio)
        case SplitKind.BY_GROUP if groups is not None:
            is_test = _by_group(groups, test_ratio, seed)
        case SplitKind.IN_ORDER:
            order = np.arange(count) if times is None else np.argsort(times, kind="stable")
            return order[: count - tests], order[count - tests :]
        case _:
            return order[tests:], order[:tests]
    return order[~is_test[order]], order[is_test[order]]


def _stratified(order: np.ndarray, classes: np.ndarray, test_ratio: float) -> np.ndarray:
    """Of each class the same share, and at least one row for training."""
    is_test = np.zeros(len(order), bool)
    for one in np.unique(classes):
        members = order[classes[order] == one]
        is_test[members[: min(round(len(members) * test_ratio), len(members) - 1)]] = True
    return is_test


def _by_group(groups: np.ndarray, test_ratio: float, seed: int) -> np.ndarray:
    """Whole groups, in a random order, until the share is reached; one group stays for training."""
    names, sizes = np.unique(groups, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    # A group goes to the test part where more than half of it is still wanted there.
    begins = np.concatenate([[0], np.cumsum(sizes[shuffled])[:-1]])
    chosen = shuffled[begins + sizes[shuffled] / 2 <= len(groups) * test_ratio]
    return np.isin(groups, names[chosen[: len(names) - 1]])


def notes_on_ratios(options: Mapping[str, Any], trained: int) -> list[str]:
    """A sentence where the shares that a person chose leave nothing to train on; ``trained`` samples are."""
    tested, watched = options["test_ratio"], options["validation_ratio"]
    if options["fold"] or tested + watched < 1:
        return []
    return [
        f"Shares of {tested:g} for testing and {watched:g} for validation leave nothing to train on, so the "
        f"validation part is smaller ({trained:,} samples are for training). Choose smaller shares."
    ]
