"""Where float32 ends: infinities, shared offsets, sums of very many values. Oracles are in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kernels.harness import Bench
from kernels.networks import chain

from nnkernels.jit import device
from nnkernels.ops.elementwise import Elementwise, pair
from nnkernels.planning.plan import build
from nnkernels.spec import layers, losses

INF = math.inf
FUNCTIONS = [
    pytest.param(layer, options, id=f"{layer.id}-{i}")
    for layer in layers
    if isinstance(layer, Elementwise)
    for i, (options, _) in enumerate(layer.samples)
]
# Far enough for the functions to be near their ends, near enough for differences to have digits.
FAR = np.logspace(5, 7, 5)
WHAT_TO_DO = (
    "At {} infinity the {} of {} is {}, but that of its reference tends to {}. Where infinity meets infinity "
    "or 0, write it otherwise, or bring its factors to an end as `above` and `finite` in "
    "nnkernels/layers/activations.py do."
)


def tends_to(values):
    """Limit of values at points that grow tenfold in two steps; NaN: there is none, None: not to be told."""
    sizes, ways = np.abs(values), np.sign(np.diff(values))
    if np.ptp(values) <= 2e-5:
        return values[-1]
    if len(set(ways)) > 1:
        return math.nan
    if (sizes[1:] < 0.8 * sizes[:-1]).all():
        return 0.0
    steps = np.abs(np.diff(values))
    return math.copysign(INF, ways[0]) if (steps[1:] > 0.99 * steps[:-1]).all() else None


@pytest.mark.parametrize(
    "function, limit",
    [
        (np.tanh, 1), (lambda x: -(x**2), -INF), (lambda x: 1 / x, 0), (np.sqrt, INF), (np.log, INF),
        (np.sin, math.nan), (lambda x: 3 + 1 / x, 3), (lambda x: 1 - 1 / np.log(x), None),
    ],
)  # fmt: skip
def test_limits_are_told_from_values_far_out(function, limit):
    got = tends_to(function(FAR))
    assert got is limit or got == pytest.approx(limit, rel=1e-6, abs=2e-7, nan_ok=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer, options", FUNCTIONS)
def test_activations_at_infinity(layer, options, dtype):
    bench = Bench(layer, options, ((20,),), 1, 1, dtype=dtype)
    # In whole vectors and in what is left of them; numbers in between stay what they are.
    x = np.zeros(20)
    x[[0, 17]], x[[1, 18]], x[[2, 19]] = -INF, INF, math.nan
    bench.inputs()[0][0] = x
    y = bench.forward()[0]
    (dx,), _ = bench.backward(np.ones((1, 20)))

    def far(points):
        with np.errstate(all="ignore"):
            return layer.reference(bench.options, [points[None]], {})[0]

    for at, side in ((0, -1), (1, 1)):
        value = tends_to(far(side * FAR))
        derivative = tends_to(far(side * FAR + 0.5) - far(side * FAR - 0.5))
        if value is not None and math.isnan(value):
            # What has no end has no derivative there either.
            derivative = value
        sign = "minus" if side < 0 else "plus"
        for what, got, limit in (("value", y, value), ("derivative", dx[0], derivative)):
            if limit is not None:
                why = WHAT_TO_DO.format(sign, what, layer.id, got[at], limit)
                # Float32's tanh saturates at 1 - 2.4e-7, and derivatives are told by that.
                np.testing.assert_allclose(got[[at, at + 17]], limit, rtol=1e-6, atol=5e-7, err_msg=why)
    assert np.isnan(y[[2, 19]]).all()
    assert np.isfinite(y[3:17]).all() and np.isfinite(dx[0, 3:17]).all()


@pytest.mark.parametrize("name", ["gelu", "silu", "sigmoid", "softplus", "elu"])
def test_activations_far_out_are_finite_and_right(name):
    x = np.array([-1e30, -300.0, -90.0, -88.0, -60.0, -20.0, 20.0, 60.0, 88.0, 90.0, 300.0, 1e30])
    bench = Bench(layers[name], {}, ((len(x),),), 1, 1, dtype=np.float32)
    bench.inputs()[0][0] = x
    with np.errstate(over="ignore", under="ignore"):
        expected = layers[name].reference(bench.options, [x[None]], {})
    # The kernel of the error function is right to 2e-7 of 1, which x multiplies.
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-6, atol=1e-5 if name == "gelu" else 1e-37)
    (dx,), _ = bench.backward(np.ones((1, len(x))))
    assert np.isfinite(dx).all()


def softmax_of(x):
    bench = Bench(layers["softmax"], {}, ((len(x),),), 1, 1, dtype=np.float32)
    bench.inputs()[0][0] = x
    return bench.forward()[0]


def test_exp_reaches_zero_and_keeps_nan():
    y = softmax_of([0.0, -INF, -1e30, -1000.0, -90.0, -80.0])
    assert y[:5].tolist() == [1, 0, 0, 0, 0]
    assert y[5] == pytest.approx(math.exp(-80), rel=1e-5)
    assert np.isnan(softmax_of([0.0, math.nan, 1.0])).all()


def test_exp_falls_to_zero_without_a_jump():
    """Down to the smallest normal number it is right, and below no larger than that."""
    x = np.linspace(-95, -80, 4001).astype(np.float32)
    got = softmax_of(np.append(0.0, x))[1:].astype(np.float64)
    expected, smallest = np.exp(x.astype(np.float64)), float(np.finfo(np.float32).tiny)
    normal = expected > 1.5 * smallest
    np.testing.assert_allclose(got[normal], expected[normal], rtol=2e-6)
    assert got[~normal].max() < 2 * smallest and got[x < -88].max() == 0


def loss_of(name, logits, targets, **options):
    """Losses and gradients at the logits, float32, of a network that hands its input on as it is."""
    logits, width = np.asarray(logits, np.float64), len(logits[0])
    program = build(
        chain(("dense", {"units": width, "bias": False})), (width,), name, None, 1, len(targets[0]),
        loss_options=options, gradients=True,
    )  # fmt: skip
    program.params[: width * width] = np.eye(width).ravel()
    program.set_data(logits, np.asarray(targets, np.float64), np.arange(len(logits)))
    values, gradients = [], []
    for _ in logits:
        values.append(program.run(1)[0, 0])
        gradients.append(program.output_gradient("dense0", 1)[0].astype(np.float64))
    return np.array(values), np.array(gradients)


# Multiples of 1/64 below 2**14 are float32 numbers: the offset is the logits' own, not rounding.
LOGITS = np.round(np.random.default_rng(0).normal(0, 3, (40, 7)) * 64) / 64
CLASSES = np.random.default_rng(1).integers(0, 7, (40, 1)).astype(float)


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
@pytest.mark.parametrize("name, options", [
    ("softmax_cross_entropy", {}), ("softmax_cross_entropy", {"label_smoothing": 0.2}),
    ("softmax_cross_entropy", {"label_smoothing": 0.2, "class_weights": "1, 2, 3, 4, 5, 6, 7"}),
    ("hinge", {}), ("hinge", {"margin": 0.3}), ("kl_divergence", {}),
])  # fmt: skip
def test_an_offset_that_logits_share_changes_no_loss(name, options, offset):
    targets = CLASSES
    if name == "kl_divergence":
        targets = np.random.default_rng(2).dirichlet(np.ones(7), 40).astype(np.float32).astype(np.float64)
    value, computed = loss_of(name, LOGITS + offset, targets, **options)
    expected, gradient = exact_loss(name, LOGITS, targets, options)
    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=5e-7)
    np.testing.assert_allclose(computed, gradient, rtol=2e-6, atol=5e-7)


def exact_loss(name, z, targets, options):
    """The loss of each row by itself (class weights then cancel in the mean) and its gradient, by NumPy."""
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    rows = np.arange(len(z))
    if name == "kl_divergence":
        safe = np.where(targets > 0, targets, 1)
        return (targets * (np.log(safe) - np.log(p))).sum(1), p * targets.sum(1, keepdims=True) - targets
    t = targets[:, 0].astype(int)
    if name == "hinge":
        over = options.get("margin", 1.0) - z[rows, t][:, None] + z
        over[rows, t] = 0
        counts = (over > 0) / z.shape[1]
        counts[rows, t] = -counts.sum(1)
        return np.maximum(over, 0).mean(1), counts
    s = options.get("label_smoothing", 0.0)
    q = np.full(z.shape, s / z.shape[1])
    q[rows, t] += 1 - s
    if "class_weights" in options:
        weights = np.array([float(w) for w in options["class_weights"].split(",")])
        q *= weights / weights[t][:, None]
    return -(q * np.log(p)).sum(1), p * q.sum(1, keepdims=True) - q


@pytest.mark.parametrize("z, target, expected, derivative", [
    (INF, 0, INF, 1), (INF, 1, 0, 0), (-INF, 0, 0, 0), (-INF, 1, INF, -1),
    (200.0, 0, 200, 1), (200.0, 1, 0, 0), (-200.0, 1, 200, -1), (-200.0, 0, 0, 0),
    (0.0, 1, math.log(2), -0.5), (math.nan, 0, math.nan, math.nan), (math.nan, 1, math.nan, math.nan),
])  # fmt: skip
def test_binary_cross_entropy_to_the_ends(z, target, expected, derivative):
    value, gradient = loss_of("binary_cross_entropy", [[z]], [[target]])
    np.testing.assert_allclose([value[0], gradient[0, 0]], [expected, derivative], rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_class_that_is_ruled_out_costs_nothing_unless_it_is_true_or_smoothed(smoothing):
    options = {"label_smoothing": smoothing}
    program = build(chain(), (3,), "softmax_cross_entropy", None, 1, 1, loss_options=options)
    program.set_data(np.array([[0.0, -INF, 1.0]] * 2), np.array([[2.0], [1.0]]), np.arange(2))
    other, ruled_out = program.run(2)[:, 0]
    assert other == (pytest.approx(math.log(1 + math.exp(-1)), rel=1e-6) if smoothing == 0 else INF)
    assert ruled_out == INF


def test_layer_norm_of_one_value_gives_its_bias():
    bench = Bench(layers["layernorm"], {}, ((50, 1),), 3, 2, dtype=np.float32)
    bench.inputs()[0][...] = np.random.default_rng(0).normal(0, 1e4, (3, 50, 1))
    bench.parameters()["bias"][...] = 0
    assert np.abs(bench.forward()).max() == 0
    bench.parameters()["bias"][...] = 0.625
    assert (bench.forward() == 0.625).all()
    (dx,), dp = bench.backward(np.ones((3, 50, 1)))
    assert np.abs(dx).max() == 0 and dp["weight"] == 0 and dp["bias"] == 150


@pytest.mark.parametrize("width", [2, 7, 17, 64, 1000])
def test_layer_norm_of_equal_values_gives_its_bias(width):
    bench = Bench(layers["layernorm"], {}, ((4, width),), 1, 1, dtype=np.float32)
    bench.inputs()[0][...] = np.array([0.7, -1e4 / 3, 1e-3, 12345.0])[:, None]
    assert (bench.forward() == bench.parameters()["bias"]).all()


@pytest.mark.parametrize("batch, shape", [(7, (5,)), (3, (9, 5, 3)), (64, (1, 2))])
def test_batch_norm_of_equal_values_gives_its_bias(batch, shape):
    bench = Bench(layers["batchnorm"], {}, (shape,), batch, batch, dtype=np.float32)
    bench.inputs()[0][...] = np.array([0.7, -1e4 / 3, 1e-3, 12345.0, 1e-7])[: shape[-1]]
    assert (bench.forward() == bench.parameters()["bias"]).all()


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("shape", [(6, 2), (3, 7), (2, 64), (2, 5000)])
def test_layer_norm_beside_float64(shape, offset):
    bench = Bench(layers["layernorm"], {}, (shape,), 2, 1, dtype=np.float32)
    bench.inputs()[0][...] = np.round(np.random.default_rng(0).normal(0, 1, (2, *shape)) * 64) / 64 + offset
    x = bench.inputs()[0].astype(np.float64)
    expected = layers["layernorm"].reference(bench.options, [x], bench.parameters())
    # The mean itself is a float32: what it is off by is a share of the offset.
    off = 6e-8 * offset * np.abs(bench.parameters()["weight"]).max() / x.std(-1).min()
    np.testing.assert_allclose(bench.forward(), expected, rtol=2e-6, atol=2e-6 + off)


SIDE = 512


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e4 / 7])
@pytest.mark.parametrize("name, shape", [
    ("globalaveragepool", (SIDE, SIDE, 1)), ("globalaveragepool", (SIDE, SIDE, 9)),
    ("globalaveragepool1d", (SIDE * SIDE, 2)),
])  # fmt: skip
def test_the_mean_of_very_many_equal_values_is_that_value(name, shape, value):
    bench = Bench(layers[name], {}, (shape,), 1, 1, dtype=np.float32, training=False)
    bench.inputs()[0][...] = value
    np.testing.assert_allclose(bench.forward().astype(np.float64), np.float32(value), rtol=3e-7)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("size, channels", [(31, 1), (31, 9), (5, 3), (2, 17)])
def test_average_pool_of_equal_values_is_that_value(size, channels, stride):
    shape = (size + 3, size + 3, channels)
    options = {"pool_size": size, "stride": stride}
    bench = Bench(layers["averagepool2d"], options, (shape,), 1, 1, dtype=np.float32, training=False)
    bench.inputs()[0][...] = 0.1
    np.testing.assert_allclose(bench.forward().astype(np.float64), np.float32(0.1), rtol=5e-7)


def test_batch_norm_statistics_of_very_many_values():
    bench = Bench(layers["batchnorm"], {"momentum": 1.0}, ((SIDE, SIDE, 2),), 1, 1, dtype=np.float32)
    x = bench.inputs()[0]
    x[..., 0], x[..., 1] = 0.1, 5 + np.random.default_rng(0).normal(0, 2, (1, SIDE, SIDE))
    bench.forward()
    exact, p = x.astype(np.float64), bench.parameters()
    np.testing.assert_allclose(p["running_mean"], exact.mean((0, 1, 2)), rtol=4e-7)
    np.testing.assert_allclose(p["running_var"], exact.var((0, 1, 2), ddof=1), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_losses_over_very_many_outputs(name):
    """A picture of 200,000 numbers that are all wrong by the same amount."""
    width = 200_000
    program = build(chain(), (width,), name, None, 1, width, keep=())
    program.set_data(np.full((1, width), 0.3), np.zeros((1, width)), np.arange(1))
    value = program.run(1)[0, 0]
    each = losses[name].reference(
        losses[name].defaults(), np.full((1, 1), np.float32(0.3)).astype(float), np.zeros((1, 1))
    )
    assert value == pytest.approx(each[0], rel=4e-7)


def test_the_loss_of_a_very_large_batch():
    count = 50_000
    program = build(chain(), (1,), "mse", None, count, 1, keep=())
    program.set_data(np.full((count, 1), 0.3), np.zeros((count, 1)), np.arange(count))
    assert program.run(1)[0, 0] / count == pytest.approx(float(np.float32(0.3)) ** 2, rel=4e-7)


@pytest.mark.parametrize("layer, options", FUNCTIONS)
def test_activations_of_large_values(layer, options):
    bench = Bench(layer, options, ((20,),), 1, 1, dtype=np.float32)
    x = np.resize([1e20, -1e20, 1e30, -1e30], 20).astype(np.float32)
    bench.inputs()[0][0] = x
    y = bench.forward()[0]
    (dx,), _ = bench.backward(np.ones((1, 20)))
    with np.errstate(all="ignore"):
        expected = layer.reference(bench.options, [x[None].astype(np.float64)], {})[0].astype(np.float32)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6, err_msg="A square overflows above 1.8e19.")
    assert not np.isnan(dx).any()


def test_functions_of_one_argument_are_refused():
    @device
    def square(x):
        return x * x

    with pytest.raises(TypeError, match="'square' takes 1 argument"):
        pair("square", square, square)
