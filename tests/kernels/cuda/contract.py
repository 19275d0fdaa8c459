"""Whatever is registered gives on a graphics card what it gives on a processor, and the same bits each time.

    NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/kernels/cuda/contract.py    # on numba's simulator
    python -m pytest tests/kernels/cuda/contract.py                           # on a card

NNSTUDIO_CUDA_FULL=1 tries every sample of everything, for one step; else it is one of each, for two.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import kernels.networks as networks
import kernels.whole_programs as whole_programs
import numpy as np
import pytest
from kernels.networks import MLP, program, samples

from nnkernels.cuda.card import is_simulated
from nnkernels.cuda.program import Graphics, GraphicsProgram
from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.hardware import HardwareError
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import Layer, layers, losses, optimizers, schedules, size_of
from nnstudio.project import open_example
from nnstudio.training.engine import Device
from nnstudio.training.session import Session

# Of threads of the simulator, which the interpreter warns of numbers that are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
FULL = os.environ.get("NNSTUDIO_CUDA_FULL", "0") != "0"
# Processors and cards round sums differently.
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


def some(things: Any) -> list[Any]:
    """Pairs of a registered thing and one of its samples: the first, or all of them."""
    return [
        pytest.param(thing, sample, id=f"{thing.id}-{i}")
        for thing in things
        for i, sample in enumerate(thing.samples if FULL else thing.samples[:1])
    ]


LAYERS = some(layer for layer in layers if layer.samples)
# Of sixteen channels each: on a processor, Winograd's way.
FAST = layers["conv2d"], ({"filters": 16}, ((2, 2, 16),))


@pytest.fixture(autouse=True, scope="module")
def short_turns():
    """Threads of the simulator wait for each other in a loop, and would do so for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5 if is_simulated() else before)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def both(monkeypatch) -> Callable[[Callable[[], Program]], tuple[Program, Program]]:
    """The program that a function plans, on a processor and on the card."""

    def both(plan: Callable[[], Program]) -> tuple[Program, Program]:
        processor = plan()
        for module in (networks, whole_programs):
            monkeypatch.setattr(module, "build", lambda *a, **k: build(*a, **k, hardware=Graphics()))
        card = plan()
        assert isinstance(card, GraphicsProgram) and not isinstance(processor, GraphicsProgram)
        return processor, card

    return both


def compare(processor: Program, card: Program, steps: int = 1 if FULL else 2, again: bool = not FULL) -> None:
    """Both run, and must agree; with ``again`` the card runs twice."""
    start = card.checkpoint()
    expected = processor.run(steps)
    rows = card.run(steps)
    learned, header = card.params.copy(), card.header.copy()
    np.testing.assert_allclose(rows, expected, **CLOSE)
    np.testing.assert_allclose(learned, processor.params, **CLOSE)
    np.testing.assert_allclose(header[:8], processor.header[:8], **CLOSE)
    assert (card.steps, card.visited) == (processor.steps, processor.visited)
    for slot in card.layout.parameters if processor.has_gradients else ():
        if slot.trained:
            np.testing.assert_allclose(card.gradient(slot), processor.gradient(slot), **CLOSE)
    if again:
        card.rewind(start)
        assert (card.run(steps) == rows).all() and (card.params == learned).all(), "other bits than before"


def around(kind: str, options: dict[str, Any], shapes: tuple[tuple[int, ...], ...]) -> NetworkSpec:
    """A layer "it" between layers that learn, so that a gradient has to come through it."""
    nodes, first = [], 1
    for i, shape in enumerate(shapes):
        size, target = size_of(shape), ", ".join(str(n) for n in shape)
        nodes += [
            NodeSpec(f"in{i}", "input", {"columns": f"{first}-{first + size - 1}"}),
            NodeSpec(f"before{i}", "prelu", {}, (f"in{i}",)),
            NodeSpec(f"shaped{i}", "reshape", {"target": target}, (f"before{i}",)),
        ]
        first += size
    nodes.append(NodeSpec("it", kind, options, tuple(f"shaped{i}" for i in range(len(shapes)))))
    nodes.append(NodeSpec("flat", "flatten", {}, ("it",)))
    nodes.append(NodeSpec("output", "output", {}, ("flat",)))
    return NetworkSpec(tuple(nodes))


@pytest.mark.parametrize("layer, sample", LAYERS)
def test_layers(both, layer, sample):
    # The same bits again: see the tests below. Threads of the simulator wait for each other for long.
    compare(*both(planner_of(layer, sample)), again=False)


def test_convolutions_that_processors_have_a_faster_way_for(both):
    processor, card = both(planner_of(*FAST))
    np.testing.assert_allclose(card.run(1), processor.run(1), **CLOSE)
    np.testing.assert_allclose(card.params, processor.params, **CLOSE)


