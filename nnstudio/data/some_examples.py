"""Only some of the training samples, of each class alike: what a network makes of few examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import Option, SpecError

WRITTEN = re.compile(r"\s*(\d{1,9})\s*(?:,\s*draw\s+(\d{1,10})\s*)?")


@dataclass(frozen=True)
class Examples:
    """So many samples of the training part, 0 for all; another ``draw`` takes others of them."""

    count: int = 0
    draw: int = 1

    def __str__(self) -> str:
        if not self.count:
            return ""
        return f"{self.count}, draw {self.draw}" if self.draw != 1 else str(self.count)


def read_examples(text: str) -> Examples:
    """The samples that a text such as "50" or "50, draw 2" names; all where it is empty. Raises SpecError."""
    if not text.strip():
        return Examples()
    match = WRITTEN.fullmatch(text)
    if match is None or not int(match[1]):
        raise SpecError(
            f"Examples takes a number of training samples, such as 50, or 50, draw 2; received '{text}'."
        )
    return Examples(int(match[1]), int(match[2] or 1))


EXAMPLES = Option(
    "examples", "",
    "How many of the training samples are learned from, of each class alike, such as 50; with 50, draw 2 "
    "they are others. Empty means all. Validation and test stay as they are.",
    reads=read_examples,
)  # fmt: skip


def some_of(
    train: np.ndarray,
    options: Mapping[str, Any],
    classes: np.ndarray | None = None,
    in_order: bool = False,
) -> np.ndarray:
    """So many of the training rows as the option asks for, in their order; all where it names no number, or
    a larger one. Raises SpecError.

    In order of time they are the last ones. Of classes, a whole number for each row of the data, each gives
    as many, as far as it has them and the number can be divided. A larger number of the same draw adds to
    the smaller one.
    """
    examples = read_examples(options[EXAMPLES.name])
    if not examples.count or examples.count >= len(train):
        return train
    if in_order:
        return train[-examples.count :]
    rng = np.random.default_rng([examples.draw, len(train)])
    order = rng.permutation(len(train))
    if classes is not None:
        _names, member = np.unique(classes[train[order]], return_inverse=True)
        turn = np.empty(len(train), np.int64)
        for one in range(member.max() + 1):
            here = member == one
            turn[here] = np.arange(here.sum())
        # One of each class, in an order by lot, then the second of each.
        order = order[np.lexsort((rng.permutation(member.max() + 1)[member], turn))]
    return train[np.sort(order[: examples.count])]


def told_of_examples(text: str, targets: np.ndarray, classes: int) -> tuple[str, ...]:
    """Sentences where there are fewer samples, or classes among them, than one may think.

    ``targets`` (n,) of the training samples that are left: class numbers, where there are ``classes``.
    """
    wanted, told = read_examples(text).count, []
    if wanted > len(targets):
        told.append(
            f"Examples asks for {wanted:,}, and there are {len(targets):,} training samples: all are learned "
            "from."
        )
    missing = classes - len(np.unique(targets[targets >= 0])) if wanted and classes else 0
    if missing > 0:
        told.append(
            f"Among the {len(targets):,} examples {missing:,} of the {classes:,} classes are missing, so "
            "that nothing is learned of them. Take more."
        )
    return tuple(told)
