"""Agreement with PyTorch, through golden files: outputs, all gradients, curves and rates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernels.harness import Bench
from kernels.networks import MLP, bare, between, samples

from nnkernels.planning.plan import build
from nnkernels.spec import TargetKind, layers, losses, optimizers, schedules

FOLDER = Path(__file__).parents[1] / "golden"
TRAINING = json.loads((FOLDER / "training.json").read_text())
with np.load(FOLDER / "layers.npz") as file:
    ARRAYS = {name: file[name] for name in file.files}
STRIDE = sorted({name.split("/")[0] for name in ARRAYS})
BLOCKS = [case for case in STRIDE if case.startswith("transformerblock")]
CASES = [case for case in STRIDE if case not in BLOCKS]
TRAINED: dict[str, Any] = {"losses": losses, "optimizers": optimizers, "schedules": schedules}
HOW = "{} declares the PyTorch twin '{}', but {} has nothing of it: {}. Or declare no twin."
MAKE_LAYERS = (
    "add a line to SAME in tests/golden/make_layers.py, then pip install torch==2.13.0 and run "
    "python tests/golden/make_layers.py"
)
MAKE_TRAINING = (
    "add a line to the table of its kind in tests/golden/make_training.py, then pip install torch==2.13.0 "
    "and run python tests/golden/make_training.py"
)


def close(ours, theirs) -> None:
    """1e-5 relative to the largest value, as float32 allows."""
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * max(float(np.abs(theirs).max()), 1e-3))


@pytest.mark.parametrize("layer", [x for x in layers if x.pytorch], ids=lambda x: x.id)
def test_every_layer_that_declares_a_twin_is_held_against_it(layer):
    how = HOW.format(layer.id, layer.pytorch, "layers.npz", MAKE_LAYERS)
    # What is drawn at random in training has no golden arrays, but some case always has.
    wanted = {
        f"{layer.id}-{i}"
        for i, (options, _) in enumerate(layer.samples)
        if not layer.differs_in_training(layer.complete(options))
    }
    assert wanted <= set(STRIDE) and any(case.rsplit("-", 1)[0] == layer.id for case in STRIDE), how


@pytest.mark.parametrize("kind, registry", TRAINED.items(), ids=TRAINED)
def test_everything_else_that_declares_a_twin_is_held_against_it(kind, registry):
    golden = {name.split("-")[0] for name in TRAINING[kind]}
    for thing in registry:
        how = HOW.format(thing.id, thing.pytorch, "training.json", MAKE_TRAINING)
        assert not thing.pytorch or thing.id in golden, how
    assert golden <= {thing.id for thing in registry}


@pytest.mark.parametrize("case", CASES)
def test_layers(case):
    name, index = case.rsplit("-", 1)
    layer = layers[name]
    options, shapes = layer.samples[int(index)]
    bench = Bench(layer, options, shapes, 5, 2, dtype=np.float32)
    for i, x in enumerate(bench.inputs()):
        x[...] = ARRAYS[f"{case}/x.{i}"]
    for key, p in bench.parameters().items():
        p[...] = ARRAYS[f"{case}/p.{key}"]
    close(bench.forward(), ARRAYS[f"{case}/y"])
    for key, p in bench.parameters().items():
        if f"{case}/after.{key}" in ARRAYS:
            close(p, ARRAYS[f"{case}/after.{key}"])
    if bench.view:
        return
    dx, dp = bench.backward(ARRAYS[f"{case}/dy"])
    for i, gradient in enumerate(dx):
        close(gradient, ARRAYS[f"{case}/dx.{i}"])
    for key, gradient in dp.items():
        if f"{case}/dp.{key}" in ARRAYS:
            close(gradient, ARRAYS[f"{case}/dp.{key}"])


@pytest.mark.parametrize("case", BLOCKS)
def test_transformer_blocks(case):
    name, index = case.rsplit("-", 1)
    options, (shape, *mask) = layers[name].samples[int(index)]
    width = shape[0] * shape[1]
    x = ARRAYS[f"{case}/x"].reshape(5, -1)
    if mask:
        x = np.hstack([x, ARRAYS[f"{case}/mask"]])
    network = between(name, options, (shape, *mask))
    program = build(network, x.shape[1:], "mse", "sgd", 5, width, keep=("it",))
    ends = layers[name].parts(layers[name].complete(options), (shape, *mask))[-1].id
    keys = {s: f"{s.node.partition('/')[2] or ends}.{s.name}" for s in program.layout.parameters}
    for slot, key in keys.items():
        program.params[slot.offset :][: slot.size] = ARRAYS[f"{case}/p.{key}"].ravel()
    program.set_data(x, ARRAYS[f"{case}/t"].reshape(5, -1), np.arange(5))
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    program.run(1)
    close(program.activation("it", 5), ARRAYS[f"{case}/y"])
    for slot, key in keys.items():
        close(program.gradient(slot), ARRAYS[f"{case}/dp.{key}"])


def curve(network, loss, optimizer, targets, settings, loss_options=None):
    x, _ = samples(80, 5, classes=3)
    curve = build(network, (5,), loss, optimizer, 8, targets.shape[1], loss_options=loss_options)
    count = curve.layout.parameter_count
    curve.params[:count] = curve.layout.initial(7)
    curve.set_data(x, targets, np.arange(80))
    curve.set_hyperparameters(optimizers[optimizer].complete(settings))
    return curve.run(10)[:, 0] / 8


@pytest.mark.parametrize("name", TRAINING["optimizers"])
def test_ten_steps_of_each_optimizer(name):
    golden = TRAINING["optimizers"][name]
    targets = samples(80, 5, classes=3)[1]
    ours = curve(MLP, "softmax_cross_entropy", name.split("-")[0], targets, golden["options"])
    np.testing.assert_allclose(ours, golden["losses"], rtol=1e-5)


@pytest.mark.parametrize("name", TRAINING["losses"])
def test_ten_steps_of_each_loss(name):
    golden = TRAINING["losses"][name]
    binary = name == "binary_cross_entropy"
    targets = samples(80, 5, classes=2 if binary else 3)[1]
    if losses[name.split("-")[0]].target == TargetKind.VALUES:
        targets = np.random.default_rng(4).dirichlet(np.ones(3), 80)
    ours = curve(
        bare(1 if binary else 3),
        name.split("-")[0],
        "sgd",
        targets,
        {"learning_rate": 0.1},
        golden["options"],
    )
    np.testing.assert_allclose(ours, golden["losses"], rtol=1e-5)


@pytest.mark.parametrize("name", TRAINING["schedules"])
def test_rates_of_each_schedule(name):
    golden, losses_seen = TRAINING["schedules"][name], TRAINING["plateau_losses"]
    schedule = schedules[name]
    options = schedule.complete(golden["options"])
    ours, memory = [], schedule.start
    for e in range(12):
        ours.append(schedule.factor(options, np.array([e]), 1, 12, memory)[0])
        memory = schedule.remember(options, memory, losses_seen[e])
    assert ours == pytest.approx(golden["rates"], rel=1e-6)
