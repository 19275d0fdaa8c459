"""What an Output asks for and what the data has; class weights that follow from the data."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session
from nnstudio.training.targets import with_class_weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype(np.float32)
# Thirty of one class and ten of the other.
RARE = Dataset(
    "rare",
    X,
    (np.arange(40) % 4 == 0).astype(np.float32)[:, None],
    X[:8],
    np.zeros((8, 1), np.float32),
    ("a", "b"),
)
NUMBERS = Dataset("numbers", X, X[:, :3] * 2, X[:8], X[:8, :3] * 2)


def network(units: int, *outputs: dict) -> NetworkSpec:
    nodes = [NodeSpec("input", "input"), NodeSpec("dense", "dense", {"units": units}, ("input",))]
    nodes += [NodeSpec(f"out{i}", "output", options, ("dense",)) for i, options in enumerate(outputs)]
    return NetworkSpec(tuple(nodes))


def test_balanced_class_weights_are_those_of_scikit_learn():
    result = with_class_weights({"class_weights": "balanced", "label_smoothing": 0.1}, RARE)
    assert [float(v) for v in result["class_weights"].split(",")] == pytest.approx([40 / 60, 40 / 20])
    assert result["label_smoothing"] == 0.1
    assert with_class_weights({"class_weights": "1, 2"}, RARE) == {"class_weights": "1, 2"}


@pytest.mark.parametrize("weights", ["-1, 1", "0"])
def test_class_weights_that_would_train_for_mistakes_are_refused(weights):
    settings = TrainingSettings("softmax_cross_entropy", loss_options={"class_weights": weights})
    with pytest.raises(SpecError, match="must be 0 or above"):
        Session(network(2, {}), RARE, settings)


def test_balanced_training_finds_the_rare_class():
    # The classes overlap: unweighted, nobody is worth guessing rare.
    shares = []
    for weights in ("", "balanced"):
        settings = TrainingSettings(
            "softmax_cross_entropy", loss_options={"class_weights": weights}, epochs=60, batch_size=40
        ).with_option("learning_rate", 0.02)
        session = Session(network(2, {}), RARE, settings)
        for _ in session.slices():
            pass
        shares.append((session.predict(X).argmax(1) == 1).mean())
    assert shares[1] > shares[0] + 0.1


@pytest.mark.parametrize(
    "units, options, words",
    [
        (3, {"columns": "4"}, "number 4"),
        (3, {"columns": "1-2"}, "2"),
        (3, {"loss": "softmax_cross_entropy"}, "classes"),
    ],
)
def test_an_output_that_does_not_fit_the_data_is_named(units, options, words):
    with pytest.raises(NodeError, match=words) as caught:
        Session(network(units, {}, options), NUMBERS, TrainingSettings())
    assert caught.value.node == "out1"


def test_nan_inside_a_composite_is_named_by_the_composite():
    nodes = (
        NodeSpec("input", "input"),
        NodeSpec("rows", "reshape", {"target": "2, 2"}, ("input",)),
        NodeSpec("block", "transformerblock", {"heads": 1, "hidden": 4}, ("rows",)),
        NodeSpec("flat", "flatten", {}, ("block",)),
        NodeSpec("dense", "dense", {"units": 3}, ("flat",)),
        NodeSpec("output", "output", {}, ("dense",)),
    )
    session = Session(NetworkSpec(nodes), NUMBERS, TrainingSettings())
    slot = next(s for s in session.layout.parameters if s.node == "block/attention")
    session.parameters[slot.offset] = np.nan
    with pytest.raises(ArithmeticError, match="first in 'block'"):
        session.advance(1)
