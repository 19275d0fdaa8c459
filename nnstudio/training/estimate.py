"""What a run will cost, before it begins: memory from the plan, time from trying a little of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import Split
from nnstudio.training.curve import Epoch
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.memory import bytes_beside
from nnstudio.training.phase import WATCH_EPOCHS_PER_SECOND
from nnstudio.training.probing import WATCH_SHARE
from nnstudio.training.progress import Progress
from nnstudio.training.session import Diverged, Session

# How long a trial lasts, about, and one that nobody asked for.
TRIAL_SECONDS, PASSING_SECONDS = 0.4, 0.2
# How often judging is timed, of which the shortest counts.
LOOKS = 3
# The shortest time that a window tells of.
LEAST_IN_WINDOW = 1.0


@dataclass(frozen=True)
class Estimate:
    """Expected cost of a whole run.

    Attributes:
        seconds: time of all epochs, evaluation included; None where it could not be tried.
        bytes: memory that the run takes beside its data at its peak, saving it at the end included.
        data_bytes: memory of its samples; ``disk_bytes`` of those that lie in a file instead.
        epochs: of the run, 0 where that is not known.
    """

    seconds: float | None
    bytes: int
    data_bytes: int = 0
    disk_bytes: int = 0
    epochs: int = 0

    @property
    def sentence(self) -> str:
        """What it costs as fast as the machine can, where nothing is drawn."""
        return self._told("" if self.seconds is None else show_seconds(self.seconds))

    def told(self, full_speed: bool) -> str:
        """What it costs in a window: at full speed, or where a person watches; then epochs wait, and views
        take time.
        """
        if self.seconds is None:
            return self._told("")
        # A window that draws takes a moment, however short the training is.
        seconds = max(self.seconds, LEAST_IN_WINDOW)
        return self._told(show_seconds(seconds) if full_speed else self._watching(seconds))

    def _told(self, duration: str) -> str:
        data = f"{_megabytes(self.data_bytes)} of data" if self.data_bytes >= 2**20 else ""
        disk = f"{_megabytes(self.disk_bytes)} of data that are read from disk" if self.disk_bytes else ""
        beside = ", beside " * bool(data or disk) + " and ".join(part for part in (data, disk) if part)
        return f"About {duration}{' and ' * bool(duration)}{_megabytes(self.bytes)} of memory{beside}."

    def _watching(self, seconds: float) -> str:
        pace = self.epochs / WATCH_EPOCHS_PER_SECOND
        low, high = (show_seconds(max(pace, taken)) for taken in (seconds, seconds / (1 - WATCH_SHARE)))
        watched = low if low == high else f"{low} to {high}"
        return f"{watched} at the speed Watch ({show_seconds(seconds)} at full speed)"


def _megabytes(size: int) -> str:
    return f"{max(size / 2**20, 1):,.0f} MB"


def show_seconds(seconds: float) -> str:
    """A duration as people say it."""
    if 0 < seconds < 0.1:
        # "0.0 s" looks as if nothing was measured.
        return f"{max(seconds, 0.01):.1g} s"
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
    *_, seconds = _tried(trial, TRIAL_SECONDS)
    return _of(trial, seconds)


@dataclass(frozen=True)
class EstimateProbe:
    """As `estimate`, for whoever shows it unasked: in pieces; of memory alone where nothing can be tried."""

    def run(self, session: Evaluation) -> Iterator[Estimate | None]:
        """None after each piece but the last."""
        if not isinstance(session, Session):
            return
        seconds: float | None = None
        try:
            trial = Session(session.network, session.data, session.settings, session.threads)
            yield None
            for tried in _tried(trial, PASSING_SECONDS):
                seconds = tried
                yield None
        except (SpecError, Diverged, MemoryError):
            seconds = None
        yield _of(session, seconds)


def _of(session: Session, seconds: float | None) -> Estimate:
    on_disk = session.data.bytes_on_disk
    epochs = session.settings.epochs
    return Estimate(seconds, _memory(session), session.data.bytes - on_disk, on_disk, epochs)


def _tried(trial: Session, limit: float) -> Iterator[float | None]:
    """Seconds of the whole run, from as much of it as fits into so many seconds; None after each piece
    before. What is done between two pieces is not counted.
    """
    speed = Speed(trial)
    for progress in trial.slices():
        speed.look(progress)
        if speed.seconds > limit:
            break
        yield None
        speed.go_on()
    yield speed.whole


class Speed:
    """How fast a run goes, told what it gives, piece by piece.

    Attributes:
        seconds: that it took up to now.
    """

    def __init__(self, session: Session) -> None:
        self._session, self._began = session, session.epoch
        # The times at which so many epochs were done since, inside of one and at its end.
        self._marks: list[tuple[float, float]] = []
        self._epochs: list[tuple[float, float]] = []
        self.seconds = 0.0
        self.go_on()

    def go_on(self) -> None:
        """What was done since the last look does not count."""
        self._started = time.perf_counter()

    def look(self, done: Progress | Epoch) -> None:
        """It made a slice of steps, or ended an epoch."""
        now = time.perf_counter()
        self.seconds += now - self._started
        self._started = now
        if isinstance(done, Epoch):
            self._epochs.append((self.seconds, float(done.epoch - self._began)))
        else:
            self._marks.append((self.seconds, done.epoch - self._began + done.fraction))

    @property
    def tells_enough(self) -> bool:
        """Whether so much is done that `whole` can be asked for: some time, or a tenth of a short run."""
        left = self._session.settings.epochs - self._began
        has_tenth = bool(self._epochs) and 10 * self._epochs[-1][1] >= left
        return bool(self._marks) and (self.seconds > PASSING_SECONDS or has_tenth)

    @property
    def whole(self) -> float:
        """Seconds of the whole run, from its start."""
        marks, epochs, goal = self._marks, self._epochs, self._session.settings.epochs
        # The first slices warm the caches and find their length.
        if len(epochs) > 4:
            return _usual(epochs[len(epochs) // 4 :]) * goal
        if epochs and len(marks) < 3:
            return epochs[-1][0] / epochs[-1][1] * goal
        later = marks[len(marks) // 4 :]
        if not epochs:
            return (_usual(later) + _evaluation(self._session)) * goal
        # Epochs that ended were judged in between.
        (first, a), (last, b) = later[0], later[-1]
        return ((last - first) / (b - a) if b > a else last / b) * goal


def _usual(marks: list[tuple[float, float]]) -> float:
    """Seconds of an epoch, as it usually goes: what else the machine does now and then must not count."""
    times, done = np.array(marks).T
    return float(np.median(np.diff(times) / np.diff(done))) if len(marks) > 1 else float(times[0] / done[0])


def _evaluation(trial: Session) -> float:
    """Seconds of judging the part that training watches once, from some of it."""
    if trial.data.watched == Split.TRAINING:
        return 0.0
    x, y = trial.data.part(trial.data.watched)
    count = min(len(x), 1024)
    trial.evaluate(x[:count], y[:count])
    taken: list[float] = []
    # A single look that waits for a busy machine would count once for each epoch of the run.
    while len(taken) < LOOKS and sum(taken) < PASSING_SECONDS:
        started = time.perf_counter()
        trial.evaluate(x[:count], y[:count])
        taken.append(time.perf_counter() - started)
    return min(taken) * len(x) / count


def _memory(trial: Session) -> int:
    """Bytes of the program, the parameters with their slots, and all that the run needs beside them."""
    beside = bytes_beside(trial.layout, trial.data, trial.settings)
    return trial.program.nbytes + trial.program.params.nbytes + beside


__all__ = ["Estimate", "EstimateProbe", "Speed", "estimate", "estimate_with", "show_seconds"]
