"""The JIT off: bodies of kernels run as Python, over arrays that refuse an index outside of what is theirs.

All kernels that nnkernels declares are reached, see `test_every_kernel_is_reached`: intrinsics, which are no
Python, have models (`interpreter.Models`), and one without a model is a LookupError. Layers, losses and
optimizers are held against their references; whole programs against what compiled ones give.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from kernels.harness import Bench
from kernels.interpreter import InterpretedBench, Interpreter
from kernels.networks import MLP, loss_program, program, samples
from kernels.whole_programs import PROGRAMS, few_classes

from nnkernels.jit import KERNELS, Deferred, Kernel
from nnkernels.machine import array_at
from nnkernels.planning import micro_batches
from nnkernels.planning.lowering import Instruction
from nnkernels.planning.parameter_points import ParameterPoints
from nnkernels.program import Layout, Program
from nnkernels.spec import Optimizer, layers, losses, optimizers
from nnkernels.vector import vmath

LAYERS = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if not layer.parts(layer.complete(options), shapes)
]
# Windows that lie in the padding alone.
PADDED = {"filters": 2, "kernel_size": 1, "padding": "number", "pad": 2, "stride": 2}
LAYERS.append(pytest.param(layers["conv2d"], PADDED, ((3, 4, 2),), id="conv2d-padded"))
LOSSES = [
    pytest.param(loss, options, id=f"{loss.id}-{i}")
    for loss in losses
    for i, options in enumerate(loss.samples)
]
OPTIMIZERS = [
    pytest.param(optimizer, settings, id=f"{optimizer.id}-{i}")
    for optimizer in optimizers
    if not optimizer.searches
    for i, settings in enumerate(optimizer.samples)
]


@pytest.fixture
def interpreter(monkeypatch) -> Interpreter:
    """Kernels that are planned from now on run as Python."""
    interpreter = Interpreter()
    interpreter.install(monkeypatch)
    return interpreter


def away_from_kinks(away_from_kinks: Bench) -> Bench:
    for kink in away_from_kinks.layer.kinks:
        for x in away_from_kinks.inputs():
            x[np.abs(x - kink) < 1e-2] += 0.1
    return away_from_kinks


@pytest.mark.parametrize("layer, options, shapes", LAYERS)
def test_layers_equal_their_references(interpreter, layer, options, shapes):
    result = away_from_kinks(InterpretedBench(interpreter, layer, options, shapes, 3, 2, training=False))
    expected = layer.reference(result.options, result.inputs(), result.parameters())
    np.testing.assert_allclose(result.forward(), expected, rtol=1e-9, atol=1e-11)


def test_no_number_reads_no_row(interpreter):
    bench = InterpretedBench(interpreter, layers["embedding"], {}, ((3,),), 1, 1, training=False)
    bench.inputs()[0][:] = [0, np.nan, 1]
    assert np.isnan(bench.forward()[0]).all(1).tolist() == [False, True, False]


@pytest.mark.parametrize("layer, options, shapes", LAYERS)
def test_gradients_equal_finite_differences_of_the_references(interpreter, layer, options, shapes):
    result = away_from_kinks(InterpretedBench(interpreter, layer, options, shapes, 3, 2))

    def value() -> np.ndarray:
        if layer.differs_in_training(result.options):
            return result.forward()
        return layer.reference(result.options, result.inputs(), result.parameters())

    rng = np.random.default_rng(1)
    dy = rng.normal(size=result.forward().shape)
    dx, dp = result.backward(dy)
    if layer.surrogate:
        return
    targets = list(zip(result.inputs(), dx, strict=True))
    targets += [(p, dp[name]) for name, p in result.parameters().items()]
    for values, gradient in targets:
        direction, start, sums = rng.normal(size=values.shape), values.copy(), []
        for sign in (1, -1):
            values[...] = start + sign * 1e-6 * direction
            sums.append((value() * dy).sum())
        values[...] = start
        assert (gradient * direction).sum() == pytest.approx((sums[0] - sums[1]) / 2e-6, rel=2e-5, abs=1e-7)


@pytest.mark.parametrize("loss, options", LOSSES)
def test_losses_and_their_gradients_equal_the_references(interpreter, loss, options):
    result, x, y = loss_program(loss, "sgd", options)
    result.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    total = interpreter.run_program(result, 1)[0, 0]
    count = result.layout.parameter_count
    start, gradient = result.params[:count].copy(), result.grads[:count].copy()
    weight, bias = (slot.offset for slot in result.layout.parameters)

    def value(p: np.ndarray) -> float:
        outputs = x @ p[weight:bias].reshape(x.shape[1], -1) + p[bias:]
        return float(loss.reference(loss.complete(options), outputs, y).sum())

    assert total == pytest.approx(value(start), rel=1e-9)
    direction = np.random.default_rng(5).normal(size=count)
    up, down = (value(start + sign * 1e-6 * direction) for sign in (1, -1))
    assert gradient @ direction == pytest.approx((up - down) / 2e-6 / len(x), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("optimizer, given", OPTIMIZERS)
def test_optimizers_equal_their_references(interpreter, optimizer: Optimizer, given: dict[str, Any]):
    settings = optimizer.complete(given)
    x, y = samples(6, 5, classes=3)
    planned = program(MLP, (5,), "softmax_cross_entropy", optimizer.id, 2, np.float64, **settings)
    count = planned.layout.parameter_count
    p, slots = planned.params[:count].copy(), [np.zeros(count) for _ in range(optimizer.slots)]
    planned.set_data(x, y, np.arange(6))
    for step in range(1, 4):
        interpreter.run_program(planned, 1)
        optimizer.reference(settings, step, p, planned.grads[:count], slots)
        np.testing.assert_allclose(planned.params[:count], p, rtol=1e-10)


def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches go in parts of four samples, and these in chunks of one."""
    for name in ("MIN_PARALLEL_FLOPS", "MICRO_BATCH_BYTES", "FLOPS_PER_PARAMETER"):
        monkeypatch.setattr(micro_batches, name, 0)
    monkeypatch.setattr(micro_batches, "TILE_SAMPLES", 1)


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_programs_give_what_compiled_ones_give(monkeypatch, make, cut):
    if cut:
        cut_small(monkeypatch)
    compiled = make()
    expected = compiled.run(2)
    interpreter = Interpreter()
    interpreter.install(monkeypatch)
    program = make()
    np.testing.assert_allclose(interpreter.run_program(program, 2, threads=2), expected, rtol=1e-9)
    np.testing.assert_allclose(program.params, compiled.params, rtol=1e-9, atol=1e-12)
    assert interpreter.ran == {kernel.name for kernel in interpreter.planned.values()}


