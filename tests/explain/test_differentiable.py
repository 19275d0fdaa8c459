"""The engine's answers to methods: held against differences and PyTorch's golden pictures; what stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explain.explained import CONVNET, explained, pictures, session
from kernels.networks import chain

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.method import AT_ONCE, Method, methods
from nnstudio.explain.targets import class_target, question, unit_target

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "explanations.npz")
IMPORTANCE = ("saliency", "integrated_gradients", "occlusion", "grad_cam")


def question_on(given, number=3, target=None):
    x, y, _ = given.samples()
    return question(given, x[number : number + 1], int(y[number, 0]), target, -1, (x, y))[0]


@pytest.fixture(scope="module")
def untrained():
    return session()


def by_differences(values, x, direction, step=1e-2):
    """float32 networks: the step is long, and the slope that of a network that bends little."""
    return (values(x + step * direction) - values(x - step * direction)) / (2 * step)


@pytest.mark.parametrize(
    "node, unit", [("dense7", "1"), ("conv2d3", "2"), ("conv2d3", "1,2,4"), ("tanh1", "")]
)
def test_gradients_of_any_number_are_those_that_differences_show(node, unit):
    smooth = chain(
        ("conv2d", {"filters": 4}), ("tanh", {}), ("averagepool2d", {}), ("conv2d", {"filters": 6}),
        ("softplus", {}), ("flatten", {}), ("dropout", {}), ("dense", {"units": 3}),
    )  # fmt: skip
    given = session(smooth)
    network, target = Differentiable(given), unit_target(given.layout, node, unit)
    rng = np.random.default_rng(0)
    x = given.data.x_test[:2]
    direction = rng.normal(size=x.shape)
    values, gradients = network.gradients(target, x)
    np.testing.assert_allclose(values, network.values(target, x), rtol=1e-5)
    expected = by_differences(lambda x: network.values(target, x), x, direction)
    along = (gradients * direction).reshape(2, -1).sum(1)
    np.testing.assert_allclose(along, expected, rtol=2e-2, atol=1e-3 * np.abs(along).max())


def test_a_value_is_the_mean_of_what_a_channel_gives(untrained):
    target = unit_target(untrained.layout, "conv2d3", "5")
    x = untrained.data.x_test[:2]
    given = Differentiable(untrained).values(target, x)
    expected = untrained.predict(x, "conv2d3")[..., 5].mean((1, 2))
    np.testing.assert_allclose(given, expected, rtol=1e-5)


def test_samples_beyond_a_batch_are_answered_each_by_itself(untrained):
    network, count = Differentiable(untrained), AT_ONCE + 3
    x = np.resize(untrained.data.x_test, (count, 8, 8, 3))
    y = np.resize(untrained.data.y_test, (count, 1))
    target = class_target(untrained, 2)
    values, gradients = network.gradients(target, x)
    losses, by_loss = network.losses(x, y), network.loss_gradients(x, y)
    for at in (0, AT_ONCE, count - 1):
        one = slice(at, at + 1)
        single = network.gradients(target, x[one])
        np.testing.assert_allclose(gradients[one], single[1], rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(values[one], single[0], rtol=1e-5)
        np.testing.assert_allclose(losses[one], network.losses(x[one], y[one]), rtol=1e-5)
        np.testing.assert_allclose(by_loss[one], network.loss_gradients(x[one], y[one]), rtol=1e-4, atol=1e-8)
    # All of those, and both kinds of gradients of all.
    assert network.forward == 3 * count + 3 * 3 and network.back == 2 * count + 3 * 2


def test_class_weights_of_training_do_not_enter_the_loss_of_a_sample():
    plain = session()
    weighed = session(loss_options={"class_weights": "1, 5, 20"})
    x, y, _ = plain.samples()
    one, two = Differentiable(plain), Differentiable(weighed)
    assert np.array_equal(one.losses(x, y), two.losses(x, y))
    assert np.array_equal(one.loss_gradients(x, y), two.loss_gradients(x, y))


def golden_session():
    x = GOLDEN["picture"][None].astype(np.float32)
    y = GOLDEN["label"].reshape(1, 1).astype(np.float32)
    data = Dataset("golden", x, y, x, y, ("a", "b", "c"))
    given = session(CONVNET, data)
    names = {"conv2d0": "conv1", "conv2d3": "conv2", "dense7": "dense"}
    for slot in given.layout.parameters:
        values = GOLDEN[f"{names[slot.node]}.{slot.name}"]
        given.parameters[slot.offset : slot.offset + slot.size] = values.ravel()
    return given


@pytest.mark.parametrize(
    "method, options",
    [
        ("saliency", {}),
        ("grad_cam", {}),
        ("integrated_gradients", {"steps": int(GOLDEN["steps"])}),
        ("fgsm", {"strength": float(GOLDEN["strength"])}),
    ],
)
def test_pictures_equal_those_of_pytorch(method, options):
    given = golden_session()
    asked = question_on(given, 0, class_target(given, int(GOLDEN["label"])))
    network = Differentiable(given)
    np.testing.assert_allclose(
        network.values(asked.target, asked.x), GOLDEN["scores"][GOLDEN["label"]], rtol=1e-5
    )
    picture = explained(method, network, asked, **options).values
    np.testing.assert_allclose(picture, GOLDEN[method], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", IMPORTANCE)
def test_other_weights_give_another_picture(method):
    """Adebayo et al. 2018, "Sanity checks for saliency maps": edges alone would show for any weights."""
    given = session()
    asked = question_on(given, target=class_target(given, 1))
    before = explained(method, Differentiable(given), asked).values
    given.parameters[:] = given.layout.initial(99)
    after = explained(method, Differentiable(given), asked).values
    assert np.abs(before).max() > 0 and np.abs(after).max() > 0
    assert abs(np.corrcoef(before.ravel(), after.ravel())[0, 1]) < 0.9


def test_asking_changes_nothing_of_a_training():
    def trained(ask: bool):
        given = session(
            chain(("flatten", {}), ("dense", {"units": 4}), ("batchnorm", {}), ("dense", {"units": 3}))
        )
        for _ in given.slices():
            if ask:
                network = Differentiable(given)
                explained("saliency", network, question_on(given))
                network.loss_gradients(*given.samples()[:2])
        return given.parameters.copy()

    assert np.array_equal(trained(False), trained(True))


def test_it_answers_by_the_weights_as_they_are_now():
    given = session()
    network, target = Differentiable(given), class_target(given, 0)
    x = given.data.x_test[:1]
    first = network.gradients(target, x)[1]
    given.parameters[:] *= 2
    assert not np.array_equal(first, network.gradients(target, x)[1])


def test_maps_are_those_of_the_last_convolution_behind_its_activation(untrained):
    network = Differentiable(untrained)
    assert network.maps_before(class_target(untrained, 0)) == "relu4"
    assert network.maps_before(unit_target(untrained.layout, "conv2d3", "0")) == "relu1"
    flat = session(chain(("flatten", {}), ("dense", {"units": 3})))
    with pytest.raises(DataError, match="as a convolution gives them"):
        Differentiable(flat).maps_before(class_target(flat, 0))


@pytest.mark.parametrize(
    "node, words", [("conv9", "no layer called"), ("softmax8", "lies behind it"), ("dense7", "itself")]
)
def test_maps_of_a_layer_that_the_number_does_not_come_from_are_refused(untrained, node, words):
    with pytest.raises(DataError, match=words):
        Differentiable(untrained).at(class_target(untrained, 0), untrained.data.x_test[:1], node)


def test_a_network_without_classes_has_none_to_change():
    data = replace(pictures(), classes=(), y_train=np.zeros((20, 1), np.float32))
    given = session(chain(("flatten", {}), ("dense", {"units": 1})), data, loss="mse")
    with pytest.raises(DataError, match="does not tell classes"):
        Differentiable(given).classes(data.x_test[:1])


def trained_colours():
    given = session(optimizer="adam", epochs=150)
    for _ in given.slices():
        pass
    return given


def test_what_a_network_learned_can_be_fooled_dreamt_and_explained():
    given = trained_colours()
    network = Differentiable(given)
    x, y, _ = given.samples()
    right = (network.classes(x) == y.ravel()).mean()
    assert right > 0.9, "it has learned"
    curve = explained("robustness", network, question_on(given), most=0.5, points=2).rows
    assert curve[0][1] == pytest.approx(right) and curve[1][1] < right / 2
    towards = question_on(given)
    towards = replace(towards, toward=(towards.label + 1) % 3)
    fooled = explained("iterated_fgsm", network, towards, strength=0.4).figures
    assert fooled["taken for now"] == towards.class_names[towards.toward]
    rise = explained("integrated_gradients", network, question_on(given)).figures
    assert rise["difference"] < 0.05 * abs(rise["rise"])
    channel = replace(question_on(given), target=unit_target(given.layout, "conv2d3", "0"))
    dream = explained("activation_maximisation", network, channel, steps=20).figures
    assert dream["after"] > dream["channel 0 of conv2d3, before"] + 0.1


def test_every_method_says_whether_it_needs_gradients_by_the_sample():
    """Those that say no ask for none: a network that has none answers them."""

    class WithoutGradients(Differentiable):
        def gradients(self, target, x):
            raise AssertionError

        loss_gradients = gradients

    given = session()
    for method in methods:
        assert isinstance(method, Method)
        if not method.needs_gradients:
            assert explained(method.id, WithoutGradients(given), question_on(given)).values is not None
