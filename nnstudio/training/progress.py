"""Where a run stands inside of an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.training.curve import Epoch

# In so many epochs after the first a network learns fast: the mean of the one before is forgotten once
# this share of the running one is done. It would tell of a network that is long another.
EARLY, FORGOTTEN = 2, 0.25


@dataclass(frozen=True)
class Progress:
    """Where a run stands inside an epoch: mean loss and accuracy of the latest slice.

    Attributes:
        trailing: means over the latest epoch's worth of samples, of the epoch before as far as need be: a
            slice jumps up and down with its few samples. Early in a run they are of the running epoch sooner.
            At the end of an epoch they are its row's.
    """

    epoch: int
    steps: int
    loss: float
    accuracy: float | None
    fraction: float
    trailing: tuple[float, float | None]


def trailing(
    partial: tuple[float, ...], before: Epoch | None, done: float, classifies: bool
) -> tuple[float, float | None]:
    """Mean loss and accuracy of the running epoch, and of the one before for what is not ``done`` of it, or
    for less where that is one of the first.

    ``partial``: summed loss, right predictions and samples of the running one.
    """
    loss, right, samples = partial
    loss, accuracy = loss / samples, right / samples
    if before is not None:
        done = min(done / FORGOTTEN, 1.0) if before.epoch <= EARLY else done
        loss = done * loss + (1 - done) * before.loss
        accuracy = done * accuracy + (1 - done) * (before.accuracy or 0.0)
    return loss, accuracy if classifies else None
