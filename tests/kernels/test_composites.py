"""Composites: the program of their parts gives what their reference does, and learns as its gradients say."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import between

from nnkernels.graph.network import NodeError
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import layers, size_of

CASES = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if layer.parts(layer.complete(options), shapes)
]
BATCH = 5


def program(layer, options, shapes, training: bool, dtype=np.float64) -> tuple[Program, np.ndarray]:
    """The composite fed by columns of flat samples, under a mean squared error; and the samples."""
    network = between(layer.id, options, shapes)
    width = sum(size_of(s) for s in shapes)
    outputs = size_of(layer.shape(layer.complete(options), shapes))
    program = build(network, (width,), "mse", "sgd" if training else None, BATCH, outputs, dtype)
    rng = np.random.default_rng(0)
    program.params[:] = rng.normal(size=program.params.size) * 0.5
    x, y = rng.normal(size=(BATCH, width)), rng.normal(size=(BATCH, outputs))
    program.set_data(x, y, np.arange(BATCH))
    program.set_hyperparameters({"learning_rate": 0.0, "momentum": 0.0, "nesterov": 0.0, "weight_decay": 0.0})
    return program, x


def test_there_are_composites():
    assert CASES


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_forward_equals_reference(layer, options, shapes):
    planned, x = program(layer, options, shapes, False)
    planned.run(1)
    options = layer.complete(options)
    at = np.cumsum([0, *[size_of(s) for s in shapes]])
    inputs = [x[:, a:b].reshape(BATCH, *s) for a, b, s in zip(at, at[1:], shapes, strict=False)]
    arrays = {}
    for slot in planned.layout.parameters:
        part = slot.node.partition("/")[2] or layer.parts(options, shapes)[-1].id
        arrays[f"{part}.{slot.name}"] = planned.params[slot.offset :][: slot.size].reshape(slot.shape)
    assert list(arrays) == [p.name for p in layer.parameters(options, shapes)]
    expected = layer.reference(options, inputs, arrays)
    np.testing.assert_allclose(planned.activation("it", BATCH), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_parameter_gradients_equal_finite_differences(layer, options, shapes):
    planned, _ = program(layer, options, shapes, True)
    start, rng = planned.params.copy(), np.random.default_rng(1)

    def loss_at(values: np.ndarray) -> float:
        planned.params[:] = values
        planned.resume(planned.steps)
        return float(planned.run(1)[0, 0]) / BATCH

    loss_at(start)
    gradient = planned.grads[: planned.layout.parameter_count].copy()
    for _ in range(3):
        direction = rng.normal(size=len(gradient))
        step = np.zeros_like(start)
        step[: len(gradient)] = 1e-6 * direction
        expected = (loss_at(start + step) - loss_at(start - step)) / 2e-6
        assert gradient @ direction == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_fault_inside_is_the_fault_of_the_composite():
    network = between("transformerblock", {"heads": 4}, ((5, 6),))
    with pytest.raises(NodeError, match="6 features cannot be shared evenly among 4 heads") as caught:
        build(network, (30,), "mse", None, 1, 30)
    assert caught.value.node == "it"
