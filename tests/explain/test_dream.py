"""The probe behind the view Dream: what grows, with the weights of one step, and what cannot."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import explained, session

from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.dream import DreamProbe
from nnstudio.explain.style_pictures import style_called
from nnstudio.explain.targets import question, unit_target
from nnstudio.training.underway import Underway


def results(given, probe):
    return [result for result in probe.run(given) if not isinstance(result, Underway)]


def test_it_grows_to_what_the_method_ends_with():
    given = session()
    seen = results(given, DreamProbe("conv2d3", 2, "noise"))
    shares = [dream.share for dream in seen]
    assert len(seen) > 10 and shares == sorted(shares) and shares[-1] == 1
    assert seen[-1].now > seen[0].now == seen[-1].before
    target = unit_target(given.layout, "conv2d3", "2")
    x = given.data.x_test[:1]
    asked, _ = question(given, x, 0, target, -1, (x[:0], x[:0]))
    expected = explained("activation_maximisation", Differentiable(given), asked).values
    np.testing.assert_array_equal(seen[-1].picture, expected)
    value = given.predict(seen[-1].picture[None].astype(np.float32), "conv2d3")[..., 2].mean()
    assert seen[-1].now == pytest.approx(float(value), rel=1e-5) and seen[-1].units == 6


def test_it_names_the_samples_that_excite_the_unit_most():
    given = session()
    values = given.predict(given.data.x_test, "conv2d3")[..., 2].mean((1, 2))
    exciting = results(given, DreamProbe("conv2d3", 2, "noise"))[0].exciting
    assert [number for number, _ in exciting] == np.argsort(-values)[:4].tolist()
    assert [value for _, value in exciting] == pytest.approx(np.sort(values)[::-1][:4].tolist(), rel=1e-5)


def test_octaves_jitter_and_a_photograph_are_the_methods():
    given = session()
    seen = results(given, DreamProbe("conv2d0", 0, "coffee", octaves=1, jitter=0))
    assert len(seen) == 64 // 4 + 1
    first, cup = seen[0].picture, style_called(given.data, "coffee", given.data.x_test[:1])[0]
    assert 0 < np.sqrt(((first - cup) ** 2).mean()) < 0.03
    np.testing.assert_array_equal(seen[-1].begun, cup)
    assert len(seen[-1].frames) == len(seen)
    for frame, dream in zip(seen[-1].frames, seen, strict=True):
        np.testing.assert_array_equal(frame, dream.picture)
    assert np.abs(seen[-1].frames[0] - seen[-1].frames[-1]).max() > 0.1
    assert results(given, DreamProbe("conv2d0", 0, "noise"))[-1].begun is None


def test_a_network_that_learns_on_meanwhile_stays_what_it_was_in_the_dream():
    given = session()
    still = results(given, DreamProbe("dense7", 1, "grey"))[-1]
    pieces = DreamProbe("dense7", 1, "grey").run(given)
    next(pieces)
    given.single_step()
    *_, late = pieces
    assert late.step == 0 and np.array_equal(late.picture, still.picture) and late.name == "g"


def test_it_begins_with_the_sample_that_is_chosen_or_ones_own():
    given = session()
    first = results(given, DreamProbe("conv2d0", 0, "sample", 3))[0].picture
    own = tuple(given.data.x_test[3].ravel().tolist())
    assert np.array_equal(first, results(given, DreamProbe("conv2d0", 0, "sample", 0, own))[0].picture)
    assert np.sqrt(((first - given.data.x_test[3]) ** 2).mean()) < 0.03


def test_of_fewer_units_it_takes_the_last():
    assert results(session(), DreamProbe("dense7", 99, "noise"))[-1].unit == 2


@pytest.mark.parametrize("node, words", [("gone", "leads to no output yet"), ("input", "the data itself")])
def test_what_cannot_be_excited_is_a_sentence(node, words):
    (only,) = results(session(), DreamProbe(node, 0, "noise"))
    assert only.picture is None and words in only.problem


def test_numbers_that_are_none_end_it():
    given = session()
    given.parameters[:] = np.nan
    assert "no numbers" in results(given, DreamProbe("dense7", 0, "noise"))[-1].problem
