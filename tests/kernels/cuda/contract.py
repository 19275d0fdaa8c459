"""Whatever is registered gives on a graphics card what it gives on a processor, and the same bits each time.

    NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/kernels/cuda/*contract.py    # on numba's simulator
    python -m pytest tests/kernels/cuda/*contract.py                           # on a card

NNSTUDIO_CUDA_FULL=1 tries every sample of everything, for one step; else it is one of each, for two.
"""

from __future__ import annotations

from typing import Any

import kernels.networks as networks
import kernels.whole_programs as whole_programs
import numpy as np
import pytest
from kernels.cuda.both import CLOSE, FAST, FULL, compare, out_of_memory, planner_of
from kernels.networks import MLP, chain, program, samples

from nnkernels.cuda.serving import SERVING
from nnkernels.planning.hardware import HardwareError
from nnkernels.program import Program
from nnkernels.spec import layers, losses, optimizers, schedules

pytest_plugins = ("kernels.cuda.fixtures",)
# Of threads of the simulator, which the interpreter warns of numbers that are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def some(things: Any) -> list[Any]:
    """Pairs of a registered thing and one of its samples: the first, or all of them."""
    return [
        pytest.param(thing, sample, id=f"{thing.id}-{i}")
        for thing in things
        for i, sample in enumerate(thing.samples if FULL else thing.samples[:1])
    ]


LAYERS = some(layer for layer in layers if layer.samples)


@pytest.mark.parametrize("layer, sample", LAYERS)
def test_layers(both, layer, sample):
    # The same bits again: see the tests below. Threads of the simulator wait for each other for long.
    compare(*both(planner_of(layer, sample)), again=False)


def test_convolutions_that_processors_have_a_faster_way_for(both):
    processor, card = both(planner_of(*FAST))
    np.testing.assert_allclose(card.run(1), processor.run(1), **CLOSE)
    np.testing.assert_allclose(card.params, processor.params, **CLOSE)


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


READERS = {
    "lstm": ("lstm", {"units": 4, "return_sequences": True}),
    "gru": ("gru", {"units": 4, "return_sequences": True}),
}


@pytest.mark.parametrize("kind", READERS if FULL else ["lstm"])
def test_sequences_stay_near_a_processor_for_long(both, kind):
    """Samples that blocks of threads do: the same bits each time, and close after many steps in float32."""
    attention = ("multiheadattention", {"heads": 2, "causal": True, "dropout": 0.2})
    network = chain(READERS[kind], attention, ("flatten", {}), ("dense", {"units": 2}))
    (x, y), steps = samples(4, 3, 2, classes=2), 100 if FULL else 20

    def plan() -> Program:
        # Adam would make much of gradients that are zero but for rounding: those of biases of keys.
        planned = program(network, (3, 2), "softmax_cross_entropy", "sgd", 2, np.float32, momentum=0.9)
        planned.set_data(x, y, np.arange(2 * steps) % 4)
        return planned

    processor, card = both(plan)
    start = card.checkpoint()
    first = card.run(4), card.params.copy()
    card.rewind(start)
    assert (card.run(4) == first[0]).all() and (card.params == first[1]).all(), "other bits than before"
    card.run(steps - 4), processor.run(steps)
    assert card.steps == processor.steps == steps and card._chunks == 2 * SERVING
    np.testing.assert_allclose(card.params, processor.params, rtol=1e-4, atol=1e-4)


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
