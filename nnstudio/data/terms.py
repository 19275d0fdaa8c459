"""What the first screen of the window asks of data; it imports little."""

from __future__ import annotations

from enum import StrEnum, auto


class Split(StrEnum):
    """A part of the data: what is learned from, what is watched meanwhile, and what is kept for the end."""

    TRAINING = auto()
    VALIDATION = auto()
    TEST = auto()


class Picks(StrEnum):
    """What a person chooses on disk."""

    FILE = auto()
    FOLDER = auto()


# What the accuracy counts where all samples are real ones, for a judge that tells them from generated ones.
REAL_RIGHT = "real called real"
NO_GOAL = (
    "Only real samples are counted, none that a generator makes. Neither 100% nor a falling sum of losses is "
    "the goal: of good copies, a judge can only guess."
)


def right_called(name: str, only_real: bool) -> str:
    """What a figure of this name is called, such as "val_accuracy", where the accuracy counts real samples
    alone.
    """
    return name.replace("_accuracy", " accuracy").replace("accuracy", REAL_RIGHT) if only_real else name
