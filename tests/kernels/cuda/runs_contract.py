"""What a run leaves arrives while the card goes on, and a card may fail at any point of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernels.cuda.both import CLOSE, gone, lost, out_of_memory, refused
from kernels.networks import MLP, chain, program, samples

from nnkernels.cuda.card import card, is_simulated
from nnkernels.cuda.graphs import PIECE_BY_PIECE
from nnkernels.cuda.program import GraphicsProgram
from nnkernels.cuda.walker import Walker
from nnkernels.graph.network import NetworkSpec
from nnkernels.planning.hardware import HardwareError
from nnkernels.program import Program
from nnkernels.spec import optimizers
from nnstudio.project import open_example
from nnstudio.training import engine
from nnstudio.training.engine import Device
from nnstudio.training.session import Session

pytest_plugins = ("kernels.cuda.fixtures",)
# Of threads of the simulator, which the interpreter warns of numbers that are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


# Of more weights than a small layer has.
LARGER = chain(("dense", {"units": 60}), ("tanh", {}), ("dense", {"units": 3}))


def long_pass(network: NetworkSpec = MLP, rates: bool = False) -> Callable[[], Program]:
    """Plans a network with a pass of twenty steps before it."""
    x, y = samples(8, 5, classes=3)

    def plan() -> Program:
        planned = program(network, (5,), "softmax_cross_entropy", "adam", 2, np.float64)
        planned.set_data(x, y, np.arange(40) % 8)
        set_rates(planned) if rates else None
        return planned

    return plan


def set_rates(planned: Program, rate: float = 0.01) -> None:
    """As a session does before each of its slices."""
    values = optimizers["adam"].complete({"learning_rate": rate})
    planned.set_hyperparameters(values, np.linspace(1.0, 0.1, 20))


simulated = pytest.mark.skipif(not is_simulated(), reason="its streams are put in the simulator's place")


@simulated
@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize("slices", [(3, 3, 3, 3, 3, 3, 3), (1, 2, 4, 5, 3, 9), (2, 2, 2, 1, 1, 9, 9)])
def test_steps_made_ahead_are_the_same_steps(both, streams, slices, rates):
    """Of more steps, of fewer, and of single ones, with what was made ahead and without."""
    processor, planned = both(long_pass(rates=rates))
    for steps in slices:
        if rates:
            set_rates(processor), set_rates(planned)
        np.testing.assert_allclose(planned.run(steps), processor.run(steps), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)
        np.testing.assert_allclose(planned.losses, processor.losses, **CLOSE)
        assert (planned.steps, planned.visited) == (processor.steps, processor.visited)
    assert planned.finished


@simulated
def test_steps_with_a_library_are_made_ahead_too(both, calls, streams):
    processor, planned = both(long_pass(LARGER))
    for steps in (3, 3, 3, 4, 3, 4):
        np.testing.assert_allclose(planned.run(steps), processor.run(steps), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)
    assert planned.finished and "product" in streams.log


@simulated
def test_while_weights_are_looked_at_the_card_goes_on_and_nothing_goes_there(both, streams, monkeypatch):
    """From the third run on: the next steps begin before it waits, one copy comes back, none goes there."""
    monkeypatch.setattr(card(), "seconds", lambda began, ended: 3000.0, raising=False)
    _, planned = both(long_pass())
    planned.run(3), planned.run(3)
    streams.log.clear()
    planned.run(3)
    # The rate and the row to begin at, the steps, what they leave, and last of all the wait.
    assert streams.log == [*["main"] * 2, "steps", *["main"] * 4, "beside", "wait"]
    assert planned.steps == 9 and planned.hidden > 2000


@simulated
def test_rates_that_change_along_the_run_hold_nothing_up(both, streams):
    """Those of a schedule, and of a layer that has a share of them."""
    shared = chain(("dense", {"units": 3, "learning_rate_factor": 0.5}))
    processor, planned = both(long_pass(shared, rates=True))
    for _ in range(4):
        set_rates(processor), set_rates(planned)
        streams.log.clear()
        np.testing.assert_allclose(planned.run(3), processor.run(3), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)
    assert "host" not in streams.log and planned.steps == 12


ADAM_AT_1 = optimizers["adam"].complete({"learning_rate": 1.0})
CHANGES: dict[str, Callable[[Program], object]] = {
    "a weight": lambda planned: planned.params.__setitem__(3, 0.5),
    "all weights": lambda planned: planned.set_parameters(np.ones(planned.layout.parameter_count)),
    "the rate": lambda planned: planned.set_hyperparameters(ADAM_AT_1),
    "the schedule": lambda planned: set_rates(planned),
    "the order": lambda planned: planned.set_data(*planned._data[:2], np.arange(40)[::-1] % 8),
    "the samples": lambda planned: planned.set_data(-planned._data[0], *planned._data[1:]),
    "the step": lambda planned: planned.resume(2, 4),
    "the seed": lambda planned: planned.state.__setitem__(2, 9),
}


@simulated
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_steps_made_ahead_do_not_count_where_something_was_changed(both, streams, change):
    processor, planned = both(long_pass())
    for steps in (3, 3, 3):
        planned.run(steps), processor.run(steps)
    change(planned), change(processor)
    for steps in (2, 3, 3):
        np.testing.assert_allclose(planned.run(steps), processor.run(steps), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)


@simulated
def test_what_is_changed_each_time_is_not_made_ahead(both, streams):
    _, planned = both(long_pass())
    for _ in range(3):
        planned.params[0] += 1
        streams.log.clear()
        planned.run(2)
        assert streams.log.count("steps") == 1


@simulated
def test_what_was_written_over_is_not_read(both, streams):
    _, planned = both(long_pass())
    slot = planned.layout.parameters[0]
    planned.run(3), planned.run(3)
    with pytest.raises(RuntimeError, match="make a single one"):
        planned.gradient(slot)
    planned.run(1)
    assert planned.gradient(slot).shape == slot.shape


@pytest.mark.parametrize("call", ["room", "pinned", "copy", "copy_beside", "wait", "mark"])
def test_a_snapshot_that_fails_leaves_the_program_as_it_was(both, monkeypatch, call):
    """In the first run, in which room is taken, and in one of which a part was made ahead."""
    processor, planned = both(long_pass())
    for runs in (0, 3):
        for _ in range(runs):
            planned.run(2), processor.run(2)
        if runs and call in ("room", "pinned"):
            # There is room by then.
            continue
        before, steps = planned.params.copy(), planned.steps
        with monkeypatch.context() as broken, pytest.raises(HardwareError, match="too little free memory"):
            broken.setattr(card(), call, lost, raising=False)
            planned.run(2)
        assert (planned.params == before).all() and planned.steps == steps
        np.testing.assert_allclose(planned.run(2), processor.run(2), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)


def iris(device: Device) -> Session:
    project = open_example("iris")
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    return project.session(1, device)


@pytest.mark.parametrize(
    "where, fails, words",
    [
        ("", None, ""),
        ("copy_to_host", out_of_memory, "too little free memory"),
        ("multiply", gone, "stopped in the middle"),
        ("copy", gone, "stopped in the middle"),
        ("copy_beside", lost, "too little free memory"),
        ("wait", gone, "stopped in the middle"),
    ],
)
def test_a_training_ends_where_that_of_a_processor_does(monkeypatch, calls, where, fails, words):
    """Products by a library, steps as graphs and ahead, until something of it fails in the middle."""
    processor, planned = iris(Device.CPU), iris(Device.CUDA)
    assert planned.engine.problem == "" and isinstance(planned.program, GraphicsProgram)
    slices = planned.slices()
    next(slices)
    owners = {"copy_to_host": type(planned.program.work), "multiply": card().library}
    if where:
        monkeypatch.setattr(owners.get(where, card()), where, fails, raising=False)
    for _ in (*slices, *processor.slices()):
        pass
    assert words in planned.engine.problem and bool(words) == bool(planned.engine.problem)
    assert planned.engine.device == (Device.CPU if where else Device.CUDA)
    assert calls
    # The studio computes in float32.
    np.testing.assert_allclose(planned.parameters, processor.parameters, rtol=1e-4, atol=1e-6)
    assert planned.history[-1].loss == pytest.approx(processor.history[-1].loss, rel=1e-4)


def test_a_training_whose_graphs_are_refused_stays_on_the_card_and_says_so_once(monkeypatch, calls):
    processor, planned = iris(Device.CPU), iris(Device.CUDA)
    monkeypatch.setattr(card().backend, "captured", refused, raising=False)
    said: list[tuple[str, ...]] = [planned.engine.slowness for _ in planned.slices()]
    for _ in processor.slices():
        pass
    assert (planned.engine.device, planned.engine.problem) == (Device.CUDA, "")
    (sentence,) = said[-1]
    assert sentence.startswith(PIECE_BY_PIECE) and "Instantiation failed" in sentence
    np.testing.assert_allclose(planned.parameters, processor.parameters, rtol=1e-4, atol=1e-6)
    planned.engine.move(Device.CPU)
    assert planned.engine.slowness == ()


def test_a_card_that_is_lost_as_a_graph_is_captured_leaves_all_to_the_processor(monkeypatch, calls):
    processor, planned = iris(Device.CPU), iris(Device.CUDA)

    def losing(*arguments: Any) -> None:
        for owner, name in ((Walker, "launch"), (card().library, "multiply")):
            monkeypatch.setattr(owner, name, gone, raising=False)
        gone()

    monkeypatch.setattr(card().backend, "captured", losing, raising=False)
    for _ in (*planned.slices(), *processor.slices()):
        pass
    assert planned.engine.device == Device.CPU and planned.engine.slowness == ()
    assert "stopped in the middle" in planned.engine.problem
    np.testing.assert_allclose(planned.parameters, processor.parameters, rtol=1e-4, atol=1e-6)


def test_a_session_tells_the_card_all_once_an_epoch(monkeypatch):
    """Between its slices nothing is changed: the card goes on while the worker looks at what came back."""
    session, told = iris(Device.CUDA), list[int]()
    tell = GraphicsProgram._tell

    def counted(program: GraphicsProgram, total: int) -> None:
        told.append(program.steps)
        tell(program, total)

    monkeypatch.setattr(GraphicsProgram, "_tell", counted)
    slices = sum(1 for _ in session.slices())
    assert told == [0, session.steps_per_epoch] and slices > 4


@pytest.fixture
def evaluating(monkeypatch) -> Session:
    """A session on the card, which evaluates there however few samples there are, trained a little."""
    monkeypatch.setattr(engine, "WORTH_A_CARD", 0)
    session = iris(Device.CUDA)
    for _ in session.slices(1):
        pass
    return session


def test_many_samples_are_evaluated_on_the_card(evaluating, monkeypatch):
    x, y, _ = evaluating.samples()
    loss, accuracy = evaluating.evaluate(x, y)
    predicted, row = evaluating.predict(x), evaluating.history[-1]
    programs = [program for program in evaluating.evaluators() if isinstance(program, GraphicsProgram)]
    assert len(programs) == 1 and (row.val_loss, row.val_accuracy) == (loss, accuracy)
    monkeypatch.setattr(engine, "WORTH_A_CARD", 10**9)
    assert evaluating.evaluate(x, y) == (pytest.approx(loss, rel=1e-5), accuracy)
    np.testing.assert_allclose(evaluating.predict(x), predicted, rtol=1e-5, atol=1e-7)


def test_samples_and_weights_go_to_the_card_once(evaluating, monkeypatch):
    x, y, _ = evaluating.samples()
    evaluating.evaluate(x, y), evaluating.predict(x)
    sent: list[int] = []
    for name in ("array", "upload"):
        call = getattr(card(), name)

        def counted(values: np.ndarray, *to: Any, call: Any = call) -> Any:
            sent.append(values.size)
            return call(values, *to)

        monkeypatch.setattr(card(), name, counted, raising=False)
    before = evaluating.evaluate(x, y)
    assert x.size not in sent and evaluating.parameters.size not in sent
    evaluating.parameters[0] += 1
    assert evaluating.evaluate(x, y) != before
    assert x.size not in sent and sent.count(evaluating.parameters.size) == 1


@pytest.mark.parametrize("call", ["upload", "copy", "copy_beside", "wait", "download"])
def test_where_an_evaluation_fails_the_processor_makes_it_and_goes_on(evaluating, monkeypatch, call):
    x, _, _ = evaluating.samples()
    steps, weights = evaluating.steps, evaluating.parameters.copy()
    predicted = evaluating.predict(x)
    monkeypatch.setattr(card(), call, gone, raising=False)
    np.testing.assert_allclose(evaluating.predict(x), predicted, rtol=1e-5, atol=1e-7)
    assert evaluating.engine.device == Device.CPU and "stopped in the middle" in evaluating.engine.problem
    assert evaluating.steps == steps and (evaluating.parameters == weights).all()
    processor = iris(Device.CPU)
    for _ in (*evaluating.slices(), *processor.slices()):
        pass
    np.testing.assert_allclose(evaluating.parameters, processor.parameters, rtol=1e-4, atol=1e-6)
