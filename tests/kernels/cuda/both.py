"""Networks for the contract of graphics cards, and how a card is compared with a processor."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import kernels.networks as networks
import numpy as np

from nnkernels.cuda.card import explained
from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.program import Program
from nnkernels.spec import Layer, layers, optimizers, size_of

FULL = os.environ.get("NNSTUDIO_CUDA_FULL", "0") != "0"
# Processors and cards round sums differently.
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


# Of sixteen channels each: on a processor, Winograd's way.
FAST = layers["conv2d"], ({"filters": 16}, ((2, 2, 16),))


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


def out_of_memory(*arguments: Any, **settings: Any) -> None:
    raise MemoryError


def lost(*arguments: Any) -> None:
    with explained():
        raise MemoryError


class DriverError(Exception):
    """As numba says that a card is lost."""

    __module__ = "numba.cuda.cudadrv.driver"


def refused(*arguments: Any, **settings: Any) -> None:
    """As cuda-core says that it can make no graph of a step."""
    raise RuntimeError("Instantiation failed")


def gone(*arguments: Any, **settings: Any) -> None:
    with explained():
        raise DriverError("[719] CUDA_ERROR_LAUNCH_FAILED")
