"""What the window is told of a sweep: every setting once it is kept, and how it ended."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sweep.projects import InProcess, iris

from nnstudio.from_data import project_from_data
from nnstudio.project import Project
from nnstudio.runs.store import RunStore
from nnstudio.sweep import order as order_module
from nnstudio.sweep.messages import Begun, Event, Finished, Job, Progress, Setting, Told
from nnstudio.sweep.order import SweepOrder
from nnstudio.sweep.plan import Method, Metric
from nnstudio.sweep.process import serve
from nnstudio.sweep.trial import ClusterError, Status, share


@pytest.fixture(autouse=True)
def trained_here(monkeypatch):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", InProcess)


def job_of(project: Project, *vary: str, path: str = "", **how: object) -> Job:
    """As it comes out of the pipe."""
    job = Job(SweepOrder(vary, **how), share(project, "0123"), path)
    return msgspec.json.decode(msgspec.json.encode(job), type=Job)


def told(job: Job, most: int = 1000) -> list[Event]:
    """What a sweep tells; it is asked to end after so many settings."""
    events: list[Event] = []
    serve(job, events.append, lambda: sum(isinstance(e, Setting) for e in events) >= most)
    # As it comes out of the other pipe.
    return msgspec.json.decode(msgspec.json.encode(events), type=list[Event])


def test_every_setting_is_told_with_the_run_that_opens_it():
    events = told(job_of(iris(), "dense_1.units=4,8", "seed=1..2", path="/somewhere/flowers.nns"))
    assert events[0] == Begun(2) and events[-1] == Finished()
    settings = [e for e in events if isinstance(e, Setting)]
    assert [(s.number, s.values, s.status, s.trainings) for s in settings] == [
        (1, {"dense_1.units": 4}, Status.TRAINED, 2), (2, {"dense_1.units": 8}, Status.TRAINED, 2),
    ]  # fmt: skip
    records = RunStore().list(sweep="0123")
    assert len(records) == 4 and {r.project_name for r in records} == {"flowers"}
    for setting in settings:
        own = [r for r in records if r.values["dense_1.units"] == setting.values["dense_1.units"]]
        best = min(own, key=lambda r: r.metrics["val_loss"])
        assert setting.run == best.id
        losses = [r.metrics["val_loss"] for r in own]
        assert setting.value == pytest.approx(sum(losses) / 2)
        assert setting.deviation == pytest.approx(abs(losses[0] - losses[1]) / 2**0.5)


def test_trainings_of_a_project_without_a_name_are_called_after_its_data():
    told(job_of(iris(), "batch_size=8,16"))
    assert sorted(r.name for r in RunStore().list()) == ["Iris 1", "Iris 2"]


def test_repeated_settings_are_compared():
    events = told(job_of(iris(), "learning_rate=0.000001,0.05", "seed=1..6"))
    first, second = [e for e in events if isinstance(e, Setting)]
    assert first.verdict == ()
    assert "Setting 2 against 1" in second.verdict[0] and "This is more than noise." in second.verdict[0]


def test_trainings_are_counted_from_the_start():
    counts = [e.trainings for e in told(job_of(iris(), "batch_size=8", "seed=1..3")) if type(e) is Progress]
    # 0 comes with the first tick, where there is one.
    assert [count for count in counts if count] == [1, 2, 3]


def test_who_is_asked_to_end_keeps_what_is_done():
    events = told(job_of(iris(), "batch_size=4,8,16,32"), most=2)
    assert sum(isinstance(e, Setting) for e in events) == 2 and events[-1] == Finished()
    assert len(RunStore().list(sweep="0123")) == 2


def test_a_setting_that_cannot_be_trained_says_why_and_has_no_run():
    (setting,) = [e for e in told(job_of(iris(), "dense_2.units=4")) if isinstance(e, Setting)]
    assert (setting.status, setting.run, setting.value) == (Status.REFUSED, "", None)
    assert setting.message.endswith(".")


def test_notes_come_with_the_beginning():
    (begun,) = [
        e for e in told(job_of(iris(), "batch_size=8,16", trials=9, method=Method.TPE)) if type(e) is Begun
    ]
    assert begun.notes == ("There are 2 settings, so no more are tried.",)


class Lost(InProcess):
    def share(self, shared):
        raise ClusterError("The scheduler no longer answers.")


def test_what_a_person_can_mend_is_told_at_the_end(monkeypatch):
    assert told(job_of(iris(), "dense_9.units=4"))[0].problem.startswith("The network has no node 'dense_9'")
    (problem,) = told(job_of(iris(), "loss=mse,mae", metric=Metric.VAL_LOSS))
    assert "decides how val_loss is measured" in problem.problem
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", Lost)
    assert told(job_of(iris(), "batch_size=8"))[-1] == Finished("The scheduler no longer answers.")
    monkeypatch.setattr(order_module, "NEEDED", ("no_such_package",))
    (missing,) = told(job_of(iris(), "batch_size=8"))
    assert "pip install 'nnstudio[sweep]'" in missing.problem


class OneGone(InProcess):
    def submit(self, order, key):
        self.ended.put(1)
        return super().submit(order, key)


def test_a_worker_that_ended_is_told(monkeypatch):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", OneGone)
    events = told(job_of(iris(), "batch_size=8"))
    assert Told("A worker ended; 1 training begins again where it last reported.") in events


def flats(path: Path) -> Project:
    """A project of a table that a person chose."""
    path.write_text("\n".join(["size,price", *(f"{a},{a * 2 + 1}" for a in range(60)), ""]), encoding="utf-8")
    project = project_from_data(path, {}).project
    project.document.set_settings(project.document.settings.with_option("epochs", 1))
    project.load_data()
    return project


def test_a_project_brings_its_table(tmp_path):
    project = flats(tmp_path / "flats.csv")
    (tmp_path / "flats.csv").unlink()
    (setting,) = [e for e in told(job_of(project, "batch_size=8")) if isinstance(e, Setting)]
    assert setting.status == Status.TRAINED


def test_what_is_too_large_to_travel_is_read_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setattr("nnstudio.project.MAX_TABLE_BYTES", 10)
    job = job_of(flats(tmp_path / "flats.csv"), "batch_size=8")
    assert job.shared.path == str(tmp_path / "flats.csv")
    (setting,) = [e for e in told(job) if isinstance(e, Setting)]
    assert setting.status == Status.TRAINED
    (tmp_path / "flats.csv").unlink()
    (last,) = told(job)
    assert "flats.csv" in last.problem
