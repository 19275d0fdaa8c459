"""Layers that vary pictures while training: what they draw, that they draw it again, and what goes back."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.harness import Bench
from kernels.networks import chain, program, samples

from nnkernels.machine import BEFORE, SEED, STEP
from nnkernels.spec import SpecError, layers

AUGMENTATIONS = [layer for layer in layers if layer.category == "Augmentation"]
each = pytest.mark.parametrize("layer", AUGMENTATIONS, ids=lambda x: x.id)


def varied(kind: str, options: dict, pictures: np.ndarray, **state: int) -> np.ndarray:
    """What a layer makes of pictures (n, height, width, channels) in training."""
    bench = Bench(layers[kind], options, (pictures.shape[1:],), len(pictures), 4)
    bench.inputs()[0][...] = pictures
    for name, value in state.items():
        bench.state[{"step": STEP, "seed": SEED, "before": BEFORE}[name]] = value
    return bench.forward()


def copies(count: int, *shape: int) -> np.ndarray:
    """One picture of different values, many times."""
    return np.broadcast_to(1.0 + np.arange(np.prod(shape)).reshape(shape), (count, *shape))


@each
def test_nothing_happens_when_predicting(layer):
    assert layer.is_view(layer.defaults(), False) and not layer.is_view(layer.defaults(), True)
    assert layer.differs_in_training(layer.defaults())


@each
def test_what_is_no_picture_is_refused_in_a_sentence(layer):
    with pytest.raises(SpecError, match=f"{layer.title} takes a picture"):
        layer.shape(layer.defaults(), [(7,)])


@each
def test_every_sample_and_step_and_seed_has_its_own_draw_and_the_same_again(layer):
    pictures = copies(40, 12, 12, 1)
    first = varied(layer.id, {}, pictures)
    assert np.array_equal(first, varied(layer.id, {}, pictures))
    assert len({y.tobytes() for y in first}) > 1
    assert not np.array_equal(first, varied(layer.id, {}, pictures, step=6))
    assert not np.array_equal(first, varied(layer.id, {}, pictures, seed=12))
    # The second half of a batch that goes in two parts draws what it draws in the whole.
    assert np.array_equal(first[20:], varied(layer.id, {}, pictures[20:], before=20))


@each
def test_a_run_that_goes_on_is_the_run_that_was_not_stopped(layer):
    network = chain((layer.id, {}), ("flatten", {}), ("dense", {"units": 3}))
    x, y = samples(24, 8, 8, 1, classes=3)

    def runs(*steps: int) -> np.ndarray:
        params, before = None, 0
        for count in steps:
            again = program(network, (8, 8, 1), "softmax_cross_entropy", "sgd", 6, learning_rate=0.1)
            if params is not None:
                again.params[:] = params
            again.set_data(x, y, np.arange(24)[6 * before :])
            again.resume(before)
            again.run(count)
            params, before = again.params.copy(), before + count
        assert params is not None
        return params

    assert np.array_equal(runs(4), runs(1, 3))


@each
def test_gradients_go_back_by_the_transpose(layer):
    bench = Bench(layer, {}, ((9, 11, 2),), 5, 2)
    x, rng = bench.inputs()[0].copy(), np.random.default_rng(2)
    base = varied_from(bench, np.zeros_like(x))
    y = varied_from(bench, x)
    dy = rng.normal(size=y.shape)
    (dx,), _ = bench.backward(dy)
    assert ((y - base) * dy).sum((1, 2, 3)) == pytest.approx((x * dx).sum((1, 2, 3)))


def varied_from(bench: Bench, x: np.ndarray) -> np.ndarray:
    bench.inputs()[0][...] = x
    return bench.forward()


@pytest.mark.parametrize(("mode", "mirrored"), [("horizontal", [2]), ("vertical", [1]), ("both", [1, 2])])
def test_half_of_the_samples_are_mirrored_along_each_axis(mode, mirrored):
    pictures = copies(2000, 2, 3, 2)
    y = varied("randomflip", {"mode": mode}, pictures)
    shares = {}
    for axes in ((), (1,), (2,), (1, 2)):
        shares[axes] = (y == np.flip(pictures, axes)).all((1, 2, 3)).mean()
    assert sum(shares.values()) == 1
    for axis in (1, 2):
        share = sum(value for axes, value in shares.items() if axis in axes)
        assert share == (pytest.approx(0.5, abs=0.04) if axis in mirrored else 0)


@pytest.mark.parametrize(("fill", "mode"), [("edge", "edge"), ("zero", "constant")])
def test_shifts_go_as_far_as_they_say_and_each_is_as_likely(fill, mode):
    pictures = copies(3000, 4, 10, 2)
    y = varied("randomshift", {"height": 0.25, "width": 0.2, "fill": fill}, pictures)
    counts = []
    for down in (-1, 0, 1):
        for across in (-2, -1, 0, 1, 2):
            padded = np.pad(pictures[0], ((1, 1), (2, 2), (0, 0)), mode=mode)
            expected = padded[1 - down : 5 - down, 2 - across : 12 - across]
            counts.append(int((y == expected).all((1, 2, 3)).sum()))
    assert sum(counts) == 3000
    assert min(counts) > 140 and max(counts) < 260


def test_squares_lie_inside_and_anywhere_and_as_often_as_they_should():
    y = varied("randomerasing", {"size": 0.5, "probability": 0.75}, copies(4000, 4, 6, 2))
    erased = (y == 0).all(3)
    assert np.array_equal(erased, (y == 0).any(3))
    counts = np.zeros((3, 5), int)
    for row in range(3):
        for column in range(5):
            square = np.zeros((4, 6), bool)
            square[row : row + 2, column : column + 2] = True
            counts[row, column] = (erased == square).all((1, 2)).sum()
    assert counts.sum() + (~erased).all((1, 2)).sum() == 4000
    assert counts.sum() == pytest.approx(3000, abs=100)
    assert counts.min() > 150 and counts.max() < 250


def slope(pictures: np.ndarray) -> np.ndarray:
    """(n, 2, 2) derivatives of the two channels by row and column, in the middle of pictures."""
    middle = pictures[:, 5:9, 5:9]
    down, across = np.diff(middle, axis=1).mean((1, 2)), np.diff(middle, axis=2).mean((1, 2))
    return np.stack([down, across], 2)


def plane(count: int) -> np.ndarray:
    """Pictures whose channels are the row and the column of a pixel, seen from the middle."""
    positions = np.stack(np.meshgrid(np.arange(14) - 6.5, np.arange(14) - 6.5, indexing="ij"), 2)
    return np.broadcast_to(positions, (count, 14, 14, 2))


@pytest.mark.parametrize("angle", [20.0, 90.0])
def test_turns_keep_lengths_and_go_as_far_as_they_say(angle):
    slopes = slope(varied("randomrotation", {"angle": angle}, plane(500)))
    assert slopes @ slopes.transpose(0, 2, 1) == pytest.approx(np.broadcast_to(np.eye(2), (500, 2, 2)))
    angles = np.degrees(np.arctan2(slopes[:, 0, 1], slopes[:, 0, 0]))
    assert np.abs(angles).max() <= angle + 1e-6 and angles.std() == pytest.approx(angle / 3**0.5, rel=0.1)
    assert angles.min() < -0.9 * angle and angles.max() > 0.9 * angle


def test_zooms_keep_shapes_and_go_as_far_as_they_say():
    slopes = slope(varied("randomzoom", {"change": 0.25}, plane(500)))
    factors = 1 / slopes[:, 0, 0]
    assert slopes == pytest.approx(np.eye(2) / factors[:, None, None], abs=1e-9)
    assert 0.75 <= factors.min() < 0.78 and 1.22 < factors.max() <= 1.25
    assert factors.mean() == pytest.approx(1, abs=0.03)


def test_what_comes_in_at_the_sides_is_the_edge_or_zero():
    ones = np.ones((50, 6, 8, 1))
    for kind, options in (("randomrotation", {"angle": 90.0}), ("randomzoom", {"change": 0.5})):
        assert varied(kind, options, ones) == pytest.approx(ones)
        y = varied(kind, {**options, "fill": "zero"}, ones)
        assert y.min() == 0 and y.max() <= 1 + 1e-12
        assert y[:, 2:4, 3:5] == pytest.approx(ones[:, 2:4, 3:5])


@pytest.mark.parametrize("kind", ["randomrotation", "randomzoom"])
def test_an_angle_or_a_factor_is_not_told_by_the_pictures(kind):
    x = np.ones((5, 6, 2))
    assert layers[kind].gradients_in_training(layers[kind].defaults(), x, x, {}, (0, 0, 0), None) is None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("randomerasing", {"size": 0.5}),
        ("randomflip", {"mode": "both"}),
        ("randomshift", {"height": 0.4, "width": 0.4}),
        ("randomshift", {"height": 0.4, "width": 0.4, "fill": "zero"}),
    ],
)
def test_the_way_back_is_told_where_the_pictures_tell_the_draw(kind, options):
    bench = Bench(layers[kind], options, ((5, 6, 2),), 8, 8)
    x, y = bench.inputs()[0], bench.forward()
    (dx,), _ = bench.backward(np.random.default_rng(3).normal(size=y.shape))
    dy = bench.grads[bench.y_at :][: y.size].reshape(y.shape)
    for n in range(8):
        for index in ((0, 0, 0), (4, 2, 1), (2, 5, 0)):
            told = bench.layer.gradients_in_training(bench.options, x[n], y[n], {}, index, None)
            assert sum(dy[n][unit] * share for unit, share in told) == pytest.approx(dx[n][index])
    # Of an empty picture nothing can be told.
    empty = np.zeros((5, 6, 2))
    assert bench.layer.gradients_in_training(bench.options, empty, empty, {}, (0, 0, 0), None) is None
