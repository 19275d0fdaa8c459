"""The process itself, as the window starts it: one that cannot begin, and one that is told to end."""

from __future__ import annotations

import msgspec
import pytest
from sweep.projects import iris

from nnstudio.runs.store import RunStore
from nnstudio.sweep.messages import Event, Finished, Job, Setting
from nnstudio.sweep.order import SweepOrder
from nnstudio.sweep.trial import share
from nnstudio.ui.sweeps import sweep_process
from nnstudio.ui.sweeps.sweep_process import SweepProcess

WAIT_MS = 60_000


@pytest.fixture
def events(qtbot, qapp):
    """What a process told, once `carry_out` has gone through it."""
    processes = []

    def carry_out(job: bytes, stop_after: int = 1000) -> list[Event]:
        told: list[Event] = []
        process = SweepProcess(qapp)
        processes.append(process)
        gone = []
        process.gone.connect(lambda: gone.append(True))

        def take(event: Event) -> None:
            told.append(event)
            if sum(isinstance(e, Setting) for e in told) == stop_after:
                process.stop()

        process.came.connect(take)
        process.begin(job)
        qtbot.waitUntil(lambda: bool(gone), timeout=WAIT_MS)
        return told

    yield carry_out
    for process in processes:
        process.close()
        process.deleteLater()


def job_of(*vary: str, epochs: int = 1) -> bytes:
    job = Job(SweepOrder(vary, workers=1), share(iris(epochs), "0123"))
    return msgspec.json.encode(job) + b"\n"


def test_a_process_that_cannot_begin_says_why(events):
    assert events(job_of("dense_9.units=4"))[-1].problem.startswith("The network has no node 'dense_9'.")


def test_a_process_that_breaks_is_told_with_its_last_words(events):
    (last,) = events(b"{}\n")
    assert last.problem.startswith("The process that carries out the sweep ended unexpectedly: ")
    assert "missing required field" in last.problem and last.problem.endswith("is kept.")


def test_a_process_that_is_not_there_is_told(events, monkeypatch):
    monkeypatch.setattr(sweep_process.sys, "executable", "/no/such/python")
    (last,) = events(job_of("batch_size=8"))
    assert last.problem.startswith("The process that carries out the sweep could not be started")


def test_settings_come_and_who_is_told_to_end_ends(events):
    told = events(job_of("batch_size=4,8,16,32,64", "seed=1..2"), stop_after=2)
    settings = [e for e in told if isinstance(e, Setting)]
    assert 2 <= len(settings) < 5 and told[-1] == Finished()
    assert {s.run for s in settings} < {r.id for r in RunStore().list(sweep="0123")}
