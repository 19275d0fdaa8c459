"""While a run rests, training samples are judged with the weights as they are."""

from __future__ import annotations

import threading
import time

import pytest

from nnstudio.project import open_example
from nnstudio.training import weights_now
from nnstudio.training.messages import Job, Phase
from nnstudio.training.session import Session
from nnstudio.training.weights_now import WeightsNow
from nnstudio.training.worker import Worker


def wait(condition, seconds: float = 60.0):
    """Poll until a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        threading.Event().wait(0.002)


def trained(name: str, epochs: int) -> Session:
    project = open_example(name)
    session = Session(project.document.graph.to_network(), project.load_data(), project.document.settings)
    for _ in session.slices(epochs):
        pass
    return session


@pytest.mark.parametrize("name", ["xor", "passengers", "iris", "mnist-dense"])
def test_batch_by_batch_they_are_those_of_all_samples_at_once(name):
    session = trained(name, 1)
    now = WeightsNow(session)
    now.follow(Phase.PAUSED)
    before = session.parameters.copy()
    while not now.advance():
        pass
    loss, accuracy = session.evaluate(session.data.x_train, session.data.y_train)
    assert now.figures == (pytest.approx(loss), accuracy if accuracy is None else pytest.approx(accuracy))
    assert now.figures[0] != session.figures[0], "the weights moved in the epoch"
    assert (session.parameters == before).all() and not now.is_due


@pytest.mark.parametrize(("name", "most"), [("xor", 256), ("mnist-dense", 256), ("mnist-convnet", 16)])
def test_a_piece_is_short_however_large_the_network_is(name, most, monkeypatch):
    session = trained(name, 0)
    session.single_step()
    now, rows = WeightsNow(session), []
    now.follow(Phase.PAUSED)
    program = session.evaluator(min(256, len(session.data.x_train)))
    set_data = program.set_data
    monkeypatch.setattr(program, "set_data", lambda x, y, at: (rows.extend(at), set_data(x, y, at)))
    pieces = 1
    while not now.advance():
        pieces += 1
    assert rows == list(range(len(session.data.x_train))), "each sample once"
    assert pieces == -(-len(rows) // most)


def test_other_weights_have_others_and_those_that_come_back_the_same():
    session = trained("xor", 2)
    now = WeightsNow(session)
    assert not now.is_due, "it is not known yet whether it rests"
    now.follow(Phase.PAUSED)
    assert now.advance()
    first = now.figures
    session.alterations.write(session.parameters, 0, 5.0)
    assert now.figures is None and not now.is_due, "figures are of before the change, and say so"
    session.alterations.write(session.parameters, 0, float(session.alterations._replaced[0]))
    assert now.figures == first
    session.single_step()
    now.follow(Phase.PAUSED)
    assert now.figures is None and now.advance() and now.figures != first
    now.follow(Phase.RUNNING)
    assert now.figures is None and not now.is_due and not now.advance()


def test_what_takes_long_is_given_up(monkeypatch):
    monkeypatch.setattr(weights_now, "MOST_SECONDS", 0.0)
    now = WeightsNow(trained("xor", 1))
    now.follow(Phase.FINISHED)
    assert not now.is_due and now.figures is None


def test_a_worker_tells_them_once_its_run_rests():
    worker, project = Worker(), open_example("xor")
    try:
        settings = project.document.settings.with_option("epochs", 2)
        worker.load(Job(1, project.document.graph.to_network(), project.load_data(), settings))
        wait(lambda: worker.snapshot().phase == Phase.READY)
        assert worker.snapshot().training_now is None
        worker.start()
        wait(lambda: worker.snapshot().training_now is not None)
        assert worker.snapshot().phase == Phase.FINISHED
        evaluate = worker.compute(lambda s: s.evaluate(s.data.x_train, s.data.y_train))
        loss, accuracy = evaluate.result(60)
        assert worker.snapshot().training_now == (pytest.approx(loss), pytest.approx(accuracy))
        assert worker.snapshot().loss != worker.snapshot().training_now[0]
        before = worker.snapshot().training_now
        worker.step()
        wait(lambda: worker.snapshot().training_now not in (None, before))
        assert worker.snapshot().phase == Phase.PAUSED
        worker.reset()
        wait(lambda: worker.snapshot().phase == Phase.READY)
        assert worker.snapshot().training_now is None
    finally:
        worker.close()
