"""What nodes, targets and outputs are to each other: the words that declarations choose from."""

from __future__ import annotations

from enum import StrEnum, auto


class Role(StrEnum):
    """What a node is in a network."""

    LAYER = auto()
    INPUT = auto()
    OUTPUT = auto()
    SUBNETWORK = auto()
    PLACEHOLDER = auto()


class TargetKind(StrEnum):
    """What a loss compares with: as many values as outputs, or the number of one class."""

    VALUES = auto()
    CLASS = auto()


class TaskKind(StrEnum):
    """What a network learns: numbers or classes."""

    REGRESSION = auto()
    CLASSIFICATION = auto()


class Takes(StrEnum):
    """What the output's numbers mean to a loss, so that a network's end can be checked against it.

    ANYTHING is not told. NUMBERS are like the targets. LOGITS are any numbers; the loss turns them into
    probabilities itself. SCORES are any numbers of which the true class's must lead by `Loss.lead`.
    """

    ANYTHING = auto()
    NUMBERS = auto()
    LOGITS = auto()
    SCORES = auto()
