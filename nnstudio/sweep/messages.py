"""What the window tells the process that carries out a sweep, and what that tells it: a line of JSON each."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from nnstudio.sweep.order import SweepOrder
from nnstudio.sweep.trial import SharedProject, Status


class Job(Struct, frozen=True):
    """The first line, from the window; ``path`` is the file of the project, "" where it was never saved, and
    ``name`` what that is called then.

    ``shared.id`` becomes the name of the sweep.
    """

    order: SweepOrder
    shared: SharedProject
    path: str = ""
    name: str = ""


class Begun(Struct, frozen=True, tag=True):
    """So many settings will be tried; ``notes`` are sentences on what the sweep leaves out."""

    total: int
    notes: tuple[str, ...] = ()


class Progress(Struct, frozen=True, tag=True):
    """So many trainings were begun and reported something; tells also that the workers are there."""

    trainings: int


class Setting(Struct, frozen=True, tag=True):
    """A setting that is through, see `TrialResult`.

    Attributes:
        deviation: of its trainings, over n - 1; None for a single one.
        also: the mean of what settings are not compared by, loss or accuracy; None where there is none.
        trainings: how many it had.
        run: the run of the best of its trainings, "" where none was kept.
        verdict: sentences on the best setting so far against the next one.
        seconds: that the engine trained for it, in all its trainings; 0 where that is not known.
    """

    number: int
    values: dict[str, Any]
    status: Status
    value: float | None
    deviation: float | None = None
    epochs: int = 0
    trainings: int = 1
    message: str = ""
    run: str = ""
    verdict: tuple[str, ...] = ()
    also: float | None = None
    seconds: float = 0.0


class Told(Struct, frozen=True, tag=True):
    """A sentence on what happened; the sweep goes on."""

    sentence: str


class Finished(Struct, frozen=True, tag=True):
    """The last line: why the sweep ended before it was through, "" where it was or a person ended it."""

    problem: str = ""


Event = Begun | Progress | Setting | Told | Finished
