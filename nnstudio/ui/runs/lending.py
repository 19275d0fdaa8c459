"""Kept runs as networks whose layers may be reused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nnstudio.data.terms import REAL_RIGHT
from nnstudio.model.quantity import counted, in_percent
from nnstudio.reuse import lender_of
from nnstudio.runs.record import RunRecord
from nnstudio.runs.store import RunStore
from nnstudio.ui.project.lenders import Candidate
from nnstudio.ui.runs.columns import when
from nnstudio.ui.runs.library import RunLibrary

# So many are listed, the newest: the page Runs has all of them.
MOST_RUNS = 12


def ask_lending(library: RunLibrary, but: str, then: Callable[[Sequence[Candidate]], None]) -> None:
    """Call ``then`` with the newest runs but one; with none where the runs cannot be read."""
    library.ask(partial(kept_runs, but=but), then, lambda _error: then(()))


def kept_runs(store: RunStore, but: str) -> list[Candidate]:
    """The newest runs whose weights are kept; not ``but`` the one of this id."""
    records = [record for record in store.list() if record.has_weights and record.id != but]
    return [_of_run(store, record) for record in records[:MOST_RUNS]]


def _of_run(store: RunStore, record: RunRecord) -> Candidate:
    accuracy, right = record.value("val_accuracy"), REAL_RIGHT if record.only_real else "right"
    told_of = [
        f"Kept run of {record.project_title}", f"trained {when(record.changed)}",
        counted(record.epochs, "epoch"),
    ]  # fmt: skip
    if accuracy is not None:
        told_of.append(f"{in_percent(round(accuracy, 3))} of the validation part {right}")
    name = f"the run {record.name}"
    return Candidate(record.name, ", ".join(told_of) + ".", lambda: lender_of(store.open(record.id), name))
