"""A sweep reaches what each training reaches alone, whatever else fails, and ends at once when it is left."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest
from sweep.projects import InProcess, iris, plan_of

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.project import Project, open_example
from nnstudio.sweep.keeping import tried
from nnstudio.sweep.plan import Method, Metric, check_plan, rungs
from nnstudio.sweep.results import Rung, TrialResult, WorkerEnded, WorkersAwaited
from nnstudio.sweep.space import Repeat
from nnstudio.sweep.study import sweep
from nnstudio.sweep.trial import ClusterError, Outcome, Status, TrialOrder
from nnstudio.training.session import Session


def results_of(project: Project, plan, workers: InProcess) -> list[TrialResult]:
    return [news for news in sweep(project, plan, workers, "test") if isinstance(news, TrialResult)]


def alone(project: Project, values: dict[str, object], fold: str = "") -> Session:
    """A training without a sweep: values set one by one, trained in one go."""
    settings = project.document.settings
    for name, value in values.items():
        settings = settings.with_option(name, value)
    data = project.load_data({"fold": fold} if fold else None)
    session = Session(project.document.to_network(), data, settings)
    for _ in session.slices():
        pass
    return session


def same(state, session: Session) -> bool:
    """Whether a training of a sweep ended where another one did, to the bit."""
    other = session.state()
    return (
        np.array_equal(state.params, other.params)
        and [r.loss for r in state.history] == [r.loss for r in other.history]
        and (state.step, state.epoch, state.cursor) == (other.step, other.epoch, other.cursor)
    )


def test_each_setting_reaches_what_it_reaches_alone(in_process):
    results = results_of(iris(), plan_of(iris(), "learning_rate=0.001,0.02", "seed=1..2"), in_process)
    assert [r.values["learning_rate"] for r in results] == [0.001, 0.02]
    for result in results:
        sessions = [alone(iris(), {**result.values, "seed": seed}) for seed in (1, 2)]
        assert [run.repeat for run in result.runs] == [Repeat(1), Repeat(2)]
        assert all(same(r.outcome.state, s) for r, s in zip(result.runs, sessions, strict=True))
        assert result.value == fmean(s.history[-1].val_loss for s in sessions)


def test_each_fold_is_trained_on_the_others(in_process):
    (result,) = results_of(iris(), plan_of(iris(), "fold=1..3"), in_process)
    for run in result.runs:
        assert same(run.outcome.state, alone(iris(), {}, run.repeat.fold))
    assert [run.repeat.fold for run in result.runs] == ["1 of 3", "2 of 3", "3 of 3"]


@pytest.mark.parametrize("extra", [{}, {"patience": 2}, {"schedule": "cosine", "optimizer": "sgd"}])
def test_rungs_end_at_the_same_bits_as_a_training_in_one_go(in_process, extra):
    project = iris(9, **extra)
    plan = plan_of(project, "learning_rate=0.02,0.5", halving=True)
    results = results_of(project, plan, in_process)
    trained = [r for r in results if r.status == Status.TRAINED]
    assert trained and len(in_process.orders) > len(results)
    for result in trained:
        assert same(result.runs[0].outcome.state, alone(project, result.values))


def test_a_setting_that_others_outdid_stops_at_its_rung(in_process):
    project = iris(9)
    plan = plan_of(project, "learning_rate=0.02,1e-6,1e-7,0", halving=True)
    results = results_of(project, plan, in_process)
    assert {(r.values["learning_rate"], r.status, r.epochs) for r in results} == {
        (0.02, Status.TRAINED, 9), *((rate, Status.STOPPED, 1) for rate in (1e-6, 1e-7, 0.0))
    }  # fmt: skip


def test_early_stopping_is_judged_by_the_weights_that_it_takes(in_process):
    project = iris(60, patience=3)
    (result,) = results_of(project, plan_of(project, "learning_rate=0.1"), in_process)
    session = alone(project, {"learning_rate": 0.1})
    assert session.returned_to and result.runs[0].outcome.is_over
    assert result.value == session.history[session.returned_to.epoch - 1].val_loss


def test_what_diverges_or_cannot_be_trained_is_told_and_the_others_go_on(in_process):
    project = open_example("celsius")
    project.document.set_settings(project.document.settings.with_option("epochs", 5))
    plan = plan_of(project, "optimizer=sgd", "learning_rate=0.00001,1000", "batch_size=4")
    results = {r.values["learning_rate"]: r for r in results_of(project, plan, in_process)}
    assert results[0.00001].status == Status.TRAINED
    assert results[1000].status == Status.DIVERGED and "Try a smaller learning rate" in results[1000].message
    flowers = iris()
    plan = plan_of(flowers, "dense_2.units=3,4")
    results = {r.values["dense_2.units"]: r for r in results_of(flowers, plan, in_process)}
    assert results[3].status == Status.TRAINED
    assert results[4].status == Status.REFUSED and "4" in results[4].message


class Faulty(InProcess):
    """Fails with one of the settings, as a bug would."""

    error: Exception = ZeroDivisionError("division by zero")

    def answer(self, order: TrialOrder) -> Outcome:
        if order.values["batch_size"] == 16:
            raise self.error
        return super().answer(order)


@pytest.fixture
def faulty():
    workers = Faulty()
    yield workers
    workers.close()


def test_a_bug_costs_one_setting(faulty):
    results = results_of(iris(), plan_of(iris(), "batch_size=8,16,32"), faulty)
    assert {r.values["batch_size"]: r.status for r in results} == {
        8: Status.TRAINED, 16: Status.FAILED, 32: Status.TRAINED
    }  # fmt: skip
    assert next(r.message for r in results if r.message) == "ZeroDivisionError: division by zero"


def test_a_scheduler_that_is_gone_ends_the_sweep(faulty):
    faulty.error = ClusterError("The scheduler no longer answers.")
    with pytest.raises(ClusterError, match="no longer answers"):
        results_of(iris(), plan_of(iris(), "batch_size=8,16,32"), faulty)


def test_a_worker_that_ends_is_told(in_process):
    in_process.ended.put(1)
    news = list(sweep(iris(), plan_of(iris(), "batch_size=8,16"), in_process, "test"))
    (ended,) = [n for n in news if isinstance(n, WorkerEnded)]
    assert ended.sentence == "A worker ended; 1 training begins again where it last reported."


def test_a_sweep_without_workers_says_once_that_it_waits(in_process):
    in_process.workers = 0
    project = iris(1500)
    news = list(sweep(project, plan_of(project, "batch_size=8"), in_process, "test"))
    assert news.count(WorkersAwaited()) == 1 and isinstance(news[-1], TrialResult)


def test_who_leaves_a_sweep_ends_what_is_trained(in_process):
    project = iris(1_000_000)
    going = sweep(project, plan_of(project, "batch_size=8,16"), in_process, "test")
    assert next(going) is None
    going.close()
    # Joins the thread that trains: this returns because the training was told to end.
    in_process.close()
    assert len(in_process.orders) == 1


def test_progress_is_told_training_by_training(in_process):
    news = list(sweep(iris(), plan_of(iris(), "batch_size=8,16", "seed=1..2"), in_process, "test"))
    told = [(n.number, n.run.repeat.seed) for n in news if isinstance(n, Rung)]
    through = [n.number for n in news if isinstance(n, TrialResult)]
    assert (told, through) == ([(1, 1), (2, 1)], [1, 2])


def test_the_project_itself_stays_and_a_tried_one_can_go_on(in_process):
    project = iris()
    before = project.document.to_dict()
    results = results_of(project, plan_of(project, "dense_1.units=4,8", "fold=1..2"), in_process)
    assert project.document.to_dict() == before and project.state is None
    run = results[0].runs[1]
    best = tried(project, results[0].values, run.repeat, run.outcome.state)
    assert best.document.data.options["fold"] == "2 of 2"
    assert best.session().history[-1].val_loss == run.outcome.metrics["val_loss"]


def test_rungs():
    assert rungs(100, True) == (4, 12, 36, 100) and rungs(100, False) == (100,)
    assert rungs(3, True) == (1, 3) and rungs(27, True) == (1, 3, 9, 27)
    with pytest.raises(SpecError, match="Halving takes 3 epochs or more"):
        rungs(2, True)


@pytest.mark.parametrize(
    ("texts", "how", "sentence"),
    [
        (["loss=mse,mae"], {}, "loss decides how val_loss is measured"),
        (["label_smoothing=0,0.1"], {}, "label_smoothing decides how val_loss is measured"),
        (["epochs=3,9"], {"halving": True}, "epochs cannot be varied with it"),
        (["learning_rate=0.1..1"], {"method": Method.TPE}, "such as --trials 20"),
        (["learning_rate=0.1..1"], {}, "single values are needed"),
    ],
)
def test_what_cannot_be_compared_is_refused(texts, how, sentence):
    project = iris()
    with pytest.raises(SpecError, match=sentence):
        check_plan(plan_of(project, *texts, **how), project, project.load_data())


def test_a_metric_that_the_data_has_not_is_refused():
    project = open_example("celsius")
    plan = plan_of(project, "batch_size=1,2", metric=Metric.VAL_ACCURACY)
    with pytest.raises(DataError, match="no accuracy"):
        check_plan(plan, project, project.load_data())


def test_what_is_left_out_is_said():
    project = iris()
    data = project.load_data()
    (note,) = check_plan(plan_of(project, "batch_size=8,16", trials=1), project, data)
    assert note == "Of the 2 settings of the grid, the first 1 are tried."
    plan = plan_of(project, "batch_size=8,16", trials=9, method=Method.TPE)
    assert check_plan(plan, project, data) == ["There are 2 settings, so no more are tried."]
    assert check_plan(plan_of(project, "batch_size=8,16"), project, data) == []


def test_the_test_part_as_a_judge_is_said():
    project = iris()
    project.set_data_option("validation_ratio=0")
    (note,) = check_plan(plan_of(project, "batch_size=8,16"), project, project.load_data())
    assert "the test part decides which setting is best" in note
    project.set_data_option("test_ratio=0")
    with pytest.raises(DataError, match="for training only"):
        check_plan(plan_of(project, "batch_size=8,16"), project, project.load_data())
