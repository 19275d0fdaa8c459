"""Two networks trained side by side, step for step, on one thread: whoever is behind makes the next slice.

Nothing else may call the engine meanwhile; the window lets the compute thread do it piece by piece, see
`training.beside`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nnkernels.graph.network import NetworkSpec
from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.explain.boundary import Boundary, BoundaryProbe
from nnstudio.explain.fit import Fit, FitProbe, kind_for
from nnstudio.model.atomic_file import FileError
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.session import Diverged, Session

# Between two pictures; where one takes longer than this, training gets as much time as they.
PICTURE_SECONDS = 0.1
# Between two standings at full speed, at which a small network makes thousands of epochs a second.
TELL_SECONDS = 0.02
Picture = Boundary | Fit


@dataclass(frozen=True)
class Contestant:
    """A network with its settings, and what gives its data, on the thread that trains it."""

    name: str
    network: NetworkSpec
    settings: TrainingSettings
    load: Callable[[], Dataset]


@dataclass(frozen=True, eq=False)
class Standing:
    """Where one of two networks stands.

    Attributes:
        clock: epochs that it has made, with the share of the one that is running.
        rows: of its curve, those that came since the last time; see `Curve.follow`.
        picture: the newest that came since, None where there is none; of data that cannot be drawn never.
        message: why it ended before its time, or "".
    """

    data: Dataset
    clock: float
    rows: Curve
    picture: Picture | None
    message: str


class _Run:
    """One of the two."""

    def __init__(self, contestant: Contestant, epochs: int, threads: int) -> None:
        settings = replace(contestant.settings, epochs=epochs)
        try:
            self.session = Session(contestant.network, contestant.load(), settings, threads)
        except (SpecError, DataError, FileError, UnknownName) as error:
            raise SpecError(f"{contestant.name}: {error}") from error
        self.current = CurrentRun(self.session)
        self.current.begin(epochs)
        self.clock, self.message, self.is_over = 0.0, "", False
        self._told = 0
        self._picture: Picture | None = None

    def advance(self, is_paced: bool) -> None:
        """Make a slice; where it ``is_paced``, unless it is too early for a person who watches."""
        began = time.perf_counter()
        if is_paced and self.current.waits(began):
            return
        assert self.current.slices is not None
        try:
            done = next(self.current.slices, None)
        except Diverged as error:
            self.is_over, self.message = True, str(error)
            return
        if done is None:
            self.is_over = True
        elif isinstance(done, Epoch):
            self.clock = float(done.epoch)
            self.current.pace(began)
        else:
            self.clock = done.epoch + done.fraction

    def draw(self) -> Iterator[None]:
        """Compute the picture that its data can have, in pieces."""
        data = self.session.data
        probe = BoundaryProbe() if data.is_plane else FitProbe() if kind_for(data) is not None else None
        if probe is not None:
            for result in probe.run(self.session):
                if result is None:
                    yield None
                else:
                    self._picture = result

    def standing(self) -> Standing:
        rows, picture = self.session.history.after(self._told), self._picture
        self._told, self._picture = rows.total, None
        return Standing(self.session.data, self.clock, rows, picture, self.message)


def train_together(
    contestants: Sequence[Contestant],
    epochs: int,
    threads: int = 1,
    is_paced: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[Standing, ...]]:
    """Train all of them from new weights until each has made so many epochs; gives where they stand, and
    nothing while it draws.

    Their clocks never differ by more than a slice, which ends with its epoch. One that diverges or stops
    early ends, and the others go on. Whether it ``is_paced``, for a person to follow, is asked before each
    slice. Raises SpecError where one cannot be trained, with its name.
    """
    runs = [_Run(contestant, epochs, threads) for contestant in contestants]
    next_picture = next_told = 0.0
    while open_runs := [run for run in runs if not run.is_over]:
        began = time.perf_counter()
        if began >= next_picture:
            yield from _drawn(runs)
            now = time.perf_counter()
            next_picture = now + max(PICTURE_SECONDS, now - began)
        paced = is_paced()
        min(open_runs, key=lambda run: run.clock).advance(paced)
        now = time.perf_counter()
        if paced or now >= next_told:
            next_told = now + TELL_SECONDS
            yield tuple(run.standing() for run in runs)
    yield from _drawn(runs)


def _drawn(runs: Sequence[_Run]) -> Iterator[tuple[Standing, ...]]:
    """Compute the pictures of all, in pieces."""
    for run in runs:
        for _piece in run.draw():
            yield ()
    yield tuple(run.standing() for run in runs)
