"""What cannot go through a network is a sentence, before anything is trained or predicted."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.inputs import check_numbers
from nnstudio.training.session import Session

CLASSES = ("a", "b", "c")


def dataset(x, x_test=None) -> Dataset:
    def part(values):
        values = np.asarray(values, np.float32)
        return values, (np.arange(len(values)) % 3)[:, None].astype(np.float32)

    x_test = x[:0] if x_test is None else x_test
    return Dataset("numbers", *part(x), *part(x_test), classes=CLASSES)


def chain(*layers) -> NetworkSpec:
    nodes = [NodeSpec("input", "input")]
    for name, kind, options in layers:
        nodes.append(NodeSpec(name, kind, options, (nodes[-1].id,)))
    return NetworkSpec((*nodes, NodeSpec("output", "output", {}, (nodes[-1].id,))))


def settings(batch=4, optimizer="sgd") -> TrainingSettings:
    return TrainingSettings(batch_size=batch, epochs=1, optimizer=optimizer, loss="softmax_cross_entropy")


WORDS = chain(
    ("words", "embedding", {"size": 5, "dimensions": 3}),
    ("flat", "flatten", {}),
    ("end", "dense", {"units": 3}),
)
GOOD = np.array([[0, 1, 2], [3, 4, 0], [4, 4, 4]] * 3, np.float32)


def with_value(value):
    x = GOOD.copy()
    x[5, 1] = value
    return x


@pytest.mark.parametrize("value, words", [
    (5, "0 to 4.*5"), (-1, "0 to 4.*-1"), (2.5, "whole numbers.*2.5"), (1e9, "0 to 4"), (np.inf, "0 to 4"),
])  # fmt: skip
@pytest.mark.parametrize("part", ["train", "test"])
def test_numbers_outside_the_table_are_refused(part, value, words):
    data = dataset(with_value(value)) if part == "train" else dataset(GOOD, with_value(value))
    with pytest.raises(NodeError, match=words) as caught:
        Session(WORDS, data, settings())
    assert caught.value.node == "words" and str(caught.value).endswith(".")


def test_numbers_of_the_table_and_nan_are_let_through():
    session = Session(WORDS, dataset(GOOD, with_value(np.nan)), settings())
    session.single_step()
    assert np.isnan(session.predict(with_value(np.nan))[5]).any(), "what is not known stays visible"


def test_new_samples_are_checked_too():
    session = Session(WORDS, dataset(GOOD), settings())
    check_numbers(session, GOOD)
    with pytest.raises(NodeError, match=r"0 to 4.*7"):
        check_numbers(session, with_value(7))


def test_only_the_columns_that_reach_the_table_count():
    nodes = (
        NodeSpec("codes", "input", {"columns": "1-2"}),
        NodeSpec("sizes", "input", {"columns": "3"}),
        NodeSpec("same", "reshape", {"target": "2"}, ("codes",)),
        NodeSpec("words", "embedding", {"size": 5, "dimensions": 3}, ("same",)),
        NodeSpec("flat", "flatten", {}, ("words",)),
        NodeSpec("both", "concatenate", {}, ("flat", "sizes")),
        NodeSpec("end", "dense", {"units": 3}, ("both",)),
        NodeSpec("output", "output", {}, ("end",)),
    )
    x = GOOD.copy()
    x[:, 2] = -3.75
    Session(NetworkSpec(nodes), dataset(x), settings())
    x[4, 0] = 5
    with pytest.raises(NodeError, match="0 to 4"):
        Session(NetworkSpec(nodes), dataset(x), settings())


def test_numbers_that_a_layer_makes_are_checked_as_it_makes_them():
    squared = chain(
        ("square", "square", {}), ("words", "embedding", {"size": 5, "dimensions": 3}),
        ("flat", "flatten", {}), ("end", "dense", {"units": 3}),
    )  # fmt: skip
    Session(squared, dataset(np.minimum(GOOD, 2)), settings())
    with pytest.raises(NodeError, match=r"0 to 4.*16"):
        Session(squared, dataset(GOOD), settings())


NORMED = chain(("d", "dense", {"units": 4}), ("norm", "batchnorm", {}), ("end", "dense", {"units": 3}))
PICTURES = chain(
    ("square", "reshape", {"target": "2, 2, 1"}), ("norm", "batchnorm", {}), ("flat", "flatten", {}),
    ("end", "dense", {"units": 3}),
)  # fmt: skip


def rows(count, width=3):
    return np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)


@pytest.mark.parametrize("count, batch, words", [
    (9, 1, "batch size is 1.*batch size of 16"), (1, 4, "one training sample"),
    (9, 4, "batches of 4.*last.*5"), (3, 2, "batches of 2.*last.*3"),
])  # fmt: skip
def test_a_batch_of_one_sample_is_nothing_for_batch_norm(count, batch, words):
    with pytest.raises(NodeError, match=words) as caught:
        Session(NORMED, dataset(rows(count)), settings(batch))
    assert caught.value.node == "norm" and "one sample" in str(caught.value).replace("training ", "")


@pytest.mark.parametrize("count, batch", [(8, 4), (10, 4), (9, 3), (9, 9), (9, 100), (2, 2)])
def test_batches_of_more_train(count, batch):
    Session(NORMED, dataset(rows(count)), settings(batch)).single_step()


def test_the_batch_size_that_is_proposed_works():
    for count in range(2, 40):
        for batch in range(1, count + 1):
            try:
                Session(
                    NORMED, dataset(rows(count)), settings(batch)
                ) if count % batch == 1 or batch == 1 else None
            except NodeError as error:
                proposed = int(str(error).rpartition("batch size of ")[2].split()[0].rstrip("."))
                assert proposed > 1 and count % proposed != 1


def test_one_sample_with_many_positions_is_a_batch():
    Session(PICTURES, dataset(rows(5, 4)), settings(1)).single_step()


@pytest.mark.parametrize("network, optimizer", [
    (chain(("d", "dense", {"units": 3}), ("norm", "batchnorm", {"frozen": True})), "sgd"),
    (NORMED, "hill_climber"),
])  # fmt: skip
def test_what_uses_running_statistics_takes_one_sample(network, optimizer):
    Session(network, dataset(rows(5)), settings(4, optimizer)).single_step()
