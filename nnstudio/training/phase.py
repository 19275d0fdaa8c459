"""What the run bar shows before there is anything to train; it imports little."""

from __future__ import annotations

from enum import StrEnum, auto

# A person can follow about this many epochs a second; "full speed" lifts the limit.
WATCH_EPOCHS_PER_SECOND = 60.0


class Phase(StrEnum):
    """What the worker does with the network that it has."""

    EMPTY = auto()
    PREPARING = auto()
    READY = auto()
    RUNNING = auto()
    PAUSED = auto()
    FINISHED = auto()
    DIVERGED = auto()
    FAILED = auto()

    @property
    def has_network(self) -> bool:
        """Whether there is a network that can be computed with."""
        return self not in (Phase.EMPTY, Phase.PREPARING, Phase.FAILED)


class Device(StrEnum):
    """Where a network trains; the names that the command line takes."""

    CPU = "cpu"
    CUDA = "cuda"
