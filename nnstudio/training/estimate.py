"""What a run will cost, before it begins: memory from the plan, time from trying a little of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nnstudio.data.dataset import Split
from nnstudio.training.curve import Epoch
from nnstudio.training.memory import bytes_beside
from nnstudio.training.session import Session

# How long a trial lasts, about.
TRIAL_SECONDS = 0.4


@dataclass(frozen=True)
class Estimate:
    """Expected cost of a whole run.

    Attributes:
        seconds: time of all epochs, evaluation included.
        bytes: memory that the run takes beside its data at its peak, saving it at the end included.
        data_bytes: memory of its samples; ``disk_bytes`` of those that lie in a file instead.
    """

    seconds: float
    bytes: int
    data_bytes: int = 0
    disk_bytes: int = 0

    @property
    def sentence(self) -> str:
        data = f"{_megabytes(self.data_bytes)} of data" if self.data_bytes >= 2**20 else ""
        disk = f"{_megabytes(self.disk_bytes)} of data that are read from disk" if self.disk_bytes else ""
        beside = ", beside " * bool(data or disk) + " and ".join(part for part in (data, disk) if part)
        return f"About {show_seconds(self.seconds)} and {_megabytes(self.bytes)}{beside}."


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def show_seconds(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def estimate(session: Session) -> Estimate:
    """Try a copy of the session for a moment; the session itself is not touched.

    With early stopping it is what the run takes at the most. Raises Diverged where the very first
    steps already do.
    """
    return estimate_with(Session(session.network, session.data, session.settings, session.threads))


def estimate_with(trial: Session) -> Estimate:
    """As `estimate`, with a session at its start that nobody needs afterwards: no copy is made."""
    seconds = _try(trial)
    on_disk = trial.data.bytes_on_disk
    return Estimate(seconds, _memory(trial), trial.data.bytes - on_disk, on_disk)


def _try(trial: Session) -> float:
    """Seconds of the whole run, from as much of it as fits into the trial."""
    goal = trial.settings.epochs
    marks: list[tuple[float, float]] = []
    epochs: list[tuple[float, float]] = []
    started = time.perf_counter()
    for progress in trial.slices():
        now = time.perf_counter() - started
        if isinstance(progress, Epoch):
            epochs.append((now, float(progress.epoch)))
        else:
            marks.append((now, progress.epoch + progress.fraction))
        if now > TRIAL_SECONDS:
            break
    # The first slices warm the caches and find their length.
    if len(epochs) > 4:
        (first, a), (last, b) = epochs[len(epochs) // 4], epochs[-1]
        return (last - first) / (b - a) * goal
    if epochs and len(marks) < 3:
        return epochs[-1][0] / epochs[-1][1] * goal
    (first, a), (last, b) = marks[len(marks) // 4], marks[-1]
    per_epoch = (last - first) / (b - a) if b > a else last / b
    return (per_epoch + _evaluation(trial)) * goal if not epochs else per_epoch * goal


def _evaluation(trial: Session) -> float:
    """Seconds of judging the part that training watches once, from some of it."""
    if trial.data.watched == Split.TRAINING:
        return 0.0
    x, y = trial.data.part(trial.data.watched)
    count = min(len(x), 1024)
    trial.evaluate(x[:count], y[:count])
    started = time.perf_counter()
    trial.evaluate(x[:count], y[:count])
    return (time.perf_counter() - started) * len(x) / count


def _memory(trial: Session) -> int:
    """Bytes of the program, the parameters with their slots, and all that the run needs beside them."""
    beside = bytes_beside(trial.layout, trial.data, trial.settings)
    return trial.program.nbytes + trial.program.params.nbytes + beside


__all__ = ["Estimate", "estimate", "estimate_with", "show_seconds"]
