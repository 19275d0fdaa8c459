"""A run is recorded while it trains, however it ends, and nothing that goes wrong with that stops it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from runs.recorded import keep_trained, trained

from nnstudio.project import Project, open_example
from nnstudio.runs import recorder, weights_pace
from nnstudio.runs.record import RunError, RunRecord, RunStatus
from nnstudio.runs.recorder import RunRecorder
from nnstudio.runs.store import RunStore
from nnstudio.training.session import Diverged, Session

TARGET = Path("/somewhere/mine.nns")


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs.sqlite")


def untrained(name: str = "xor", **settings) -> tuple[Project, Session]:
    project = open_example(name)
    for key, value in settings.items():
        project.document.set_settings(project.document.settings.with_option(key, value))
    return project, project.session()


def train(recording: RunRecorder, session: Session, epochs: int) -> None:
    for done in session.slices(epochs):
        recording.offer(done)


def test_it_is_running_from_the_beginning_and_finished_in_the_end(store):
    project, session = untrained(epochs=5)
    said = []
    with RunRecorder(store, project, session, TARGET, said.append, "b" * 32) as recording:
        recording._finish()
        begun = store.get(session.run)
        assert (begun.status, begun.epochs, begun.parent) == (RunStatus.RUNNING, 0, "b" * 32)
        train(recording, session, 5)
    ended = store.get(session.run)
    assert (ended.status, ended.epochs, ended.began) == (RunStatus.FINISHED, 5, begun.began)
    assert np.array_equal(store.open(ended.id).state.params, session.program.params) and not said


def test_the_best_weights_are_kept_with_the_epoch_that_they_are_of(store):
    project, session = untrained(epochs=40, learning_rate=0.3)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        train(recording, session, 40)
    kept = store.get(session.run)
    assert 0 < kept.best["epoch"] < 40, "or this proves nothing"
    best = store.open(kept.id, best=True)
    assert best.state.run == "" and len(best.state.history) == best.state.epoch == kept.best["epoch"]
    again = best.session()
    loss, _ = again.evaluate(*again.data.part(again.data.watched))
    assert loss == pytest.approx(kept.best["val_loss"], rel=1e-6)


def test_updates_come_while_it_trains_and_not_more_often_than_they_should(store, monkeypatch):
    now, saved = [0.0], []
    monkeypatch.setattr(recorder.time, "monotonic", lambda: now[0])
    save = store.save
    monkeypatch.setattr(store, "save", lambda *kept: (saved.append(kept[0].epochs), save(*kept))[1])
    project, session = untrained("celsius", epochs=30)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        for done in session.slices():
            # Else it depends on the disk which of them is written.
            recording._writing.result() if recording._writing else None
            now[0] += 1.0
            recording.offer(done)
    slices = now[0]
    assert 2 + slices // recorder.SECONDS - 1 <= len(saved) <= 2 + slices // recorder.SECONDS
    assert saved == sorted(saved) and saved[-1] == 30


def test_large_weights_are_written_at_the_beginning_in_the_end_and_now_and_then(store, monkeypatch):
    monkeypatch.setattr(weights_pace, "LARGE", 10)
    monkeypatch.setattr(recorder, "SECONDS", 0.0)
    project, session = untrained(epochs=3)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        train(recording, session, 3)
        recording._finish()
        recording.offer(session.advance(1))
        recording._finish()
        running = store.get(session.run)
        opened = store.open(session.run)
        assert running.epochs == 3 and len(store.curve(session.run)) == 3
        assert opened.state.epoch == 0 and "last kept after 0." in opened.warnings[-1]
        monkeypatch.setattr(recording._pace, "_clock", lambda: 1e9)
        recording.offer(session.advance(1))
        recording._finish()
        assert store.open(session.run).state.epoch == 3 and store.get(session.run).status == "running"
    assert store.open(session.run).state.step == session.steps


def test_it_is_recorded_how_long_the_run_was_expected_to_take(store):
    project, session = untrained("celsius", epochs=20)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        train(recording, session, 20)
    first = store.get(session.run).estimate_seconds
    assert first is not None and 0 < first < 60
    project.state = session.state()
    # A run that goes on to the same end keeps its estimate, and one that is to become longer gets another.
    for epochs, is_same in ((20, True), (4000, False)):
        project.document.set_settings(project.document.settings.with_option("epochs", epochs))
        again = project.session()
        with RunRecorder(store, project, again, TARGET, pytest.fail) as recording:
            train(recording, again, min(epochs, 450))
        assert (store.get(again.run).estimate_seconds == first) == is_same
        project.state = again.state()


@pytest.mark.parametrize("error", [Diverged("The training diverged."), KeyboardInterrupt()])
def test_what_cuts_it_short_is_recorded_and_goes_its_way(store, error):
    project, session = untrained(epochs=5)
    with pytest.raises(type(error)), RunRecorder(store, project, session, TARGET, pytest.fail):
        raise error
    ended = store.get(session.run)
    assert ended.status == RunStatus.STOPPED
    assert ended.reason == ("The training diverged." if isinstance(error, Diverged) else "")


def test_one_that_was_stopped_is_no_finished_one(store):
    project, session = untrained(epochs=5)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        recording.was_stopped = True
    assert store.get(session.run).status == RunStatus.STOPPED


def older_copy(project: Project, epochs: int) -> tuple[Project, Session]:
    """The project as it was saved after so many epochs, and where it stood."""
    copy = open_example("celsius")
    copy.document.set_settings(project.document.settings)
    early = copy.session()
    for _ in early.slices(epochs):
        pass
    copy.state = early.state()
    return copy, early


def test_an_older_copy_of_a_project_becomes_another_run(store):
    copy, early = older_copy(trained("celsius", 6)[0], 2)
    later = copy.session()
    for _ in later.slices(6):
        pass
    first = keep_trained(store, copy, later)
    again = copy.session()
    assert again.run == early.run == first.id
    with RunRecorder(store, copy, again, TARGET, pytest.fail) as recording:
        train(recording, again, 3)
    second = store.get(again.run)
    assert second.id != first.id and (second.parent, second.epochs) == (first.id, 3)
    assert store.get(first.id).epochs == 6


def test_a_run_that_goes_on_keeps_its_record(store):
    project, session = trained("celsius", 2)
    first = keep_trained(store, project, session)
    project.state = session.state()
    again = project.session()
    with RunRecorder(store, project, again, TARGET, pytest.fail, first.id) as recording:
        train(recording, again, 4)
    (kept,) = store.list()
    assert (kept.id, kept.epochs, kept.parent, kept.began) == (first.id, 4, "", first.began)


def test_a_checkpoint_goes_on_with_the_record_that_was_ahead_of_it(store):
    copy, early = older_copy(trained("celsius", 6)[0], 2)
    later = copy.session()
    for _ in later.slices(6):
        pass
    keep_trained(store, copy, later)
    again = copy.session()
    with RunRecorder(store, copy, again, TARGET, pytest.fail, is_resumed=True) as recording:
        train(recording, again, 3)
    (kept,) = store.list()
    assert kept.id == early.run and kept.epochs == 3


def test_a_run_that_another_process_trains_is_not_written_over(store):
    project, session = untrained("celsius", epochs=3)
    with RunRecorder(store, project, session, TARGET, pytest.fail) as recording:
        recording._finish()
        project.state = session.state()
        other = project.session()
        with RunRecorder(store, project, other, TARGET, pytest.fail):
            assert other.run != session.run
    assert {run.id: run.parent for run in store.list()} == {session.run: "", other.run: session.run}


def test_what_cannot_be_recorded_is_said_once_and_the_training_goes_on(store, monkeypatch):
    monkeypatch.setattr(recorder, "SECONDS", 0.0)
    project, session = untrained(epochs=6)
    said: list[str] = []
    broken = [True]

    def save(record: RunRecord, content) -> tuple[str, ...]:
        if broken[0]:
            raise RunError("The disk is full.")
        return ("Some weights were let go.",)

    monkeypatch.setattr(store, "save", save)
    with RunRecorder(store, project, session, TARGET, said.append) as recording:
        train(recording, session, 3)
        recording._finish()
        assert said == ["This run is not recorded: The disk is full. The training goes on."]
        broken[0] = False
        train(recording, session, 6)
    assert session.epoch == 6
    assert said[1:] == ["Some weights were let go.", "The run is recorded again."]


def test_a_store_that_cannot_be_read_or_a_fault_of_ours_stops_nothing(tmp_path, monkeypatch):
    project, session = untrained(epochs=2)
    said: list[str] = []
    with RunRecorder(RunStore(tmp_path), project, session, TARGET, said.append) as recording:
        train(recording, session, 2)
    assert session.epoch == 2 and "unable to open" in said[0]
    monkeypatch.setattr(RunStore, "save", lambda *_: 1 / 0)
    with RunRecorder(RunStore(tmp_path / "a"), project, session, TARGET, said.append):
        pass
    assert "division by zero" in said[-1]


def test_memory_that_is_short_costs_the_record_and_not_the_training(store, monkeypatch):
    project, session = untrained(epochs=2)
    said: list[str] = []

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(recorder, "snapshot_of", full)
    with RunRecorder(store, project, session, TARGET, said.append) as recording:
        train(recording, session, 2)
    assert session.epoch == 2 and ["not enough memory" in text for text in said] == [True]
