"""The probe behind the view Fooling: samples, one's own, noise, and many; what cannot be fooled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import explained, pictures, session
from kernels.networks import chain

from nnstudio.data.dataset import DataError
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.fooling import FoolingProbe, methods_of_fooling, robust_accuracy
from nnstudio.explain.targets import question


@pytest.fixture(scope="module")
def learned():
    given = session(epochs=40)
    for _ in given.slices():
        pass
    return given


def result(given, probe):
    *_, last = probe.run(given)
    return last


@pytest.mark.parametrize("method", ["fgsm", "iterated_fgsm"])
def test_it_gives_what_the_method_gives(learned, method):
    x, y, _ = learned.samples()
    told = result(learned, FoolingProbe(method, 0.3, 2, sample=3))
    asked, _ = question(learned, x[3:4], int(y[3, 0]), None, 2, (x, y))
    expected = explained(method, Differentiable(learned), asked, strength=0.3)
    np.testing.assert_allclose(told.changed, expected.values, atol=1e-6)
    assert np.array_equal(told.sample, x[3]) and told.label == learned.data.classes[int(y[3, 0])]
    assert told.now.name == expected.figures["taken for now"] and told.strength == 0.3
    assert np.abs(told.changed - told.sample).max() * told.amplified == pytest.approx(0.5, rel=1e-3)


def test_probabilities_are_those_that_the_network_gives(learned):
    told = result(learned, FoolingProbe("fgsm", 0.2))
    given = learned.predict(np.stack([told.sample, told.changed]))
    assert [told.before.share, told.now.share] == pytest.approx(given.max(1).tolist(), rel=1e-4)


def test_noise_is_made_into_a_confident_class(learned):
    told = result(learned, FoolingProbe("iterated_fgsm", 0.5, 1, from_noise=True))
    assert told.now.name == "g" and told.now.share > 0.95 and told.label == ""
    surer = result(learned, FoolingProbe("iterated_fgsm", 0.1, from_noise=True))
    assert surer.now.name == surer.before.name and surer.now.share > surer.before.share


def test_ones_own_sample_is_taken_for_what_is_predicted(learned):
    x, _, _ = learned.samples()
    told = result(learned, FoolingProbe("smallest_change", 0.0, own=tuple(x[5].ravel().tolist())))
    assert told.label == "" and told.now.name != told.before.name and 0 < told.strength < 0.5


def test_many_samples_give_a_curve_that_begins_with_the_accuracy(learned):
    told = result(learned, FoolingProbe("robustness", 0.0))
    x, y, _ = learned.samples()
    assert told.count == len(x) and told.rows[0][0] == 0 and told.rows[-1][0] == pytest.approx(0.3)
    assert told.rows[0][1] == pytest.approx(learned.evaluate(x, y)[1])


def test_robust_accuracy_is_a_point_of_that_curve(learned):
    rows = dict(result(learned, FoolingProbe("robustness", 0.0)).rows)
    x, y, _ = learned.samples()
    for strength in (0.0, 0.15):
        expected = next(share for at, share in rows.items() if at == pytest.approx(strength))
        assert robust_accuracy(learned, x, y, strength) == pytest.approx(expected)
    with pytest.raises(DataError, match="no samples"):
        robust_accuracy(learned, x[:0], y[:0], 0.1)


def test_a_network_that_learns_on_meanwhile_stays_what_it_was():
    given = session()
    still = result(given, FoolingProbe("robustness", 0.0)).rows
    pieces = FoolingProbe("robustness", 0.0).run(given)
    next(pieces)
    given.single_step()
    *_, late = pieces
    assert late.rows == still and late.step == 0


def test_what_cannot_be_fooled_is_a_sentence():
    given = session()
    given.parameters[:] = np.nan
    assert "no numbers" in result(given, FoolingProbe("fgsm", 0.1)).problem
    numbers = session(
        chain(("flatten", {}), ("dense", {"units": 1})), loss="mse", data=replace(pictures(), classes=())
    )
    assert "classes" in result(numbers, FoolingProbe("fgsm", 0.1)).problem


def test_all_methods_that_ask_for_classes_are_offered():
    assert [m.id for m in methods_of_fooling()] == ["fgsm", "iterated_fgsm", "smallest_change", "robustness"]
