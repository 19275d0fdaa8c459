"""A batch that goes in micro-batches teaches what it teaches as a whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kernels.networks import CONVNET, MLP, between, chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.micro_batches import cut_batch
from nnkernels.planning.plan import build
from nnkernels.program import Layout
from nnkernels.spec import layers, optimizers

LAYERS = (
    ("conv2d", {"filters": 5}), ("gaussiannoise", {}), ("prelu", {}), ("conv2d", {"filters": 4}),
    ("dropout", {}), ("layernorm", {}), ("globalaveragepool", {}), ("dense", {"units": 3}),
)  # fmt: skip
SHAPE = (8, 8, 2)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", 1)
    monkeypatch.setattr("nnkernels.planning.micro_batches.FLOPS_PER_PARAMETER", 0)


def two_outputs(*layers):
    """A chain whose last layer but one leads to a second Output, too."""
    nodes = list(chain(*layers).nodes)
    nodes += [
        NodeSpec("other", "dense", {"units": 1}, (nodes[-3].id,)),
        NodeSpec("second", "output", {"loss": "mse", "weight": 0.3}, ("other",)),
    ]
    return NetworkSpec(tuple(nodes))


def learned(batch, threads=1, dtype=np.float64):
    """Losses and parameters after two steps of whole batches and one of a smaller one."""
    learned = build(
        two_outputs(*LAYERS), SHAPE, "softmax_cross_entropy", "adam", batch, 1, dtype,
        loss_options={"class_weights": "1, 2, 0.5"},
        penalties={"l2": 0.01, "clip_norm": 0.5, "max_norm": 1.0},
    )  # fmt: skip
    count = learned.layout.parameter_count
    learned.params[:count] = learned.layout.initial(3).astype(np.float32)
    learned.set_hyperparameters(
        optimizers["adam"].complete({"learning_rate": 0.02}), np.array([1.0, 0.5, 0.25])
    )
    rng = np.random.default_rng(0)
    samples = 2 * batch + batch // 2 + 3
    learned.set_data(rng.normal(size=(samples, *SHAPE)), rng.integers(0, 3, (samples, 1)), np.arange(samples))
    return learned, learned.run(3, threads), learned.params[:count].copy()


def test_micro_batches_teach_what_the_whole_batch_teaches(small_parts, monkeypatch):
    cut_up, losses, params = learned(40)
    assert cut_up.micro_batch == 10
    monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", 10**12)
    whole, expected_losses, expected = learned(40)
    assert whole.micro_batch == 40
    assert len(cut_up.acts) < len(whole.acts) / 2
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-10)
    np.testing.assert_allclose(params, expected, rtol=1e-8, atol=1e-12)


def test_threads_do_not_change_a_bit_of_it(small_parts):
    one, other = (learned(64, threads, np.float32) for threads in (1, 2))
    assert one[0].micro_batch < 64
    for a, b in zip(one[1:], other[1:], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "kind, options, shapes",
    [
        pytest.param(layer.id, options, shapes, id=f"{layer.id}-{i}")
        for layer in layers
        for i, (options, shapes) in enumerate(layer.samples)
    ],
)
def test_every_layer_learns_the_same_from_micro_batches(small_parts, monkeypatch, kind, options, shapes):
    network, size = between(kind, options, shapes), sum(math.prod(shape) for shape in shapes)
    x = np.random.default_rng(1).normal(size=(130, size))
    planned = []
    for room in (1, 10**12):
        monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", room)
        program = build(network, (size,), "mse", "sgd", 130, 1, np.float64)
        count = program.layout.parameter_count
        program.params[:count] = program.layout.initial(5)
        program.set_hyperparameters(optimizers["sgd"].defaults())
        width = math.prod(program.layout.nodes[program.layout.output].shape)
        program = build(network, (size,), "mse", "sgd", 130, width, np.float64, program.params)
        program.set_hyperparameters(optimizers["sgd"].defaults())
        program.set_data(x, np.resize(x, (130, width)), np.arange(130))
        planned.append((program.run(1), program.params[:count].copy(), program.micro_batch))
    assert planned[0][2] < 130 or layers[kind].across_samples
    for cut_up, whole in zip(planned[0][:2], planned[1][:2], strict=True):
        np.testing.assert_allclose(cut_up, whole, rtol=1e-9, atol=1e-12)


def cut(network, shape, batch=1024, in_micro_batches=True):
    return cut_batch(Layout.of(network, shape, "softmax_cross_entropy"), batch, 4, True, in_micro_batches)


def test_few_samples_are_a_part_only_where_a_layer_needs_no_more(small_parts):
    # The dense layers of these networks take samples as rows, the convolutions positions.
    assert cut(MLP, (5,)).micro_batch == 64
    assert cut(chain(*LAYERS), SHAPE).micro_batch == 8


def test_a_batch_stays_whole_where_micro_batches_would_not_do(small_parts):
    normalised = chain(
        ("conv2d", {"filters": 4}), ("batchnorm", {}), ("flatten", {}), ("dense", {"units": 3})
    )
    assert cut(normalised, SHAPE).micro_batch == 1024
    assert cut(chain(*LAYERS), SHAPE, in_micro_batches=False).micro_batch == 1024


def test_what_the_caches_hold_stays_whole():
    assert cut(CONVNET, SHAPE, 64).micro_batch == 64
