"""Small networks for engine tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import Layer, Loss, SpecError, optimizers


def chain(*layers: tuple[str, dict[str, Any]]) -> NetworkSpec:
    """Input, the given layers in a row, Output."""
    nodes = [NodeSpec("input", "input")]
    for i, (kind, options) in enumerate(layers):
        nodes.append(NodeSpec(f"{kind}{i}", kind, options, (nodes[-1].id,)))
    nodes.append(NodeSpec("output", "output", {}, (nodes[-1].id,)))
    return NetworkSpec(tuple(nodes))


MLP = chain(("dense", {"units": 8, "init": "glorot"}), ("tanh", {}), ("dense", {"units": 3}), ("softmax", {}))
CONVNET = chain(
    ("conv2d", {"filters": 4}), ("relu", {}), ("maxpool2d", {}),
    ("conv2d", {"filters": 6, "stride": 2}), ("relu", {}), ("flatten", {}),
    ("dense", {"units": 3}),
)  # fmt: skip
# A diamond with a residual link, a view that feeds two nodes, and a node whose output feeds three.
BRANCHES = NetworkSpec(
    (
        NodeSpec("input", "input"),
        NodeSpec("a", "dense", {"units": 6}, ("input",)),
        NodeSpec("ta", "tanh", {}, ("a",)),
        NodeSpec("flat", "flatten", {}, ("ta",)),
        NodeSpec("b", "dense", {"units": 6}, ("flat",)),
        NodeSpec("c", "dense", {"units": 4}, ("flat",)),
        NodeSpec("sum", "add", {}, ("b", "ta", "flat")),
        NodeSpec("cat", "concatenate", {}, ("sum", "c", "sum")),
        NodeSpec("drop", "dropout", {"rate": 0.3}, ("cat",)),
        NodeSpec("d", "dense", {"units": 1}, ("drop",)),
        NodeSpec("s", "sigmoid", {}, ("d",)),
        NodeSpec("output", "output", {}, ("s",)),
    )
)


def samples(count: int, *shape: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random inputs (count, *shape) and class numbers (count, 1)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, *shape)), rng.integers(0, classes, (count, 1)).astype(float)


def bare(outputs: int) -> NetworkSpec:
    """A small network that ends in logits."""
    return chain(("dense", {"units": 8, "init": "glorot"}), ("tanh", {}), ("dense", {"units": outputs}))


def between(kind: str, options: dict[str, Any], shapes: tuple[tuple[int, ...], ...]) -> NetworkSpec:
    """One layer "it", fed by columns of flat samples in these shapes, and flattened for an Output."""
    nodes, first = [], 1
    for i, shape in enumerate(shapes):
        size = int(np.prod(shape))
        nodes.append(NodeSpec(f"in{i}", "input", {"columns": f"{first}-{first + size - 1}"}))
        target = ", ".join(str(n) for n in shape)
        nodes.append(NodeSpec(f"shaped{i}", "reshape", {"target": target}, (f"in{i}",)))
        first += size
    nodes.append(NodeSpec("it", kind, options, tuple(f"shaped{i}" for i in range(len(shapes)))))
    nodes.append(NodeSpec("flat", "flatten", {}, ("it",)))
    nodes.append(NodeSpec("output", "output", {}, ("flat",)))
    return NetworkSpec(tuple(nodes))


def program(
    network: Any, shape: Any, loss: str, optimizer: str | None, batch: int, dtype: Any = np.float32,
    seed: int = 7, keep: Any = None, **settings: float,
) -> Program:  # fmt: skip
    """Planned for one column of targets, with drawn weights."""
    program = build(network, shape, loss, optimizer, batch, 1, dtype, keep=keep)
    count = program.layout.parameter_count
    program.params[:count] = program.layout.initial(seed).astype(np.float32)
    if optimizer:
        program.set_hyperparameters(optimizers[optimizer].complete(settings))
    return program


def takes(loss: Loss, outputs: int, classes: int) -> bool:
    """Whether a loss compares so many outputs with one of so many classes, or with as many values."""
    try:
        loss.check((outputs,), classes, 1 if classes else outputs)
    except SpecError:
        return False
    return True


def loss_program(
    loss: Loss, optimizer: str | None, options: dict[str, Any]
) -> tuple[Program, np.ndarray, np.ndarray]:
    """A dense layer under a loss, with data that suits it."""
    classes = next((n for n in (4, 2) if loss.suits(n, 1)), 0)
    width = next(n for n in (4, 1) if takes(loss, n, classes))
    x, y = samples(9, 5, classes=2)
    if not classes:
        y = np.random.default_rng(2).dirichlet(np.ones(width), 9)
    net = chain(("dense", {"units": width}))
    loss_program = build(net, (5,), loss.id, optimizer, 9, y.shape[1], np.float64, loss_options=options)
    count = loss_program.layout.parameter_count
    loss_program.params[:count] = loss_program.layout.initial(0)
    loss_program.set_data(x, y, np.arange(9))
    return loss_program, x, y


def reads_samples(layer: Layer) -> bool:
    """Whether what a layer gives follows from what enters it; else it is drawn."""
    for options, shapes in layer.samples:
        complete = layer.complete(options)
        told = layer.terms(complete, shapes, (0,) * len(layer.shape(complete, shapes)))
        if told is not None and not told.terms:
            return False
    return True
