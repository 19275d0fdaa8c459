"""What can be asked about by name: classes, numbers, units; ends of inputs and baselines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import CONVNET, pictures, session
from kernels.networks import chain

from nnkernels.program import Layout
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.pictures import Preparation
from nnstudio.data.tables.encoders import CategoryEncoder, NumberEncoder
from nnstudio.explain.targets import (
    class_number,
    class_target,
    columns_of_table,
    ends_of,
    number_target,
    question,
    unit_target,
)
from nnstudio.model.tokens import Tokens

LAYOUT = Layout.of(CONVNET, (8, 8, 3), "softmax_cross_entropy")
NOBODY = np.zeros((0, 1)), np.zeros((0, 1))


def numbers(names=("a", "b"), shift=0.0) -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 3, (20, 2)).astype(np.float32) + shift
    return Dataset("numbers", x, x[:, : len(names)], x[:0], x[:0], (), ("p", "q"), names)


def test_columns_of_a_table_are_what_their_inputs_came_from():
    encoders = (CategoryEncoder("shade", ("red", "blue"), True), NumberEncoder("size", 2.0))
    features = tuple(name for encoder in encoders for name in encoder.features)
    x = np.array([[0, 1, 0, 0.5, 0], [0, 0, 0, 0.1, 1], [0, 0, 1, 0.2, 0]], np.float32)
    data = Dataset("table", x, x[:, :1], x[:0], x[:0, :1], features=features, inputs=encoders)
    told = [columns_of_table(data, row) for row in x]
    assert [[column.name for column in of] for of in told] == [
        ["shade = blue", "size"], ["shade", "size"], ["shade is missing", "size"],
    ]  # fmt: skip
    assert [column.inputs.tolist() for column in told[0]] == [[0, 1, 2], [3, 4]]
    # Inputs that are no columns, or none of these, are each by itself.
    assert columns_of_table(pictures(), pictures().x_train[0]) == ()
    assert columns_of_table(replace(data, features=()), x[0]) == ()


def test_a_class_is_called_by_its_name_or_else_its_number():
    data = replace(pictures(), classes=("2", "1", "x"))
    assert [class_number(data, text) for text in ("2", "1", "x", "0")] == [0, 1, 2, 0]
    with pytest.raises(DataError, match=r"no class called 'y'\. The classes are: 2, 1, x"):
        class_number(data, "y")


def test_the_score_of_a_class_is_its_logit():
    given = session()
    target = class_target(given, 2)
    assert target.node == "dense7" and target.weights.tolist() == [0, 0, 1] and target.name == "score of b"


def test_of_a_label_at_each_step_the_last_is_asked_about():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4, 2)).astype(np.float32), rng.integers(0, 3, (6, 4)).astype(np.float32)
    data = Dataset("steps", x, y, x[:2], y[:2], ("a", "b", "c"), (), tuple("1234"))
    given = session(chain(("dense", {"units": 3}), ("softmax", {})), data)
    target = class_target(given, 1)
    assert target.node == given.layout.logits and target.name == "score of b after the last step"
    assert np.flatnonzero(target.weights).tolist() == [10] and target.weights[10] == 1
    asked, _notes = question(given, x[:1], -1, None, -1, NOBODY)
    likeliest = int(given.predict(x[:1])[0, -1].argmax())
    assert np.flatnonzero(asked.target.weights).tolist() == [9 + likeliest]


def test_one_output_speaks_for_the_second_class_and_against_the_first():
    data = pictures(classes=2)
    given = session(chain(("flatten", {}), ("dense", {"units": 1})), data, loss="binary_cross_entropy")
    assert [class_target(given, n).weights.tolist() for n in (0, 1)] == [[-1], [1]]


def test_labels_at_every_step_have_no_score_for_the_whole():
    data = pictures()
    data = replace(data, y_train=np.zeros((20, 64), np.float32), y_test=np.zeros((20, 64), np.float32))
    given = session(chain(("conv2d", {"filters": 3})), data)
    with pytest.raises(DataError, match=r"not one score for each class\. Name a layer"):
        class_target(given, 0)


def test_a_predicted_number_is_called_by_its_name_or_number():
    given = session(chain(("dense", {"units": 2})), numbers(), loss="mse")
    assert number_target(given, "b").weights.tolist() == [0, 1] and "b" in number_target(given, "1").name
    assert number_target(given, "").weights.tolist() == [1, 0]
    for wrong, words in (("c", "The targets are: a, b"), ("2", "no number 2")):
        with pytest.raises(DataError, match=words):
            number_target(given, wrong)


@pytest.mark.parametrize(
    "node, unit, at, weight, name",
    [
        ("dense7", "2", [2], 1.0, "unit 2 of dense7"),
        ("conv2d3", "5", list(range(5, 96, 6)), 1 / 16, "channel 5 of conv2d3"),
        ("conv2d3", "1, 2,4", [(1 * 4 + 2) * 6 + 4], 1.0, "value 1, 2,4 of conv2d3"),
        ("dense7", "", [0, 1, 2], 1 / 3, "mean of dense7"),
    ],
)
def test_a_unit_a_channel_and_a_position_weigh_what_they_are(node, unit, at, weight, name):
    target = unit_target(LAYOUT, node, unit)
    assert np.flatnonzero(target.weights).tolist() == at and target.name == name
    np.testing.assert_allclose(target.weights[at], weight)


@pytest.mark.parametrize(
    "node, unit, words",
    [
        ("dense7", "3", "a number from 0 to 2."),
        ("conv2d3", "1,2", "or 3 of them with commas"),
        ("conv2d3", "x", "names no unit"),
        ("dense7", "-1", "names no unit"),
        ("elsewhere", "0", "no layer called 'elsewhere'. It has: conv2d0"),
        ("input", "0", "no layer called 'input'"),
    ],
)
def test_what_is_no_unit_is_refused_with_what_there_is(node, unit, words):
    with pytest.raises(DataError, match=words):
        unit_target(LAYOUT, node, unit)


def test_inputs_lie_between_black_and_white_or_the_least_and_the_most_that_was_learned_from():
    plain = ends_of(pictures())
    assert plain.low.max() == 0 and plain.high.min() == 1 and plain.low.shape == (8, 8, 3)
    prepared = replace(pictures(), pictures=Preparation(mean=(0.5, 0.2, 0.1), deviation=(0.5, 0.1, 0.2)))
    ends = ends_of(prepared)
    np.testing.assert_allclose(ends.low[0, 0], [-1, -2, -0.5], rtol=1e-6)
    np.testing.assert_allclose(ends.high[4, 4], [1, 8, 4.5], rtol=1e-6)
    table = numbers()
    ends = ends_of(table)
    np.testing.assert_allclose(ends.low, table.x_train.min(0))
    np.testing.assert_allclose(ends.high, table.x_train.max(0))
    np.testing.assert_allclose(ends.mean, table.x_train.mean(0), rtol=1e-5)


def test_baselines_are_black_white_and_mean_of_pictures_mean_of_numbers_and_no_token():
    def names(data, network):
        given = session(network, data, loss="softmax_cross_entropy" if data.classes else "mse")
        asked, _ = question(given, data.x_train[:1], 0 if data.classes else -1, None, -1, NOBODY)
        return asked.baselines

    assert list(names(pictures(), CONVNET)) == ["black", "white", "mean"]
    assert list(names(numbers(), chain(("dense", {"units": 2})))) == ["mean"]
    tokens = replace(
        pictures(), x_train=np.full((20, 3), 2, np.float32), x_test=np.full((20, 3), 2, np.float32),
        tokens=(Tokens((0, 2), 4),),
    )  # fmt: skip
    read = chain(("embedding", {"size": 4}), ("flatten", {}), ("dense", {"units": 3}))
    assert names(tokens, read)["token 0"].tolist() == [0, 2, 0]


def test_a_sample_of_unknown_class_is_taken_for_what_is_predicted_and_that_is_said():
    given = session()
    x = given.data.x_test[:1]
    known, notes = question(given, x, 2, None, -1, NOBODY)
    assert known.label == 2 and not notes
    unknown, notes = question(given, x, -1, None, -1, NOBODY)
    predicted = int(given.predict(x)[0].argmax())
    assert unknown.label == predicted and f"taken to be {'rgb'[predicted]}" in notes[0]
    assert unknown.target.weights.argmax() == predicted
