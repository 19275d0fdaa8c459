"""What the page of runs reads from the store; all of it is called on the library's thread."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnstudio.runs.database import BESIDE
from nnstudio.runs.differences import differences
from nnstudio.runs.network_changes import network_changes
from nnstudio.runs.record import RunError, RunRecord
from nnstudio.runs.store import RunStore
from nnstudio.training.curve import Curve
from nnstudio.ui.widgets.sketch import Sketch

Pair = tuple[str, str]


@dataclass(frozen=True)
class Listing:
    """All runs, and how much room they take of how much there is.

    Attributes:
        notes: sentences on what happened to the store.
        stamp: what its files were like; others once somebody has written.
    """

    records: Sequence[RunRecord]
    used: int
    limit: int
    notes: Sequence[str]
    stamp: tuple[int, ...]


def listed(store: RunStore) -> Listing:
    """All runs as they are now."""
    return Listing(store.list(), store.used_bytes, store.limit, store.take_notes(), stamp_of(store))


def stamp_of(store: RunStore) -> tuple[int, ...]:
    """What the files of the store are like: other numbers once somebody has written."""
    numbers = [0]
    for end in BESIDE[:2]:
        with contextlib.suppress(OSError):
            status = os.stat(f"{store.path}{end}")
            numbers += [status.st_size, status.st_mtime_ns] if status.st_size else []
    return tuple(numbers)


def read_curves(wanted: Mapping[str, int], store: RunStore) -> dict[str, tuple[int, Curve]]:
    """The curves of some runs, with the steps at which each is asked for; without those that went since."""
    curves = {}
    for run, steps in wanted.items():
        with contextlib.suppress(RunError):
            curves[run] = steps, store.curve(run)
    return curves


def read_sketches(wanted: Mapping[str, str], store: RunStore) -> dict[str, Sketch]:
    """The pictures of networks by their hashes, each from the run that is named; without those that went."""
    sketches = {}
    for network, run in wanted.items():
        with contextlib.suppress(RunError):
            sketches[network] = Sketch.of(store.project_text(run))
    return sketches


def read_changes(wanted: Mapping[Pair, Pair], store: RunStore) -> dict[Pair, tuple[str, ...]]:
    """What differs between two networks, by their hashes, each from a run that is named; without those of
    runs that went.
    """
    changes = {}
    for networks, (first, second) in wanted.items():
        with contextlib.suppress(RunError):
            changes[networks] = network_changes(store.project_text(first), store.project_text(second))
    return changes


def read_differences(first: str, second: str, store: RunStore) -> Sequence[str]:
    """What differs between two runs, as sentences. Raises RunError where one went since."""
    one, other = store.get(first), store.get(second)
    told = differences(one, other, store.project_text(first), store.project_text(second))
    return [difference.sentence for difference in told]
