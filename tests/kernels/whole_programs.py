"""Small programs of every kind, for tests that run all of their kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernels.networks import MLP, chain, samples

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.ops.pushing import Push
from nnkernels.planning.plan import build
from nnkernels.planning.pullback import projected
from nnkernels.program import Layout, Program
from nnkernels.spec import optimizers

SGD = {"learning_rate": 0.1, "momentum": 0.5}
WEIGHTS = {"class_weights": "1, 2, 3"}


def few_classes(network: NetworkSpec, inputs: int, **given: Any) -> Program:
    """Learning three classes from two batches of eight samples, with a rate for each."""
    optimizer = given.pop("optimizer", "sgd")
    few_classes = build(network, (inputs,), "softmax_cross_entropy", optimizer, 8, 1, np.float64, **given)
    few_classes.params[: few_classes.layout.parameter_count] = few_classes.layout.initial(7)
    if optimizer:
        few_classes.set_hyperparameters(optimizers[optimizer].complete(SGD if optimizer == "sgd" else {}))
    x, y = samples(16, inputs, classes=3)
    few_classes.set_data(x, y, np.random.default_rng(3).permutation(16))
    return few_classes


def with_rates() -> Program:
    with_rates = few_classes(chain(("dense", {"units": 3, "learning_rate_factor": 0.5})), 5)
    with_rates.set_hyperparameters(optimizers["sgd"].complete(SGD), np.array([1.0, 0.5]))
    return with_rates


def with_penalties() -> Program:
    penalties = {"l1": 0.1, "l2": 0.1, "clip_value": 0.5, "clip_norm": 0.3, "max_norm": 0.4}
    return few_classes(MLP, 5, penalties=penalties)


def with_class_weights() -> Program:
    return few_classes(MLP, 5, loss_options=WEIGHTS)


def searching() -> Program:
    return few_classes(chain(("dense", {"units": 3})), 2, optimizer="hill_climber")


def sharing() -> Program:
    """Columns of the data, two branches with one weight, two Outputs of which one counts more."""
    nodes = (
        NodeSpec("left", "input", {"columns": "1-3"}),
        NodeSpec("right", "input", {"columns": "4-6"}),
        NodeSpec("a", "dense", {"units": 3}, ("left",)),
        NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
        NodeSpec("sum", "add", {}, ("a", "b")),
        NodeSpec("output", "output", {}, ("sum",)),
        NodeSpec("second", "output", {"weight": 2.0, "loss": "hinge", "columns": "1"}, ("sum",)),
    )
    return few_classes(NetworkSpec(nodes), 6)


def reading_rows() -> Program:
    """Recurrent layers that look up the rows of a table; numbers beyond it are its first and last."""
    read = {"units": 3, "bidirectional": True}
    reading_rows = few_classes(
        chain(("embedding", {"size": 4, "dimensions": 2}), ("gru", read), ("dense", {"units": 3})), 4
    )
    reading_rows._data[0][:] = np.random.default_rng(4).integers(-1, 6, reading_rows._data[0].shape)
    return reading_rows


def normalising() -> Program:
    frozen = {"frozen": True}
    layers = [("dense", {"units": 5}), ("batchnorm", {}), ("batchnorm", frozen), ("dense", {"units": 3})]
    return few_classes(chain(*layers), 5)


def of_pictures() -> Program:
    result = [("reshape", {"target": "4, 4, 1"}), ("conv2d", {"filters": 2}), ("relu", {}), ("maxpool2d", {})]
    return few_classes(chain(*result, ("flatten", {}), ("dense", {"units": 3})), 16)


def in_place() -> Program:
    """What may be written over what it reads, with numbers drawn at random on the way."""
    nodes = (
        NodeSpec("input", "input"),
        NodeSpec("a", "dense", {"units": 4}, ("input",)),
        NodeSpec("b", "dense", {"units": 4}, ("input",)),
        NodeSpec("mean", "average", {}, ("a", "b")),
        NodeSpec("c", "dense", {"units": 4}, ("mean",)),
        NodeSpec("drop", "dropout", {"rate": 0.4}, ("c",)),
        NodeSpec("d", "dense", {"units": 4}, ("drop",)),
        NodeSpec("norm", "batchnorm", {"frozen": True}, ("d",)),
        NodeSpec("e", "dense", {"units": 3}, ("norm",)),
        NodeSpec("output", "output", {}, ("e",)),
    )
    return few_classes(NetworkSpec(nodes), 5)


def mixing() -> Program:
    return few_classes(MLP, 5, loss_options=WEIGHTS, mixup=0.4)


def mixing_columns() -> Program:
    """Of samples and of targets, as classes and as numbers, without class weights."""
    nodes = (
        NodeSpec("left", "input", {"columns": "2, 1"}),
        NodeSpec("a", "dense", {"units": 3}, ("left",)),
        NodeSpec("b", "dense", {"units": 1}, ("left",)),
        NodeSpec("output", "output", {"columns": "1"}, ("a",)),
        NodeSpec("second", "output", {"loss": "mse", "columns": "1"}, ("b",)),
    )
    return few_classes(NetworkSpec(nodes), 6, mixup=0.4)


def pushing() -> Program:
    """Samples that are pushed, of which each Input reads some columns."""
    nodes = (
        NodeSpec("left", "input", {"columns": "2, 1"}),
        NodeSpec("right", "input", {"columns": "3-5"}),
        NodeSpec("a", "dense", {"units": 3}, ("left",)),
        NodeSpec("b", "dense", {"units": 3}, ("right",)),
        NodeSpec("sum", "add", {}, ("a", "b")),
        NodeSpec("output", "output", {}, ("sum",)),
    )
    push = Push(np.full(5, 0.2), np.full(5, -0.5), np.full(5, 0.5))
    return few_classes(NetworkSpec(nodes), 5, push=push)


def constant_targets() -> Program:
    """A second Output, whose target is the same number for all samples."""
    nodes = (
        NodeSpec("input", "input"),
        NodeSpec("a", "dense", {"units": 3}, ("input",)),
        NodeSpec("output", "output", {}, ("a",)),
        NodeSpec("b", "dense", {"units": 1}, ("a",)),
        NodeSpec("second", "output", {"loss": "mse", "target": "0.5"}, ("b",)),
    )
    return few_classes(NetworkSpec(nodes), 5)


def going_back() -> Program:
    """A number in the middle of a network, and the way back to the input."""
    layout, rng = Layout.of(MLP, (5,), "mse"), np.random.default_rng(2)
    result = build(projected(layout, "dense2"), (5,), "mse", None, 8, 3, np.float64, by=("input",))
    result.set_parameters(layout.initial(7))
    result.set_data(rng.normal(size=(16, 5)), rng.normal(size=(16, 3)), rng.permutation(16))
    return result


PROGRAMS = [
    constant_targets,
    going_back,
    pushing,
    mixing,
    mixing_columns,
    in_place,
    with_rates,
    with_penalties,
    with_class_weights,
    searching,
    sharing,
    reading_rows,
    normalising,
    of_pictures,
]