def at_points(points: ParameterPoints) -> Program:
    """Two steps that do not learn."""
    return few_classes(MLP, 5, optimizer=None, points=points)


def test_parameters_move_to_points(interpreter):
    points = ParameterPoints(Layout.of(MLP, (5,), "mse").parameter_count, 2, np.dtype(np.float64))
    program, rng = at_points(points), np.random.default_rng(6)
    for values in (points.centre, points.first, points.second, points.coordinates):
        values[:] = rng.normal(size=values.shape)
        interpreter.show(values)
    interpreter.run_program(program, 2)
    a, b = points.coordinates[1]
    np.testing.assert_allclose(program.params, points.centre + a * points.first + b * points.second)


def test_formulas_of_float32_are_precise(interpreter):
    for name, x in (("erf", 0.7), ("log1p", 0.3)):
        result = interpreter.python(getattr(vmath, name))(np.float32(x))
        assert result == pytest.approx(getattr(math, name)(x), rel=3e-7)


def test_every_kernel_is_reached(interpreter, monkeypatch):
    for case in LAYERS:
        for training in (True, False):
            InterpretedBench(interpreter, *case.values, 3, 2, training=training).plan()
    for case in LOSSES:
        loss_program(case.values[0], "sgd", case.values[1])
    for optimizer in optimizers:
        program(MLP, (5,), "softmax_cross_entropy", optimizer.id, 2)
    at_points(ParameterPoints(Layout.of(MLP, (5,), "mse").parameter_count, 2, np.dtype(np.float64)))
    cut_small(monkeypatch)
    for make in PROGRAMS:
        make()
    reached = {kernel.name for kernel in interpreter.planned.values()}
    assert {name for name in KERNELS if name.startswith("nnkernels.")} - reached == set()


class TestTheInterpreter:
    """It must refuse what it is there to refuse."""

    @pytest.fixture
    def call(self, interpreter):
        """Calls a body as a kernel; x (4 values) and y (4) have 16 values between them that are nobody's."""
        bench = InterpretedBench(interpreter, layers["relu"], {}, ((4,),), 1, 1)

        def call(body: Any) -> None:
            kernel = Kernel(body, label=f" of {id(call)}")
            bench._call(Instruction(kernel, (bench.x_at[0], bench.y_at)), 0, 0, 4)

        return call

    def test_runs_what_is_right(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[y : y + hi] = acts[x : x + hi]
            acts[y] = acts[x + 3]

        call(body)

    def test_refuses_to_read_behind_a_value(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[y] = acts[x + hi]

        with pytest.raises(IndexError, match="4 belongs to nobody"):
            call(body)

    def test_refuses_to_write_behind_the_buffer(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            params[hi * 100] = 0

        with pytest.raises(IndexError, match="400 of"):
            call(body)

    def test_refuses_an_index_below_zero(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[y] = acts[x + lo - 1]

        with pytest.raises(IndexError, match="-1 of"):
            call(body)

    def test_refuses_a_slice_over_what_is_nobodys(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[y : y + hi] = acts[x + 1 : x + 1 + hi]

        with pytest.raises(IndexError, match="belongs to nobody"):
            call(body)

    def test_refuses_to_leave_a_slice(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[x : x + 2][2] = 0

        with pytest.raises(IndexError, match="2 of 2"):
            call(body)

    def test_refuses_a_table_that_is_none(self, call):
        def body(state, acts, grads, params, work, chunk, lo, hi, x, y):
            acts[y] = array_at(lo, state)[0]

        with pytest.raises(IndexError, match="0 of 0"):
            call(body)

    def test_says_which_intrinsic_has_no_model(self, interpreter):
        def _make_new() -> None: ...

        with pytest.raises(LookupError, match="'_make_new'"):
            interpreter.python(Deferred(_make_new))
