"""What is kept of a run besides its curve: parameters along the way, and how they moved.

Both are thinned out evenly where there would be too much, so that a long run costs no more than a short
one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Program
from nnstudio.training.kept_steps import KeptSteps
from nnstudio.training.parameter_history import SHARE, ParameterHistory

# Checkpoints: this many, and no more bytes than this in all.
MOST_CHECKPOINTS, MOST_BYTES = 256, 64 * 2**20
# A step that no run comes to.
NEVER = 2**62
# How the parameters moved is measured this often at the most, in seconds, and kept for so many epochs.
STATISTICS_SECONDS, MOST_STATISTICS = 0.05, 1024
# Of an epoch that takes longer than so many training seconds, means are kept along the way, so many in all.
PART_SECONDS, MOST_PARTS = 0.1, 512
# Values that are measured at once.
BLOCK = 2**18


class Journal:
    """Parameters at some of a run's steps, the first first.

    Attributes:
        steps, checkpoints: step numbers, and the flat parameters after them; parallel.
        next: the step whose checkpoint is due; who trains stops there, so that the same run keeps the same.
        stride: steps between two checkpoints.
        room: checkpoints that should fit into the budget.
    """

    def __init__(self, parameters: int, keeps: bool = True) -> None:
        """Without ``keeps`` it stays empty: nobody will look back."""
        self._keeps = keeps
        self.steps: list[int] = []
        self.checkpoints = ParameterHistory(MOST_BYTES)
        self.room = min(MOST_CHECKPOINTS, max(2, int(MOST_BYTES / SHARE) // max(4 * parameters, 1)))
        self.stride, self.next = 1, 0
        # The first checkpoints lie close together: most happens then, and a person may go step by step.
        self.early = self.room // 8

    @property
    def bytes(self) -> int:
        """What the checkpoints take now."""
        return self.checkpoints.nbytes

    def copy(self) -> Journal:
        """Another one that goes on by itself from here; this one may be put aside."""
        other = copy(self)
        other.steps, other.checkpoints = list(self.steps), self.checkpoints.copy()
        return other

    def restart(self, step: int, parameters: np.ndarray, total: int = 0) -> None:
        """Begin anew with these parameters, for a run of about so many steps, evenly spread over it."""
        self.steps, self.checkpoints = [], ParameterHistory(MOST_BYTES)
        self.next = step if self._keeps else NEVER
        self.stride = max(1, -(-total // self.room))
        self.offer(step, parameters)

    def take_up(self, kept: KeptSteps) -> None:
        """Go on from steps that were saved, about as far apart as the last of them."""
        if not self._keeps:
            return
        self.steps, self.checkpoints = list(kept.steps), ParameterHistory(MOST_BYTES)
        for parameters in kept.parameters:
            self.checkpoints.append(parameters)
        if len(self.steps) >= max(self.early, 2):
            self.stride = max(self.stride, self.steps[-1] - self.steps[-2])
        self.next = self.steps[-1] + (1 if len(self.steps) < self.early else self.stride)

    def offer(self, step: int, parameters: np.ndarray) -> None:
        """Keep a copy of the parameters if one is due; when there are too many, every second one goes."""
        if step < self.next:
            return
        self.steps.append(step)
        self.checkpoints.append(parameters)
        if len(self.checkpoints) > self.room or (self.bytes > MOST_BYTES and len(self.checkpoints) > 2):
            self.steps = self.steps[::2]
            self.checkpoints.thin()
            self.stride = max(2 * self.stride, 2 * step // self.room)
        self.next = step + (1 if len(self.checkpoints) < self.early else self.stride)


@dataclass(frozen=True)
class TrainingStatistics:
    """How the parameters moved in the last step of an epoch.

    Attributes:
        rate: learning rate of that step, with its schedule.
        gradient_norm: of the gradient that the optimizer saw (after penalties and clipping), NaN where it
            uses none.
        weight_norm: of all trained values after the step.
        moves: by node of the engine, sums of the squares of the step, and of the weights before it.
    """

    epoch: int
    step: int
    rate: float
    gradient_norm: float
    weight_norm: float
    moves: Mapping[str, tuple[float, float]]

    @property
    def updates(self) -> dict[str, float]:
        """By layer on the canvas, norm of the step over norm of the weights before it."""
        sums: dict[str, tuple[float, float]] = {}
        for node, (moved, was) in self.moves.items():
            before = sums.get(outer_name(node), (0.0, 0.0))
            sums[outer_name(node)] = (before[0] + moved, before[1] + was)
        return {name: float(np.sqrt(moved / was)) for name, (moved, was) in sums.items() if was > 0}


class StatisticsLog:
    """Statistics of some epochs, in order; at most one in STATISTICS_SECONDS: they cost next to nothing."""

    def __init__(self, keeps: bool = True) -> None:
        """Without ``keeps`` none is ever due."""
        self.rows: list[TrainingStatistics] = []
        self._after = 0.0 if keeps else math.inf

    @property
    def is_due(self) -> bool:
        """Whether the running epoch's last step is to be measured."""
        return time.perf_counter() >= self._after

    def add(self, row: TrainingStatistics | None) -> None:
        """Keep a row, if it could be measured; when there are too many, every second one goes."""
        if row is None:
            return
        self.rows.append(row)
        self._after = time.perf_counter() + STATISTICS_SECONDS
        if len(self.rows) > MOST_STATISTICS:
            self.rows = self.rows[::2]

    def renamed(self, names: Mapping[str, str]) -> StatisticsLog:
        """The same under other names of nodes: new ones by those that are gone."""
        log = StatisticsLog()
        log.rows = [
            replace(row, moves={names.get(node, node): sums for node, sums in row.moves.items()})
            for row in self.rows
        ]
        return log


