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
