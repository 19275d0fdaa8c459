"""A label at each step or pixel: losses by PyTorch's formulas, written out sample by sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import SpecError, losses, optimizers

STEPS, FEATURES, CLASSES, SAMPLES = 5, 3, 4, 6
WEIGHTS = (0.5, 2.0, 1.0, 3.0)
CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("softmax_cross_entropy", {}),
    ("softmax_cross_entropy", {"reduction": "sum"}),
    ("softmax_cross_entropy", {"class_weights": "0.5, 2, 1, 3"}),
    ("softmax_cross_entropy", {"class_weights": "0.5, 2, 1, 3", "reduction": "sum", "ignored_class": 2}),
    ("softmax_cross_entropy", {"label_smoothing": 0.2, "ignored_class": 1}),
    ("binary_cross_entropy", {}),
    ("binary_cross_entropy", {"class_weights": "0.5, 2", "reduction": "sum"}),
    ("binary_cross_entropy", {"class_weights": "0.5, 2"}),
)


def planned(loss: str, options: dict[str, Any], samples: int = SAMPLES) -> tuple[Program, Any, Any]:
    """A program that has made one step without learning, with its labels (samples, steps)."""
    units = 1 if loss == "binary_cross_entropy" else CLASSES
    network = chain(("conv1d", {"filters": units, "kernel_size": 1}))
    program = build(
        network, (STEPS, FEATURES), loss, "sgd", samples, STEPS, np.float64, loss_options=options,
        keep=("conv1d0",) if samples == SAMPLES else (),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    program.params[: program.layout.parameter_count] = rng.normal(size=program.layout.parameter_count)
    y = rng.integers(0, max(units, 2), (samples, STEPS)).astype(float)
    y[1, 2:], y[3] = -1, -1
    program.set_data(rng.normal(size=(samples, STEPS, FEATURES)), y, np.arange(samples))
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    return program, y, program.run(1)[0]


def expected(loss: str, options: dict[str, Any], z: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Loss of a batch and share of right labels, one label after the other."""
    given = losses[loss].complete(options)
    weights = WEIGHTS if options.get("class_weights") else (1.0,) * CLASSES
    total, mass, right, labels = 0.0, 0.0, 0, 0
    for rows, numbers in zip(z, y, strict=True):
        for row, number in zip(rows, numbers, strict=True):
            if number < 0 or number == given["ignored_class"]:
                continue
            t, labels = int(number), labels + 1
            mass += weights[t]
            if loss == "binary_cross_entropy":
                p = 1 / (1 + math.exp(-row[0]))
                total -= weights[t] * math.log(p if t else 1 - p)
                right += (row[0] > 0) == t
                continue
            logs = row - math.log(sum(math.exp(v) for v in row))
            smoothing = given["label_smoothing"]
            total -= (1 - smoothing) * weights[t] * logs[t]
            total -= smoothing * sum(w * v for w, v in zip(weights, logs, strict=True)) / CLASSES
            right += int(np.argmax(row)) == t
    # PyTorch's sum is over the batch, too; here the mean over samples is what a step follows.
    return total / (len(y) if given["reduction"] == "sum" else mass), right / labels


@pytest.mark.parametrize("loss, options", CASES)
def test_loss_accuracy_and_gradients_are_pytorchs(loss, options):
    program, y, (total, right) = planned(loss, options)
    z = program.activation("conv1d0", SAMPLES).copy()
    wanted, share = expected(loss, options, z, y)
    assert total / SAMPLES == pytest.approx(wanted, rel=1e-12)
    assert right / SAMPLES == pytest.approx(share, rel=1e-12)
    start, gradient = program.params[: program.layout.parameter_count].copy(), program.flat_gradient().copy()
    x = program._data[0]
    for i in range(len(start)):
        sides = []
        for sign in (1, -1):
            p = start.copy()
            p[i] += sign * 1e-6
            weight, bias = p[: FEATURES * z.shape[2]].reshape(FEATURES, -1), p[FEATURES * z.shape[2] :]
            sides.append(expected(loss, options, x @ weight + bias, y)[0])
        assert gradient[i] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-6, abs=1e-8)


def test_the_reference_is_what_a_batch_costs():
    for loss, options in CASES:
        if "class_weights" not in options:
            program, y, (total, _) = planned(loss, options)
            outputs = program.activation("conv1d0", SAMPLES).reshape(SAMPLES, -1)
            each = losses[loss].reference(losses[loss].complete(options), outputs, y)
            assert each.sum() == pytest.approx(total, rel=1e-12), (loss, options)


def test_a_batch_in_parts_costs_what_it_costs_as_a_whole(monkeypatch):
    whole, _, (total, right) = planned("softmax_cross_entropy", {}, 200)
    monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", 1)
    monkeypatch.setattr("nnkernels.planning.micro_batches.FLOPS_PER_PARAMETER", 0)
    parts, _, (again, also_right) = planned("softmax_cross_entropy", {}, 200)
    assert parts.micro_batch < whole.micro_batch
    assert again == pytest.approx(total, rel=1e-12) and also_right == pytest.approx(right, rel=1e-12)
    np.testing.assert_allclose(parts.flat_gradient(), whole.flat_gradient(), rtol=1e-10)


