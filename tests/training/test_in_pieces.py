"""The engine's work in pieces: the very same bits, told of on the way, and given up between two of them."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.planning import pieces as engine
from nnkernels.planning.pieces import samples_at_once
from nnkernels.program import Program
from nnstudio.data.dataset import Dataset
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.targets import class_target
from nnstudio.model.settings import TrainingSettings
from nnstudio.training import in_pieces
from nnstudio.training.in_pieces import GivenUp, Waiting
from nnstudio.training.session import Session

ENDS = (("flatten", {}), ("dense", {"units": 2}), ("softmax", {}))
NETWORKS = {
    "convolutions": (
        (9, 10, 2), ("conv2d", {"filters": 5}), ("batchnorm", {}), ("relu", {}), ("maxpool2d", {}),
        ("dropout", {}), ("conv2d", {"filters": 3}), *ENDS,
    ),
    "attention": ((6, 8), ("transformerblock", {"heads": 2, "hidden": 8}), ("layernorm", {}), *ENDS),
    "recurrent": ((7, 3), ("lstm", {"units": 4, "return_sequences": True}), ("gru", {"units": 3}), *ENDS),
    "rows": ((12,), ("dense", {"units": 300}), ("tanh", {}), *ENDS[1:]),
}  # fmt: skip


def session_of(name: str, threads: int = 1) -> Session:
    shape, *layers = NETWORKS[name]
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(40, *shape)).astype(np.float32), (np.arange(40)[:, None] % 2).astype(np.float32)
    data = Dataset("toy", x, y, x, y, ("a", "b"))
    return Session(chain(*layers), data, TrainingSettings(loss="softmax_cross_entropy"), threads)


@pytest.fixture
def cut(monkeypatch):
    """Whatever is asked is cut, however small; counts the calls into the engine that were not."""
    monkeypatch.setattr(engine, "LARGE_BYTES", 0)


def all_that_is_asked(session: Session) -> list[np.ndarray]:
    network, x, y = Differentiable(session), session.data.x_train, session.data.y_train
    values, gradients = network.gradients(class_target(session, 1), x[:3])
    return [
        values, gradients, network.values(class_target(session, 0), x[:5]), network.losses(x[:2], y[:2]),
        network.loss_gradients(x[:2], y[:2]), session.predict(x[:1]), session.predict(x[:30]),
        session.gradients(x[:3], y[:3]).flat_gradient(), session.gradients(x, y).flat_gradient(),
        session.survey(*np.ones((3, session.layout.parameter_count)), np.array([[0.1, 0.2]]), x[:9], y[:9]),
        session.predict(x), *session.predict_all(x[:4], list(session.layout.nodes)).values(),
    ]  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_in_pieces_it_is_the_same_bit_for_bit(cut, name, threads):
    whole = all_that_is_asked(session_of(name, threads))
    told: list[float] = []
    with in_pieces.in_pieces(Waiting(told.append)):
        cut_up = all_that_is_asked(session_of(name, threads))
    assert len(told) > 20
    for one, other in zip(whole, cut_up, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_single_sample_is_cut_into_its_instructions_and_who_waits_hears_of_each(cut):
    session, told = session_of("convolutions"), list[float]()
    with in_pieces.in_pieces(Waiting(told.append)):
        session.predict(session.data.x_train[:1])
        first = len(told)
        session.predict(session.data.x_train[:1])
    # Gathering, two convolutions and what lies between them, two Dense steps, the loss.
    assert first >= 10 and len(told) == 2 * first
    assert told == sorted(told) and told[first - 1] == 0.5 and told[-1] == 0.75


def test_work_that_says_how_far_it_is_fills_the_way_to_its_next_mark(cut):
    session, told = session_of("rows"), list[float]()
    waiting = Waiting(told.append)
    with in_pieces.in_pieces(waiting):
        waiting.reached(0.0)
        session.predict(session.data.x_train[:1])
        assert told == sorted(told) and told[-1] == 0.02, "how far its first mark is, nobody knows"
        waiting.reached(0.25)
        told.clear()
        session.predict(session.data.x_train[:1])
        assert told == sorted(told) and told[0] > 0.25 and told[-1] == 0.5
        waiting.reached(0.5)
        session.predict(session.data.x_train[:1])
    assert told[-1] == 0.75


def test_calls_that_belong_together_share_what_one_would_have(cut):
    session, told = session_of("rows"), list[float]()
    x = session.data.x_train
    with in_pieces.in_pieces(Waiting(told.append)):
        in_pieces.expect(2)
        session.predict(x[:1])
        assert told[-1] == 0.25
        session.predict(x[:1])
        assert told[-1] == 0.5
        session.predict(x[:1])
    assert told[-1] == 0.75 and told == sorted(told)


def test_what_nobody_waits_for_any_more_is_given_up_within_a_layer(cut):
    session, told = session_of("convolutions"), list[float]()
    with in_pieces.in_pieces(Waiting(told.append, lambda: len(told) >= 3)), pytest.raises(GivenUp):
        session.predict(session.data.x_train[:1])
    assert len(told) == 3
    # What comes next begins anew.
    expected = session_of("convolutions").predict(session.data.x_train[:1])
    np.testing.assert_array_equal(session.predict(session.data.x_train[:1]), expected)


def test_ctrl_c_comes_between_two_pieces(cut):
    def pressed(_share: float) -> None:
        raise KeyboardInterrupt

    session = session_of("rows")
    with in_pieces.in_pieces(Waiting(pressed)), pytest.raises(KeyboardInterrupt):
        session.predict(session.data.x_train[:1])


def test_small_networks_and_those_that_nobody_waits_for_run_as_ever(monkeypatch):
    runs, told = list[int](), list[float]()
    run = Program.run

    def counted(program, steps, threads=1):
        runs.append(steps)
        return run(program, steps, threads)

    monkeypatch.setattr(Program, "run", counted)
    session = session_of("rows")
    with in_pieces.in_pieces(Waiting(told.append)):
        session.predict(session.data.x_train[:1])
    monkeypatch.setattr(engine, "LARGE_BYTES", 0)
    session.predict(session.data.x_train[:1])
    assert runs == [1, 1] and told == []
    with in_pieces.in_pieces(Waiting(told.append)):
        session.predict(session.data.x_train[:1])
    assert runs == [1, 1, 0] and told, "it is checked, and then cut"


def test_of_a_large_network_fewer_samples_go_through_together():
    small = session_of("convolutions").layout
    assert samples_at_once(small, 16) == 16 and samples_at_once(small, 64) == 64
    large = chain(("conv2d", {"filters": 64}), ("conv2d", {"filters": 64}), *ENDS)
    x, y = np.zeros((2, 96, 96, 3), np.float32), np.zeros((2, 1), np.float32)
    data = Dataset("toy", x, y, x, y, ("a", "b"))
    large = Session(large, data, TrainingSettings(loss="softmax_cross_entropy")).layout
    # Some 0.65 billion operations for the second convolution of one sample.
    assert samples_at_once(large, 64) == 7 and samples_at_once(large, 16, goes_back=True) == 3
