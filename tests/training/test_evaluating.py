"""Samples are evaluated piece by piece to the same bits, and orders wait for a piece alone."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from nnstudio.project import open_example
from nnstudio.training import evaluation
from nnstudio.training.curve import Epoch
from nnstudio.training.evaluating import Evaluating, advanced
from nnstudio.training.messages import Job, Phase
from nnstudio.training.progress import Progress
from nnstudio.training.worker import Worker


@pytest.mark.parametrize("name", ["mnist-convnet", "iris", "passengers"])
def test_whole_batches_give_the_same_bits_whatever_is_predicted_between(name):
    session = open_example(name).session()
    x, y = session.data.x_train, session.data.y_train
    pieces = Evaluating(session, x, y, 32, 64)
    count = 1 + sum(1 for _ in advanced(pieces, True) if session.predict(x[:32]) is not None)
    program = session.evaluator(32)
    program.set_data(x, y, np.arange(len(x)))
    rows = program.run(len(x), session.threads).sum(0) / len(x)
    assert count == -(-len(x) // 64) and pieces.seconds > 0
    assert pieces.figures == (float(rows[0]), float(rows[1]) if session.classifies else None)


def test_nothing_is_told_of_a_single_piece_and_where_nobody_asks():
    session = open_example("iris").session()
    x, y = session.data.x_train, session.data.y_train
    assert list(advanced(Evaluating(session, x, y, 32, len(x)), "told")) == []
    assert list(advanced(Evaluating(session, x, y, 32, 32), None)) == list(advanced(None, "told")) == []


@pytest.fixture
def short_pieces(monkeypatch):
    """A piece holds one batch of few samples, as of a large network."""
    monkeypatch.setattr(evaluation, "PIECE_OPERATIONS", 1.0)
    monkeypatch.setattr(evaluation, "EVALUATION_BATCH", 8)


def test_a_validation_in_pieces_changes_nothing_in_what_is_learned(short_pieces):
    whole, cut = (open_example("iris").session() for _ in range(2))
    for _ in whole.slices(3):
        pass
    done = list(cut.slices(3, cuts_validation=True))
    between = [one for one, other in pairwise(done) if one is other]
    assert between and all(isinstance(one, Progress) for one in between)
    assert (whole.parameters == cut.parameters).all()
    told = [(r.loss, r.accuracy, r.val_loss, r.val_accuracy) for r in whole.history]
    assert told == [(r.loss, r.accuracy, r.val_loss, r.val_accuracy) for r in cut.history]


def test_a_pause_in_the_middle_of_a_validation_loses_nothing(short_pieces):
    whole, cut = (open_example("iris").session() for _ in range(2))
    for _ in whole.slices(2):
        pass
    slices, before = cut.slices(2, cuts_validation=True), None
    for done in slices:
        if done is before:
            break
        before = done
    state = cut.state()
    assert state.epoch == 0 and cut.epoch == 0
    resumed = open_example("iris").session()
    resumed.restore(state)
    for session in (cut, resumed):
        rows = [done for done in session.slices(2, cuts_validation=True) if isinstance(done, Epoch)]
        assert [row.epoch for row in rows] == [1, 2]
        assert (session.parameters == whole.parameters).all()
        assert [r.val_loss for r in session.history] == [r.val_loss for r in whole.history]


def test_a_worker_obeys_in_the_middle_of_a_validation(short_pieces, monkeypatch):
    began, goes_on, advance = threading.Event(), threading.Event(), Evaluating.advance

    def held(evaluating) -> None:
        advance(evaluating)
        if not began.is_set():
            began.set()
            assert goes_on.wait(60)

    monkeypatch.setattr(Evaluating, "advance", held)
    worker, project = Worker(), open_example("iris")
    try:
        network = project.document.graph.to_network()
        worker.load(Job(1, network, project.load_data(), project.document.settings))
        worker.start()
        assert began.wait(60)
        worker.pause()
        asked = worker.compute(lambda session: (session.epoch, worker.snapshot().phase))
        goes_on.set()
        assert asked.result(60) == (0, Phase.PAUSED), "the epoch's row is still to be made"
    finally:
        worker.close()
