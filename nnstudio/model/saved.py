"""What a project file holds besides the document, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.model.settings import ScheduleMemory


@dataclass(frozen=True, eq=False)
class SavedOutputs:
    """The loss of each Output along a run, see training.output_losses.

    Attributes:
        names: the Outputs (n,).
        epochs, rows: numbers of epochs (rows,) int64, and mean losses (rows, n) float64.
        sums, counts, right: of the running epoch: summed losses and samples (n,), and correct predictions.
        latest, share: means (n,), and share of correct predictions, of the latest epochs that asked.
    """

    names: tuple[str, ...]
    epochs: np.ndarray
    rows: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    right: float
    latest: np.ndarray
    share: float


@dataclass(frozen=True)
class SavedRun:
    """A begun run as plain data, the curve in columns: see training.session.TrainingState.

    ``timeline``: steps (n,) that can be gone back to, and the parameters (n, values) after them. ``best``:
    loss, epoch from which patience counts, parameters; ``best_of`` and ``returned_to``: epoch and step.
    ``outputs``: the loss of each Output, where there are several.
    """

    params: np.ndarray
    optimizer: str
    step: int
    epoch: int
    cursor: int
    partial: tuple[float, float, float]
    history: dict[str, np.ndarray]
    best: tuple[float, int, np.ndarray] | None = None
    optimizer_began: int = 0
    schedule: ScheduleMemory | None = None
    timeline: tuple[np.ndarray, np.ndarray] | None = None
    id: str = ""
    best_of: tuple[int, int] | None = None
    returned_to: tuple[int, int] | None = None
    altered: bool = False
    goal: int = 0
    outputs: SavedOutputs | None = None
    judged_from: int = 0


@dataclass(frozen=True)
class SavedData:
    """What the project's data is: the name of its file or folder, the SHA-256 of what it held, its content.

    Empty where the data comes from no file; ``table`` is None where the file is too large to travel along,
    and ``facts`` is then what predictions need of it, where that is known: see data.without_samples.
    """

    name: str = ""
    hash: str = ""
    table: bytes | None = None
    facts: dict[str, Any] | None = None


@dataclass(frozen=True)
class Opened:
    """What a project file holds besides the document; ``warnings`` say what of it could not be kept."""

    run: SavedRun | None
    data: SavedData
    warnings: tuple[str, ...] = ()
