"""Memory of activations and gradients is used again, but never while somebody needs it."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest
from kernels.networks import BRANCHES, CONVNET, MLP, chain, program, samples

from nnkernels import machine
from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.jit import Kernel
from nnkernels.planning.buffers import Memory
from nnkernels.planning.lowering import Instruction, Sweep
from nnkernels.planning.plan import build
from nnkernels.spec import layers, optimizers

AROUND = (("prelu", "tanh", "softplus"), ("sigmoid", "gelu", "relu", "tanh"))


def surrounded(kind, options, shapes):
    """A layer with functions before and behind it, whose buffers have the size of its own."""
    nodes, first, read = [], 1, []
    for i, shape in enumerate(shapes):
        size = math.prod(shape)
        target = ", ".join(str(n) for n in shape)
        nodes.append(NodeSpec(f"in{i}", "input", {"columns": f"{first}-{first + size - 1}"}))
        nodes.append(NodeSpec(f"shaped{i}", "reshape", {"target": target}, (f"in{i}",)))
        for name in AROUND[0]:
            nodes.append(NodeSpec(f"{name}{i}", name, {}, (nodes[-1].id,)))
        read.append(nodes[-1].id)
        first += size
    nodes.append(NodeSpec("it", kind, options, tuple(read)))
    for name in AROUND[1]:
        nodes.append(NodeSpec(name, name, {}, (nodes[-1].id,)))
    nodes.append(NodeSpec("flat", "flatten", {}, (nodes[-1].id,)))
    nodes.append(NodeSpec("output", "output", {}, ("flat",)))
    return NetworkSpec(tuple(nodes))


def never_again(patch):
    """Let every buffer have memory of its own."""
    patch.setattr("nnkernels.planning.buffers._reused_in_place", lambda *_: None)
    patch.setattr(Memory, "_take", lambda memory, buffer: memory.reserve(memory._sizes[buffer]))


@pytest.fixture
def many_chunks(monkeypatch):
    """Chunks of four samples, which go through an instruction one by one where they can."""
    monkeypatch.setattr("nnkernels.planning.micro_batches.MIN_PARALLEL_FLOPS", 0)
    monkeypatch.setattr("nnkernels.planning.micro_batches.TILE_SAMPLES", 4)
    monkeypatch.setattr("nnkernels.planning.assembly.STRIP_BYTES", 1)


BATCH = 19


def trained(network, width, steps=2):
    """A program after some steps, on memory that was full of NaN before, and its losses."""
    rng = np.random.default_rng(1)
    sized = build(network, (width,), "mse", None, 1, 1)
    targets = math.prod(sized.layout.nodes["output"].shape)
    trained = build(network, (width,), "mse", "sgd", BATCH, targets, np.float64)
    count = trained.layout.parameter_count
    trained.params[:count] = trained.layout.initial(3)
    trained.acts[:], trained.grads[count:], trained.work[machine.HEADER :] = np.nan, np.nan, np.nan
    trained.set_hyperparameters(optimizers["sgd"].defaults())
    count = BATCH * steps
    trained.set_data(rng.normal(size=(count, width)), rng.normal(size=(count, targets)), np.arange(count))
    return trained, trained.run(steps, 2)


@pytest.mark.parametrize(
    "kind, options, shapes",
    [
        pytest.param(layer.id, options, shapes, id=f"{layer.id}-{i}")
        for layer in layers
        for i, (options, shapes) in enumerate(layer.samples)
    ],
)
def test_every_layer_learns_the_same_in_shared_memory(many_chunks, kind, options, shapes):
    network, width = surrounded(kind, options, shapes), sum(math.prod(shape) for shape in shapes)
    sharing, losses = trained(network, width)
    with pytest.MonkeyPatch.context() as patch:
        never_again(patch)
        apart, expected = trained(network, width)
    assert sharing.groups[:, machine.PARALLEL].any()
    assert len(sharing.acts) < len(apart.acts) and len(sharing.grads) < len(apart.grads)
    count = sharing.layout.parameter_count
    np.testing.assert_array_equal(losses, expected)
    np.testing.assert_array_equal(sharing.params[:count], apart.params[:count])
    assert np.isfinite(losses).all()


@pytest.mark.parametrize(
    "network, shape, loss, classes",
    [
        (BRANCHES, (3,), "binary_cross_entropy", 2), (CONVNET, (8, 8, 2), "softmax_cross_entropy", 3),
        (MLP, (5,), "softmax_cross_entropy", 3),
    ],
    ids=["branches", "convnet", "mlp"],
)  # fmt: skip
@pytest.mark.parametrize("optimizer", ["sgd", "hill_climber", None])
def test_whole_networks_learn_and_predict_the_same_in_shared_memory(network, shape, loss, classes, optimizer):
    x, y = samples(6, *shape, classes=classes)
    result = []
    for apart in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if apart:
                never_again(patch)
            result.append(build(network, shape, loss, optimizer, 6, 1, keep=("output",)))
        result[-1].params[: result[-1].layout.parameter_count] = result[-1].layout.initial(7)
        if optimizer:
            result[-1].set_hyperparameters(optimizers[optimizer].defaults())
        result[-1].set_data(x, y, np.arange(6))
        result[-1].acts[:] = np.nan
    sharing, apart = result
    np.testing.assert_array_equal(sharing.run(1), apart.run(1))
    np.testing.assert_array_equal(sharing.params, apart.params)
    assert len(sharing.acts) < len(apart.acts)
    if optimizer is None:
        np.testing.assert_array_equal(sharing.activation("output", 6), apart.activation("output", 6))


DEEP = chain(("dense", {"units": 4}), *[("tanh", {}), ("gelu", {})] * 10, ("dense", {"units": 3}))


def test_what_nobody_reads_again_takes_no_memory():
    keeping = program(DEEP, (5,), "softmax_cross_entropy", None, 16)
    assert set(keeping.where) == set(keeping.layout.nodes)
    answering = build(DEEP, (5,), "softmax_cross_entropy", None, 16, 1, keep=())
    # The samples, two of the functions' values in turn, and the prediction.
    assert len(answering.acts) <= 16 * (5 + 2 * 4 + 3)
    learning = program(DEEP, (5,), "softmax_cross_entropy", "sgd", 16)
    assert len(learning.grads) - learning.layout.parameter_count <= 16 * (3 + 2 * 4) + 16


def test_values_that_are_not_kept_cannot_be_read():
    program = build(DEEP, (5,), "softmax_cross_entropy", None, 16, 1, keep=("tanh1",))
    assert program.activation("tanh1", 16).shape == (16, 4)
    with pytest.raises(KeyError):
        program.activation("gelu2", 16)


def nothing(state, acts, grads, params, work, chunk, lo, hi, first, second, others):
    pass


@cache
def kernel(in_place):
    return Kernel(nothing, label=f"_{in_place}", in_place=in_place, rest=True)


def planned(*instructions, kept=(), in_place=None):
    """Where buffers lie that are named by letters: capitals are twice as large; "|" begins a sweep."""
    memory, buffers = Memory(16, itertools.count()), {}
    for letter in "".join(instructions).replace("|", ""):
        if letter not in buffers:
            buffers[letter] = memory.rows(2 if letter.isupper() else 1)
    run = kernel(in_place)
    items = []
    for text in instructions:
        result = Instruction(run, tuple(buffers[letter] for letter in text.lstrip("|")))
        items.append(Sweep(result, 1, 1, False) if text.startswith("|") else result)
    memory.allocate(items, [buffers[letter] for letter in kept])
    return {letter: memory.at[buffer] // 16 for letter, buffer in buffers.items()}, memory.size // 16


def test_a_block_lies_where_another_was_read_for_the_last_time():
    assert planned("ab", "bc", "cd") == ({"a": 0, "b": 1, "c": 0, "d": 1}, 2)
    assert planned("ab", "bc", "acd") == ({"a": 0, "b": 1, "c": 2, "d": 1}, 3)


def test_blocks_of_other_sizes_and_kept_ones_are_left_alone():
    assert planned("ab", "bC", "Cd") == ({"a": 0, "b": 1, "C": 2, "d": 1}, 4)
    assert planned("ab", "bc", "cd", kept="a") == ({"a": 0, "b": 1, "c": 2, "d": 1}, 3)


def test_what_all_samples_have_waited_for_serves_blocks_of_any_size():
    assert planned("ab", "C") == ({"a": 0, "b": 1, "C": 2}, 4)
    assert planned("ab", "|", "C") == ({"a": 0, "b": 1, "C": 0}, 2)
    assert planned("ab", "|a", "bC") == ({"a": 0, "b": 1, "C": 2}, 4)
    assert planned("C", "ab") == ({"C": 0, "a": 2, "b": 3}, 4)
    assert planned("C", "|", "ab") == ({"C": 0, "a": 0, "b": 1}, 2)


def test_what_may_be_written_over_what_it_reads_is():
    assert planned("ab", "bc", in_place=("first", "second")) == ({"a": 0, "b": 0, "c": 0}, 1)
    assert planned("ab", "bc", "ad", in_place=("first", "second")) == ({"a": 0, "b": 1, "c": 1, "d": 0}, 2)
    assert planned("ab", "bc", kept="a", in_place=("first", "second")) == ({"a": 0, "b": 1, "c": 1}, 2)
    assert planned("aB", in_place=("first", "second")) == ({"a": 0, "B": 1}, 3)