def test_a_batch_without_any_label_teaches_nothing():
    program, y, _ = planned("softmax_cross_entropy", {})
    program.set_data(program._data[0], y, np.array([3]))
    total, right = program.run(1)[0]
    assert total == right == 0 and not program.flat_gradient().any()


def test_a_class_left_out_of_one_label_for_each_sample_counts_nothing():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 5)), np.array([0, 1, 2, 1, 0, 2, 1, 1])[:, None].astype(float)
    network = chain(("dense", {"units": 3}))
    rows = [n for n in range(8) if y[n, 0] != 1]
    results = []
    for options, chosen in (({"ignored_class": 1}, range(8)), ({}, rows)):
        program: Program = build(
            network, (5,), "softmax_cross_entropy", "sgd", len(chosen), 1, np.float64, loss_options=options
        )
        program.params[:18] = np.linspace(-1, 1, 18)
        program.set_data(x, y, np.array(chosen))
        program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
        results.append((program.run(1)[0] / len(chosen), program.flat_gradient().copy()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-12)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-12)


@pytest.mark.parametrize("last", [("softmax", {}), None])
def test_a_softmax_at_each_position_is_folded_into_the_loss(last):
    layers = [("conv1d", {"filters": CLASSES, "kernel_size": 1}), *([last] if last else [])]
    program = build(chain(*layers), (STEPS, 3), "softmax_cross_entropy", "sgd", 2, STEPS)
    assert program.layout.logits == "conv1d0"


def test_kl_divergence_folds_no_softmax_over_positions():
    layers = [("conv1d", {"filters": CLASSES, "kernel_size": 1}), ("softmax", {})]
    program = build(chain(*layers), (STEPS, 3), "kl_divergence", "sgd", 2, STEPS * CLASSES)
    assert program.layout.logits == "softmax1"


@pytest.mark.parametrize(
    "loss, output, classes, targets, part",
    [
        ("softmax_cross_entropy", (STEPS, 3), 4, STEPS, "4 units at each of 5"),
        ("softmax_cross_entropy", (4,), 4, STEPS, "keep those up to the last layer"),
        ("softmax_cross_entropy", (STEPS, 4), 4, 1, "guesses at each of 5 steps"),
        ("softmax_cross_entropy", (STEPS, 3), 4, 1, "The last layer needs 4 units. Let the data"),
        ("binary_cross_entropy", (STEPS, 2), 2, STEPS, "1 unit at each of 5"),
        ("hinge", (STEPS, 4), 4, STEPS, "one label of each sample"),
    ],
)
def test_outputs_that_are_no_row_for_each_label_are_refused(loss, output, classes, targets, part):
    with pytest.raises(SpecError, match=part):
        losses[loss].check(output, classes, targets)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_numbers_at_steps_cost_what_they_cost_in_a_row(loss):
    rows = []
    for end in ((), (("flatten", {}),)):
        program = build(
            chain(("conv1d", {"filters": 2, "kernel_size": 1}), *end), (STEPS, FEATURES), loss, "sgd", 3,
            2 * STEPS, np.float64,
        )  # fmt: skip
        rng = np.random.default_rng(2)
        program.params[:8] = rng.normal(size=8)
        x, y = rng.normal(size=(3, STEPS, FEATURES)), rng.normal(size=(3, 2 * STEPS))
        program.set_data(x, y, np.arange(3))
        program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
        rows.append((program.run(1)[0, 0], program.flat_gradient().copy()))
    weight, bias = program.params[:6].reshape(FEATURES, 2), program.params[6:8]
    each = losses[loss].reference(losses[loss].complete({}), (x @ weight + bias).reshape(3, -1), y)
    assert rows[0][0] == pytest.approx(each.sum(), rel=1e-12)
    assert rows[0][0] == rows[1][0] and (rows[0][1] == rows[1][1]).all() and rows[0][1].any()


def test_numbers_that_are_no_steps_in_a_row_are_refused():
    losses["mse"].check((STEPS, 2), 0, 2 * STEPS)
    for output in ((STEPS, 3), (1, STEPS, 2)):
        with pytest.raises(SpecError, match="10 target values"):
            losses["mse"].check(output, 0, 2 * STEPS)


def test_a_missing_label_is_one_among_many_or_none():
    network = chain(("dense", {"units": 3}))
    program = build(network, (5,), "softmax_cross_entropy", "sgd", 1, 1)
    with pytest.raises(ValueError, match="from 0 to 2"):
        program.set_data(np.zeros((1, 5)), np.full((1, 1), -1.0), np.arange(1))
