"""Contract of every registered layer: shape, reference, gradients, determinism, documentation."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.harness import Bench

from nnkernels.spec import SpecError, layers, size_of

# Composites have no kernels of their own: test_composites.py.
CASES = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if not layer.parts(layer.complete(options), shapes)
]
# What has a stand-in for its derivative cannot be checked by differences.
SMOOTH = [case for case in CASES if not case.values[0].surrogate]
BATCHES = [(1, 1), (7, 7), (7, 3)]


def bench(layer, options, shapes, batch, chunk, **kwargs) -> Bench:
    bench = Bench(layer, options, shapes, batch, chunk, **kwargs)
    for kink in layer.kinks:
        for x in bench.inputs():
            x[np.abs(x - kink) < 1e-2] += 0.1
    return bench


def test_there_are_layers_and_none_is_broken():
    assert len(layers) >= 13
    assert layers.broken == {}


def test_every_trained_or_computing_layer_has_samples():
    assert [x.id for x in layers if x.role == "layer" and not x.samples] == []


def test_every_layer_says_what_it_computes():
    assert [x.id for x in layers if x.role == "layer" and not x.formula] == []


@pytest.mark.parametrize("batch, chunk", BATCHES)
@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_forward_equals_reference(layer, options, shapes, batch, chunk):
    tested = bench(layer, options, shapes, batch, chunk, training=False)
    y = tested.forward()
    expected = layer.reference(tested.options, tested.inputs(), tested.parameters())
    assert y.shape == (batch, *layer.shape(tested.options, shapes)) == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_float32_agrees_with_reference(layer, options, shapes):
    tested = bench(layer, options, shapes, 5, 2, training=False, dtype=np.float32)
    y = tested.forward()
    inputs = [x.astype(np.float64) for x in tested.inputs()]
    expected = layer.reference(tested.options, inputs, tested.parameters())
    # Sums of large terms may cancel: their rounding is measured by the largest value.
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=2e-6 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("batch, chunk", BATCHES)
@pytest.mark.parametrize("layer, options, shapes", SMOOTH)
def test_gradients_equal_finite_differences(layer, options, shapes, batch, chunk):
    tested = bench(layer, options, shapes, batch, chunk)
    rng = np.random.default_rng(1)
    y = tested.forward()
    dy = rng.normal(size=y.shape)
    dx, dp = tested.backward(dy)
    epsilon = 1e-6
    targets = list(zip(tested.inputs(), dx, strict=True))
    targets += [(p, dp[name]) for name, p in tested.parameters().items()]
    for values, gradient in targets:
        direction = rng.normal(size=values.shape)
        start = values.copy()
        values[...] = start + epsilon * direction
        up = (tested.forward() * dy).sum()
        values[...] = start - epsilon * direction
        down = (tested.forward() * dy).sum()
        values[...] = start
        expected = (up - down) / (2 * epsilon)
        assert (gradient * direction).sum() == pytest.approx(expected, rel=2e-5, abs=1e-7)


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_same_seed_gives_same_bits_however_the_batch_is_cut(layer, options, shapes):
    whole = bench(layer, options, shapes, 6, 6, dtype=np.float32)
    again = bench(layer, options, shapes, 6, 6, dtype=np.float32)
    cut = bench(layer, options, shapes, 6, 2, dtype=np.float32)
    y = whole.forward()
    assert np.array_equal(y, again.forward())
    assert np.array_equal(y, cut.forward())


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_nan_stays_visible(layer, options, shapes):
    tested = bench(layer, options, shapes, 2, 1, training=False, dtype=np.float32)
    tested.inputs()[0][0, ...] = np.nan
    y = tested.forward()
    # What nothing of the input goes into has none of its faults.
    told = layer.terms(layer.complete(options), shapes, (0,) * len(tested.shape))
    assert np.isnan(y[0]).any() or (told is not None and not told.terms)
    assert np.isfinite(y[1]).all()


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_outputs_stay_within_the_declared_bounds(layer, options, shapes):
    tested = bench(layer, options, shapes, 4, 4, training=False)
    for values in tested.inputs():
        # Far out, where functions level off.
        values *= 30
    entering = [(float(v.min()), float(v.max())) for v in tested.inputs()]
    low, high = layer.bounds(layer.complete(options), shapes, entering)
    y = tested.forward()
    assert low - 1e-12 <= y.min() and y.max() <= high + 1e-12


@pytest.mark.parametrize("layer", list(layers), ids=lambda x: x.id)
def test_everything_is_documented(layer):
    assert layer.title and layer.help.endswith((".", "!")), layer.id
    assert type(layer).__doc__
    for option in layer.options:
        assert option.help.endswith("."), option.name
        assert option.check(option.default) == option.default


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_cost_and_parameters_are_declared(layer, options, shapes):
    options = layer.complete(options)
    assert layer.flops(options, shapes) >= 0
    for parameter in layer.parameters(options, shapes):
        assert size_of(parameter.shape) > 0 and parameter.fan_in > 0
        assert len(parameter.axes) == len(parameter.shape), parameter.name
        assert all(axis[:1].isupper() for axis in parameter.axes)


@pytest.mark.parametrize(
    "name, options, shapes, words",
    [
        ("dense", {}, ((4, 4, 1),), "Flatten"),
        ("conv2d", {}, ((4,),), "picture"),
        ("conv2d", {"padding": "valid", "kernel_size": 9}, ((4, 4, 1),), "larger"),
        ("maxpool2d", {"pool_size": 5}, ((4, 4, 1),), "larger"),
        ("averagepool2d", {"padding": "number", "pad": 2}, ((4, 4, 1),), "nothing but padding"),
        ("add", {}, ((4,), (5,)), "one shape"),
        ("multiply", {}, ((4, 1, 3), (4, 2)), "length 1 where they differ"),
        ("concatenate", {}, ((4, 4, 1), (5, 4, 1)), "last number"),
        ("concatenate", {"axis": "2"}, ((4, 4, 1), (5, 4, 1)), "number 2"),
        ("pad2d", {"mode": "reflect", "border": 4}, ((4, 5, 1),), "3 is the most"),
        ("pad2d", {"mode": "wrap", "border": 5}, ((4, 5, 1),), "4 is the most"),
        ("crop2d", {"sides": "separate", "top": 2, "bottom": 2}, ((4, 5, 1),), "2 at top, 2 at bottom"),
        ("softmax", {"axis": "first"}, ((4, 4, 1),), "'last' or a number"),
        ("layernorm", {"axes": 4}, ((4, 4, 1),), "fewer axes"),
        ("concatenate", {"axis": "4"}, ((4, 4, 1), (5, 4, 1)), "from 1 to 3"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(name, options, shapes, words):
    layer = layers[name]
    with pytest.raises(SpecError, match=words):
        layer.shape(layer.complete(options), shapes)


def test_options_refuse_wrong_values():
    units = layers["dense"].options[0]
    for wrong in (0, 2.5, "many", None, float("nan"), 10**9):
        with pytest.raises(SpecError):
            units.check(wrong)
    with pytest.raises(SpecError, match="no option called 'unit'"):
        layers["dense"].complete({"unit": 3})


def test_an_option_matters_only_beside_the_value_that_it_names():
    options = {option.name: option for option in layers["pad2d"].options}
    for sides in ("equal", "separate"):
        chosen = layers["pad2d"].complete({"sides": sides})
        assert options["border"].matters(chosen) == (sides == "equal")
        assert options["top"].matters(chosen) == (sides == "separate") and options["mode"].matters(chosen)


def test_unknown_layer_suggests_the_right_one():
    with pytest.raises(KeyError, match="Did you mean 'dense'"):
        layers["dens"]


def test_the_surrogate_of_step_is_a_triangle():
    bench = Bench(layers["step"], {}, ((5,),), 1, 1)
    bench.inputs()[0][0] = [-2.0, -0.25, 0.0, 0.5, 1.5]
    assert bench.forward()[0].tolist() == [0, 0, 0, 1, 1]
    (dx,), _ = bench.backward(np.full((1, 5), 2.0))
    assert dx[0].tolist() == [0, 1.5, 2, 1, 0]


def test_noise_has_the_deviation_it_says():
    bench = Bench(layers["gaussiannoise"], {"deviation": 2.0}, ((20_000,),), 2, 1)
    noise = bench.forward() - bench.inputs()[0]
    assert noise.mean() == pytest.approx(0, abs=0.05) and noise.std() == pytest.approx(2, rel=0.02)
    assert abs(np.corrcoef(noise)[0, 1]) < 0.03, "samples must not share their noise"


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_the_share_it_says_and_keeps_the_mean(rate):
    bench = Bench(layers["dropout"], {"rate": rate}, ((20_000,),), 2, 1)
    bench.inputs()[0][...] = 1
    y = bench.forward()
    assert (y == 0).mean() == pytest.approx(rate, abs=0.015)
    assert y.mean() == pytest.approx(1, abs=0.05)
    assert (y[0] == y[1]).mean() == pytest.approx(rate**2 + (1 - rate) ** 2, abs=0.02)