def planner_of(layer: Layer, sample: tuple[Any, Any]) -> Callable[[], Program]:
    """A function that plans a network around a layer, ready to learn from five samples."""
    options, shapes = sample
    width = sum(size_of(shape) for shape in shapes)
    outputs = size_of(layer.shape(layer.complete(options), shapes))
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(5, width)), rng.normal(size=(5, outputs))

    def plan() -> Program:
        network = around(layer.id, options, shapes)
        planned = networks.build(network, (width,), "mse", "sgd", 3, outputs, np.float64)
        count = planned.layout.parameter_count
        planned.params[:count] = planned.layout.initial(3)
        planned.set_data(x, y, np.array([4, 1, 0, 2, 3]))
        planned.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.05}))
        return planned

    return plan


@pytest.mark.parametrize("loss, options", some(losses))
def test_losses(both, loss, options):
    def plan() -> Program:
        planned, _, _ = networks.loss_program(loss, "sgd", options)
        planned.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.1}))
        return planned

    compare(*both(plan), steps=1)


@pytest.mark.parametrize("optimizer, settings", some(optimizers))
def test_optimizers(both, optimizer, settings):
    x, y = samples(6, 5, classes=3)

    def plan() -> Program:
        planned = program(MLP, (5,), "softmax_cross_entropy", optimizer.id, 2, np.float64, **settings)
        planned.set_data(x, y, np.arange(6))
        return planned

    compare(*both(plan), steps=3)


@pytest.mark.parametrize("schedule, settings", some(schedules))
def test_schedules(both, schedule, settings):
    x, y = samples(6, 5, classes=3)
    options = schedule.complete(settings)

    def plan() -> Program:
        planned = program(MLP, (5,), "softmax_cross_entropy", "sgd", 2, np.float64)
        planned.set_data(x, y, np.arange(6))
        factors = schedule.factor(options, np.arange(3), 3, 3, schedule.start)
        planned.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.1}), factors)
        return planned

    compare(*both(plan), steps=3)


@pytest.mark.parametrize("plan", whole_programs.PROGRAMS, ids=lambda plan: plan.__name__)
def test_whole_programs(both, plan):
    compare(*both(plan))


def test_a_run_goes_on_elsewhere(both):
    """What a card learned is gone on from by a processor, and the other way round."""
    x, y = samples(8, 5, classes=3)

    def plan() -> Program:
        planned = program(MLP, (5,), "softmax_cross_entropy", "adam", 2, np.float64)
        planned.set_data(x, y, np.arange(8))
        return planned

    processor, card = both(plan)
    alone = plan().checkpoint()
    processor.run(1)
    card.rewind(processor.checkpoint())
    card.run(2)
    processor.rewind(card.checkpoint())
    processor.run(1)
    there_and_back = processor.params.copy()
    processor.rewind(alone)
    processor.run(4)
    np.testing.assert_allclose(there_and_back, processor.params, **CLOSE)


def test_samples_one_by_one(both):
    """A batch of one is one chunk on a card too, and small layers go back in one instruction."""
    x, y = samples(2, 5, classes=3)

    def plan() -> Program:
        planned = program(MLP, (5,), "softmax_cross_entropy", "sgd", 1, np.float64)
        planned.set_data(x, y, np.arange(2))
        return planned

    compare(*both(plan), again=False)


def test_a_run_ends_with_the_pass(both):
    processor, card = both(lambda: whole_programs.few_classes(MLP, 5))
    assert len(card.run(100)) == len(processor.run(100)) == 2
    assert card.finished and len(card.run(1)) == 0


@pytest.mark.parametrize("call", ["copy_to_device", "copy_to_host"])
def test_a_call_that_fails_leaves_the_program_as_it_was(both, monkeypatch, call):
    _, card = both(lambda: whole_programs.few_classes(MLP, 5))
    card.run(1)
    before, steps = card.params.copy(), card.steps
    with monkeypatch.context() as broken:
        broken.setattr(type(card.work), call, out_of_memory)
        with pytest.raises(HardwareError, match="too little free memory"):
            card.run(1)
    assert (card.params == before).all() and card.steps == steps
    assert len(card.run(1)) == 1


def out_of_memory(*arguments: Any, **settings: Any) -> None:
    raise MemoryError


def iris(device: Device) -> Session:
    project = open_example("iris")
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    return project.session(1, device)


@pytest.mark.parametrize("fails", [False, True])
def test_a_training_ends_where_that_of_a_processor_does(monkeypatch, fails):
    processor, card = iris(Device.CPU), iris(Device.CUDA)
    assert card.engine.problem == "" and isinstance(card.program, GraphicsProgram)
    slices = card.slices()
    next(slices)
    if fails:
        monkeypatch.setattr(type(card.program.work), "copy_to_host", out_of_memory)
    for _ in (*slices, *processor.slices()):
        pass
    assert ("too little free memory" in card.engine.problem) == fails
    assert card.engine.device == (Device.CPU if fails else Device.CUDA)
    # The studio computes in float32.
    np.testing.assert_allclose(card.parameters, processor.parameters, rtol=1e-4, atol=1e-6)
    assert card.history[-1].loss == pytest.approx(processor.history[-1].loss, rel=1e-4)
