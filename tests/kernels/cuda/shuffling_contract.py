"""The order of a pass that a card draws is the one that NumPy draws, number by number."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.cuda.both import CLOSE, gone
from kernels.networks import MLP, program, samples

from nnkernels.cuda import shuffling
from nnkernels.cuda.card import card
from nnkernels.cuda.program import GraphicsProgram
from nnkernels.cuda.shuffling import MULTIPLIER, Shuffler, shuffler
from nnkernels.ops.shuffle import Shuffle
from nnkernels.program import Program
from nnstudio.project import open_example
from nnstudio.training.engine import Device
from nnstudio.training.session import Session

pytest_plugins = ("kernels.cuda.fixtures",)
# Of threads of the simulator, which the interpreter warns of numbers that are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def drawn(count: int, generator: tuple[int, int]) -> np.ndarray:
    to = card().array(np.full(count, -1))
    shuffler().draw_by(generator, count, to)
    return card().download(to, 0, count)


@pytest.mark.parametrize("count", [1, 2, 3, 64, 65, 203])
def test_all_counts(count):
    for seed in ([0, 0], [7, 2**40]):
        order = Shuffle(count, seed)
        assert drawn(count, order.generator).tolist() == order.indices.tolist()


def shuffled(both) -> tuple[Program, Program]:
    x, y = samples(8, 5, classes=3)

    def plan() -> Program:
        planned = program(MLP, (5,), "softmax_cross_entropy", "adam", 2, np.float64)
        planned.set_data(x, y, Shuffle(8, [3, 0]))
        return planned

    return both(plan)


def test_a_program_learns_in_the_order_that_its_card_draws(both, monkeypatch):
    """Of several passes, where steps are made ahead, and no number of it comes from here."""
    processor, planned = shuffled(both)
    orders = [Shuffle(8, [3, epoch]) for epoch in range(3)]
    for order in orders:
        x, y = processor._data[:2]
        processor.set_data(x, y, Shuffle(8, order.seed)), planned.set_data(x, y, order)
        for steps in (1, 2, 1):
            np.testing.assert_allclose(planned.run(steps), processor.run(steps), **CLOSE)
            np.testing.assert_allclose(planned.params, processor.params, **CLOSE)
        assert planned.finished
    assert not any("indices" in vars(order) for order in orders)


def test_orders_that_are_told_and_orders_that_are_drawn_may_follow_each_other(both):
    processor, planned = shuffled(both)
    x, y = processor._data[:2]
    for order in (
        np.arange(8),
        Shuffle(8, [1, 1]),
        Shuffle(6, [1, 2]),
        np.arange(5)[::-1],
        Shuffle(8, [1, 1]),
    ):
        for each in (processor, planned):
            each.set_data(x, y, order)
        np.testing.assert_allclose(planned.run(4), processor.run(4), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)


def test_a_card_that_draws_otherwise_is_told_the_order(both, monkeypatch):
    class Other(Shuffler):
        agrees = False

    other = Other(card())
    monkeypatch.setattr("nnkernels.cuda.program.shuffler", lambda: other)
    monkeypatch.setattr(other, "draw", gone)
    processor, planned = shuffled(both)
    assert (planned._data[2] == processor._data[2]).all()
    np.testing.assert_allclose(planned.run(4), processor.run(4), **CLOSE)


def test_a_card_that_draws_otherwise_is_noticed(monkeypatch):
    assert Shuffler(card()).agrees
    monkeypatch.setattr(shuffling, "MULTIPLIER", MULTIPLIER + 4)
    assert not Shuffler(card()).agrees


def iris(device: Device) -> Session:
    project = open_example("iris")
    project.document.set_settings(project.document.settings.with_option("epochs", 3))
    return project.session(1, device)


@pytest.mark.parametrize("fails", [False, True])
def test_a_training_may_change_its_device_within_an_epoch(monkeypatch, fails):
    """By order, or because the card fails as it draws the next one."""
    alone, moving = iris(Device.CPU), iris(Device.CUDA)
    slices = moving.slices()
    next(slices)
    assert isinstance(moving.program._data[2], Shuffle)
    if fails:
        monkeypatch.setattr(shuffler(), "draw", gone, raising=False)
    else:
        moving.engine.move(Device.CPU)
        next(slices)
        moving.engine.move(Device.CUDA)
    for _ in (*slices, *alone.slices()):
        pass
    assert isinstance(moving.program, GraphicsProgram) == (not fails)
    assert ("stopped in the middle" in moving.engine.problem) == fails
    np.testing.assert_allclose(moving.parameters, alone.parameters, rtol=1e-4, atol=1e-6)
