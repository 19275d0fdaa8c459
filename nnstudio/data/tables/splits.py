"""Which rows are learned from and which are held back."""

from __future__ import annotations

from enum import StrEnum

import numpy as np


class SplitKind(StrEnum):
    """How rows are divided; a guess takes groups or times where a person named some, else classes."""

    GUESS = "guess"
    RANDOM = "random"
    STRATIFIED = "stratified"
    IN_ORDER = "in order"
    BY_GROUP = "by group"


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
