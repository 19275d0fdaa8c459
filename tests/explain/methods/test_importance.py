"""Methods that tell how much each input matters, against formulas that can be solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import Formula, asked, explained

from nnkernels.spec import SpecError
from nnstudio.explain.method import Column
from nnstudio.explain.methods.grad_cam import interpolated
from nnstudio.explain.methods.occlusion import windows_over

ROW = np.array([0.25, 0.5, 1.0, 0.75], np.float32)


def test_saliency_is_the_size_of_the_gradient():
    network = Formula(ROW.shape, cubic=-0.5)
    slope = network.linear - 1.5 * ROW**2
    np.testing.assert_allclose(explained("saliency", network, asked(ROW)).values, abs(slope))
    np.testing.assert_allclose(explained("saliency", network, asked(ROW), signed=True).values, slope)


def test_saliency_of_what_nothing_moves_says_so():
    network = Formula(ROW.shape)
    assert not explained("saliency", network, asked(ROW)).notes
    network.linear[:] = 0
    assert "No input moves the number" in explained("saliency", network, asked(ROW)).notes[0]


def test_integrated_gradients_share_the_rise_out_and_say_how_well():
    network = Formula(ROW.shape, cubic=2.0)
    result = explained("integrated_gradients", network, asked(ROW), baseline="white", steps=200)
    expected = network.linear * (ROW - 1) + 2 * (ROW.astype(float) ** 3 - 1)
    np.testing.assert_allclose(result.values, expected, rtol=1e-4)
    assert result.figures["rise"] == pytest.approx(expected.sum())
    assert result.figures["difference"] < 1e-4 and not result.notes
    rough = explained("integrated_gradients", Formula(ROW.shape, 40.0), asked(ROW), steps=1)
    assert "Set steps above 1" in rough.notes[0]


def test_a_baseline_that_is_not_there_is_refused_and_the_usual_one_is_named():
    with pytest.raises(SpecError, match="black, white"):
        explained("integrated_gradients", Formula(ROW.shape), asked(ROW), baseline="red")
    assert explained("occlusion", Formula(ROW.shape), asked(ROW)).figures["baseline"] == "black"


def test_occlusion_tells_by_how_much_a_sum_falls():
    network = Formula(ROW.shape)
    each = network.linear * ROW
    one = explained("occlusion", network, asked(ROW))
    np.testing.assert_allclose(one.values, each, rtol=1e-6)
    # Windows of two: the mean of what both windows over an input cost.
    two = explained("occlusion", network, asked(ROW), window=2)
    pairs = each[:-1] + each[1:]
    expected = [pairs[0], (pairs[0] + pairs[1]) / 2, (pairs[1] + pairs[2]) / 2, pairs[2]]
    np.testing.assert_allclose(two.values, expected, rtol=1e-6)


def test_occlusion_covers_all_channels_at_once_and_says_what_it_left_open():
    picture = np.random.default_rng(1).uniform(size=(4, 4, 3))
    network = Formula(picture.shape)
    whole = explained("occlusion", network, asked(picture), window=1)
    np.testing.assert_allclose(whole.values[..., 0], (network.linear * picture).sum(-1), rtol=1e-5, atol=1e-7)
    gaps = explained("occlusion", network, asked(picture), window=1, stride=3)
    assert "stride" in gaps.notes[0] and gaps.values[1, 1, 0] == 0


@pytest.mark.parametrize("window, stride, starts", [(3, 2, [0, 2, 4]), (2, 2, [0, 2, 4, 5]), (9, 1, [0])])
def test_windows_reach_the_end(window, stride, starts):
    assert [at.start for (at,) in windows_over((7,), window, stride)] == starts


def test_grad_cam_weighs_maps_by_the_mean_of_their_gradients():
    picture = np.zeros((2, 2, 1))
    network = Formula(picture.shape)
    expected = np.zeros((2, 2))
    for k in range(3):
        weight = network.by_coarse[0, :, :, k].sum() / 4
        expected += weight * network.coarse[0, :, :, k]
    result = explained("grad_cam", network, asked(picture))
    np.testing.assert_allclose(result.values[..., 0], np.maximum(expected, 0))
    assert result.figures["layer"] == "maps"
    network.coarse = -np.abs(network.coarse)
    network.by_coarse = np.ones_like(network.coarse)
    assert "empty" in explained("grad_cam", network, asked(picture)).notes[0]


def test_grad_cam_needs_maps_that_lie_over_the_sample():
    with pytest.raises(SpecError, match="does not lie over the sample"):
        explained("grad_cam", Formula(ROW.shape), asked(ROW))


def test_maps_are_interpolated_between_the_middles_of_their_cells():
    assert interpolated(np.array([0.0, 4.0]), (4,)).tolist() == [0, 1, 3, 4]
    assert interpolated(np.array([1.0, 2.0, 3.0, 4.0]), (2,)).tolist() == [1.5, 3.5]
    assert (interpolated(np.full((2, 3), 7.0), (5, 4)) == 7).all()


def test_inputs_of_one_column_are_covered_together_and_called_by_it():
    network, row = Formula((5,)), np.array([0.2, 0.0, 1.0, 0.0, 0.6], np.float32)
    parts = (("height", [0]), ("colour = red", [1, 2, 3]), ("age", [4]))
    columns = tuple(Column(name, np.array(inputs)) for name, inputs in parts)
    mean = np.full(5, 0.3)
    question = asked(row, columns=columns, baselines={"mean": mean})
    told = explained("occlusion", network, question)
    each = network.linear * (row - mean)
    np.testing.assert_allclose(told.values, [each[0], each[1:4].sum(), each[4]], rtol=1e-5)
    assert told.names == ("height", "colour = red", "age") and told.figures["columns"] == 3
    # Whoever names a window means single inputs.
    single = explained("occlusion", network, question, window=1)
    np.testing.assert_allclose(single.values, each, rtol=1e-5)
    assert single.names == ()
