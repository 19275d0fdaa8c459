"""What is kept of a run: checkpoints are thinned evenly, and statistics equal a computation by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.journal import MOST_BYTES, MOST_PARTS, EpochPart, Journal, PartsLog
from nnstudio.training.session import Session


def test_checkpoints_are_copies_and_are_thinned_out_evenly():
    journal = Journal(10)
    values = np.zeros(10, np.float32)
    journal.restart(0, values)
    for step in range(1, 2000):
        values[:] = step
        journal.offer(step, values)
    assert len(journal.checkpoints) <= journal.room == 256
    assert journal.steps[0] == 0 and journal.steps[-1] > 1980
    assert [p[0] for p in journal.checkpoints] == journal.steps
    gaps = np.diff(journal.steps)
    assert gaps.max() <= 2 * gaps.min()
    assert journal.bytes == 40 * len(journal.checkpoints)


def test_large_networks_keep_fewer_checkpoints():
    journal = Journal(5_000_000)
    values = np.zeros(5_000_000, np.float32)
    for step in range(10):
        journal.offer(step, values)
    assert 2 <= len(journal.checkpoints) <= journal.room and journal.bytes <= MOST_BYTES


def regression(optimizer: str = "sgd", **changes) -> Session:
    """A network of one Dense layer over 40 samples in batches of 16: the last batch has 8."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 1
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("d", "dense", {"units": 1}, ("i",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    settings = TrainingSettings(batch_size=16, optimizer=optimizer, **changes).with_option(
        "learning_rate", 0.05
    )
    return Session(NetworkSpec(nodes), Dataset("line", x, y, x[:0], y[:0]), settings)


def test_a_run_that_nobody_looks_back_at_keeps_nothing_and_learns_the_same_bits():
    kept = regression(epochs=30)
    bare = Session(kept.network, kept.data, kept.settings, looks_back=False)
    for session in (kept, bare):
        for _progress in session.slices():
            pass
    assert len(kept.checkpoint_steps) > 10 and kept.statistics.rows
    assert not bare.checkpoint_steps and not bare.statistics.rows and not bare.journal.bytes
    assert np.array_equal(kept.parameters, bare.parameters)
    again = Session(kept.network, kept.data, kept.settings, state=kept.state(), looks_back=False)
    for _progress in again.slices(31):
        pass
    assert again.epoch == 31 and not again.checkpoint_steps


def test_the_same_run_keeps_the_same_checkpoints_however_it_was_cut_into_slices():
    whole, stepped = regression(epochs=300), regression(epochs=300)
    for _progress in whole.slices():
        pass
    while stepped.epoch < 300:
        stepped.single_step()
    assert whole.journal.steps == stepped.journal.steps
    assert len(whole.journal.steps) > 100
    for checkpoint, same in zip(whole.journal.checkpoints, stepped.journal.checkpoints, strict=True):
        np.testing.assert_array_equal(checkpoint, same)


def test_statistics_equal_the_last_step_by_hand():
    session = regression()
    run = session.slices(1)
    while not isinstance(next(run), Epoch):
        pass
    (statistics,) = session.statistics.rows
    # The same epoch in numpy: plain gradient steps over the batches in the same order.
    order = np.random.default_rng([session.settings.seed, 0]).permutation(40)
    flat = session.layout.initial(session.settings.seed)
    w, b = flat[:3].reshape(3, 1), flat[3:4]
    x, y = session.data.x_train.astype(float), session.data.y_train.astype(float)
    rate, momentum = 0.05, session.hyperparameters.get("momentum", 0.0)
    speed = np.zeros(4)
    for start in range(0, 40, 16):
        rows = order[start : start + 16]
        error = x[rows] @ w + b - y[rows]
        gradient = np.concatenate([(2 * x[rows].T @ error / len(rows)).ravel(), 2 * error.mean(0)])
        speed = momentum * speed + gradient
        before = np.concatenate([w.ravel(), b])
        after = before - rate * speed
        w, b = after[:3].reshape(3, 1), after[3:]
    np.testing.assert_allclose(session.parameters, after, rtol=1e-4)
    assert (statistics.epoch, statistics.step) == (1, 3)
    assert statistics.rate == pytest.approx(rate)
    assert statistics.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-4)
    assert statistics.weight_norm == pytest.approx(np.linalg.norm(after), rel=1e-4)
    expected = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert statistics.updates == {"d": pytest.approx(expected, rel=1e-3)}


def test_measuring_changes_nothing_about_the_run():
    measured, plain = regression(), regression()
    plain.statistics._after = float("inf")
    for session in (measured, plain):
        for _ in session.slices(5):
            pass
    assert measured.statistics.rows and not plain.statistics.rows
    assert np.array_equal(measured.parameters, plain.parameters)
    assert [r.loss for r in measured.history] == [r.loss for r in plain.history]


def test_a_search_has_no_gradient():
    session = regression("hill_climber")
    for _ in session.slices(1):
        pass
    assert np.isnan(session.statistics.rows[0].gradient_norm)
    assert session.statistics.rows[0].weight_norm > 0


def test_a_schedule_shows_in_the_rate():
    session = regression(schedule="linear", epochs=2)
    for row in session.slices():
        if isinstance(row, Epoch):
            session.statistics._after = 0.0
    rates = [v.rate for v in session.statistics.rows]
    assert rates[-1] < rates[0] < 0.05


def cut(epochs: int, steps: int, seconds: float) -> PartsLog:
    """Parts of so many epochs of some steps, which take so many seconds each; a step has two samples."""
    log, clock = PartsLog(), 0.0
    for epoch in range(epochs):
        log.begin_epoch(clock)
        for step in range(1, steps + 1):
            clock += seconds
            done = epoch * steps + step
            log.add(done / steps, done, 2.0 * done, 1.0, 2, clock)
    return log


def test_a_long_epoch_has_means_along_the_way():
    parts = cut(2, 10, 0.04).rows
    assert [p.step for p in parts] == [3, 6, 9, 13, 16, 19, 20], "no part reaches over the end of an epoch"
    assert [p.loss for p in parts] == [2, 5, 8, 12, 15, 18, 20] and {p.accuracy for p in parts} == {0.5}
    assert parts[0].epoch == 0.3 and parts[3].epoch == 1.3


def test_short_epochs_have_their_rows_alone_but_the_first_is_seen_step_by_step():
    assert cut(50, 3, 0.01).rows == ()
    log = PartsLog()
    log.add(0.5, 1, 2.0, None, 1, 0.01)
    assert log.rows == (EpochPart(0.5, 1, 2.0, None),)


def test_parts_stay_bounded():
    parts = cut(1, 5 * MOST_PARTS, 0.2).rows
    assert len(parts) <= MOST_PARTS and parts[0].step == 1 and parts[-1].step == 5 * MOST_PARTS


def test_a_session_tells_its_parts_and_forgets_them_when_it_begins_anew(monkeypatch):
    monkeypatch.setattr("nnstudio.training.journal.PART_SECONDS", 0.0)
    session = open_example("iris").session()
    session.single_step()
    progress = session.single_step()
    assert [p.step for p in session.parts.rows] == [1, 2]
    assert session.parts.rows[-1].loss == progress.loss and session.parts.rows[-1].epoch == progress.fraction
    session.reset()
    assert session.parts.rows == ()


def test_a_copy_goes_on_by_itself():
    journal = Journal(5000)
    journal.restart(0, np.zeros(5000, np.float32), 10)
    for step in range(1, 6):
        journal.offer(step, np.full(5000, step, np.float32))
    other = journal.copy()
    other.offer(other.next, np.full(5000, 9, np.float32))
    assert len(journal.steps) == len(journal.checkpoints) == len(other.steps) - 1
    assert np.array_equal(other.checkpoints[0], journal.checkpoints[0])