@dataclass(frozen=True)
class EpochPart:
    """Mean loss and accuracy in training over some steps inside of an epoch.

    Attributes:
        epoch: how many were done after them, with the fraction of the running one.
        step: the last of them.
        accuracy: None for number targets.
    """

    epoch: float
    step: int
    loss: float
    accuracy: float | None


class PartsLog:
    """Parts of the epochs that take long, in order: they tell how training goes before an epoch has its row.

    They are cut by the clock, and belong to no saved state.
    """

    def __init__(self) -> None:
        self._rows: list[EpochPart] = []
        self._running: EpochPart | None = None
        self.begin_epoch(0.0)

    @property
    def rows(self) -> tuple[EpochPart, ...]:
        """All parts, the last up to the latest step of the running epoch; none where epochs are short, but of
        the first one.
        """
        running = self._running
        if running is None or not (self._rows or running.epoch < 1):
            return tuple(self._rows)
        return (*self._rows, running)

    def begin_epoch(self, clock: float) -> None:
        """An epoch begins after so many seconds of training; what the last one left has its row."""
        self._running, self._since, self._sums = None, clock, (0.0, 0.0, 0)

    def add(
        self, epoch: float, step: int, loss: float, right: float | None, samples: int, clock: float
    ) -> None:
        """Add summed losses and right predictions of some steps; of too many parts every second one goes."""
        before = self._sums
        self._sums = (before[0] + loss, before[1] + (right or 0.0), before[2] + samples)
        total, hits, count = self._sums
        part = EpochPart(epoch, step, total / count, None if right is None else hits / count)
        self._running = part
        if clock >= self._since + PART_SECONDS:
            self._rows.append(part)
            self.begin_epoch(clock)
            if len(self._rows) > MOST_PARTS:
                self._rows = self._rows[::2]


def measure(program: Program | TurnTaking, before: np.ndarray, epoch: int, step: int) -> TrainingStatistics:
    """TrainingStatistics of a step that a training program just made from the parameters ``before``."""
    layout = program.layout
    has_gradients = program.has_gradients
    squares: dict[str, list[float]] = {}
    total = gradient = 0.0
    for slot in layout.parameters:
        if not slot.trained or layout.nodes[slot.node].options.get("frozen"):
            continue
        sums = squares.setdefault(slot.node, [0.0, 0.0])
        flat_gradient = program.gradient(slot).ravel() if has_gradients else None
        # In blocks: copies in float64 of a whole layer may not fit into memory.
        for start in range(0, slot.size, BLOCK):
            end = min(start + BLOCK, slot.size)
            part = slice(slot.offset + start, slot.offset + end)
            old, new = before[part].astype(np.float64), program.params[part].astype(np.float64)
            sums[0] += float(((new - old) ** 2).sum())
            sums[1] += float((old**2).sum())
            total += float((new**2).sum())
            if flat_gradient is not None:
                gradient += float((flat_gradient[start:end].astype(np.float64) ** 2).sum())
    moves = {node: (moved, was) for node, (moved, was) in squares.items()}
    norm = float(np.sqrt(gradient)) if has_gradients else float("nan")
    return TrainingStatistics(epoch, step, program.rate, norm, float(np.sqrt(total)), moves)
