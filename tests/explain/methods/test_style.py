"""Style: losses against PyTorch's golden ones and differences; both fall, and weights do what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from explain.explained import Formula, asked, explained, stages

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.explain.method import methods
from nnstudio.explain.methods.style import Wanted, content_loss, gram, read_weights, style_loss

GOLDEN = np.load(Path(__file__).parents[2] / "golden" / "explanations.npz")
RNG = np.random.default_rng(6)
CONTENT, PAINTED = RNG.uniform(0.1, 0.9, (2, 7, 6, 1))
METHOD = "style"


def wanted(network, **options):
    return Wanted.of(network, asked(CONTENT, style=PAINTED), methods[METHOD].complete(options))


def by_differences(value, at, step=1e-6):
    """Central differences of a number by each value of an array, float64."""
    slopes = np.zeros(at.shape)
    for index in np.ndindex(*at.shape):
        ends = [at.copy(), at.copy()]
        ends[0][index] += step
        ends[1][index] -= step
        slopes[index] = (value(ends[0]) - value(ends[1])) / (2 * step)
    return slopes


def test_losses_of_maps_and_their_gradients_are_those_of_pytorch():
    maps, other = GOLDEN["maps"], GOLDEN["other maps"]
    content, slope = content_loss(maps, other)
    np.testing.assert_allclose(content, GOLDEN["content loss"], rtol=1e-10)
    np.testing.assert_allclose(slope, GOLDEN["content gradient"], rtol=1e-8, atol=1e-14)
    style, slope = style_loss(maps, gram(other))
    np.testing.assert_allclose(gram(other), GOLDEN["gram"], rtol=1e-10)
    np.testing.assert_allclose(style, GOLDEN["style loss"], rtol=1e-10)
    np.testing.assert_allclose(slope, GOLDEN["style gradient"], rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("options", [{}, {"content_weight": 0}, {"style_layers": "second:3, first:1"}])
def test_the_gradient_of_the_weighted_sum_is_what_differences_show(options):
    network, picture = Formula(CONTENT.shape), RNG.uniform(0.2, 0.8, CONTENT.shape)
    aim = wanted(network, **options)

    def total(x):
        losses = aim.losses(network, x)
        return aim.by[0] * losses.content + aim.by[1] * losses.style

    gradient = aim.gradient(network, picture)[1]
    np.testing.assert_allclose(gradient, by_differences(total, picture), rtol=1e-5, atol=1e-7)


def test_losses_are_shares_of_what_zeros_would_have():
    network = Formula(CONTENT.shape)
    aim = wanted(network, content_layer="first", style_layers="second")
    assert aim.losses(network, CONTENT).content == pytest.approx(0, abs=1e-12)
    assert aim.losses(network, PAINTED).style == pytest.approx(0, abs=1e-12)
    # What gives maps of zeros here is a black picture.
    black = aim.losses(network, np.zeros(CONTENT.shape))
    assert (black.content, black.style) == pytest.approx((1, 1))


def test_both_losses_fall_from_noise():
    result = explained(METHOD, Formula(CONTENT.shape), asked(CONTENT, style=PAINTED), start="noise")
    told = result.figures
    for of in ("content", "style"):
        assert told[f"{of} loss now"] < 0.2 * told[f"{of} loss at first"]
    assert told["content layer"] == "second" and told["style layers"] == "first, second" and not result.notes


def test_with_one_weight_alone_a_picture_comes_to_that_picture():
    network = Formula(CONTENT.shape)
    question = asked(CONTENT, style=PAINTED)
    result = explained(METHOD, network, question, style_weight=0.0, start="noise", steps=400, step_size=0.01)
    np.testing.assert_allclose(result.values, CONTENT, atol=0.02)
    styled = explained(METHOD, network, question, content_weight=0.0)
    assert styled.figures["content loss at first"] == 0 < styled.figures["content loss now"]
    assert styled.figures["style loss now"] < 0.1 * styled.figures["style loss at first"]
    grey = stages(METHOD, network, question, start="grey", steps=1, step_size=1e-6)[0].sample
    np.testing.assert_allclose(grey, 0.5, atol=1e-5)


def test_variation_makes_neighbours_alike():
    network, question = Formula(CONTENT.shape), asked(CONTENT, style=PAINTED)
    free, smooth = (explained(METHOD, network, question, variation=v).values for v in (0.0, 50.0))
    assert np.abs(np.diff(smooth, axis=0)).mean() < np.abs(np.diff(free, axis=0)).mean() / 2


def test_weights_are_read_as_shares_and_nonsense_is_refused():
    assert read_weights("", ("a", "b")) == {"a": 0.5, "b": 0.5}
    assert read_weights("b:3, a", ()) == {"b": 0.75, "a": 0.25}
    assert read_weights("a:0, b:2", ()) == {"b": 1.0}
    for text in ("a:x", "a:-1, b:2", "a:0", "a:inf"):
        with pytest.raises(SpecError, match="received"):
            read_weights(text, ())


def test_what_cannot_be_painted_is_refused():
    network = Formula(CONTENT.shape)
    with pytest.raises(DataError, match="two pictures"):
        explained(METHOD, network, asked(CONTENT))
    with pytest.raises(DataError, match="nothing but zeros"):
        explained(METHOD, network, asked(CONTENT, style=np.zeros(CONTENT.shape)))
    still = explained(METHOD, network, asked(CONTENT, style=PAINTED), style_weight=0.0)
    assert "did not come closer" in still.notes[0]
